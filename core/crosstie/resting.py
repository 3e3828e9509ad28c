"""Carts at rest: since when nobody has touched one, and when it counts as abandoned.

What is known of a cart is a mapping that can be packed: when it was `touched` by the shop's clock,
`since` when it rests by ours (None while it cannot be abandoned), the longest rest in seconds that
was `told` of, whether it was `ordered`, whether nobody has touched it since the `baseline`, and
the `cart` itself while it is wanted.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from crosstie.commerce import Cart
from crosstie.happening import seconds
from crosstie.noticing import Known, Notice
from crosstie.records import Record

UNKNOWN: Known = {"touched": None, "since": None, "told": 0, "ordered": False, "baseline": False}


def seen(
    record: Record,
    before: Known | None,
    looked: datetime | None,
    now: datetime,
    *,
    baseline: bool = False,
    quiet: bool = False,
) -> Known:
    """What is known of a cart once it was read.

    `looked` is when the last look began. What has changed since lies between then and `now`, so
    that of a shop whose clock is wrong no cart is told too early, nor much too late.
    One that is `quiet`ly met in a `baseline` is not wanted until somebody touches it.
    """
    if before is not None and before["ordered"]:
        return before
    touched = None if record.deleted else record.data.updated
    same = before is not None and before["touched"] == touched
    known = {**((before if same else None) or {**UNKNOWN, "baseline": baseline})}
    known["touched"], since = touched, known["since"]
    if since is None and not quiet and not (same and known["baseline"]) and touched is not None:
        since = min(max(touched, looked or touched), now)
    if touched is None or not _is_basket(record.data):
        since = None
    if since is None:
        return _let_go(known)
    return {**known, "since": since, "cart": record.data}


def ordered(before: Known | None) -> Known:
    """What is known of a cart of which an order has come."""
    return _let_go({**(before or UNKNOWN), "ordered": True})


def ignored(before: Known) -> Known:
    """What is known of a cart whose rest nobody wanted to know of."""
    return _let_go({**before, "baseline": True})


def _let_go(known: Known) -> Known:
    return {name: value for name, value in known.items() if name != "cart"} | {"since": None}


def due(known: Known, afters: Sequence[timedelta]) -> datetime | None:
    """When the next of the rests that were not told yet is over."""
    since: datetime | None = known["since"]
    left = [after for after in afters if seconds(after) > known["told"]]
    return since + left[0] if since is not None and left else None


def rested(known: Known, afters: Sequence[timedelta], now: datetime) -> tuple[Known, list[Notice]]:
    """What is known of a cart once its rests that are over are told, and the events of these."""
    notices = []
    while (over := due(known, afters)) is not None and over <= now:
        told = seconds(over - known["since"])
        version = f"{known['touched'].isoformat()} {told}"
        notices.append(Notice("cart_abandoned", version, over, {"after": told}))
        known = {**known, "told": told}
    return known, notices


def _is_basket(data: Any) -> bool:
    """Somebody's, with something in it."""
    return isinstance(data, Cart) and data.customer is not None and bool(data.lines)
