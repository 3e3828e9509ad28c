"""Members, as ZEROSIX tells them in two ways.

A contact that was just created has its points as a number, a member that is looked up has them as
a text: ``0`` and ``"0.00"``. Of what a member's answer holds, only the card is documented.
"""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any, Self

import attrs

LAST_DIGITS = 8
"""So many tell whether two mobiles are one, with or without prefix and leading zeros."""


class MisfitError(Exception):
    """What came is no answer of ZEROSIX's, or not to what was asked."""


@attrs.frozen
class Member:
    """Who has this mobile. None is what the answer does not tell.

    `card` is the card's number (`reference`), `points` its balance, `points_total` all that were
    ever earned; `since` is when the card was made, `owner` its holder as ZEROSIX words it, and
    `dashboard` the address of the member's page.
    """

    mobile: str
    card: str | None
    points: Decimal | None
    points_total: Decimal | None
    since: datetime | None
    owner: str | None
    dashboard: str | None

    @classmethod
    def of(cls, told: Mapping[str, Any], mobile: str) -> Self:
        """The member in an answer; raises `MisfitError` where it tells of none, or another."""
        if "mobile" in told and _tail(told["mobile"]) != _tail(mobile):
            raise MisfitError(f"asked for {mobile}, ZEROSIX told of {told['mobile']!r}")
        card = told.get("card", "")
        if card is None:
            card = {}
        elif not isinstance(card, Mapping) or not card.get("reference"):
            raise MisfitError("answered with something that tells of no card")
        return cls(
            mobile=mobile,
            card=_text(card.get("reference")),
            points=_number(card.get("points_balance")),
            points_total=_number(card.get("points_total")),
            since=_time(card.get("creation_date")),
            owner=_text(card.get("owner_info")),
            dashboard=_text(card.get("dashboard_url") or told.get("dashboard_url")),
        )


def _tail(mobile: object) -> str:
    return "".join(filter(str.isdecimal, str(mobile)))[-LAST_DIGITS:]


def _text(told: object) -> str | None:
    return None if told is None else str(told)


def _number(told: object) -> Decimal | None:
    if told is None:
        return None
    try:
        number = Decimal(str(told))
    except InvalidOperation:
        number = Decimal("NaN")
    if not number.is_finite():
        raise MisfitError(f"{told!r} is no number of points")
    return number


def _time(told: object) -> datetime | None:
    if told is None:
        return None
    try:
        time = datetime.fromisoformat(str(told))
    except ValueError as error:
        raise MisfitError(f"{told!r} is no time") from error
    if time.tzinfo is None:
        raise MisfitError(f"{told!r} is a time without its zone")
    return time
