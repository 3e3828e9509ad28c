"""Whether this vtiger takes line items at all.

8.3 and 8.4 as shipped refuse every one (observed on 8.4.0): a create fails with "Id specified is
incorrect" though every id is right, and an update replaces the lines, leaves the totals at 0 and
dies with an empty HTTP 500.

So as long as nobody knows, one write tries and the others wait for what comes of it. A refusal is
kept for the next process and for `crosstie check`; for `PAUSE` further writes are turned away
without a request. After that, and in each new process, the first create tries again: it harms
nothing, and shows whether the server has been mended. A change would spoil the totals, so that one
is tried only where there is nothing left to spoil.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from crosstie import RejectedError
from crosstie_vtiger.crm import Crm

WORKS, REFUSES = "works", "refuses"
MEMORY = "line items"
PAUSE = timedelta(minutes=15)


@contextmanager
def trying(crm: Crm, module: str, *, harmless: bool) -> Iterator[None]:
    """Stand around a write with lines; `harmless` says that a refusal would spoil nothing.

    Raises `RejectedError`, with nothing sent, where they are known to be refused.
    """
    shared = crm.shared
    if not known_to_work(crm):
        with shared.trial:
            if shared.line_items != WORKS:  # it may have shown while we waited
                if _is_hopeless(crm, harmless):
                    raise refusal(crm, module)
                yield
                return
    yield


def known_to_work(crm: Crm) -> bool:
    """Whether a write of this or an earlier process has shown that line items are taken."""
    with crm.shared.lock:
        if crm.shared.line_items is None:
            crm.session.open()
            crm.shared.line_items = remembered(crm)
        return crm.shared.line_items == WORKS


def remember(crm: Crm, what: str) -> None:
    """Keep what a write has shown: `WORKS` or `REFUSES`."""
    shared = crm.shared
    with shared.lock:
        if shared.line_items != what:
            crm.memory.set(MEMORY, f"{what} {crm.session.version}")
        shared.line_items = what
        shared.refused_at = crm.clock.now() if what == REFUSES else None


def remembered(crm: Crm) -> str | None:
    """What is known of this version: `WORKS`, `REFUSES` or None."""
    what, _, version = (crm.memory.get(MEMORY) or "").partition(" ")
    return what if version == crm.session.version else None


def refusal(crm: Crm, module: str, more: str = "") -> RejectedError:
    """The one explanation, the same for each record; `more` is a clause about this one."""
    return RejectedError(
        f"this vtiger ({crm.session.version}) refuses records with line items, a known fault of"
        f" 8.3 and 8.4 as shipped: have its web service for {module} mended or upgrade it, then"
        f" `crosstie aside retry`{more}"
    )


def _is_hopeless(crm: Crm, harmless: bool) -> bool:
    shared = crm.shared
    if shared.line_items != REFUSES:
        return False
    rests = shared.refused_at is not None and crm.clock.now() < shared.refused_at + PAUSE
    return rests or not harmless
