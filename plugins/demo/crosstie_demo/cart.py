"""The act of the abandoned cart: a coupon of the shop's own, and the mail that tells of it.

Nobody has to wait two hours: here a cart has rested after two seconds, and they really pass.
"""

import re
import time
from email import message_from_bytes, policy
from pathlib import Path

from crosstie_demo.playing import Played
from crosstie_demo.stage import Stage, StoryError

OUTBOX = "outbox"
RIGHTS = {"carts": ["GET"], "cart_rules": ["GET", "POST", "PATCH"]}
REST = 2.0
"""Seconds, as the automation says: the shop tells when a cart was touched in whole ones."""

AUTOMATION = """\

[systems.mail]
use = "smtp"
sender = "The shop <shop@example.com>"
outbox = "outbox"           # dry mode: mails are kept in this folder, and none is sent

[automations.come-back]
on = "shop.cart_abandoned"
after = "2s"                # how long a cart has to rest; a real shop would say "2h"
when = "{{ customer.newsletter }}"

[[automations.come-back.steps]]
do = "shop.create_coupon"
with = { name = "Come back", prefix = "BACK", percent = "10", expires_after = "48h", \
customer = "{{ cart.customer.key }}" }
save = "coupon"

[[automations.come-back.steps]]
do = "mail.send"

[automations.come-back.steps.with]
to = "{{ customer.email }}"
subject = "Your cart is waiting, {{ customer.firstname }}"
body = \"""
Hello {{ customer.firstname }},

with the code {{ coupon.code }} your cart costs 10 % less, until the day after tomorrow.
\"""
"""


def come_back(stage: Stage, shop: Played, ada: int, key: str) -> None:
    """Ada leaves a cart and gets a coupon by mail, once; Blaise buys his and gets nothing."""
    stage.tell("Who leaves a cart behind shall get a coupon by mail. That is a few lines more:")
    for resource, methods in RIGHTS.items():
        shop.do("grant", resource=resource, methods=methods, key=key)
    with (stage.folder / "crosstie.toml").open("a", encoding="utf-8") as file:
        file.write(AUTOMATION)
    stage.show(AUTOMATION.lstrip())
    stage.tell("A first look learns which carts there are: nobody gets mail about an old one.")
    stage.crosstie("run", "come-back", expect=["nothing was due"])

    stage.tell("Ada and Blaise each fill a cart. He buys his at once, she does not.")
    name = {"firstname": "Blaise", "lastname": "Pascal"}
    blaise = shop.deed("register_customer", email="b@example.com", newsletter=True, **name)
    mugs, bought = [[1, 3]], [[2, 1]]
    cart = shop.deed("leave_cart", customer=ada, products=mugs)
    his = shop.deed("leave_cart", customer=blaise, products=bought)
    shop.deed("place_order", customer=blaise, products=bought, cart=his)
    time.sleep(REST)
    stage.crosstie("run", "come-back", expect=["1 journeys begun, 2 steps done, 1 ended"])
    mail = _only_mail(stage)
    code = _told(stage, mail)

    stage.tell("Does the shop know that code, and take it for her cart?")
    checked = shop.deed("check_coupon", code=code, products=mugs, customer=ada)
    if not checked["valid"]:
        raise StoryError(f"The shop does not take {code}: {checked['reason']}.")
    stage.show(f"it does: {checked['discount']} EUR less")
    stage.tell("A second run sends nothing. Ada comes back, and buys.")
    stage.crosstie("run", "come-back", expect=["nothing was due"])
    if _only_mail(stage) != mail:
        raise StoryError(f"There is another mail than {mail}.")
    shop.deed("use_coupon", customer=ada, code=code, products=mugs, cart=cart)


def _only_mail(stage: Stage) -> Path:
    """The mail in the outbox; there must be one."""
    mails = list((stage.folder / OUTBOX).glob("*.eml"))
    if len(mails) != 1:
        raise StoryError(f"There should be one mail in {stage.folder / OUTBOX}, not {len(mails)}.")
    return mails[0]


def _told(stage: Stage, mail: Path) -> str:
    """Show the mail; returns the code in it."""
    stage.tell(f"Ada's mail is kept in {OUTBOX}. Blaise gets none.")
    message = message_from_bytes(mail.read_bytes(), policy=policy.default)
    body = message.get_body()
    text = "" if body is None else body.get_content()
    headers = "".join(f"{name}: {message[name]}\n" for name in ("From", "To", "Subject"))
    stage.show(f"{headers}\n{text.rstrip()}")
    code = re.search(r"BACK-[A-Z0-9-]+", text)
    if code is None or message["To"] != "ada@example.com":
        raise StoryError(f"This is not Ada's mail with a code:\n{headers}\n{text}")
    return code[0]
