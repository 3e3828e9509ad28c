import queue
import signal
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import attrs

EVERY = 'every = "1s"'


@attrs.frozen
class Served:
    """`crosstie serve` in a process of its own, and each line that it prints."""

    process: Any
    lines: "queue.Queue[str]"

    def until(self, text: str) -> str:
        """The first line with this text in it."""
        while text not in (line := self.lines.get(timeout=60)):
            pass
        return line


def _copy(pipe: Iterable[str], lines: "queue.Queue[str]") -> None:
    for line in pipe:
        lines.put(line)


@contextmanager
def _served(desk: Any) -> Iterator[Served]:
    lines: queue.Queue[str] = queue.Queue()
    with desk.start("serve") as process:
        pipes = (process.stdout, process.stderr)
        readers = [threading.Thread(target=_copy, args=(pipe, lines)) for pipe in pipes]
        for reader in readers:
            reader.start()
        try:
            yield Served(process, lines)
        finally:
            process.kill()
            for reader in readers:
                reader.join()


def test_flows_run_when_they_are_due_until_it_is_told_to_end(desk: Any) -> None:
    desk.config(people=EVERY)
    desk.people(1)
    with _served(desk) as served:
        assert "people completed" in served.until("1 created")
        desk.put(p2={"email": "p2@example.com", "name": "p2"})
        served.until("1 created")
        served.process.send_signal(signal.SIGTERM)

        assert served.process.wait(10) == 0
    assert len(desk.rows()) == 2


def test_told_to_end_in_the_middle_of_a_run_it_ends_cleanly(desk: Any) -> None:
    desk.config(shop="pause = 20", people=EVERY)
    desk.people(80)
    with _served(desk) as served:
        until = time.monotonic() + 60
        while not desk.rows() and time.monotonic() < until:
            time.sleep(0.02)
        served.process.send_signal(signal.SIGTERM)

        served.until("people interrupted")
        assert served.process.wait(10) == 0
    assert 0 < len(desk.rows()) < 80
    desk.config()
    assert desk.call("run").exit_code == 0
    assert len(desk.rows()) == 80


def test_a_config_with_mistakes_is_told_and_the_old_one_goes_on(desk: Any) -> None:
    desk.config(people=EVERY)
    desk.people(1)
    with _served(desk) as served:
        served.until("1 created")
        desk.config(people='evry = "1s"')
        served.process.send_signal(signal.SIGHUP)
        assert "unknown setting; did you mean 'every'?" in served.until("evry")
        served.until("going on with the old one")
        desk.put(p2={"email": "p2@example.com"})
        served.until("1 created")

        desk.config(people=f'{EVERY}\n[flows.people.set]\nname = "new"')
        served.process.send_signal(signal.SIGHUP)
        served.until("read again")
        desk.put(p3={"email": "p3@example.com", "name": "old"})
        served.until("1 created")
        served.process.send_signal(signal.SIGINT)
        assert served.process.wait(10) == 0
    assert [row.get("name") for row in desk.rows()] == ["p1", None, "new"]


def test_a_new_config_is_read_soon_although_nothing_is_due(desk: Any) -> None:
    desk.config(people='every = "1h"')
    desk.people(1)
    with _served(desk) as served:
        served.until("1 created")
        desk.config(people=EVERY)
        served.process.send_signal(signal.SIGHUP)
        began = time.monotonic()
        served.until("read again")
        assert time.monotonic() - began < 10


def test_it_refuses_to_wait_for_nothing(desk: Any) -> None:
    result = desk.call("serve")

    assert (result.exit_code, 'add every = "30m"' in result.stderr) == (2, True)
