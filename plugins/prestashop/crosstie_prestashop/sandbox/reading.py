"""Finding the ids of the records that a list request asks for, by the shortest way there is."""

from collections.abc import Callable, Iterable
from math import floor, inf
from typing import Any

from crosstie_prestashop.sandbox.matching import Condition, asked, sort_key, test
from crosstie_prestashop.sandbox.query import Query
from crosstie_prestashop.sandbox.refusals import BrokenError
from crosstie_prestashop.sandbox.resources import Field
from crosstie_prestashop.sandbox.table import Table

SHARED = frozenset({"customers", "orders", "carts"})


def find(table: Table, query: Query, shops: set[int]) -> list[int]:
    """The ids in the order and slice that are asked for.

    Without a sort the order is a muddle, always the same: the real one depends on the database.
    Raises `BrokenError` for a negative limit.
    """
    keys, order, left = _narrowed(table, query.conditions)
    for field, condition in left:
        keys = _filtered(table, keys, field, condition)
    if table.resource.name in SHARED:
        keys = _of_shops(table, keys, shops)
    keys = _sorted(table, list(keys), order, query.sorts)
    if query.rows is None:
        return keys
    offset, count = query.rows
    if offset < 0 or count < 0:
        raise BrokenError("")
    return keys[offset : offset + count]


def _narrowed(
    table: Table, conditions: tuple[tuple[Field, Condition], ...]
) -> tuple[Iterable[int], str, list[tuple[Field, Condition]]]:
    """Candidates through an index, the field that orders them, the conditions left to test."""
    rest = list(conditions)
    for choice in conditions:
        field, condition = choice
        if field.name != "id" and field.type != "time":
            continue
        limits = _limits(field, condition)
        if limits is not None:
            rest.remove(choice)
            if field.name == "id":
                return table.between_ids(*limits), "id", rest
            return table.between(field.name, *limits), field.name, rest
    for choice in conditions:
        field, condition = choice
        if condition.kind == "in" and not field.translated:
            rest.remove(choice)
            values = {asked(field, text) for text in condition.values} - {None}
            if field.name == "id":
                return sorted(int(v) for v in values if v in table), "id", rest
            return [key for v in values for key in table.with_value(field.name, v)], "", rest
    return table, "id", rest


def _limits(field: Field, condition: Condition) -> tuple[Any, Any] | None:
    """The inclusive limits of an interval on an id or a time; None where there are none."""
    values = [asked(field, text) for text in condition.values]
    if None in values:
        return None
    if condition.kind == "between":
        return values[0], values[1]
    if condition.kind == "above":
        return (floor(values[0]) + 1, inf) if field.name == "id" else (values[0] + "~", "~")
    return None


def _of_shops(table: Table, keys: Iterable[int], shops: set[int]) -> Iterable[int]:
    """Those that belong to the asked shops: lists hide the others (a customer of shop 0, say)."""
    if sum(len(table.with_value("id_shop", shop)) for shop in shops) == len(table):
        return keys
    shop_of = table.known("id_shop")
    return [key for key in keys if shop_of(key) in shops]


def _filtered(table: Table, keys: Iterable[int], field: Field, condition: Condition) -> list[int]:
    meets = test(field, condition)
    value = table.known(field.name)
    if field.translated:
        return [key for key in keys if any(meets(one) for one in value(key))]
    return [key for key in keys if meets(value(key))]


def _sorted(
    table: Table, keys: list[int], order: str, sorts: tuple[tuple[Field, bool], ...]
) -> list[int]:
    wanted = [(field.name, descending) for field, descending in sorts]
    if not wanted:
        return sorted(keys, key=_muddle)
    if wanted[0][0] == "id" and order == "id":
        return keys[::-1] if wanted[0][1] else keys
    if order and wanted == [(order, False), ("id", False)]:
        return keys
    keys.sort(key=_muddle)
    for name, descending in reversed(wanted):
        keys.sort(key=_by(table.known(name)), reverse=descending)
    return keys


def _by(value: Callable[[int], Any]) -> Callable[[int], tuple[bool, Any]]:
    return lambda key: sort_key(value(key))


def _muddle(key: int) -> int:
    return key * 2_654_435_761 % 4_294_967_296
