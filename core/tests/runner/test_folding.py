"""Several records that are one row: told by one of them, whatever the order of reading."""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crosstie.explaining import explain

HOUSEHOLDS = """
[flows.households]
read = "shop.customers"
write = "crm.households"
on_delete = "keep"
"""


@pytest.fixture
def home(bench: Any) -> Any:
    """The workbench with one flow, into a table of shared rows."""
    text = (bench.folder / "crosstie.toml").read_text(encoding="utf-8")
    systems = text[: text.index("[flows")]
    (bench.folder / "crosstie.toml").write_text(systems + HOUSEHOLDS, encoding="utf-8")
    return bench


def put(home: Any, key: str, email: str, name: str, *, guest: bool = False) -> None:
    home.shop.put("customers", key, email=email, lastname=name, guest=guest, version="1")


def rows(home: Any) -> list[tuple[str, str]]:
    found = home.crm.rows["households"].values()
    return sorted((row["email"], row["lastname"]) for row in found)


def told(home: Any) -> list[tuple[str, str]]:
    """What should be there: of each e-mail, the record of the greatest key."""
    best: dict[str, tuple[int, str]] = {}
    for key, record in home.shop.streams["customers"].items():
        fields = record["fields"]
        best[fields["email"]] = max(
            best.get(fields["email"], (-1, "")), (int(key), fields["lastname"])
        )
    return sorted((email, name) for email, (_, name) in best.items())


def test_the_record_of_the_highest_rank_tells_the_row(home: Any) -> None:
    put(home, "2", "ada@example.com", "Two")
    put(home, "1", "ada@example.com", "One")
    home.run()
    assert [("ada@example.com", "Two")] == rows(home)
    put(home, "1", "ada@example.com", "One again")
    writes = home.crm.writes
    home.run()
    assert [("ada@example.com", "Two")] == rows(home)
    assert writes == home.crm.writes


def test_a_higher_record_that_comes_later_takes_the_row_over(home: Any) -> None:
    put(home, "1", "ada@example.com", "One")
    home.run()
    put(home, "2", "ADA@example.com", "Two")
    home.run()
    assert [("ADA@example.com", "Two")] == rows(home)


def test_a_rank_that_changes_while_the_row_does_not_decides_who_tells_it(home: Any) -> None:
    put(home, "1", "ada@example.com", "One")
    put(home, "2", "ada@example.com", "Two", guest=True)
    home.run()
    assert [("ada@example.com", "One")] == rows(home)
    put(home, "2", "ada@example.com", "Two")
    home.run()
    assert [("ada@example.com", "Two")] == rows(home)
    put(home, "2", "ada@example.com", "Two", guest=True)
    home.run()
    home.run(reconcile=True)
    assert [("ada@example.com", "One")] == rows(home)


def test_explaining_names_the_record_that_tells_the_row(home: Any) -> None:
    put(home, "1", "ada@example.com", "One")
    put(home, "2", "ada@example.com", "Two")
    home.run()
    with home.project().state() as state:
        outcomes = [one.outcome for one in state.outcomes("shop", "customers", "1")]
    assert ["unchanged, one row with 2, which tells it"] == outcomes
    put(home, "3", "ada@example.com", "Three")
    home.run()
    told = {key: explain(home.project(), "shop.customers", key) for key in "123"}
    assert [
        "this is one row with 3, which tells it",
        "this is one row with 3, which tells it",
        "this is what was last written",
    ] == [one.mapped[0].standing for one in told.values()]


def test_who_leaves_takes_the_row_along_only_when_telling_it(home: Any) -> None:
    put(home, "1", "ada@example.com", "One")
    put(home, "2", "ada@example.com", "Two")
    home.run()
    put(home, "1", "one@example.com", "One")
    home.run()
    assert [("ada@example.com", "Two"), ("one@example.com", "One")] == rows(home)
    put(home, "1", "ada@example.com", "One")
    home.run()
    put(home, "2", "two@example.com", "Two")
    home.run()
    home.run(reconcile=True)
    assert told(home) == [row for row in rows(home) if row[0] != "one@example.com"]


def test_when_the_one_that_tells_vanishes_another_tells_the_row(home: Any) -> None:
    put(home, "1", "ada@example.com", "One")
    put(home, "2", "ada@example.com", "Two")
    home.run()
    home.shop.drop("customers", "2")
    home.run(reconcile=True)
    home.run(reconcile=True)
    assert [("ada@example.com", "One")] == rows(home)


DEEDS = st.lists(
    st.tuples(st.sampled_from("123"), st.sampled_from("ab"), st.booleans()), min_size=1, max_size=8
)


@given(deeds=DEEDS)
@settings(
    max_examples=10, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None
)
def test_any_order_of_changes_ends_as_one_export_would(home: Any, deeds: Any) -> None:
    home.crm.rows["households"].clear()
    home.shop.streams["customers"].clear()
    (home.folder / "crosstie.db").unlink(missing_ok=True)
    for number, (key, email, run) in enumerate(deeds):
        put(home, key, f"{email}@example.com", f"{key} {number}")
        if run:
            home.run()
    home.run(reconcile=True)
    home.run(reconcile=True)
    standing = rows(home)
    with home.project().state() as state:
        asides = {entry.kind for entry in state.asides()}
    assert asides <= {"ambiguous"}
    if not asides:
        assert set(told(home)) <= set(standing)
    emails = [email for email, _ in standing]
    assert sorted(set(emails)) == emails
