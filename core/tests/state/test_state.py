"""What every `State` promises, shown on the one that is kept in SQLite."""

import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crosstie import LeaseError, StateError, SystemClock
from crosstie.state import (
    Aside,
    Fingerprint,
    Intent,
    Lease,
    Link,
    LinkKey,
    Outcome,
    SqliteState,
    new_id,
    open_state,
    scratch_state,
)
from crosstie.state.leases import is_running, this_process
from crosstie.state.schema import MIGRATIONS

NOW = datetime(2026, 11, 21, 10, tzinfo=UTC)
KEY = LinkKey("shop", "customers", "1", "crm", "people")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "crosstie.db"


@pytest.fixture
def state(file: Path, clock: Any) -> Iterator[SqliteState]:
    with open_state(file, clock) as opened:
        yield opened


@pytest.fixture
def lease(state: SqliteState) -> Lease:
    taken = state.acquire("customers", this_process(), 60)
    assert isinstance(taken, Lease)
    return taken


def intent(natural: str = "ada@example.com", token: int = 1) -> Intent:
    return Intent(new_id(NOW), "customers", token, KEY, natural, {"email": natural}, NOW)


def aside(key: str, reason: str = "no", record: str = "{}") -> Aside:
    return Aside("customers", key, "rejected", reason, record, 1, NOW, NOW, NOW, "run")


def outcome(key: str, detail: str = "{}", at: datetime = NOW) -> Outcome:
    return Outcome(
        "run", "customers", "shop", "customers", key, "created", "people", "r1", detail, at
    )


def test_what_is_committed_together_is_there_together(state: SqliteState, lease: Lease) -> None:
    def fail_in_the_middle() -> None:
        with state.transaction(lease):
            state.add_links([(KEY, Link("r1"))])
            state.set_cursor("customers", "customers", "", "5")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail_in_the_middle()
    assert {} == state.links(*KEY[:2], *KEY[3:], ["1"])
    assert None is state.cursor("customers", "customers", "")


def test_a_link_is_found_by_its_key_and_by_its_row(state: SqliteState) -> None:
    state.add_links([(KEY, Link("r1", {"invoice": "i7"}))])
    assert {"1": Link("r1", {"invoice": "i7"})} == state.links(*KEY[:2], *KEY[3:], ["1", "2"])
    assert [KEY] == state.links_to("crm", "people", "r1")
    assert [(KEY, Link("r1", {"invoice": "i7"}))] == state.links_of("shop", "customers", "1")
    assert 1 == state.count_links(*KEY[:2], *KEY[3:])
    state.drop_link(KEY)
    assert [] == state.links_to("crm", "people", "r1")


@given(st.dictionaries(st.text(min_size=1), st.tuples(st.text(), st.none() | st.text())))
def test_fingerprints_of_any_keys_come_back(prints: dict[str, tuple[str, str | None]]) -> None:
    prints = {k: v for k, v in prints.items() if _storable(k, *v)}
    with scratch_state(Path("nowhere.db"), SystemClock()) as state:
        state.add_fingerprints("f", [(k, Fingerprint(*v)) for k, v in prints.items()])
        assert {k: Fingerprint(*v) for k, v in prints.items()} == state.fingerprints("f", prints)


def _storable(*texts: str | None) -> bool:
    return all(text is None or ("\0" not in text and text.isprintable()) for text in texts)


def test_a_lost_lease_lets_nothing_be_committed(state: SqliteState, lease: Lease) -> None:
    state.change("UPDATE leases SET token = 9, owner = 'other:1:1'", ())
    with pytest.raises(LeaseError, match="lost its lease to other"), state.transaction(lease):
        state.add_links([(KEY, Link("r1"))])
    assert not state.renew(lease, 60)
    assert 0 == state.count_links(*KEY[:2], *KEY[3:])


def test_a_held_lease_names_its_holder_and_a_released_one_is_free(
    state: SqliteState, lease: Lease
) -> None:
    assert this_process() == state.acquire("customers", "other", 60)
    assert state.is_alive("customers", lease.token)
    state.release(lease)
    assert not state.is_alive("customers", lease.token)
    assert Lease("customers", "other", lease.token + 1) == state.acquire("customers", "other", 60)


def test_an_expired_lease_is_free(state: SqliteState, lease: Lease, clock: Any) -> None:
    clock.sleep(61)
    assert Lease("customers", "other", lease.token + 1) == state.acquire("customers", "other", 60)


def test_a_process_that_ended_is_told_from_one_that_runs() -> None:
    assert is_running(this_process())
    assert is_running("another-machine:1:5")
    host, pid, started = this_process().rsplit(":", 2)
    assert not is_running(f"{host}:{pid}:{int(started) + 1}")
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        process.wait()
    assert not is_running(f"{host}:{process.pid}:1")


def test_one_open_intent_stands_for_one_natural_key(state: SqliteState) -> None:
    first, second, other = intent(), intent(), intent("bob@example.com")
    assert [] == state.intend([first])
    assert [first] == state.intend([second, other])
    assert {first.id, other.id} == {one.id for one in state.open_intents("customers")}
    state.close_intents([first.id])
    assert [] == state.intend([second])


def test_one_entry_is_kept_aside_per_flow_and_key(state: SqliteState) -> None:
    state.set_aside([aside("1"), aside("2")])
    state.set_aside([aside("1", "worse")])
    assert ["worse", "no"] == [entry.reason for entry in state.asides("customers")]
    assert [aside("2")] == state.asides("customers", ["2", "3"])
    state.settle_asides("customers", ["1"])
    assert [aside("2")] == state.asides()


def test_keys_not_met_in_a_pass_are_told(state: SqliteState) -> None:
    for key in "123":
        state.add_links([(KEY._replace(key=key), Link(f"r{key}"))])
    state.add_fingerprints("customers", [(key, Fingerprint("h", None)) for key in "12"])
    state.see("customers", ["1"])
    assert ["2"] == state.unseen("customers", *KEY[:2], *KEY[3:])
    state.end_pass("customers")
    assert ["1", "2"] == state.unseen("customers", *KEY[:2], *KEY[3:])


def test_old_outcomes_are_pruned_and_newer_ones_stay(state: SqliteState) -> None:
    old = outcome("1", at=NOW - timedelta(days=91))
    state.add_outcomes([old, outcome("2")])
    assert 1 == state.prune(NOW - timedelta(days=90))
    assert [] == state.outcomes("shop", "customers", "1")
    assert [outcome("2")] == state.outcomes("shop", "customers", "2")


def test_forgetting_a_person_erases_all_text_about_them(state: SqliteState, file: Path) -> None:
    state.set_aside([aside("1", record='{"email":"ada_l@example.com"}'), aside("2")])
    state.add_outcomes([outcome("3", '{"email":"ada_l@example.com"}'), outcome("4", "adaxl")])
    state.intend([intent("ada_l@example.com")])
    erased = state.forget("ada_l@example.com")
    assert (1, 1, 1) == (erased["asides"], erased["outcomes"], erased["intents"])
    assert b"ada_l@example.com" not in file.read_bytes()
    assert ["2"] == [entry.key for entry in state.asides()]
    assert [outcome("4", "adaxl")] == state.outcomes("shop", "customers", "4")


def test_runs_are_listed_newest_first_with_their_counts(state: SqliteState, clock: Any) -> None:
    first = new_id(clock.now())
    state.start_run(first, "customers", "full")
    clock.sleep(1)
    second = new_id(clock.now())
    state.start_run(second, "orders", "changes")
    state.finish_run(first, "completed", {"read": 3}, None)
    assert [("orders", "running"), ("customers", "completed")] == [
        (run.flow, run.status) for run in state.runs()
    ]
    assert [{"read": 3}] == [run.counts for run in state.runs("customers")]


def test_what_was_closed_in_the_middle_is_there_after_opening_again(file: Path, clock: Any) -> None:
    with open_state(file, clock) as state:
        state.set_cursor("f", "s", "", "17")
        state.keep("shop", "zone", "Europe/Paris")
        state.set_times("f", started=NOW)
        state.set_times("f", reconciled=NOW + timedelta(hours=1))
    with open_state(file, clock) as state:
        assert "17" == state.cursor("f", "s", "")
        assert "Europe/Paris" == state.recall("shop", "zone")
        times = state.times("f")
    assert (NOW, NOW + timedelta(hours=1)) == (times.started, times.reconciled)


def test_a_file_of_a_newer_version_is_refused(file: Path, clock: Any) -> None:
    open_state(file, clock).close()
    with sqlite3.connect(file) as other:
        other.execute(f"PRAGMA user_version = {len(MIGRATIONS) + 1}")
    other.close()
    with pytest.raises(StateError, match="written by a newer one"):
        open_state(file, clock)


def test_an_older_file_is_migrated_after_a_backup(file: Path, clock: Any) -> None:
    with open_state(file, clock) as state:
        state.keep("shop", "a", "1")

    def add(db: Any) -> None:
        db.conn.execute("CREATE TABLE extra (a TEXT)")

    with open_state(file, clock, {"acme": [add]}) as state:
        assert [] == state.query("SELECT * FROM extra")
        assert "1" == state.recall("shop", "a")
    with open_state(file, clock, {"acme": [add]}) as state:
        assert [("acme", 1)] == state.query("SELECT * FROM plugins")
    with pytest.raises(StateError, match="tables of acme are of version 1"):
        open_state(file, clock, {"acme": []})
    backup = file.with_name(f"crosstie.db.v{len(MIGRATIONS)}.bak")
    with open_state(backup, clock) as state:
        assert "1" == state.recall("shop", "a")


def test_a_damaged_file_is_named(file: Path, clock: Any) -> None:
    file.write_bytes(b"this is not a database, but it is long enough to look at" * 100)
    with pytest.raises(StateError, match="damaged"):
        open_state(file, clock)


def test_a_full_disk_is_told_as_such(state: SqliteState) -> None:
    state.query(f"PRAGMA max_page_count = {state.query('PRAGMA page_count')[0][0] + 1}")
    with pytest.raises(StateError, match="disk is full"):
        state.keep("shop", "much", "x" * 1_000_000)
    assert None is state.recall("shop", "much")


def test_many_threads_may_use_it_at_once(state: SqliteState, lease: Lease) -> None:
    def work(number: int) -> None:
        for turn in range(20):
            with state.transaction(lease):
                state.add_links([(KEY._replace(key=f"{number}-{turn}"), Link(f"r{number}"))])

    threads = [threading.Thread(target=work, args=(number,)) for number in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert 100 == state.count_links(*KEY[:2], *KEY[3:])


def test_many_may_open_a_new_file_at_once(file: Path, clock: Any) -> None:
    failures: list[Exception] = []

    def work() -> None:
        try:
            open_state(file, clock).close()
        except StateError as error:
            failures.append(error)

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [] == failures


def test_ids_sort_by_their_time() -> None:
    ids = [new_id(NOW + timedelta(milliseconds=number)) for number in range(50)]
    assert sorted(ids) == ids
    assert {"7"} == {one[14] for one in ids}


def test_the_tables_have_no_rowids(state: SqliteState) -> None:
    tables = state.query("SELECT name, sql FROM sqlite_master WHERE type = 'table'")
    assert [] == [name for name, sql in tables if not sql.endswith("WITHOUT ROWID")]
