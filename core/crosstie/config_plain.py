"""Values of the config that stand for themselves, and how a wrong one is told."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

from crosstie.config_shapes import Place, StepTable, shape_text
from crosstie.settings import as_written
from crosstie.templates import Template, compile_template, constant

LONGEST_SHOWN = 60


class WrongError(ValueError):
    """A value is not what it should be; `inner` has (field, text) for each wrong field in it."""

    def __init__(self, text: str = "", inner: Sequence[tuple[str, str]] = ()) -> None:
        super().__init__(text)
        self.inner = inner


def expected(declared: Any, value: Any) -> str:
    return f"expected {shape_text(declared)}, found {shown(value)}"


def shown(value: Any) -> str:
    """A TOML value in words, for the sentence that says that it is the wrong one."""
    if value is None or isinstance(value, bool):
        return {None: "nothing", True: "true", False: "false"}[value]
    if isinstance(value, str):
        return f'the text "{shorten(value)}"'
    if isinstance(value, int | float | Decimal):
        return f"the number {value}"
    if isinstance(value, datetime):
        return f"the time {value}" + ("" if value.tzinfo else ", which has no zone")
    if isinstance(value, date | time):
        return f"the {type(value).__name__} {value}"
    return "a table" if isinstance(value, Mapping) else "a list"


def shorten(text: str) -> str:
    """A text as one line of at most 60 characters that can be seen."""
    line = "".join(one if one.isprintable() else "�" for one in " ".join(text.split()))
    return line if len(line) <= LONGEST_SHOWN else f"{line[: LONGEST_SHOWN - 1]}…"


def whole(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise WrongError(expected(int, value))
    return value


def truth(value: Any) -> bool:
    if not isinstance(value, bool):
        raise WrongError(expected(bool, value))
    return value


def texts(value: Any) -> tuple[str, ...]:
    if not isinstance(value, list):
        raise WrongError(expected(tuple[str, ...], value))
    for one in value:
        if not isinstance(one, str):
            raise WrongError(f"{expected(tuple[str, ...], one)} in it")
    return tuple(value)


def each(value: Any, declared: Any, read: Callable[[Any], Any]) -> dict[str, Any]:
    """Read every value of a table, with all mistakes in it at once."""
    if not isinstance(value, Mapping):
        raise WrongError(expected(declared, value))
    found, wrong = {}, []
    for name, one in value.items():
        try:
            found[name] = read(one)
        except WrongError as error:
            wrong.append((name, str(error)))
    if wrong:
        raise WrongError(inner=wrong)
    return found


def template(value: Any) -> Template:
    """A template, or a value that is always the same."""
    if isinstance(value, str):
        try:
            return compile_template(value)
        except ValueError as error:
            raise WrongError(f"{error}, in the template '{shorten(value)}'") from error
    zoned = not isinstance(value, datetime) or value.tzinfo is not None
    if isinstance(value, bool | int | date) and zoned:
        return constant(value)
    raise WrongError(
        "expected text, a template, a whole number, true or false, a date or a time with a zone,"
        f" found {shown(value)}"
    )


def plain(value: Any) -> Any:
    """What JSON can say; dates, times and decimals are said as text."""
    if value is None or isinstance(value, str | bool | int):
        return value
    if isinstance(value, date | Decimal):
        return as_written(value)
    if isinstance(value, Mapping):
        return {str(name): plain(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [plain(one) for one in value]
    raise WrongError(expected(object, value))


def tables(value: Any) -> tuple[Any, ...]:
    """The steps of an automation; each is read by itself."""
    if not isinstance(value, list):
        raise WrongError(expected(tuple[StepTable, ...], value))
    if not value:
        raise WrongError("expected at least one step")
    return tuple(value)


def place(value: Any) -> Place:
    if isinstance(value, str):
        system, dot, name = value.partition(".")
        if system and dot and name:
            return Place(system, name)
    raise WrongError(expected(Place, value))
