"""What is told of a person, made tidy before anything is kept of it.

`Account` is a shop's customer, or whoever orders there without an account.
"""

import json
import re
from collections.abc import Mapping
from datetime import date
from typing import Any

import attrs

from crosstie import RejectedError
from crosstie_loyalty.phones import phone_of

LONGEST = 254
UNKEEPABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
KIND = re.compile(r"[a-z][a-z0-9_]{0,39}")


@attrs.frozen(kw_only=True)
class Account:
    """Who asks: `key` is the customer's key in the system (or shared identity) `identity`.

    For an order without an account it is a key of the shop's own that no customer has, such as
    ``guest 17``.
    """

    identity: str
    key: str

    def __attrs_post_init__(self) -> None:
        for name, told in (("identity", self.identity), ("key", self.key)):
            if text_of(name, told) != told:
                raise RejectedError(f"an account needs its {name}, without blanks around it")


@attrs.frozen(kw_only=True)
class Person:
    """What a person tells; None is not told.

    `country` is that of the address (ISO 3166), for a phone without a country code.
    `consent` says by its kind (``email``, ``sms``, ``profiling`` …) whether it is given, and
    `origin` where all this was told (``checkout``, ``till 3``).
    """

    phone: str | None = None
    email: str | None = None
    firstname: str | None = None
    lastname: str | None = None
    birthday: date | None = None
    country: str | None = None
    consent: Mapping[str, bool] = attrs.field(factory=dict)
    origin: str = ""

    def tidied(self, region: str) -> "Person":
        """The same with the phone in E.164 and no blank texts; `region` is the programme's.

        Raises `RejectedError` for what cannot be kept, by name.
        """
        phone, email = text_of("phone", self.phone), text_of("email", self.email)
        if email is not None and not is_email(email):
            raise RejectedError(f"{email!r} is no e-mail address")
        for kind in self.consent:
            if not KIND.fullmatch(kind):
                raise RejectedError(f"{kind[:40]!r} is no kind of consent: email, sms …")
        return Person(
            phone=None if phone is None else phone_of(phone, self.country or region),
            email=email,
            firstname=text_of("firstname", self.firstname),
            lastname=text_of("lastname", self.lastname),
            birthday=self.birthday,
            consent=dict(self.consent),
            origin=text_of("origin", self.origin) or "",
        )

    def text(self) -> str:
        """What `person_of` makes a person of again."""
        told = attrs.asdict(self)
        told["birthday"] = self.birthday and self.birthday.isoformat()
        return json.dumps(told, sort_keys=True)


def person_of(text: str) -> Person:
    """The person that `Person.text` told."""
    told: dict[str, Any] = json.loads(text)
    birthday = told.pop("birthday")
    return Person(**told, birthday=date.fromisoformat(birthday) if birthday else None)


def text_of(name: str, told: str | None) -> str | None:
    """One line of text without blanks around it, None for an empty one; else `RejectedError`."""
    text = " ".join((told or "").split())
    if len(text) > LONGEST or UNKEEPABLE.search(text):
        raise RejectedError(f"{name} is over {LONGEST} characters, or has some that no text has")
    return text or None


def is_email(text: str) -> bool:
    """Whether this may be an address: whose it is shows only when it is written to."""
    return bool(re.fullmatch(r"[^\s@]+@[^\s@]+", text))


def folded(email: str | None) -> str | None:
    """An e-mail in the one way in which e-mails are compared."""
    return (email or "").strip().casefold() or None
