"""The author's system as a source: what the kit has put there, and what the stream tells of it."""

from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from datetime import datetime, timedelta
from itertools import count, islice
from pathlib import Path
from typing import Any, ClassVar

import attrs
import pytest

from crosstie.clock import Clock
from crosstie.connectors import Stream
from crosstie.errors import CrosstieError
from crosstie.plugins import Plugins
from crosstie.records import Checkpoint, Record, Selection
from crosstie.sandbox import Sandbox, Server
from crosstie.testing.clock import SimulatedClock
from crosstie.testing.conformance import Conformance
from crosstie.testing.counterparts import Shelf
from crosstie.testing.promise import BrokenPromiseError
from crosstie.testing.rig import Bench
from crosstie.testing.source.told import Told, listed, texts_in
from crosstie.testing.texts import TEXTS

ENDLESS = 20_000


@attrs.frozen
class Held:
    """A record in the author's system: when it was last changed, and its text."""

    at: datetime
    text: str


@attrs.frozen
class Shifted:
    """A clock that goes ahead of another one, or behind it."""

    clock: Clock
    ahead: timedelta

    def now(self) -> datetime:
        """See `Clock`."""
        return self.clock.now() + self.ahead

    def sleep(self, seconds: float) -> bool:
        """See `Clock`."""
        return self.clock.sleep(seconds)


class SourceCase(Conformance):
    """What the author says of the source.

    `stream` is the stream's name.
    `texts` are what must come through unchanged, by name: leave out what the system refuses.
    `zone` is the time zone in which the sandbox tells local times.
    `count` is how many records are put there where more than a few pages are needed.
    """

    stream: ClassVar[str]
    texts: ClassVar[Mapping[str, str]] = TEXTS
    zone: ClassVar[str] = "Europe/Paris"
    count: ClassVar[int] = 10
    _loaded: ClassVar[dict[tuple[str, ...], Plugins]]
    _shelf: ClassVar[Shelf]

    def __init_subclass__(cls) -> None:
        """Find the plugins once for all tests of a class, with the shelf that they write to."""
        super().__init_subclass__()
        cls._loaded, cls._shelf = {}, Shelf()

    def add(self, sandbox: Any, number: int, at: datetime, text: str) -> str:
        """Put a record there, last changed at that moment, with the text in one of its fields.

        `number` is 1, 2, 3 …; returns the record's key. `at` is aware, in whole seconds, UTC.
        """
        raise NotImplementedError("write add(self, sandbox, number, at, text) in the test class")

    def change(self, sandbox: Any, key: str, at: datetime, text: str) -> Any:
        """Change that text at that moment. Leave it out where records never change."""
        return NotImplemented

    def remove(self, sandbox: Any, key: str, at: datetime) -> Any:
        """Delete the record. Leave it out where the system deletes nothing."""
        return NotImplemented

    @pytest.fixture
    def origin_of(
        self, tmp_path: Path, clock: SimulatedClock, serve: Callable[[Sandbox], Server]
    ) -> Callable[..., "Origin"]:
        """Make the system at another moment, or with a clock that goes `ahead` of ours."""
        numbers = count(1)
        self._shelf.rows.clear()

        def make(moment: datetime | None = None, ahead: timedelta = timedelta(0)) -> Origin:
            clock.move(moment or clock.now())
            server = serve(self.sandbox(Shifted(clock, ahead) if ahead else clock))
            server.log = []
            folder = tmp_path / str(next(numbers))
            bench = Bench(self, folder, clock, server, shelf=self._shelf, plugins=self._loaded)
            return Origin(self, bench, ahead)

        return make

    @pytest.fixture
    def origin(self, origin_of: Callable[[], "Origin"]) -> "Origin":
        """The system, new."""
        return origin_of()


@attrs.define
class Origin:
    """The system with its records; `held` is what a complete read has to tell, by key."""

    case: SourceCase
    bench: Bench
    ahead: timedelta
    held: dict[str, Held] = attrs.field(factory=dict)
    _number: int = 0
    _news: int = 0

    @property
    def now(self) -> datetime:
        """The system's own time."""
        return self.bench.clock.now() + self.ahead

    @property
    def portion(self) -> int:
        """How many records make a page in these tests."""
        return 2 if self.case.page else self.case.page_size

    @property
    def requests(self) -> int:
        """How many requests came so far."""
        return len(self.bench.server.log or ())

    def wait(self, **time: float) -> None:
        """Let time pass; arguments are those of `timedelta`."""
        self.bench.simulated.move(self.bench.clock.now() + timedelta(**time))

    def add(self, text: str | None = None, *, at: datetime | None = None) -> str:
        """Put a record there, changed now unless told otherwise."""
        self._number += 1
        held = Held(at or self.now, self._text() if text is None else text)
        key = self.case.add(self.bench.sandbox, self._number, held.at, held.text)
        if key in self.held:
            self.case.broken(
                f"two records were put there, and both have the key {key!r}",
                "keys that are unique only within one shop or account: put its id in front",
            )
        self.held[key] = held
        return key

    def change(self, key: str) -> None:
        """Change a record's text now; skips the test where records never change."""
        held = Held(self.now, self._text())
        if self.case.change(self.bench.sandbox, key, held.at, held.text) is NotImplemented:
            pytest.skip("records of this stream never change")
        self.held[key] = held

    def remove(self, key: str) -> None:
        """Delete a record now; skips the test where the system deletes nothing."""
        if self.case.remove(self.bench.sandbox, key, self.now) is NotImplemented:
            pytest.skip("records of this stream are never deleted")
        del self.held[key]

    def fill(self) -> list[str]:
        """Add some records a minute apart, more than a page of them at one and the same time."""
        keys = [self.add()]
        for together in (self.portion + 1, 2):
            self.wait(minutes=1)
            keys += [self.add() for _ in range(together)]
        return keys

    @contextmanager
    def stream(self, page: int | None = None, **settings: Any) -> Iterator[Stream]:
        """The stream of a new connection, with pages of that size."""
        if self.case.page:
            settings[self.case.page] = page or self.portion
        with self.bench.live(**settings) as live:
            streams = live.streams()
            if self.case.stream not in streams:
                self.case.broken(
                    f"there is no stream {self.case.stream!r}, but {listed(streams)}",
                    "`stream` of the test class, and what `streams()` of the connection returns",
                )
            yield streams[self.case.stream]

    def read(self, since: str | None = None, **options: Any) -> Told:
        """Read to the end on a new connection; options are those of `stream`."""
        with self.stream(**options) as stream:
            return self.told(stream, Selection(since=since))

    def told(
        self,
        stream: Stream,
        selection: Selection,
        meanwhile: Callable[[list[Record]], object] = lambda records: None,
    ) -> Told:
        """What the stream tells, to its end; `meanwhile` is called with the records so far."""
        things, records = list[Record | Checkpoint](), list[Record]()
        with closing(reading(stream, selection)) as coming:
            for thing in islice(coming, ENDLESS):
                things.append(thing)
                if isinstance(thing, Record):
                    records.append(thing)
                    meanwhile(records)
        if len(things) == ENDLESS:
            self.case.broken(
                f"{len(self.held)} records are there, and after {ENDLESS} still more came",
                "a page that is asked for again and again: does the place move after each page?",
            )
        if not things or not isinstance(things[-1], Checkpoint):
            self.case.broken(
                f"the last thing told was {things[-1]!r}" if things else "nothing was told",
                "a Checkpoint has to end every read, also one that tells no record",
            )
        return Told(things)

    def attempt(self, since: str | None = None, **options: Any) -> Told:
        """Read while the system fails: what was told, and the error that ended it."""
        things: list[Record | Checkpoint] = []
        try:
            with self.stream(**options) as stream:
                for thing in islice(stream.read(Selection(since=since)), ENDLESS):
                    things.append(thing)
        except CrosstieError as error:
            return Told(things, error)
        except BrokenPromiseError:
            raise
        except Exception as error:  # noqa: BLE001 (which one it is, is what the test is about)
            self.case.broken(
                f"{type(error).__name__}: {error}",
                "an answer that is used before its status, type and shape are looked at: "
                "raise UnavailableError where it is not what the system should answer",
            )
        return Told(things)

    def missed(self, *told: Iterable[Record]) -> list[str]:
        """Keys of records that these do not tell as they are now; later ones win."""
        latest = {record.key: record for records in told for record in records}
        return [
            key
            for key, held in self.held.items()
            if key not in latest
            or latest[key].deleted
            or held.text not in texts_in(latest[key].data)
        ]

    def shown(self, keys: Sequence[str]) -> str:
        """Some records, for a message."""
        return listed([f"{key} (changed {self.held[key].at:%Y-%m-%d %H:%M:%SZ})" for key in keys])

    def _text(self) -> str:
        self._news += 1
        high, low = divmod(self._news - 1, 26)
        return f"News {chr(97 + high)}{chr(97 + low)}"


def reading(stream: Stream, selection: Selection) -> Generator[Record | Checkpoint, None, None]:
    """The reading as a generator, so that it can be closed, as the core does."""
    yield from stream.read(selection)
