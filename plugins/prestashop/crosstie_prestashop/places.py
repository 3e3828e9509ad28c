"""Places in a stream from which reading can resume: the cursors.

A full read works through the ids, an incremental one through the times of change. Both remember
when they started by the server's own clock, because that is where the next one begins.
"""

import json
from typing import Any

import attrs

from crosstie import StateError


@attrs.frozen(slots=True, kw_only=True)
class Place:
    """A place in a pass over a stream, or the end of one.

    `start` is the server's clock (Unix seconds) when the pass began.
    `after`: a full read has done all ids up to this one.
    `moment`, `id`: an incremental one has done every change before this local time, and of this
    second the ids up to that one.
    None of them: the pass is complete. `seen` then holds, by local time of change, the ids that
    the overlap of the next pass need not read again.
    """

    start: int
    after: int | None = None
    moment: str | None = None
    id: int | None = None
    seen: dict[str, list[int]] = attrs.field(factory=dict)

    @property
    def complete(self) -> bool:
        """Whether this is the end of a pass."""
        return self.after is None and self.moment is None

    def cursor(self) -> str:
        """The place as text."""
        told = {
            name: value for name, value in attrs.asdict(self).items() if value not in (None, {})
        }
        return json.dumps(told, separators=(",", ":"))


def place_of(cursor: str) -> Place:
    """The place that a cursor tells; raises `StateError` when it is none of ours."""
    try:
        told: Any = json.loads(cursor)
        return Place(**{**told, "start": int(told["start"])})
    except (ValueError, TypeError, KeyError) as error:
        raise StateError(
            f"the cursor {cursor[:80]!r} was not written by the PrestaShop connector; "
            "read everything once with --full"
        ) from error
