"""What became of the records of a run, for people and for spreadsheets."""

import csv
import io
import json
import tracemalloc
from contextlib import closing
from datetime import UTC, datetime
from typing import Any

import pytest

from crosstie.project import open_project
from crosstie.reporting import find_run, lines, selected, write_csv
from crosstie.state import Outcome

ALREADY = '{"status":409,"title":"Conflict","detail":"Purchase 2 already exists."}'
REASON = '=HYPERLINK("key-4711"), says the ledger,\nand that is\x1b[2J all'


@pytest.fixture
def sent(till: Any) -> Any:
    """Of three sales one is booked, one was there already, and one is refused."""
    (till.folder / "token").write_text("key-4711", "utf-8")
    till.config(crm='token = { file = "token" }')
    till.sales(3)
    sales = till.folder / "shop" / "sales.json"
    content = json.loads(sales.read_text("utf-8"))
    content["s0003"]["refused"] = REASON
    sales.write_text(json.dumps(content), "utf-8")
    (till.folder / "ledger" / "ledger.json").write_text('{"2": {}}', "utf-8")
    assert till.call(*till.send()).exit_code == 1
    return till


def _rows(text: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text.decode("utf-8-sig"), newline="")))


@pytest.mark.feature("N24")
def test_only_a_run_with_an_error_has_a_mark_under_report(sent: Any) -> None:
    sales = sent.folder / "shop" / "sales.json"
    sales.write_text(json.dumps({}), "utf-8")
    sent.call(*sent.send())

    header, fine, wrong = sent.call("history").stdout.splitlines()

    place = header.index("Report")
    assert (fine[place], wrong[place]) == (" ", "!")
    assert ("  completed   " in fine, "  completed with errors  " in wrong) == (True, True)


@pytest.mark.feature("N25")
def test_the_report_is_a_csv_with_the_other_sides_words(sent: Any) -> None:
    result = sent.call("report", "last", "--csv")

    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout_bytes.startswith(b"\xef\xbb\xbfstream,key,outcome,message,id,time\r\n")
    assert result.stdout_bytes.endswith(b"\r\n")
    _, there, refused = _rows(result.stdout_bytes)
    assert there[:5] == ["sales", "s0002", "conflict", ALREADY, ""]
    assert refused[:3] == ["sales", "s0003", "aside"]
    at = datetime.fromisoformat(there[5])
    assert 0 <= (datetime.now(UTC) - at).total_seconds() < 600


def test_a_cell_that_a_spreadsheet_might_run_is_only_shown_and_secrets_are_not(sent: Any) -> None:
    with closing(
        open_project(sent.file, {}).state()
    ) as state:  # as a table of the sink might word it
        run = find_run(state, "last")
        (kept,) = (o for o in state.outcomes_of(run.row.id) if o.key == "s0003")
        state.add_outcomes([Outcome(**{**_fields(kept), "detail": REASON})])

    *_, refused = _rows(sent.call("report", "last", "--csv").stdout_bytes)

    assert refused[3] == "'" + REASON.replace("key-4711", "***")


def test_for_people_it_is_a_table(sent: Any) -> None:
    result = sent.call("report", "last")

    first, header, there, refused = result.stdout.splitlines()
    year = sent.history()[0]["selection"]["since"][:4]
    assert first.startswith(f"purchases completed with errors, from {year}-01-01 to {year}-01-31")
    assert first.endswith("3 read, 1 created, 1 set aside, 1 there already")
    assert header.split() == ["Record", "Outcome", "Id", "Time", "Message"]
    assert there.startswith("sales s0002  conflict  –  ")
    assert there.endswith(ALREADY)
    assert "rejected: =HYPERLINK" in refused
    assert ("\x1b" in result.stdout, "key-4711" in result.stdout) == (False, False)


def test_all_tells_every_record(sent: Any) -> None:
    _, booked, *others = _rows(sent.call("report", "last", "--csv", "--all").stdout_bytes)

    assert booked[:5] == ["sales", "s0001", "created", "", "1"]
    assert [row[2] for row in others] == ["conflict", "aside"]


def test_a_run_is_named_by_the_beginning_of_its_id_or_as_the_last_one(sent: Any) -> None:
    sent.call(*sent.send())
    last, first = sent.history()

    def told(*arguments: str) -> list[str]:
        return [row[1] for row in _rows(sent.call("report", *arguments, "--csv").stdout_bytes)[1:]]

    assert told(first["short"]) == told(first["id"].upper()) == ["s0002", "s0003"]
    assert told("last") == told("last", "purchases") == told(last["short"])
    assert told(last["short"], "purchases") == ["s0001", "s0002", "s0003"]
    assert len(first["short"]) < len(first["id"])


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (("ffff",), "there is no run 'ffff': see crosstie history"),
        (("ffff", "purchases"), "there is no run 'ffff' of purchases: see crosstie history"),
        (("0",), "2 runs begin with '0': write more of the id"),
        (("last", "purchasse"), "there is no flow 'purchasse' in crosstie.toml; did you mean"),
    ],
)
def test_a_run_that_is_not_one_is_refused(sent: Any, arguments: tuple[str, ...], why: str) -> None:
    sent.call(*sent.send())

    result = sent.call("report", *arguments)

    assert (result.exit_code, why in result.stderr) == (2, True)


def test_there_may_be_nothing_to_report(till: Any) -> None:
    assert "nothing has run yet" in till.call("report", "last").stderr
    assert "purchases has not run yet" in till.call("report", "last", "purchases").stderr
    till.sales(1)
    till.call(*till.send())

    told, as_csv = till.call("report", "last"), till.call("report", "last", "--csv")

    assert (told.exit_code, "had an error" in told.stdout.splitlines()[1]) == (0, True)
    assert (as_csv.exit_code, "had an error" in as_csv.stderr) == (0, True)
    assert as_csv.stdout_bytes == b"\xef\xbb\xbfstream,key,outcome,message,id,time\r\n"


def test_a_file_is_written_in_place_of_the_old_one_or_not_at_all(sent: Any) -> None:
    folder = sent.folder / "reports"
    folder.mkdir()
    file = folder / "purchases.csv"
    file.write_text("an older report", "utf-8")

    result = sent.call("report", "last", "--output", str(file))

    assert (result.exit_code, result.stdout) == (0, f"{file} is written\n")
    assert file.read_bytes() == sent.call("report", "last", "--csv").stdout_bytes
    assert list(folder.iterdir()) == [file]
    missing = sent.call("report", "last", "--output", str(folder / "none" / "x.csv"))
    assert (missing.exit_code, "cannot be written: No such file" in missing.stderr) == (2, True)


def test_a_report_of_any_size_takes_little_memory(sent: Any) -> None:
    with closing(open_project(sent.file, {}).state()) as state:
        run = find_run(state, "last")
        (kept,) = state.outcomes_of(run.row.id, ["conflict"])
        fields = _fields(kept)
        many = 20_000
        state.add_outcomes(Outcome(**{**fields, "key": f"n{one:06}"}) for one in range(many))
        count = 0

        class Counting(io.StringIO):
            def write(self, text: str) -> int:
                nonlocal count
                count += 1
                return len(text)

        tracemalloc.start()
        write_csv(Counting(), lines(state, run, everything=False, redact=lambda text: text))
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()

    assert count == many + 3  # with the header and the two that were there
    assert peak < 2_000_000


def _fields(outcome: Outcome) -> dict[str, Any]:
    return {name: getattr(outcome, name) for name in outcome.__slots__ if name != "__weakref__"}


@pytest.mark.parametrize(
    ("since", "until", "text"),
    [
        ("2026-01-01T00:00:00+01:00", "2026-07-01T00:00:00+02:00", "from 2026-01-01 to 2026-06-30"),
        ("2026-01-01T10:30:00+01:00", None, "from 2026-01-01 10:30"),
        ("1970-01-01T01:00:00+01:00", "2026-07-01T08:00:00+02:00", "up to 2026-07-01 08:00"),
    ],
)
def test_what_was_selected_is_told_in_days_of_the_source(
    since: str, until: str | None, text: str
) -> None:
    asked = {"since": since, "until": until, "filters": {"status": ["a", "b"]}, "limit": 1000}

    assert selected(json.dumps(asked)) == f"{text}, status a or b, at most 1,000"
    assert selected("") == ""
