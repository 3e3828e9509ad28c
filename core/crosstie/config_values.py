"""Turns what TOML says into typed settings, strictly: nothing is coerced, every mistake is told."""

import re
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, get_args
from zoneinfo import ZoneInfo, available_timezones

import attrs

from crosstie.config_plain import (
    WrongError,
    each,
    expected,
    place,
    plain,
    shown,
    tables,
    template,
    texts,
    truth,
    whole,
)
from crosstie.config_shapes import Entry, Interval, Place, StepTable, shape_text
from crosstie.mistakes import Mistakes, suggestion
from crosstie.settings import Secret, Setting, duration_of
from crosstie.templates import Template

LONGEST_DURATION = timedelta(days=3650)
LARGEST_SECRET = 64 * 1024


@attrs.frozen
class _Text:
    """A text, and how to speak of it: one that comes from elsewhere is not shown."""

    text: str
    shown: str


class Values:
    """Reads typed values; `secrets` collects the text of every secret that it meets.

    Relative paths start at `folder`, and `environ` is where ``{ env = … }`` looks; with None,
    values stand for themselves only and come from neither environment nor files.
    `word` is what one of them is called.
    """

    def __init__(
        self, folder: Path, environ: Mapping[str, str] | None, *, word: str = "setting"
    ) -> None:
        self.secrets: list[str] = []
        self._word = word
        self._folder = folder
        self._environ = environ
        self._readers: dict[Any, Callable[[Any], Any]] = {
            str: lambda value: self._text(value, str).text,
            int: whole,
            bool: truth,
            Decimal: self._decimal,
            timedelta: self._duration,
            date: self._date,
            datetime: self._moment,
            Path: self._path,
            ZoneInfo: self._zone,
            Secret: self._secret,
            Place: place,
            Interval: lambda value: value is not False and self._duration(value, Interval),
            Entry: self._entry,
            tuple[StepTable, ...]: tables,
            dict[str, object]: lambda value: each(value, dict[str, object], plain),
            tuple[str, ...]: texts,
            dict[str, str]: lambda value: each(value, dict[str, str], self._readers[str]),
            object: plain,
            Template: template,
            dict[str, Template]: lambda value: each(value, dict[str, Template], template),
            dict[str, tuple[str, ...]]: lambda value: each(
                value, dict[str, tuple[str, ...]], texts
            ),
        }

    def read(
        self,
        settings: Sequence[Setting],
        table: Mapping[str, Any],
        where: Sequence[str],
        mistakes: Mistakes,
    ) -> dict[str, Any]:
        """The settings that the table gives rightly, by name; all else is noted as mistakes."""
        known = {setting.name: setting for setting in settings}
        found = {}
        for name, value in table.items():
            if name not in known:
                mistakes.add(where, name, f"unknown {self._word}{suggestion(name, known)}")
                continue
            declared = known[name].type
            try:
                reader = self._readers.get(declared)
                found[name] = reader(value) if reader else self._choice(value, declared)
            except WrongError as error:
                if not error.inner:
                    mistakes.add(where, name, str(error))
                for field, text in error.inner:
                    mistakes.add((*where, name), field, text)
        for setting in settings:
            if setting.required and setting.name not in table:
                expected = shape_text(setting.type)
                mistakes.add(where, setting.name, f"missing: expected {expected} ({setting.doc})")
        return found

    def _text(self, value: Any, declared: Any) -> _Text:
        """A text as it stands, or from an environment variable or a file."""
        if isinstance(value, str):
            return _Text(value, shown(value))
        if not isinstance(value, Mapping) or self._environ is None:
            raise WrongError(expected(declared, value))
        if len(value) != 1 or not {"env", "file"} >= set(value):
            wrong = next((name for name in value if name not in {"env", "file"}), "")
            hint = suggestion(wrong, ["env", "file"], else_all=False)
            raise WrongError(f'expected {{ env = "NAME" }} or {{ file = "path" }}{hint}')
        ((source, name),) = value.items()
        if not isinstance(name, str):
            raise WrongError(f"{source}: {expected(str, name)}")
        text = _from_environment(name, self._environ) if source == "env" else self._from_file(name)
        return _Text(text, f"what stands in the {_source(source, name)}")

    def _from_file(self, name: str) -> str:
        path = self._beside(name, shown(name))
        try:
            if path.stat().st_size > LARGEST_SECRET:
                raise WrongError(f"the file {path} is larger than {LARGEST_SECRET} bytes")
            text = path.read_bytes().decode()
        except OSError as error:
            raise WrongError(f"the file {path} cannot be read: {error.strerror}") from error
        except UnicodeDecodeError:
            raise WrongError(f"the file {path} is not UTF-8 text") from None
        text = text.removesuffix("\n").removesuffix("\r")
        if not text:
            raise WrongError(f"the file {path} is empty")
        return text

    def _secret(self, value: Any) -> Secret:
        if isinstance(value, str):
            raise WrongError(
                "a secret does not stand in the config: put it into an environment variable"
                ' and write { env = "NAME" }, or into a file and write { file = "path" }'
            )
        text = self._text(value, Secret).text
        self.secrets.append(text)
        return Secret(text)

    def _decimal(self, value: Any) -> Decimal:
        if isinstance(value, int) and not isinstance(value, bool):
            return Decimal(value)
        if isinstance(value, Decimal) and value.is_finite():
            return Decimal(f"{value:f}")
        text = self._text(value, Decimal)
        if not re.fullmatch(r"-?[0-9]+(\.[0-9]+)?", text.text):
            raise WrongError(f"expected {shape_text(Decimal)}, found {text.shown}")
        return Decimal(text.text)

    def _duration(self, value: Any, declared: Any = timedelta) -> timedelta:
        text = self._text(value, declared)
        found = duration_of(text.text)
        if found is None:
            raise WrongError(f"expected {shape_text(declared)}, found {text.shown}")
        if found > LONGEST_DURATION:
            raise WrongError(f"expected at most {LONGEST_DURATION.days}d, found {text.shown}")
        return found

    def _entry(self, value: Any) -> str | timedelta:
        return value if value in ("event", "customer") else self._duration(value, Entry)

    def _date(self, value: Any) -> date:
        if isinstance(value, date) and not isinstance(value, datetime):
            return value
        text = self._text(value, date)
        try:
            return date.fromisoformat(text.text)
        except ValueError:
            raise WrongError(f"expected {shape_text(date)}, found {text.shown}") from None

    def _moment(self, value: Any) -> datetime:
        found: datetime | None = value if isinstance(value, datetime) else None
        told = shown(value)
        if found is None:
            text = self._text(value, datetime)
            told = text.shown
            with suppress(ValueError):
                found = datetime.fromisoformat(text.text)
        if found is None or found.tzinfo is None:
            raise WrongError(f"expected {shape_text(datetime)}, found {told}")
        return found

    def _path(self, value: Any) -> Path:
        text = self._text(value, Path)
        return self._beside(text.text, text.shown)

    def _beside(self, text: str, told: str) -> Path:
        """The path that a text names, relative to the config's folder."""
        try:
            if text and "\0" not in text:
                return self._folder / Path(text).expanduser()
        except RuntimeError as error:  # there is no such user, or nobody knows where home is
            raise WrongError(f"{error}, for {told}") from error
        raise WrongError(f"expected {shape_text(Path)}, found {told}")

    def _zone(self, value: Any) -> ZoneInfo:
        text = self._text(value, ZoneInfo)
        try:
            return ZoneInfo(text.text)
        except (LookupError, ValueError, OSError):
            hint = suggestion(text.text, available_timezones(), else_all=False)
            raise WrongError(f"expected {shape_text(ZoneInfo)}, found {text.shown}{hint}") from None

    def _choice(self, value: Any, declared: Any) -> str:
        text = self._text(value, declared)
        if text.text not in get_args(declared):
            raise WrongError(f"expected {shape_text(declared)}, found {text.shown}")
        return text.text


def _from_environment(name: str, environ: Mapping[str, str]) -> str:
    text = environ.get(name)
    if text is None:
        hint = suggestion(name, environ, else_all=False)
        raise WrongError(f"the environment variable {name!r} is not set{hint}")
    if not text:
        raise WrongError(f"the environment variable {name!r} is empty")
    return text


def _source(source: str, name: str) -> str:
    return f"environment variable {name!r}" if source == "env" else f"file {name!r}"
