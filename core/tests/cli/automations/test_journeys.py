"""`crosstie run`, `journeys`, `aside` and `forget`, as far as automations are concerned."""

import json
import re
from typing import Any

import pytest

ADA = "ada@example.com"


@pytest.fixture
def begun(stand: Any) -> Any:
    """Ada is on the way."""
    stand.people(ADA)
    assert stand.call("run").exit_code == 0
    return stand


def test_a_run_tells_what_came_of_automations(stand: Any) -> None:
    stand.people(ADA)

    result = stand.call("run")

    told = "1 events noticed, 1 events dealt with, 1 journeys begun, 2 steps done, 1 waiting"
    words = sorted(result.stdout.removeprefix("automations: ").strip().split(", "))
    assert (0, sorted(told.split(", "))) == (result.exit_code, words)
    assert [f"one {ADA}"] == stand.notes()


@pytest.mark.parametrize("name", [(), ("welcome",)])
def test_with_nothing_due_a_run_says_so(stand: Any, name: tuple[str, ...]) -> None:
    result = stand.call("run", *name)

    assert (0, "automations: nothing was due\n") == (result.exit_code, result.stdout)


def test_an_unknown_name_is_refused_with_the_nearest(stand: Any) -> None:
    result = stand.call("run", "welcme")

    assert (2, True) == (result.exit_code, "welcme" in result.stderr)


def test_machines_get_the_report_of_a_run_as_json(stand: Any) -> None:
    stand.people(ADA)

    report = json.loads(stand.call("run", "--json").stdout)

    assert ("automations", 1, []) == (report["event"], report["counts"]["begun"], report["errors"])


def test_a_refused_step_gives_code_1_and_says_where_to_look(stand: Any) -> None:
    stand.mood("refused")
    stand.people(ADA)

    result = stand.call("run")

    assert (1, True) == (
        result.exit_code,
        "crosstie journeys list --status failed" in result.stdout,
    )


def test_a_system_that_is_down_gives_code_3(stand: Any) -> None:
    stand.mood("closed")

    result = stand.call("run")

    assert (3, "automations: booth: the booth is closed\n") == (result.exit_code, result.stderr)


def test_journeys_are_listed_with_who_and_how_they_are(begun: Any) -> None:
    begun.mood("refused")
    begun.people("bob@example.com")
    begun.call("run")

    bob, ada = begun.call("journeys", "list").stdout.splitlines()

    assert re.search(r"welcome +ada@example\.com +waiting +until \d{4}-\d\d-\d\d [\d:]{8}$", ada)
    assert re.search(r"bob@example\.com +failed +step 1, booth\.leave: no notes with that", bob)
    assert ["failed"] == [one["status"] for one in begun.journeys("--status", "failed")]
    assert 1 == len(begun.journeys("--limit", "1"))
    assert "nobody is on the way\n" != begun.call("journeys", "list", "welcome").stdout
    assert "there are no such journeys\n" == begun.call("journeys", "list", "other").stdout


def test_nobody_may_be_on_the_way(stand: Any) -> None:
    assert "nobody is on the way\n" == stand.call("journeys", "list").stdout


def test_a_journey_is_shown_with_what_began_it_its_steps_and_results(begun: Any) -> None:
    (journey,) = begun.journeys()

    result = begun.call("journeys", "show", journey["id"][:13])

    assert 0 == result.exit_code
    lines = [" ".join(line.split()) for line in result.stdout.splitlines()]
    assert f"journey {journey['id']}" == lines[0]
    assert lines[3].endswith("booth.customer_registered 1")
    assert f'first {{"code":"C-one {ADA}"}}' in lines
    assert ["1 do booth.leave", "2 wait 1d", "3 do booth.leave next"] == lines[-4:-1]
    assert f'"email":"{ADA}"' in lines[-1]
    told = json.loads(begun.call("journeys", "show", journey["id"], "--json").stdout)
    assert ({"code": f"C-one {ADA}"}, 3) == (told["saved"]["first"], len(told["steps"]))


def test_a_cancelled_journey_goes_no_further(begun: Any) -> None:
    (journey,) = begun.journeys()

    first = begun.call("journeys", "cancel", journey["id"])
    again = begun.call("journeys", "cancel", journey["id"])

    assert (0, f"{journey['id']} is cancelled\n") == (first.exit_code, first.stdout)
    assert (2, True) == (again.exit_code, "is cancelled: there is nothing to do" in again.stderr)
    assert ["cancelled"] == [one["status"] for one in begun.journeys()]


def test_a_failed_journey_goes_on_when_it_is_retried(stand: Any) -> None:
    stand.config(between='emit = "seen"')
    stand.mood("refused")
    stand.people(ADA)
    stand.call("run")
    (journey,) = stand.journeys()

    told = stand.call("journeys", "retry", journey["id"]).stdout
    assert f"{journey['id']} goes on with the next pass: crosstie run welcome\n" == told
    assert 0 == stand.call("run", "welcome").exit_code
    assert [f"one {ADA}", f"two C-one {ADA}"] == stand.notes()


def test_a_retry_does_not_cut_a_wait_short(begun: Any) -> None:
    (journey,) = begun.journeys()

    result = begun.call("journeys", "retry", journey["id"])

    assert (2, True) == (
        result.exit_code,
        "nothing is wrong with its present step" in result.stderr,
    )


@pytest.mark.parametrize("command", ["show", "cancel", "retry"])
@pytest.mark.parametrize(("id_", "told"), [("x", "no journey 'x'"), ("", "no journey ''")])
def test_an_unknown_journey_is_refused(begun: Any, command: str, id_: str, told: str) -> None:
    result = begun.call("journeys", command, id_)

    assert (2, True) == (result.exit_code, told in result.stderr)


def test_the_beginning_of_an_id_may_mean_several(begun: Any) -> None:
    begun.people("bob@example.com")
    begun.call("run")

    result = begun.call("journeys", "show", "0")

    assert (2, True) == (result.exit_code, "several journeys begin with '0'" in result.stderr)


def test_what_is_uncertain_is_listed_and_settled_by_hand(stand: Any) -> None:
    stand.config(between='emit = "seen"')
    stand.mood("lost")
    stand.people(ADA)
    assert 1 == stand.call("run").exit_code
    (journey,) = stand.journeys("--status", "uncertain")
    once = f"journey {journey['id']} step 1"

    listed = stand.call("aside", "list").stdout
    assert ("booth.leave", "uncertain", "the answer was lost") == tuple(
        part for part in ("booth.leave", "uncertain", "the answer was lost") if part in listed
    )
    assert f"crosstie do booth.leave --once '{once}' --settle done (or: again)" in listed
    assert 0 == stand.call("do", "booth.leave", "--once", once, "--settle", "again").exit_code
    assert "nothing is set aside\n" == stand.call("aside", "list").stdout
    stand.call("journeys", "retry", journey["id"])
    assert 0 == stand.call("run").exit_code

    assert [f"one {ADA}", f"two C-one {ADA}"] == stand.notes()


def test_a_forgotten_person_is_erased_from_journeys_and_outboxes(begun: Any) -> None:
    begun.people("bob@example.com")
    begun.call("run")

    result = begun.call("forget", ADA)

    assert 0 == result.exit_code
    for line in ("journeys: 1 erased", "events: 1 erased", "messages of booth: 1 erased"):
        assert line in result.stdout.splitlines()
    assert ["bob@example.com"] == [one["who"] for one in begun.journeys()]
    assert ["one bob@example.com"] == begun.notes()
    kept = b"".join(path.read_bytes() for path in begun.folder.glob("crosstie.db*"))
    assert (False, True) == (ADA.encode() in kept, b"bob@example.com" in kept)


def test_a_closed_outbox_is_told_and_the_state_is_erased_all_the_same(begun: Any) -> None:
    begun.mood("closed")

    result = begun.call("forget", ADA)

    assert (3, True) == (result.exit_code, "journeys: 1 erased" in result.stdout)
    told = "booth could not be asked for copies of its own, ask again: the booth is closed\n"
    assert told == result.stderr


def test_exit_code_3_where_another_process_serves(stand: Any) -> None:
    stand.people(ADA)
    with stand.start("serve") as process:
        try:
            stand.when(lambda: len(stand.notes()) == 1)
            result = stand.call("run")
        finally:
            process.kill()
    assert (3, True) == (result.exit_code, f"by process {process.pid}" in result.stderr)


def test_a_second_process_takes_over_when_the_first_is_killed(stand: Any) -> None:
    stand.config(between='emit = "seen"')
    with stand.start("serve") as first, stand.start("serve") as second:
        try:
            stand.people(ADA)
            stand.when(lambda: len(stand.notes()) == 2)
            first.kill()
            first.wait()
            stand.people("bob@example.com")
            stand.when(lambda: len(stand.notes()) == 4)
            second.terminate()
            assert 0 == second.wait(30)
        finally:
            first.kill()
            second.kill()

    assert 4 == len(set(stand.notes()))
