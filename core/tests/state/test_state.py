"""The state that is kept in SQLite: what every `State` promises, and what is its own."""

import sqlite3
import subprocess
import sys
import threading
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlite_utils
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
from crosstie.state.schema import MIGRATIONS, automations, sendings
from crosstie.testing import StateConformance

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


class TestSqliteState(StateConformance):
    """It keeps what every `State` promises."""


def intent(natural: str) -> Intent:
    return Intent(new_id(NOW), "customers", 1, KEY, natural, {"email": natural}, NOW)


def aside(key: str, record: str) -> Aside:
    return Aside("customers", key, "rejected", "no", record, 1, NOW, NOW, NOW, "run")


def outcome(key: str, detail: str) -> Outcome:
    return Outcome(
        "run", "customers", "shop", "customers", key, "created", "people", "r1", detail, NOW
    )


@given(st.dictionaries(st.text(min_size=1), st.tuples(st.text(), st.none() | st.text())))
def test_fingerprints_of_any_keys_come_back(prints: dict[str, tuple[str, str | None]]) -> None:
    prints = {k: v for k, v in prints.items() if _storable(k, *v)}
    with scratch_state(Path("nowhere.db"), SystemClock()) as state:
        state.add_fingerprints("f", [(k, Fingerprint(*v)) for k, v in prints.items()])
        assert {k: Fingerprint(*v) for k, v in prints.items()} == state.fingerprints("f", prints)


def _storable(*texts: str | None) -> bool:
    return all(text is None or ("\0" not in text and text.isprintable()) for text in texts)


def test_a_lost_lease_names_who_has_it(state: SqliteState, lease: Lease) -> None:
    state.change("UPDATE leases SET token = 9, owner = 'other:1:1'", ())
    with pytest.raises(LeaseError, match="lost its lease to other"), state.transaction(lease):
        state.add_links([(KEY, Link("r1"))])


def test_a_process_that_ended_is_told_from_one_that_runs() -> None:
    assert is_running(this_process())
    assert is_running("another-machine:1:5")
    host, pid, started = this_process().rsplit(":", 2)
    assert not is_running(f"{host}:{pid}:{int(started) + 1}")
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        process.wait()
    assert not is_running(f"{host}:{process.pid}:1")


def test_nothing_of_a_forgotten_person_stays_in_the_file(state: SqliteState, file: Path) -> None:
    state.set_aside([aside("1", '{"email":"ada_l@example.com"}')])
    state.add_outcomes([outcome("3", '{"email":"ada_l@example.com"}')])
    state.intend([intent("ada_l@example.com")])
    state.forget("ada_l@example.com")
    assert b"ada_l@example.com" not in file.read_bytes()


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


def test_a_file_from_before_sendings_keeps_its_runs_and_outcomes(file: Path, clock: Any) -> None:
    before = sqlite_utils.Database(file)
    for migration in MIGRATIONS[: MIGRATIONS.index(sendings)]:
        migration(before)
    before.conn.execute(
        "INSERT INTO runs (id, flow, mode, status, started, counts) "
        "VALUES ('1', 'customers', 'window', 'stopped', ?, '{\"read\": 3}')",
        (NOW.isoformat(),),
    )
    before.conn.execute(f"PRAGMA user_version = {MIGRATIONS.index(sendings)}")
    before.conn.commit()
    before.close()
    with open_state(file, clock) as state:
        (run,) = state.runs()
        assert ("1", "stopped", {"read": 3}, "", 0) == (
            *(run.id, run.status, run.counts, run.selection, run.token),
        )
        assert None is state.unfinished_run("customers", "2026")
        state.add_outcomes([outcome("1", "{}")])
        assert ["1"] == [one.key for one in state.outcomes_of("run")]
        indexes = state.query("SELECT name FROM sqlite_master WHERE type = 'index'")
        assert ("idx_outcomes_run",) in indexes


def test_runs_that_nobody_goes_on_with_are_pruned_with_what_they_had_dealt_with(
    state: SqliteState, lease: Lease
) -> None:
    now = state.clock.now()
    for run, token in (("killed", 9), ("alive", lease.token), ("stopped", 9)):
        state.start_run(run, "customers", "window", "2026", token)
        state.see(run, ["1"])
    state.finish_run("stopped", "stopped", {}, None)
    state.see("customers", ["1"])
    state.prune(now)
    assert 3 == len(state.runs())
    state.prune(now + timedelta(seconds=1))
    assert ["alive"] == [run.id for run in state.runs()]
    assert [("alive",), ("customers",)] == state.query("SELECT flow FROM seen ORDER BY flow")


def test_a_damaged_file_is_named(file: Path, clock: Any) -> None:
    file.write_bytes(b"this is not a database, but it is long enough to look at" * 100)
    with pytest.raises(StateError, match="damaged"):
        open_state(file, clock)


def test_a_full_disk_is_told_as_such(state: SqliteState) -> None:
    state.query(f"PRAGMA max_page_count = {state.query('PRAGMA page_count')[0][0] + 1}")
    with pytest.raises(StateError, match="disk is full"):
        state.keep("shop", "much", "x" * 1_000_000)
    assert None is state.recall("shop", "much")


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


def test_whose_row_leaves_with_another_keeps_nothing_else_of_that_one(state: SqliteState) -> None:
    other, accounts = KEY._replace(key="2"), {"table": "accounts"}
    links = {
        KEY: Link("12x1", rank="2", natural="new"),
        KEY._replace(**accounts): Link("11x1"),
        other: Link("12x1", rank="1", natural="old"),
        other._replace(**accounts): Link("11x1"),
        other._replace(table="cards"): Link("5x1"),
    }
    state.add_links(links.items())
    state.part("customers", KEY, links[KEY])
    assert [KEY._replace(**accounts), KEY] == [
        place for place, _ in state.links_of("shop", "customers", "1")
    ]
    assert [(other._replace(table="cards"), "5x1")] == [
        (place, link.id) for place, link in state.links_of("shop", "customers", "2")
    ]


def test_of_ids_made_one_after_the_other_the_later_is_the_greater() -> None:
    ids = [new_id(NOW) for _ in range(1_000)]
    ids += [new_id(NOW + timedelta(milliseconds=1)), new_id(NOW + timedelta(days=1))]
    assert sorted(set(ids)) == ids
    assert {(7, uuid.RFC_4122)} == {(uuid.UUID(i).version, uuid.UUID(i).variant) for i in ids}


def test_a_file_from_before_automations_gets_their_tables(file: Path, clock: Any) -> None:
    before = sqlite_utils.Database(file)
    for migration in MIGRATIONS[: MIGRATIONS.index(automations)]:
        migration(before)
    before.conn.execute(f"PRAGMA user_version = {MIGRATIONS.index(automations)}")
    before.conn.execute(
        "INSERT INTO deeds (system, once, action, parameters, at, status, attempts) "
        "VALUES ('shop', 'one', 'say', '{}', ?, 'uncertain', 1)",
        (NOW.isoformat(),),
    )
    before.conn.commit()
    before.close()
    with open_state(file, clock) as state:
        assert (["one"], [], []) == (
            *([deed.once for deed in state.deeds(["uncertain"])],),
            *(state.journeys(), state.new_events()),
        )
    assert file.with_name(f"{file.name}.v{MIGRATIONS.index(automations)}.bak").exists()
