"""Queries: what they find, and in which order."""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from crosstie.testing import SimulatedClock
from crosstie_vtiger.sandbox import VtigerSandbox
from crosstie_vtiger.sandbox.search import search
from crosstie_vtiger.sandbox.vtql import Condition, parse

NAMES = ["Ada", "ADA", "Adà", "ada ", "Bo", "B_o", "50%", "O'Neil", "a\\b", "ß", "x; y, (z)"]
EMAILS = ["a@x.example", "A@X.example", "b@x.example", None]
NUMBERS = ["0", "3", "20", "100"]


def people() -> list[dict[str, Any]]:
    """Leads as they are created, so that the naive model needs no database."""
    return [
        {
            "lastname": NAMES[at % len(NAMES)],
            "email": EMAILS[at % len(EMAILS)],
            "noofemployees": NUMBERS[at * 7 % len(NUMBERS)],
            "assigned_user_id": "19x1",
        }
        for at in range(40)
    ]


@pytest.fixture(scope="module")
def filled() -> tuple[VtigerSandbox, dict[int, dict[str, Any]]]:
    sandbox = VtigerSandbox(clock=SimulatedClock())
    rows = {int(sandbox.seed("Leads", lead).split("x")[1]): lead for lead in people()}
    return sandbox, rows


def folded(text: str) -> str:
    return text.rstrip(" ").lower().replace("à", "a").replace("ß", "s")


def naive(row: dict[str, Any], number: int, condition: Condition) -> bool:
    """The model: SQL's three-valued comparison, spelt out."""
    column = condition.column
    held: Any = number if column == "id" else row[column]
    if held is None:
        return False
    if column == "id":
        wanted: list[Any] = [int(text.split("x")[1]) for text in condition.values]
    elif column == "noofemployees":
        held, wanted = int(held), [int(text) for text in condition.values]
    else:
        held, wanted = folded(held), [folded(text) for text in condition.values]
    outcomes: dict[str, bool] = {
        "in": held in wanted,
        "=": held == wanted[0],
        "!=": held != wanted[0],
        "<": held < wanted[0],
        "<=": held <= wanted[0],
        ">": held > wanted[0],
        ">=": held >= wanted[0],
    }
    return outcomes[condition.operator]


def written(condition: Condition) -> str:
    values = [text.replace("\\", "\\\\").replace("'", "''") for text in condition.values]
    quoted = ",".join(f"'{text}'" for text in values)
    operator = condition.operator
    return (
        f"{condition.column} in ({quoted})"
        if operator == "in"
        else (f"{condition.column} {operator} {quoted}")
    )


def conditions(column: str, texts: list[str]) -> st.SearchStrategy[Condition]:
    one = st.sampled_from(texts)
    comparing = st.builds(
        lambda operator, text: Condition(column, operator, (text,)),
        st.sampled_from(["=", "!=", "<", "<=", ">", ">="]),
        one,
    )
    among = st.lists(one, min_size=1, max_size=4).map(
        lambda values: Condition(column, "in", tuple(values))
    )
    return comparing | among


CONDITION = (
    conditions("lastname", [*NAMES, "nobody"])
    | conditions("email", ["a@x.example", "B@x.example", "c@x.example"])
    | conditions("noofemployees", [*NUMBERS, "7"])
    | conditions("id", [f"10x{number}" for number in (1, 5, 12, 40, 99)])
)
WHERE = st.lists(st.lists(CONDITION, min_size=1, max_size=3), max_size=3)


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(
    where=WHERE,
    order=st.sampled_from([(), ("id",), ("lastname", "id"), ("noofemployees", "email", "id")]),
    descending=st.booleans(),
    page=st.tuples(st.integers(0, 5), st.integers(1, 120)),
)
def test_a_query_finds_what_a_naive_model_finds(
    filled: tuple[VtigerSandbox, dict[int, dict[str, Any]]],
    where: list[list[Condition]],
    order: tuple[str, ...],
    descending: bool,
    page: tuple[int, int],
) -> None:
    sandbox, rows = filled
    offset, limit = page
    text = "select lastname from Leads"
    if where:
        text += " where " + " or ".join(" and ".join(map(written, each)) for each in where)
    if order:
        text += f" order by {','.join(order)}{' desc' if descending else ''}"
    query = parse(f"{text} limit {offset},{limit};")
    found = [row["id"] for row in search(sandbox.crm, sandbox.crm.modules["Leads"], query)]
    matching = [
        number
        for number, row in rows.items()
        if not where
        or any(all(naive(row, number, condition) for condition in each) for each in where)
    ]
    for at, column in reversed(list(enumerate(order))):
        last = descending and at == len(order) - 1
        matching.sort(key=lambda number: sort_key(rows[number], number, column), reverse=last)
    expected = matching[offset : offset + min(limit, 100)]
    assert found == [f"10x{number}" for number in expected]


def sort_key(row: dict[str, Any], number: int, column: str) -> Any:
    held: Any = number if column == "id" else row[column]
    if held is None:
        return (0, 0)
    return (1, int(held) if column in {"id", "noofemployees"} else folded(held))


class Index(RuleBasedStateMachine):
    """Whatever is written and deleted, a look-up by value finds what a scan finds."""

    def __init__(self) -> None:
        super().__init__()
        self.sandbox = VtigerSandbox(clock=SimulatedClock())
        self.crm = self.sandbox.crm
        self.shelf = self.crm.shelves["Leads"]

    @rule(email=st.sampled_from(EMAILS))
    def create(self, email: str | None) -> None:
        lead = {"lastname": "x", "email": email, "assigned_user_id": "19x1"}
        self.sandbox.seed("Leads", lead)

    @rule(email=st.sampled_from(EMAILS), at=st.integers(0, 20))
    def change(self, email: str | None, at: int) -> None:
        if at in self.shelf.rows:
            self.shelf.change(at, {"email": email})

    @rule(at=st.integers(0, 20))
    def remove(self, at: int) -> None:
        if at in self.shelf.rows:
            self.shelf.remove(at)

    @invariant()
    def look_up_equals_scan(self) -> None:
        for email in ("a@x.example", "b@x.example", "c@x.example"):
            rows = self.shelf.rows.items()
            scanned = {at for at, row in rows if (row["email"] or "").lower() == email}
            assert self.shelf.with_value("email", [email]) == scanned
        assert list(self.shelf.numbers()) == sorted(self.shelf.rows)


TestIndex = Index.TestCase
TestIndex.settings = settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)


@pytest.mark.parametrize(
    ("pattern", "found"),
    [
        ("A%", ["Ada", "Adam", "a_b"]),
        ("ad_", ["Ada"]),
        ("%50\\%%", ["50% off"]),
        ("a\\_b", ["a_b"]),
        ("nothing", []),
    ],
)
def test_like_knows_percent_and_underscore(admin: Any, pattern: str, found: list[str]) -> None:
    for name in ("Ada", "Adam", "50% off", "a_b"):
        admin.create("Leads", lastname=name)
    rows = admin.query(f"select lastname from Leads where lastname like '{pattern}';")
    assert [row["lastname"] for row in rows] == found


def test_quotes_are_doubled_and_so_are_backslashes(admin: Any) -> None:
    admin.create("Leads", lastname="O'N\\eil")
    assert len(admin.query("select id from Leads where lastname='O''N\\\\eil';")) == 1
    assert admin.query("select id from Leads where lastname='O''N\\eil';") == []


def test_a_query_tells_a_hundred_rows_at_most_and_always_the_id(admin: Any) -> None:
    ids = [admin.create("Leads", lastname="x")["id"] for _ in range(105)]
    assert [row["id"] for row in admin.query("select id from Leads;")] == ids[:100]
    assert len(admin.query("select id from Leads limit 200;")) == 100
    assert admin.query("select lastname from Leads limit 104,100;") == [
        {"lastname": "x", "id": ids[104]}
    ]
    text = f"select id from Leads where id > '{ids[99]}' order by id limit 100;"
    assert [row["id"] for row in admin.query(text)] == ids[100:]
    assert admin.query("select id from Leads where id = '5';") == []


@pytest.mark.parametrize(("version", "counted"), [("8.4.0", []), ("8.0.0", [{"count": "2"}])])
def test_only_8_0_can_count(caller: Any, version: str, counted: list[Any]) -> None:
    admin = caller(VtigerSandbox(version=version)).login()
    admin.create("Leads", lastname="x")
    admin.create("Leads", lastname="y")
    assert admin.query("select count(*) from Leads;") == counted


def test_numbers_and_times_compare_as_what_they_are(admin: Any, clock: SimulatedClock) -> None:
    admin.create("Products", productname="cheap", unit_price="9")
    clock.sleep(5)
    admin.create("Products", productname="dear", unit_price="10")
    rows = admin.query("select productname from Products where unit_price < '10';")
    assert [row["productname"] for row in rows] == ["cheap"]
    later = "select productname from Products where modifiedtime >= '2026-11-21 20:44:38';"
    assert [row["productname"] for row in admin.query(later)] == ["dear"]


def test_fields_that_were_never_set_are_null_in_queries_of_8_4_only(caller: Any) -> None:
    for version, empty in (("8.4.0", None), ("8.0.0", "")):
        admin = caller(VtigerSandbox(version=version)).login()
        made = admin.create("Contacts", lastname="x", phone=None)
        assert (made["birthday"], made["phone"]) == ("", "")
        [row] = admin.query("select birthday,phone,account_id from Contacts;")
        assert (row["birthday"], row["phone"], row["account_id"]) == (empty, empty, empty)
