"""New files: all of them or none, and none over another.

::

    with all_or_nothing() as new:
        new.folder(path.parent)
        new.file(path, "what stands in it")
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import attrs

from crosstie.errors import ConfigError


@attrs.frozen
class NewFiles:
    """What has been made so far. Both methods raise `ConfigError` for what cannot be written."""

    made: list[Path] = attrs.field(factory=list)

    def folder(self, path: Path, mode: int = 0o777) -> bool:
        """Make a folder and those above it; false when it is there."""
        missing = [one for one in (path, *path.parents) if not one.exists()]
        for one in reversed(missing):
            try:
                one.mkdir(mode)
            except OSError as error:
                raise ConfigError([f"{path}: cannot be written: {error.strerror}"]) from error
            self.made.append(one)
        return bool(missing)

    def file(self, path: Path, text: str, mode: int = 0o666) -> None:
        """Write a file that is not there yet."""
        try:
            number = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
            self.made.append(path)
            with os.fdopen(number, "w", encoding="utf-8") as file:
                file.write(text)
        except FileExistsError:
            raise ConfigError([f"{path}: is there already, and nothing is overwritten"]) from None
        except OSError as error:
            raise ConfigError([f"{path}: cannot be written: {error.strerror}"]) from error


@contextmanager
def all_or_nothing() -> Iterator[NewFiles]:
    """Files and folders to be made within the block; when it fails, they are taken away again."""
    new = NewFiles()
    try:
        yield new
    except BaseException:
        for path in reversed(new.made):
            with suppress(OSError):  # a folder that something else is in by now stays
                path.rmdir() if path.is_dir() else path.unlink()
        raise
