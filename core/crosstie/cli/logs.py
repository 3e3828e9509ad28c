"""The log: to stderr, through one handler that takes the secrets out."""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager

LEVELS = (logging.WARNING, logging.INFO, logging.DEBUG)
FORM = "%(asctime)s %(levelname)s %(name)s: %(message)s"
CLEAR_LINE = "\r\033[K"


@contextmanager
def logging_to_stderr(verbosity: int, redact: Callable[[str], str]) -> Iterator[None]:
    """Log our own words as loudly as asked (0 to 2), other libraries' warnings only."""
    handler = logging.StreamHandler()
    start = CLEAR_LINE if handler.stream.isatty() else ""
    handler.setFormatter(_Redacting(start, redact))
    root, ours = logging.getLogger(), logging.getLogger("crosstie")
    level = ours.level
    root.addHandler(handler)
    ours.setLevel(LEVELS[min(verbosity, len(LEVELS) - 1)])
    try:
        yield
    finally:
        root.removeHandler(handler)
        ours.setLevel(level)


class _Redacting(logging.Formatter):
    """Takes secrets out of the whole entry, tracebacks included."""

    def __init__(self, start: str, redact: Callable[[str], str]) -> None:
        super().__init__(FORM)
        self._start = start
        self._redact = redact

    def format(self, record: logging.LogRecord) -> str:
        """The entry as text; on a terminal it takes the place of a line of progress."""
        return self._start + self._redact(super().format(record))
