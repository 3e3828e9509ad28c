"""The story: from an empty CRM to one that follows the shop, trouble included.

Each act runs real commands and insists on what they must print, so it is a test too.
"""

import json
import re

from crosstie_demo.cart import come_back
from crosstie_demo.playing import Played
from crosstie_demo.stage import Stage, StoryError

CUSTOMERS, ORDERS = 250, 400
MARK = "# Written by `crosstie demo`, as a user would write it."
CONFIG = """\
{mark}

[systems.shop]
use = "prestashop"
url = "{shop}"
key = {{ env = "SHOP_KEY" }}

[systems.crm]
use = "vtiger"
url = "{crm}"
username = "admin"
access_key = {{ env = "CRM_KEY" }}

[flows.customers]
read  = "shop.customers"
write = "crm.customers"
every = "30m"

[flows.products]
read  = "shop.products"
write = "crm.products"
every = "30m"

[flows.orders]
read  = "shop.orders"
write = "crm.orders"
every = "30m"
"""
RIGHTS = (
    *("addresses", "configurations", "countries", "currencies", "customers", "languages"),
    *("order_slip", "order_states", "orders", "products", "shops", "states"),
)
KEY = "DEMO" * 8
SHIPPED = 4


def play(stage: Stage, shop: Played, crm: Played) -> None:
    """All acts, one after the other."""
    first_look(stage, shop, crm)
    first_run(stage)
    ada = life_goes_on(stage, shop, crm)
    hidden(stage, shop)
    come_back(stage, shop, ada, KEY)
    trouble(stage, shop)
    look_back(stage, shop, crm)


def first_look(stage: Stage, shop: Played, crm: Played) -> None:
    """The config, and whether both systems are as it needs them."""
    shop.do("key", text=KEY, rights={resource: ["GET"] for resource in RIGHTS})
    stage.tell("One config file says what is tied to what. The two keys are in the environment.")
    config = CONFIG.format(mark=MARK, shop=shop.url, crm=crm.url)
    (stage.folder / "crosstie.toml").write_text(config, encoding="utf-8")
    stage.show(config)
    stage.tell("Are shop and CRM as these flows need them?")
    stage.crosstie("check", expect=[r"^ok +shop: PrestaShop 8", r"^ok +crm: vtiger 8"])


def first_run(stage: Stage) -> None:
    """Everything, for the first time; and once is enough."""
    stage.tell("What would happen? A plan writes nothing, here or there.")
    expect = [rf"^{flow} would end: \d+ read" for flow in ("customers", "products", "orders")]
    stage.crosstie("plan", code=1, expect=expect, head=14, tail=3)
    stage.tell("Now for real. What cannot be written is set aside with its reason, not lost.")
    done = stage.crosstie("run", code=1, expect=[rf"^orders completed .*: {ORDERS} read"])
    counts = re.search(rf"{ORDERS} read, (\d+) created, (\d+) set aside", done)
    if counts is None or int(counts[1]) + int(counts[2]) != ORDERS:
        raise StoryError(f"Not every order was created or set aside:\n{done}")
    stage.crosstie("aside", "list", expect=["has no lines"], head=3)
    stage.tell("Nothing has changed since, so a second run writes nothing.")
    stage.crosstie("run", expect=[r"^orders completed .*: 0 read$"])


def life_goes_on(stage: Stage, shop: Played, crm: Played) -> int:
    """New states, new customers and new orders find their way; returns who is new."""
    order = _open_order(crm)
    stage.tell(f"In the shop, order {order} is shipped. What will that come to?")
    shop.deed("change_state", order=order, state=SHIPPED)
    shipped = [r"^    - sostatus: Created", r"^    \+ sostatus: Delivered"]
    stage.crosstie("plan", "orders", expect=shipped)
    stage.tell("Before that is run, Ada registers and orders two mugs.")
    ada: int = shop.deed("register_customer", email="ada@example.com", newsletter=True)
    shop.deed("place_order", customer=ada, products=[[1, 2]])
    stage.crosstie(
        "run",
        expect=[r"^customers completed .* 1 created", r"^orders completed .* 1 created, 1 updated"],
    )
    return ada


def _open_order(crm: Played) -> int:
    """The shop's number of the newest order that nobody has paid or shipped."""
    orders = crm.look("records", module="SalesOrder")
    waiting = [one for one in orders if one["sostatus"] == "Created"]
    return max(int(one["vtiger_purchaseorder"].partition("#")[2]) for one in waiting)


def hidden(stage: Stage, shop: Played) -> None:
    """What the shop's own list of changes hides is found by reconciling."""
    stage.tell(
        "Customer 3 moves to Lyon. PrestaShop does not count that as a change of the customer:\n"
        "it is found by reconciling, once a day by itself, or now."
    )
    shop.deed("edit_address", address=4, city="Lyon", postcode="69001")
    stage.crosstie("run", "customers", "--reconcile", expect=["1 updated, .* 1 drifted$"])


def trouble(stage: Stage, shop: Played) -> None:
    """Two records that cannot be written, until somebody mends the cause."""
    stage.tell("Trouble: Grace's e-mail address gets lost in the shop, and she orders.")
    grace = str(shop.deed("register_customer", email="", firstname="Grace", lastname="Hopper"))
    shop.deed("place_order", customer=int(grace), products=[[1, 1]])
    stage.crosstie("run", code=1, expect=[r"^customers completed .* 1 set aside"])
    stage.crosstie("aside", "show", "customers", grace, expect=["has no e-mail"], head=9)
    stage.tell("Somebody types it in. Retry her, and her order, which waited for her, follows.")
    shop.deed("edit_customer", customer=int(grace), email="grace@example.com")
    stage.crosstie("aside", "retry", "customers", grace, expect=["1 created.* 1 settled"])
    stage.crosstie("run", "orders", expect=["1 created.* 1 settled"])


def look_back(stage: Stage, shop: Played, crm: Played) -> None:
    """What became of a record, of each run, and whether the books agree."""
    stage.tell("What became of her order?")
    order = str(shop.look("state")["counts"]["orders"])
    expect = ["^tied to:", "into orders .* created", "not linked: customers"]
    stage.crosstie("explain", "shop.orders", order, expect=expect, head=6, tail=6)
    stage.tell("And of all runs?")
    stage.crosstie("history", "--limit", "6", expect=["retry +completed", "reconcile +completed"])
    aside = stage.crosstie("aside", "list", "orders", head=0).count("\n")
    written = crm.look("counts")["SalesOrder"]
    if written + aside != int(order):
        raise StoryError(f"The shop has {order} orders, the CRM {written}, set aside are {aside}.")
    stage.tell(f"{order} orders in the shop: {written} are in the CRM, each once; {aside} wait.")
    content = json.dumps(crm.look("content"), indent=1, ensure_ascii=False)
    (stage.folder / "crm.json").write_text(content, encoding="utf-8")
