"""What goes wrong with files, in sentences."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from crosstie import UnavailableError


@contextmanager
def told_plainly(path: Path) -> Iterator[None]:
    """Turn the errors of the disk and of SQLite into an `UnavailableError` that names the file."""
    try:
        yield
    except sqlite3.OperationalError as error:
        raise UnavailableError(f"{path}: {_sentence(str(error))}") from error
    except sqlite3.DatabaseError as error:
        hint = "move it away, then run with --full to write everything anew"
        raise UnavailableError(f"{path} is damaged ({error}): {hint}") from error
    except OSError as error:
        reason = error.strerror or str(error)
        raise UnavailableError(f"{path} cannot be written: {reason}") from error


def _sentence(text: str) -> str:
    if "full" in text or "disk I/O" in text:
        return f"the disk cannot take it ({text}): free some space and run again, nothing is lost"
    if "locked" in text:
        return "another process has kept it locked for a minute: close what has it open"
    if "readonly" in text or "unable to open" in text:
        return f"it cannot be written ({text}): look at the rights of its folder"
    return f"it cannot be used ({text})"
