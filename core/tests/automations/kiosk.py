"""A small shop in memory: streams of the commerce vocabulary, and deeds that can go wrong."""

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import timedelta
from typing import Any, ClassVar

import attrs

from crosstie import (
    Checkpoint,
    Env,
    Finding,
    Record,
    Row,
    Selection,
    UncertainError,
    hookimpl,
    setting,
)

STREAMS = ("customers", "products", "orders", "credit_slips", "carts")
LOST = UncertainError("the answer was lost")


@attrs.define
class Kiosk:
    """What it tells, what was done in it, and what goes wrong with the next deeds.

    `log` has every change by stream, in order; `mishaps` are errors, each raised before a deed is
    done, or after it where it is one of `after_it`. A stream that is `whole` tells all there is
    each time. `reading` is called with each record that is read.
    """

    log: dict[str, list[Record]] = attrs.field(factory=lambda: {name: [] for name in STREAMS})
    done: list[tuple[str, str, str]] = attrs.field(factory=list)
    mishaps: list[Exception | None] = attrs.field(factory=list)
    after_it: list[Exception] = attrs.field(factory=list)
    portion: int = 2
    whole: bool = False
    unreachable: Exception | None = None
    reading: Callable[[Record], object] = lambda _: None
    doing: Callable[[str], object] = lambda _: None
    selections: list[tuple[str, Selection]] = attrs.field(factory=list)
    busy: int = 0
    busiest: int = 0
    _lock: threading.Lock = attrs.field(factory=threading.Lock)

    def tell(self, stream: str, *records: Record) -> None:
        """Let there be these records, or newer ones of their keys."""
        self.log[stream] += records

    def carry_out(self, action: str, text: str, once: str) -> Row:
        """Do a deed."""
        with self._lock:
            self.busy += 1
            self.busiest = max(self.busy, self.busiest)
        try:
            self.doing(text)
            with self._lock:
                mishap = self.mishaps.pop(0) if self.mishaps else None
            if mishap is not None and mishap not in self.after_it:
                raise mishap
            with self._lock:
                self.done.append((action, text, once))
            if mishap is not None:
                raise mishap
            return {"code": f"C-{text}", "number": len(self.done)}
        finally:
            with self._lock:
                self.busy -= 1

    def find(self, once: str) -> Row | None:
        """What came of a deed."""
        for _, text, known in self.done:
            if known == once:
                return {"code": f"C-{text}", "number": 0}
        return None

    @property
    def said(self) -> list[str]:
        """The texts of all that was done."""
        return [text for _, text, _ in self.done]


@attrs.frozen
class KioskStream:
    """A stream that is read from a place in its log on."""

    kiosk: Kiosk
    name: str

    @property
    def whole(self) -> bool:
        return self.kiosk.whole

    def read(self, selection: Selection) -> Iterator[Record | Checkpoint]:
        self.kiosk.selections.append((self.name, selection))
        log = list(self.kiosk.log[self.name])
        if self.kiosk.whole:
            log, start = list({record.key: record for record in log}.values()), 0
        else:
            start = int(selection.since or 0)
        for place in range(start, len(log)):
            self.kiosk.reading(log[place])
            yield log[place]
            if (place - start) % self.kiosk.portion == self.kiosk.portion - 1:
                yield Checkpoint(str(place + 1))
        yield Checkpoint(str(len(log)))


@attrs.frozen
class LiveKiosk:
    """A connected kiosk."""

    kiosk: Kiosk

    def streams(self) -> Mapping[str, KioskStream]:
        return {name: KioskStream(self.kiosk, name) for name in STREAMS}

    def tables(self) -> Mapping[str, Any]:
        return {}

    def check(self, use: Mapping[str, frozenset[str]]) -> list[Finding]:
        return []

    def close(self) -> None:
        """A kiosk stays open."""


@attrs.frozen
class Say:
    """Say something, of which nobody can tell afterwards whether it was said."""

    name: ClassVar[str] = "say"
    on: ClassVar[str] = "kiosk"
    text: str = setting("What to say")

    @text.validator
    def _short(self, _: object, value: str) -> None:
        if len(value) > 100:
            raise ValueError(f"text: at most 100 letters, not {len(value)}")

    def run(self, system: LiveKiosk, once: str) -> Row:
        return system.kiosk.carry_out(self.name, self.text, once)

    def preview(self, system: LiveKiosk) -> str:
        return f"It would say:\n{self.text}"


@attrs.frozen
class Give(Say):
    """Give something, which can be found again."""

    name: ClassVar[str] = "give"

    def recall(self, system: LiveKiosk, once: str) -> Row | None:
        return system.kiosk.find(once)


@attrs.frozen(eq=False)
class KioskPlugin:
    """Offers kiosks by name; one that is not among them is empty."""

    kiosks: dict[str, Kiosk]

    @hookimpl
    def register_sources(self) -> Sequence[type[Any]]:
        kiosks = self.kiosks

        @attrs.frozen
        class KioskConnector:
            """A kiosk."""

            kind: ClassVar[str] = "kiosk"
            streams_offered: ClassVar[tuple[str, ...]] = STREAMS
            tables_offered: ClassVar[tuple[str, ...]] = ()
            place: str = setting("Where it is", default="", identifies=True)
            settle: timedelta = setting("How late a deed may be", default=timedelta(seconds=30))
            workers: int = setting("Who serves there", default=2)

            def connect(self, env: Env) -> LiveKiosk:
                kiosk = kiosks.setdefault(env.system, Kiosk())
                if kiosk.unreachable is not None:
                    raise kiosk.unreachable
                return LiveKiosk(kiosk)

        return [KioskConnector]

    @hookimpl
    def register_actions(self) -> Sequence[type[Any]]:
        return [Say, Give]


def without_failing(work: Callable[[], object], *errors: type[Exception]) -> None:
    """Do something that may fail like this."""
    with suppress(*errors):
        work()
