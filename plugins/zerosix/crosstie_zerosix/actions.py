"""What can be done in ZEROSIX: `find_member` and `enroll`.

Neither leaves a mark by which a deed could be looked up, and neither needs one: looking changes
nothing, and a mobile is enrolled at most once, so that both may be asked for again.
"""

from typing import Any, ClassVar

import attrs

from crosstie import RejectedError, Row, setting
from crosstie_zerosix.answers import Member
from crosstie_zerosix.api import Api, RefusedError
from crosstie_zerosix.connector import ZerosixLive
from crosstie_zerosix.mobiles import check_country


@attrs.frozen
class Asked:
    """Whom an action is about."""

    mobile: str = setting("The person's mobile, with its country's prefix or as written there")
    country: str | None = setting(
        "Country of a mobile without prefix, such as BE; the system's region unless set",
        default=None,
    )

    @mobile.validator
    def _check_mobile(self, _: Any, mobile: str) -> None:
        if not any(map(str.isdecimal, mobile)):
            raise ValueError(f"mobile must be a phone number, not {mobile!r}")

    @country.validator
    def _check_country(self, _: Any, country: str | None) -> None:
        check_country("country", country)

    def written(self, system: ZerosixLive) -> str:
        """The mobile as ZEROSIX knows it; raises `RejectedError` for what is none."""
        return system.mobiles.asked(self.mobile, self.country)


@attrs.frozen
class FindMember(Asked):
    """Looks up the member with a mobile: the number of the card, and its points."""

    name: ClassVar[str] = "find_member"
    on: ClassVar[str] = "zerosix"
    repeats: ClassVar[bool] = True

    def run(self, system: ZerosixLive, once: str) -> Row:
        """See `crosstie.Action`; where nobody is found, that is told, and all else is None."""
        mobile = self.written(system)
        member = system.api.member(mobile)
        nobody = dict.fromkeys(attrs.fields_dict(Member)) | {"mobile": mobile}
        return {"found": member is not None, **(attrs.asdict(member) if member else nobody)}


@attrs.frozen
class Enroll(Asked):
    """Sees to it that somebody has a card: creates a contact with one where there is none."""

    name: ClassVar[str] = "enroll"
    on: ClassVar[str] = "zerosix"
    repeats: ClassVar[bool] = True

    first_name: str | None = setting("The person's first name", default=None)
    last_name: str | None = setting("The person's last name", default=None)

    def run(self, system: ZerosixLive, once: str) -> Row:
        """See `crosstie.Action`; who is a member already stays as they are."""
        mobile = self.written(system)
        member = system.api.member(mobile) or self._made(system.api, mobile)
        if member.card is None:
            raise RejectedError(
                f"{mobile} is known to ZEROSIX without a card, and no documented call gives them"
                " one: do it on the dashboard"
            )
        return {"mobile": mobile, "card": member.card, "points": member.points}

    def _made(self, api: Api, mobile: str) -> Member:
        names = {"first_name": self.first_name, "last_name": self.last_name}
        try:
            return api.create(mobile, {name: text for name, text in names.items() if text})
        except RefusedError:
            there = api.member(mobile)  # enrolled at a till in this moment, or refused for good
            if there is None:
                raise
            return there
