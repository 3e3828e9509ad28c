"""Filters, sorts and slices agree with a naive reading of the whole table."""

from collections.abc import Callable
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from crosstie_prestashop.sandbox.matching import fold
from crosstie_prestashop.sandbox.query import understand_query
from crosstie_prestashop.sandbox.reading import find
from crosstie_prestashop.sandbox.resources import Record, catalogue
from crosstie_prestashop.sandbox.table import Table

SECONDS = [f"2026-10-25 02:00:{n:02}" for n in range(4)]
NAMES = ["Martin", "MARTIN", "Müller", "muller", "", "O'Connor", "王"]
CUSTOMERS = catalogue(8)["customers"]

records = st.fixed_dictionaries(
    {
        "id_shop": st.just("1"),
        "lastname": st.sampled_from(NAMES),
        "id_lang": st.sampled_from(["1", "2", "10"]),
        "note": st.sampled_from([None, "x"]),
        "date_upd": st.sampled_from(SECONDS),
    }
)
numbers = st.integers(-1, 14)


def one_filter() -> st.SearchStrategy[tuple[str, str, Callable[[Record], bool]]]:
    """A filter's field and text, and what it should mean."""
    return st.one_of(
        st.tuples(numbers, numbers).map(
            lambda p: ("id", f"[{p[0]},{p[1]}]", lambda one: min(p) <= one["id"] <= max(p))
        ),
        st.lists(numbers, min_size=2, max_size=4).map(
            lambda some: ("id", f"[{'|'.join(map(str, some))}]", lambda one: one["id"] in some)
        ),
        numbers.map(lambda n: ("id", f">[{n}]", lambda one: one["id"] > n)),
        numbers.map(lambda n: ("id_lang", f"![{n}]", lambda one: int(one["id_lang"]) != n)),
        st.sampled_from(["x", "y"]).map(lambda t: ("note", f"[{t}]", lambda one: one["note"] == t)),
        st.sampled_from(NAMES[:4]).map(
            lambda t: ("lastname", f"[{t}]", lambda one: fold(one["lastname"]) == fold(t))
        ),
        st.tuples(st.sampled_from(SECONDS), st.sampled_from(SECONDS)).map(
            lambda p: (
                "date_upd",
                f"[{p[0]},{p[1]}]",
                lambda one: min(p) <= one["date_upd"] <= max(p),
            )
        ),
        st.sampled_from(SECONDS).map(
            lambda t: ("date_upd", f">[{t}]", lambda one: one["date_upd"] > t)
        ),
    )


sorts = st.sampled_from(["id", "date_upd", "id_lang"]).flatmap(
    lambda name: st.tuples(st.just(name), st.booleans())
)


def value(one: Record, name: str) -> Any:
    return int(one[name]) if name in {"id", "id_lang"} else one[name]


@given(
    st.lists(records, max_size=14),
    st.lists(one_filter(), max_size=3, unique_by=lambda found: found[0]),
    st.lists(sorts, max_size=2, unique_by=lambda pair: pair[0]),
    st.tuples(st.integers(0, 5), st.integers(0, 6)),
    st.sets(st.integers(1, 14), max_size=5),
)
def test_finding_agrees_with_a_naive_model(
    rows: list[Record],
    filters: list[tuple[str, str, Callable[[Record], bool]]],
    order: list[tuple[str, bool]],
    rows_asked: tuple[int, int],
    gone: set[int],
) -> None:
    table = Table(CUSTOMERS, {})
    for row in rows:
        table.insert(row)
    find(table, understand_query(CUSTOMERS, {"filter[lastname]": "[x]"}), {1})  # builds indexes
    table.between("date_upd", "", "~")
    for key in gone & set(table):
        table.remove(key)
    for key in list(table)[::3]:
        table.change(key, lastname="Changed", date_upd=SECONDS[0])
    wanted = [
        one for one in (table[key] for key in table) if all(meets(one) for _, _, meets in filters)
    ]
    order = [*order, ("id", False)]
    for name, descending in reversed(order):
        wanted.sort(key=lambda one: value(one, name), reverse=descending)
    offset, count = rows_asked
    query = {f"filter[{name}]": text for name, text, _ in filters} | {
        "date": "1",
        "sort": "[" + ",".join(f"{name}_{'DESC' if d else 'ASC'}" for name, d in order) + "]",
        "limit": f"{offset},{count}",
    }
    expected = [one["id"] for one in wanted][offset : offset + count]
    assert expected == find(table, understand_query(CUSTOMERS, query), {1})
