"""Ctrl-C and SIGTERM: the first one asks for a clean end, the second one ends the program."""

import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

ENDS = (signal.SIGINT, signal.SIGTERM)
ASKED = b"\nstopping when what is under way is done; once more ends it at once\n"


@contextmanager
def ending_cleanly(
    stop: threading.Event, hung_up: Callable[[], None] | None = None
) -> Iterator[None]:
    """Set `stop` on the first signal to end; call `hung_up` on each SIGHUP, if it is given."""

    def ask(number: int, frame: FrameType | None) -> None:
        signal.signal(number, signal.SIG_DFL)
        os.write(2, ASKED)
        # On a thread of its own: the main one may be inside `stop.wait` and hold its lock.
        threading.Thread(target=stop.set, daemon=True).start()

    handlers = dict.fromkeys(ENDS, ask)
    if hung_up is not None:
        handlers[signal.SIGHUP] = lambda number, frame: hung_up()
    before = {number: signal.signal(number, handler) for number, handler in handlers.items()}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
