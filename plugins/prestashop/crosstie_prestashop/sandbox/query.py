"""What a reading request asks for, checked in the order in which the webservice checks it."""

import re
from collections.abc import Mapping
from typing import Literal

import attrs

from crosstie_prestashop.sandbox.matching import Condition, understand
from crosstie_prestashop.sandbox.refusals import RefusedError, did_you_mean
from crosstie_prestashop.sandbox.resources import Field, Resource

DATES = ("date_add", "date_upd")
_ID = Field("id", "int")
_NAMED = re.compile(r"^filter\[([^\]]*)\](\[.*)?$", re.DOTALL)

Fields = dict[str, tuple[str, ...] | None]


@attrs.frozen(slots=True)
class Query:
    """An understood request: conditions and sorts by field, a slice, and what to show.

    `rows` is (offset, count); None is everything. `display` maps fields to None and associations
    to their fields.
    """

    conditions: tuple[tuple[Field, Condition], ...]
    sorts: tuple[tuple[Field, bool], ...]
    rows: tuple[int, int] | None
    display: Fields | Literal["full", "minimum"]


def field_of(resource: Resource, name: str) -> Field | None:
    """A field by its name, `id` included."""
    return _ID if name == "id" else resource.fields.get(name)


def understand_query(resource: Resource, query: Mapping[str, str]) -> Query:
    """A list request; raises `RefusedError` with the webservice's own codes 31 to 39."""
    names = _filterable(resource, dated=query.get("date", "") not in {"", "0"})
    conditions = _conditions(resource, query, names)
    display = understand_display(resource, query) or "minimum"
    return Query(conditions, _sorts(resource, query, names), _rows(query), display)


def understand_display(
    resource: Resource, query: Mapping[str, str]
) -> Fields | Literal["full", "minimum"] | None:
    """What `display` asks for, None when it is absent; codes 35 and 36."""
    text = query.get("display")
    if text is None:
        return None
    if text == "full":
        return "full"
    if text == "minimum":
        return "minimum"
    available = ", ".join(["id", *resource.fields])
    if not (text.startswith("[") and text.endswith("]")):
        sentence = (
            "The 'display' syntax is wrong. You can set 'full' or '[field_1,field_2,field_3,...]'."
        )
        raise RefusedError(400, (36, f"{sentence} These are available: {available}"))
    asked: Fields = {}
    for part in _split(text[1:-1]):
        name, bracket, inner = part.partition("[")
        asked[name.strip()] = tuple(inner[:-1].split(",")) if bracket else None
    for name, inner_fields in asked.items():
        if not _shows(resource, name, inner_fields):
            sentence = f'Unable to display this field "{name}". However, these are available: '
            raise RefusedError(400, (35, sentence + available))
    return asked


def _shows(resource: Resource, name: str, inner: tuple[str, ...] | None) -> bool:
    if inner is None:
        return field_of(resource, name) is not None
    association = resource.associations.get(name)
    return association is not None and {*inner} <= {"id", *association.fields}


def _split(text: str) -> list[str]:
    """Split at the commas outside of brackets."""
    return [part for part in re.split(r",(?![^\[]*\])", text) if part]


def _filterable(resource: Resource, *, dated: bool) -> list[str]:
    names = ["id", *(name for name, field in resource.fields.items() if not field.translated)]
    return [name for name in names if dated or name not in DATES]


def _conditions(
    resource: Resource, query: Mapping[str, str], names: list[str]
) -> tuple[tuple[Field, Condition], ...]:
    found = []
    for parameter, text in query.items():
        named = _NAMED.match(parameter)
        if named is None or named[1] in {"sort", "limit"}:
            continue
        field = field_of(resource, named[1])
        if named[2]:
            raise RefusedError(400, (31, "There is no existing linked table for this resource"))
        if field is None or (not field.translated and field.name not in names):
            sentence = did_you_mean("This filter does not exist", named[1], names)
            raise RefusedError(400, (32, sentence))
        if text == "":
            raise RefusedError(400, (33, f'The filter "{field.name}" is malformed.'))
        if field.dynamic:
            sentence = "is dynamic. It is not possible to filter GET query with this field."
            raise RefusedError(400, (34, f'The field "{field.name}" {sentence}'))
        condition = understand(text)
        if condition is not None:
            found.append((field, condition))
    return tuple(found)


def _sorts(
    resource: Resource, query: Mapping[str, str], names: list[str]
) -> tuple[tuple[Field, bool], ...]:
    text = query.get("sort")
    if text is None:
        return ()
    inner = text[1:-1] if text.startswith("[") and text.endswith("]") else text
    found = []
    for part in inner.split(","):
        name, _, direction = part.rpartition("_")
        if not name or direction.upper() not in {"ASC", "DESC"}:
            sentence = 'The "sort" value has to be formed as this example: "field_ASC" or '
            sentence += "'[field_1_DESC,field_2_ASC,field_3_ASC,...]' "
            raise RefusedError(400, (37, sentence + '("field" has to be an available field)'))
        field = field_of(resource, name)
        if field is None or (not field.translated and name not in names):
            others = ", ".join(n for n, f in resource.fields.items() if f.translated)
            sentence = "Unable to filter by this field. However, these are available: "
            raise RefusedError(400, (38, f"{sentence}{', '.join(names)}, for i18n fields:{others}"))
        found.append((field, direction.upper() == "DESC"))
    return tuple(found)


def _rows(query: Mapping[str, str]) -> tuple[int, int] | None:
    text = query.get("limit")
    if text is None:
        return None
    numbers = [_integer(part) for part in text.split(",")]
    if len(numbers) > 2:
        sentence = 'The "limit" value has to be formed as this example: "5,25" or "10"'
        raise RefusedError(400, (39, sentence))
    return (numbers[0], numbers[1]) if len(numbers) == 2 else (0, numbers[0])


def _integer(text: str) -> int:
    """PHP's (int): the leading digits, else 0."""
    digits = re.match(r"\s*[-+]?\d+", text)
    return int(digits[0]) if digits else 0


def understand_languages(query: Mapping[str, str], installed: list[int]) -> list[int]:
    """The ids of the languages to show; codes 78 to 81."""
    text = query.get("language")
    if text is None:
        return installed
    if text.isdigit():
        asked = [text]
    elif text.startswith("[") and text.endswith("]"):
        asked = text[1:-1].split("|")
        if len(asked) == 1 and "," in text:
            low, *high = text[1:-1].split(",")
            if len(high) != 1:
                raise RefusedError(
                    400, (78, "A range value for a language must contains only 2 values")
                )
            asked = [str(n) for n in range(_integer(low), _integer(high[0]) + 1)]
    else:
        raise RefusedError(400, (79, "language value is wrong"))
    if not all(one.isdigit() for one in asked):
        raise RefusedError(400, (80, "Language ID must be numeric"))
    found = [int(one) for one in asked if int(one) in installed]
    if not found:
        raise RefusedError(400, (81, "language is not available"))
    return found
