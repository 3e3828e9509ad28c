"""Reading ahead: the stream is read on its own thread while earlier pages are written."""

import queue
import threading
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import AbstractContextManager, closing, contextmanager
from typing import TypeVar

import attrs

from crosstie.abilities import Counts, Gets, ListsKeys, Snapshots
from crosstie.connectors import Live, Stream
from crosstie.errors import FlowError
from crosstie.pools import Pool
from crosstie.records import Checkpoint, Record, Selection

PAGE = 500
AHEAD = 1
Answer = TypeVar("Answer")


@attrs.frozen
class Page:
    """Some records, and the cursor after them where reading can resume there."""

    records: list[Record]
    cursor: str | None


def stream_of(live: Live, name: str, system: str) -> Stream:
    """The stream; raises `FlowError` when the system has none of that name."""
    streams = live.streams()
    if name not in streams:
        raise FlowError(f"{system}: there is no stream {name!r}; there are {', '.join(streams)}")
    return streams[name]


def paged(stream: Stream, selection: Selection, limit: int | None) -> Iterator[Page]:
    """The stream's records in pages of at most 500, a page ending at each checkpoint.

    After `limit` records it ends, without a cursor.
    """
    records: list[Record] = []
    left = limit
    with closing(_reading(stream, selection)) as reading:
        for thing in reading:
            if isinstance(thing, Checkpoint):
                yield Page(records, thing.cursor)
                records = []
                continue
            if left == 0:
                break
            records.append(thing)
            if left is not None:
                left -= 1
            if len(records) == PAGE:
                yield Page(records, None)
                records = []
    if records:
        yield Page(records, None)


def _reading(stream: Stream, selection: Selection) -> Generator[Record | Checkpoint, None, None]:
    """The stream's reading as a generator, so that it can be closed in the middle."""
    yield from stream.read(selection)


@attrs.frozen
class Source:
    """A flow's way to its source: the stream `name`, read on the pool's thread."""

    pool: Pool
    name: str

    def is_snapshot(self) -> bool:
        """Whether every read tells all there is."""
        return self._ask(lambda stream: isinstance(stream, Snapshots) and stream.whole)

    def reread(self, keys: Iterable[str], uses: frozenset[str]) -> list[Record] | None:
        """The records with these keys that are there; None where single ones cannot be read."""
        wanted = list(keys)
        return self._ask(
            lambda stream: list(stream.get(wanted, uses)) if isinstance(stream, Gets) else None
        )

    def listed(self, keys: Sequence[str]) -> set[str] | None:
        """Those of the keys that the stream lists, if it can list its keys."""
        return self._ask(
            lambda s: set(keys).intersection(s.keys()) if isinstance(s, ListsKeys) else None
        )

    def size(self) -> int | None:
        """How many records there are, if it can be told cheaply."""
        return self._ask(_size)

    def count(self, selections: Iterable[Selection]) -> int | None:
        """How many records these selections have together, if it can be told cheaply."""
        return self._ask(
            lambda s: sum(s.count(one) for one in selections) if isinstance(s, Counts) else None
        )

    def pages(
        self, selection: Selection, limit: int | None
    ) -> AbstractContextManager[Iterator[Page]]:
        """See `pages_ahead`."""
        return pages_ahead(self.pool, self.name, selection, limit)

    def _ask(self, ask: Callable[[Stream], Answer]) -> Answer:
        def on_reader(live: Live) -> Answer:
            return ask(stream_of(live, self.name, self.pool.system.name))

        return self.pool.call(on_reader).result()


def _size(stream: Stream) -> int | None:
    if not isinstance(stream, ListsKeys):
        return None
    keys = stream.keys()
    return sum(1 for _ in keys)


@contextmanager
def pages_ahead(
    pool: Pool, stream: str, selection: Selection, limit: int | None
) -> Iterator[Iterator[Page]]:
    """Read on the pool's thread, at most one page waiting; errors of the stream surface in turn."""
    handing = _Handing()

    def pump(live: Live) -> None:
        try:
            for page in paged(stream_of(live, stream, pool.system.name), selection, limit):
                if not handing.give(page):
                    return
            handing.give(None)
        except BaseException as error:  # noqa: BLE001 (it is raised again where the pages are used)
            handing.give(error)

    reading = pool.call(pump)
    reading.add_done_callback(handing.close)
    try:
        yield handing.taken()
    finally:
        handing.stopped.set()
        reading.result()


class _Handing:
    """Hands pages from the reading thread to the writing one."""

    def __init__(self) -> None:
        self.stopped = threading.Event()
        self._pages: queue.Queue[Page | BaseException | None] = queue.Queue(AHEAD)

    def give(self, thing: Page | BaseException | None) -> bool:
        """Wait for room and hand it over; false when nobody wants it any more."""
        while not self.stopped.is_set():
            try:
                self._pages.put(thing, timeout=0.1)
            except queue.Full:
                continue
            return True
        return False

    def close(self, reading: Future[None]) -> None:
        """Hand over why reading did not even begin: the system could not be connected."""
        if (error := reading.exception()) is not None:
            self.give(error)

    def taken(self) -> Iterator[Page]:
        """The pages in order, up to the end or an error."""
        while (thing := self._pages.get()) is not None:
            if isinstance(thing, BaseException):
                raise thing
            yield thing
