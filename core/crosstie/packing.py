"""Events and results of steps as text, so that a journey outlives the program.

Packed is JSON in which what JSON has no type for is marked: decimals, times, dates, `Ref`s, and
objects of the commerce vocabulary by their names, without what they do not know. What is unpacked
equals what was packed, but for lists, which may have been tuples; in vocabulary objects they are
tuples again.
"""

import json
from collections.abc import Mapping
from typing import Any

import attrs

from crosstie.commerce import VOCABULARY, vocabulary_name
from crosstie.records import Ref
from crosstie.row_values import MARK, READERS, check_size, marked


def packed(value: Any) -> str:
    """The value as text; raises ValueError for one that cannot be kept."""
    text = json.dumps(_packed(value), ensure_ascii=False, separators=(",", ":"))
    check_size(len(text))
    if not text.isascii():
        _check_letters(text)
    return text


def _check_letters(text: str) -> None:
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise ValueError("it holds half a character, which no text can be made of") from error


def unpacked(text: str) -> Any:
    """What was packed into this text."""
    return _unpacked(json.loads(text))


def _packed(value: Any) -> Any:
    if isinstance(value, Ref):
        return {"$ref": [value.stream, value.key, value.table], "embedded": _packed(value.embedded)}
    if isinstance(value, Mapping):
        inner = {str(name): _packed(one) for name, one in value.items()}
        return {"$row": inner} if any(name.startswith(MARK) for name in inner) else inner
    if isinstance(value, list | tuple):
        return [_packed(one) for one in value]
    name, thing = vocabulary_name(type(value)), value
    if VOCABULARY.get(name) is type(value):
        known = {
            field.name: _packed(told)
            for field in attrs.fields(type(thing))
            if (told := getattr(thing, field.name)) != field.default
        }
        return {f"{MARK}{name}": known}
    return marked(value)


def _unpacked(value: Any) -> Any:
    if isinstance(value, list):
        return [_unpacked(one) for one in value]
    if not isinstance(value, Mapping):
        return value
    if "$ref" in value:
        stream, key, table = value["$ref"]
        return Ref(stream, key, _unpacked(value["embedded"]), table)
    mark = next(iter(value), "")
    if mark in READERS:
        return READERS[mark](value[mark])
    if mark.startswith(MARK) and mark.removeprefix(MARK) in VOCABULARY:
        return _thing(VOCABULARY[mark.removeprefix(MARK)], value[mark])
    return {name: _unpacked(one) for name, one in value.get("$row", value).items()}


def _thing(kind: type, fields: Mapping[str, Any]) -> Any:
    """An object of the vocabulary; a field that this version does not know is left out."""
    known = attrs.fields_dict(kind)
    return kind(**{name: _tuples(_unpacked(one)) for name, one in fields.items() if name in known})


def _tuples(value: Any) -> Any:
    return tuple(_tuples(one) for one in value) if isinstance(value, list) else value
