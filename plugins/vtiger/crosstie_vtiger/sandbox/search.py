"""Answering a query: which rows, in which order, and which of their columns."""

import operator
import re
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import Any

from crosstie_vtiger.sandbox.crm import Crm
from crosstie_vtiger.sandbox.modules import INVENTORY, LINE_COLUMNS, Field, Module
from crosstie_vtiger.sandbox.refusals import RefusalError, wrong_id
from crosstie_vtiger.sandbox.shelf import Row
from crosstie_vtiger.sandbox.values import fold, number
from crosstie_vtiger.sandbox.vtql import Condition, Query

Hit = tuple[int, Row]
Test = Callable[[Hit], bool]
Shown = dict[str, str | None]

_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "=": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_HEADER_DISCOUNTS = {
    "hdnDiscountPercent": "discount_percent",
    "hdnDiscountAmount": "discount_amount",
}


def search(crm: Crm, module: Module, query: Query) -> list[Shown]:
    """The rows that a query gets, at most its limit; `count(*)` is not answered here."""
    fields = _fields(module)
    conditions = [condition for conjunction in query.where for condition in conjunction]
    used = [*query.columns, *(condition.column for condition in conditions), *query.order]
    for column in used:
        if column != "id" and column not in fields:
            raise RefusalError(
                "ACCESS_DENIED", f"Permission to access '.{column}.' attribute denied."
            )
    joined = module.name in INVENTORY and (
        not query.columns or not set(LINE_COLUMNS).isdisjoint(used)
    )
    hits = _matching(crm, module, query, joined)
    hits = islice(hits, query.offset, query.offset + query.limit)
    if joined:
        return _joined(crm, module, query, list(hits))
    return [_shown(crm, module, query.columns, at) for at, _ in hits]


def count(crm: Crm, module: Module, query: Query) -> int:
    """How many rows match, whatever the limit."""
    return sum(1 for _ in _matching(crm, module, query, joined=False))


def _fields(module: Module) -> dict[str, Field]:
    if module.name not in INVENTORY:
        return module.fields
    told = Field("", "text")
    return {**module.fields, **dict.fromkeys(LINE_COLUMNS, told), **module.lines}


def _matching(crm: Crm, module: Module, query: Query, joined: bool) -> Iterator[Hit]:
    fields = _fields(module)
    alternatives = [
        [_test(condition, fields.get(condition.column)) for condition in conjunction]
        for conjunction in query.where
    ]
    hits = _candidates(crm, module, query)
    if module.name == "Leads":
        hits = (hit for hit in hits if hit[0] not in crm.converted)
    if joined:
        hits = _with_lines(crm, hits)
    if alternatives:
        hits = (
            hit for hit in hits if any(all(test(hit) for test in each) for each in alternatives)
        )
    if query.order in {(), ("id",)} and not query.descending:
        return iter(hits)
    return iter(_ordered(list(hits), query, fields))


def _candidates(crm: Crm, module: Module, query: Query) -> Iterator[Hit]:
    """The rows that may match, by number: from an index if every alternative has one."""
    shelf = crm.shelves[module.name]
    narrowed: set[int] = set()
    for conjunction in query.where:
        found = _narrowed(crm, module, conjunction)
        if found is None:
            break
        narrowed |= found
    else:
        if query.where:
            return ((at, shelf.rows[at]) for at in sorted(narrowed))
    least = 0
    if len(query.where) == 1:
        bounds = [
            _number_of(condition.values[0]) or 0
            for condition in query.where[0]
            if condition.column == "id" and condition.operator in {">", ">="}
        ]
        least = max(bounds, default=0)
    return ((at, shelf.rows[at]) for at in shelf.numbers(least))


def _narrowed(crm: Crm, module: Module, conjunction: Iterable[Condition]) -> set[int] | None:
    shelf = crm.shelves[module.name]
    best: set[int] | None = None
    for condition in conjunction:
        if condition.operator not in {"=", "in"}:
            continue
        field = module.fields.get(condition.column)
        if condition.column == "id":
            numbers = {_number_of(text) for text in condition.values}
            found = {at for at in numbers if at is not None and at in shelf.rows}
        elif field is not None and field.kind in {"reference", "owner"}:
            found = shelf.with_value(field.name, map(_digits, condition.values))
        elif field is not None and field.kind in {"text", "date"}:
            found = shelf.with_value(field.name, condition.values)
        else:
            continue
        if best is None or len(found) < len(best):
            best = found
    return best


def _test(condition: Condition, field: Field | None) -> Test:
    column = condition.column
    if field is None:
        return _id_test(condition)
    compare = _comparison(condition, field)

    def test(hit: Hit) -> bool:
        held = hit[1].get(column)
        return held is not None and compare(held)

    return test


def _id_test(condition: Condition) -> Test:
    wanted = [_number_of(text) for text in condition.values]
    if condition.operator in {"in", "like"}:
        return lambda hit: hit[0] in wanted
    compare, first = _COMPARE[condition.operator], wanted[0]
    if first is None:
        return lambda _: condition.operator == "!="
    return lambda hit: compare(hit[0], first)


def _comparison(condition: Condition, field: Field) -> Callable[[str], bool]:
    if condition.operator == "like":
        matches = _like(condition.values[0])
        return lambda held: matches(fold(held)) is not None
    key: Callable[[str], Any] = fold
    if field.kind == "reference":
        if any("x" not in text for text in condition.values):
            raise wrong_id()
        key = lambda text: int(number(_digits(text)))  # noqa: E731
    elif field.kind == "owner":
        key = _digits
    elif field.kind in {"integer", "decimal", "boolean"}:
        key = number
    wanted = [key(text) for text in condition.values]
    if condition.operator == "in":
        return lambda held: key(held) in wanted
    compare, first = _COMPARE[condition.operator], wanted[0]
    return lambda held: compare(key(held), first)


def _like(pattern: str) -> Callable[[str], re.Match[str] | None]:
    parts = re.findall(r"\\.|.", pattern, re.DOTALL)
    signs = {"%": ".*", "_": "."}
    regex = "".join(signs.get(part) or re.escape(fold(part[-1]) or part[-1]) for part in parts)
    return re.compile(regex, re.DOTALL).fullmatch


def _digits(text: str) -> str:
    return text.partition("x")[2] or text


def _number_of(id_: str) -> int | None:
    digits = id_.partition("x")[2]
    return int(digits) if digits.isdigit() else None


def _ordered(hits: list[Hit], query: Query, fields: dict[str, Field]) -> list[Hit]:
    """Sort by the columns; the one direction that can be said belongs to the last of them."""
    last = len(query.order) - 1
    for at in range(last, -1, -1):
        column = query.order[at]
        hits.sort(key=_sort_key(column, fields), reverse=query.descending and at == last)
    return hits


def _sort_key(column: str, fields: dict[str, Field]) -> Callable[[Hit], Any]:
    if column == "id":
        return lambda hit: hit[0]
    numeric = fields[column].kind not in {"text", "date"}
    key: Callable[[str], Any] = number if numeric else fold

    def of(hit: Hit) -> Any:
        held = hit[1].get(column)
        return (held is not None, key(held) if held is not None else 0)

    return of


def _with_lines(crm: Crm, hits: Iterable[Hit]) -> Iterator[Hit]:
    """Each row once per line, as the database's left join gives them."""
    lines = crm.shelves["LineItem"].rows
    for at, row in hits:
        own = crm.lines.get(at)
        if not own:
            yield at, {**row, **dict.fromkeys(LINE_COLUMNS)}
        for line in own or ():
            yield at, {**row, **{name: lines[line][name] for name in LINE_COLUMNS}}


def _joined(crm: Crm, module: Module, query: Query, hits: list[Hit]) -> list[Shown]:
    """The joined rows, each record once with the columns of its last line."""
    empty = None if crm.version.nulls_in_query else ""
    shown: dict[int, Shown] = {}
    for at, row in hits:
        record = crm.show(module, at, query=True)
        for header, name in _HEADER_DISCOUNTS.items():
            del record[header]
            record[name] = row[name]
        record |= {name: row[name] if row[name] is not None else empty for name in LINE_COLUMNS}
        product = crm.resolve(module.lines["productid"], row["productid"])
        record["productid"] = product
        shown[at] = _picked(record, query.columns)
    return list(shown.values())


def _shown(crm: Crm, module: Module, columns: tuple[str, ...], at: int) -> Shown:
    record = crm.show(module, at, query=True)
    for header, name in _HEADER_DISCOUNTS.items():
        if header in record:
            record[name] = record.pop(header)
    return _picked(record, columns)


def _picked(record: Shown, columns: tuple[str, ...]) -> Shown:
    if not columns:
        return record
    names = [_HEADER_DISCOUNTS.get(name, name) for name in columns]
    return {name: record[name] for name in dict.fromkeys((*names, "id"))}
