"""A drawer of JSON files, as the file beside a config: the command line's tests read and write it.

A stream is a file ``{key: {"v": 1, field: value, …}}``, where `v` grows with each change; a table
is a file ``{id: row}``.
"""

import json
import threading
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, ClassVar, Literal

import attrs
import click

from crosstie import (
    Advice,
    Checkpoint,
    Env,
    Finding,
    Record,
    RecordError,
    RejectedError,
    Row,
    Secret,
    Selection,
    UnauthorisedError,
    UnavailableError,
    UncertainError,
    Write,
    Written,
    hookimpl,
    setting,
)

LOCK = threading.Lock()


@attrs.frozen
class Drawer:
    """A drawer of JSON files."""

    kind: ClassVar[str] = "drawer"
    streams_offered: ClassVar[tuple[str, ...]] = ("people", "parcels")
    tables_offered: ClassVar[tuple[str, ...] | None] = ("people", "loose")

    folder: Path = setting("Where the files are")
    token: Secret | None = setting("What must not be seen", default=None)
    mood: Literal["well", "down", "locked", "hanging", "buggy", "quiet", "telling"] = setting(
        "How it feels", default="well"
    )
    pause: int = setting("Milliseconds that each record takes", default=0)
    timeout: timedelta = setting("Of one look", default=timedelta(seconds=1))
    labels: dict[str, str] = setting("What stands on it", default=attrs.Factory(dict))

    @pause.validator
    def _check_pause(self, _: Any, pause: int) -> None:
        if pause < 0:
            raise ValueError(f"pause cannot be less than nothing, not {pause}")

    def connect(self, env: Env) -> "Quiet":
        if self.mood == "down":
            raise UnavailableError(f"https://drawer.example/?key={self._key()}: nobody there")
        if self.mood == "locked":
            raise UnauthorisedError(f"the key {self._key()} does not fit")
        if self.mood == "buggy":
            raise KeyError(self._key())
        env.log.info("opened with %s", self._key())
        moods: dict[str, type[Quiet]] = {"quiet": Quiet, "telling": Telling}
        return moods.get(self.mood, Opened)(self)

    def _key(self) -> str:
        return self.token.reveal() if self.token else "no key"


@attrs.frozen
class Quiet:
    drawer: Drawer

    def streams(self) -> Mapping[str, Any]:
        return {name: Sheet(name, self.drawer) for name in self.drawer.streams_offered}

    def tables(self) -> Mapping[str, Any]:
        return {
            "people": Box("people", ("email",), self.drawer),
            "loose": Box("loose", (), self.drawer),
        }

    def close(self) -> None:
        """A drawer needs no closing."""


@attrs.frozen
class Opened(Quiet):
    def check(self, use: Mapping[str, frozenset[str]]) -> Iterable[Finding]:
        if self.drawer.mood == "hanging":
            threading.Event().wait()
        for flow, needs in use.items():
            yield Finding("ok", f"{flow} may {' and '.join(sorted(needs))}")


@attrs.frozen
class Telling(Quiet):
    """It tells of itself, and the fields of the table loose and of everything called people."""

    def introduce(self, use: Mapping[str, frozenset[str]]) -> Iterable[Advice]:
        yield Advice(f"for {self.drawer._key()},\nand \x1b[2Jfor {', '.join(sorted(use))}")
        yield Advice("slower is safer", "pause", 0)
        yield Advice("or quicker", "timeout", "2s", chosen=False)
        yield Advice('"loose" ends', "labels", {"a.b": 'say "x"\x7f'})
        yield Advice("more", "labels", {"c": ""}, chosen=False)
        yield Advice("only some", "filters", {"status": ["in"]}, flow="people", chosen=False)
        if self.drawer.pause:
            raise UnavailableError(f"{self.drawer._key()} does not open it")

    def streams(self) -> Mapping[str, Any]:
        return {**super().streams(), "people": LabelledSheet("people", self.drawer)}

    def tables(self) -> Mapping[str, Any]:
        return {
            "people": LabelledBox("people", ("email",), self.drawer),
            "loose": LabelledBox("loose", (), self.drawer),
        }


@attrs.frozen
class Sheet:
    name: str
    drawer: Drawer

    def read(self, selection: Selection) -> Iterator[Record | Checkpoint]:
        after = int(selection.since or 0)
        wanted = selection.filters.get("status")
        for key, fields in self._content().items():
            if fields["v"] <= after or (wanted and fields.get("status") not in wanted):
                continue
            time.sleep(self.drawer.pause / 1000)
            yield self._record(key, fields)
            if self.drawer.pause:
                yield Checkpoint(str(fields["v"]))
        yield Checkpoint(str(max([after, *(one["v"] for one in self._content().values())])))

    def get(self, keys: Sequence[str], uses: frozenset[str]) -> Iterator[Record]:
        content = self._content()
        return (self._record(key, content[key]) for key in keys if key in content)

    def _content(self) -> dict[str, Any]:
        content = _load(self.drawer.folder / f"{self.name}.json")
        return dict(sorted(content.items(), key=lambda pair: pair[1]["v"]))

    def _record(self, key: str, fields: Mapping[str, Any]) -> Record:
        data = {name: value for name, value in fields.items() if name != "v"}
        return Record(key, data, str(fields["v"]))


@attrs.frozen
class Box:
    name: str
    key: tuple[str, ...]
    drawer: Drawer

    def find(self, keys: Sequence[Row]) -> list[list[str]]:
        rows = _load(self._file())
        return [
            [one for one, row in rows.items() if all(row.get(f) == v for f, v in key.items())]
            for key in keys
        ]

    def write(self, writes: Sequence[Write]) -> list[Written | RecordError]:
        return [self._write(write) for write in writes]

    def show(self, ids: Sequence[str]) -> list[Row | None]:
        rows = _load(self._file())
        return [rows.get(one) for one in ids]

    def _write(self, write: Write) -> Written | RecordError:
        if write.row.get("name") == "refused":
            return RejectedError("this drawer takes nobody of that name")
        with LOCK:
            rows = _load(self._file())
            name = write.id or f"r{len(rows) + 1}"
            rows[name] = {**rows.get(name, {}), **write.row}
            self._file().write_text(json.dumps(rows), "utf-8")
        return Written(name)

    def _file(self) -> Path:
        return self.drawer.folder / f"{self.name}.json"


@attrs.frozen
class LabelledBox(Box):
    def fields(self) -> Mapping[str, str]:
        if self.drawer.pause:
            raise UnavailableError("the label has come off")
        return {"email": "text, mandatory", "name": "text", "note": "one of a,\nb"}


@attrs.frozen
class LabelledSheet(Sheet):
    def fields(self) -> Mapping[str, str]:
        return {"email": "text", "age": "a number"}


@attrs.frozen
class Leave:
    """Leave a slip of paper."""

    name: ClassVar[str] = "leave"
    on: ClassVar[str] = "drawer"
    text: str = setting("What stands on it")
    copies: int = setting("How many slips", default=1)
    tags: tuple[str, ...] = setting("Written in its corners", default=())

    def run(self, system: Quiet, once: str) -> Row:
        if self.text == "refused":
            raise RejectedError("this drawer takes no such slip")
        time.sleep(system.drawer.pause / 1000)
        file = system.drawer.folder / "slips.json"
        slips = [*_load(file).get("slips", []), *[self.text] * self.copies]
        file.write_text(json.dumps({"slips": slips}), "utf-8")
        if self.text == "lost":
            raise UncertainError("the drawer jammed")
        return {"slips": slips, "tags": list(self.tags), "price": Decimal("0.10"), "key": "k1"}


def _load(file: Path) -> dict[str, Any]:
    return dict(json.loads(file.read_text("utf-8"))) if file.exists() else {}


@click.command
@click.option("--code", type=int, default=0)
def knock(code: int) -> int:
    """Knock at the drawer."""
    click.echo("knock")
    return code


@hookimpl
def register_sources() -> Sequence[Any]:
    return [Drawer]


@hookimpl
def register_sinks() -> Sequence[Any]:
    return [Drawer]


@hookimpl
def register_actions() -> Sequence[Any]:
    return [Leave]


@hookimpl
def register_commands(cli: Any) -> None:
    cli.add_command(knock)
    cli.commands["sandbox"].add_command(knock)
