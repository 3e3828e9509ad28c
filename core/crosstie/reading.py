"""Reading ahead: the stream is read on its own thread while earlier pages are written."""

import queue
import threading
from collections.abc import Generator, Iterator
from concurrent.futures import Future
from contextlib import closing, contextmanager

import attrs

from crosstie.connectors import Live, Stream
from crosstie.errors import FlowError
from crosstie.pools import Pool
from crosstie.records import Checkpoint, Record, Selection

PAGE = 500
AHEAD = 1


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
