"""A booth on files, as the file beside a config: people sign up in it, and notes are left there.

``people.txt`` has an e-mail on each line, ``notes.txt`` what was left. A file of the name of a
mood lets the next note be ``refused``, ``lost`` or ``slow``; ``closed`` closes the booth.
"""

import os
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, ClassVar

import attrs

from crosstie import (
    Checkpoint,
    Env,
    Record,
    RejectedError,
    Row,
    Selection,
    UnavailableError,
    UncertainError,
    hookimpl,
    setting,
)
from crosstie.commerce import Customer


@attrs.frozen
class Booth:
    """A booth."""

    kind: ClassVar[str] = "booth"
    streams_offered: ClassVar[tuple[str, ...]] = ("customers",)
    tables_offered: ClassVar[tuple[str, ...]] = ()
    folder: Path = setting("Where it is", identifies=True)

    def connect(self, env: Env) -> "Booth":
        if (self.folder / "closed").exists():
            raise UnavailableError("the booth is closed")
        return self

    def streams(self) -> Mapping[str, Any]:
        return {"customers": People(self.folder / "people.txt")}

    def tables(self) -> Mapping[str, Any]:
        return {}

    def forget(self, text: str) -> int:
        file = self.folder / "notes.txt"
        lines = file.read_text("utf-8").splitlines() if file.exists() else []
        kept = [line for line in lines if text not in line]
        file.write_text("".join(f"{line}\n" for line in kept), "utf-8")
        return len(lines) - len(kept)

    def close(self) -> None:
        """A booth needs no closing."""


@attrs.frozen
class People:
    """Those who have signed up, in order."""

    file: Path
    name: str = "customers"

    def read(self, selection: Selection) -> Iterator[Record | Checkpoint]:
        lines = self.file.read_text("utf-8").splitlines() if self.file.exists() else []
        for place in range(int(selection.since or 0), len(lines)):
            yield Record(str(place + 1), Customer(email=lines[place]), "1")
        yield Checkpoint(str(len(lines)))


@attrs.frozen
class Leave:
    """Leave a note."""

    name: ClassVar[str] = "leave"
    on: ClassVar[str] = "booth"
    text: str = setting("What stands on it")

    def run(self, system: Booth, once: str) -> Row:
        moods = {
            "refused": RejectedError("no notes with that on them"),
            "lost": UncertainError("the answer was lost"),
        }
        for mood, error in moods.items():
            file = system.folder / mood
            if file.exists():
                file.unlink()
                raise error
        if (system.folder / "slow").exists():
            time.sleep(0.05)
        note = os.open(system.folder / "notes.txt", os.O_APPEND | os.O_CREAT | os.O_WRONLY)
        try:
            os.write(note, f"{self.text}\n".encode())
        finally:
            os.close(note)
        return {"code": f"C-{self.text}"}

    def preview(self, system: Booth) -> str:
        if "wrong" in self.text:
            raise RejectedError("no notes with that on them")
        return f"A note:\n{self.text}"


@attrs.frozen
class Mumble:
    """Leave something that cannot be shown before."""

    name: ClassVar[str] = "mumble"
    on: ClassVar[str] = "booth"
    words: tuple[str, ...] = setting("What to mumble")

    def run(self, system: Booth, once: str) -> Row:
        return {}


@hookimpl
def register_sources() -> list[type[Any]]:
    return [Booth]


@hookimpl
def register_actions() -> list[type[Any]]:
    return [Leave, Mumble]
