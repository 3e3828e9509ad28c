"""Ctrl-C and SIGTERM: the first one asks for a clean end, the second one ends the program."""

import os
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

ASKED = b"\nstopping when what is under way is done; once more ends it at once\n"


@contextmanager
def ending_cleanly(
    stop: threading.Event, hung_up: Callable[[], None] | None = None
) -> Iterator[None]:
    """Set `stop` on the first signal to end; call `hung_up` on each SIGHUP, if it is given.

    The signals are read from a socket by a thread of their own: Python runs handlers on the main
    thread only, which may be waiting for a long time and is not always woken, and which may hold
    the very lock that `stop.set` needs.
    """
    numbers = [signal.SIGINT, signal.SIGTERM, *([signal.SIGHUP] if hung_up else [])]
    heard, told = socket.socketpair()
    told.setblocking(False)
    watcher = threading.Thread(target=_watch, args=(heard, stop, hung_up), daemon=True)
    watcher.start()
    wakeup = signal.set_wakeup_fd(told.fileno(), warn_on_full_buffer=False)
    before = {number: signal.signal(number, lambda *_: None) for number in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        signal.set_wakeup_fd(wakeup)
        told.close()
        watcher.join()
        heard.close()


@contextmanager
def interruptible() -> Iterator[None]:
    """Let Ctrl-C raise `KeyboardInterrupt` again within `ending_cleanly`, while somebody is asked
    something; to be used on the main thread.
    """
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    wakeup = signal.set_wakeup_fd(-1)
    try:
        yield
    finally:
        signal.set_wakeup_fd(wakeup, warn_on_full_buffer=False)
        signal.signal(signal.SIGINT, before)


def _watch(heard: socket.socket, stop: threading.Event, hung_up: Callable[[], None] | None) -> None:
    """Do what the signals ask for, each of which comes as one byte."""
    while byte := heard.recv(1):
        number = byte[0]
        if number == signal.SIGHUP and hung_up is not None:
            hung_up()
        elif number in {signal.SIGINT, signal.SIGTERM}:
            if stop.is_set():
                os._exit(128 + number)
            os.write(2, ASKED)
            stop.set()
