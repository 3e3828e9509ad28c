"""Systems that fail in every way that real ones do: nothing lost, nothing doubled."""

import threading
from collections.abc import Callable
from typing import Any

import pytest

from crosstie.sandbox import Reply, Request
from crosstie.serving import serve
from crosstie_prestashop.sandbox import Shop
from crosstie_vtiger.sandbox import operation

WRITES = [
    ("create", "Contacts"),
    ("create", "Accounts"),
    ("create", "Products"),
    ("create", "SalesOrder"),
    ("create", "Currency"),
    ("revise", "Contacts"),
    ("revise", "Products"),
    ("revise", "SalesOrder"),
]
FAULTS: dict[str, dict[str, Any]] = {
    "time-out after commit": {"kind": "slow", "seconds": 0.6},
    "commit after the look": {"kind": "late", "seconds": 0.25},
    "cut in the answer": {"kind": "cut"},
    "lost answer": {"kind": "lost"},
    "reset": {"kind": "reset"},
    "empty 500 after commit": {"kind": "answer-after", "reply": Reply(500, close=True)},
    "empty 500": {"kind": "answer", "reply": Reply(500, close=True)},
    "429": {"kind": "answer", "reply": Reply(429, b"", {"Retry-After": "0"})},
}


def arrange(tied: Any, fault: str) -> Callable[[], set[tuple[str, str]]]:
    """Let the fault meet the first and the third write of each kind; tells which it has met."""
    watched = []
    for name, module in WRITES:
        for skip in (0, 2):
            matches = operation(name, module=module)
            options = {**FAULTS[fault], "matches": matches, "skip": skip}
            watched.append(((name, module), tied.crm_server.fail(**options)))
    return lambda: {which for which, one in watched if one.times == 0}


def expire(tied: Any) -> Callable[[], set[tuple[str, str]]]:
    """End all sessions right before the first write of each kind."""
    met: set[tuple[str, str]] = set()

    def watch(request: Request) -> bool:
        for which in set(WRITES) - met:
            if operation(which[0], module=which[1])(request):
                met.add(which)
                tied.crm.expire_sessions()
        return False

    tied.crm_server.fail("drop", matches=watch)
    return lambda: met


def change_everything(shop: Shop) -> None:
    """Touch each kind of record, so that each kind of row has to be changed."""
    for key in list(shop["customers"])[:6]:
        shop["customers"].change(key, firstname="Changed", date_upd=shop.now())
    for key in list(shop["products"])[:4]:
        shop["products"].change(key, price="19.900000", date_upd=shop.now())
    for key in list(shop["orders"])[:6]:
        shop["orders"].change(key, note="changed", date_upd=shop.now())


ALIKE = {"cut in the answer", "reset", "empty 500 after commit"}
"""To the client these are what a lost answer is; `make test-all` plays them too."""


@pytest.mark.parametrize(
    "fault",
    [
        pytest.param(fault, marks=pytest.mark.full) if fault in ALIKE else fault
        for fault in (*FAULTS, "expired session")
    ],
)
def test_a_fault_on_every_kind_of_write_loses_and_doubles_nothing(
    tie: Callable[..., Any], made_up: Callable[..., Shop], fault: str
) -> None:
    calm, troubled = tie(made_up(25, 30)), tie(made_up(25, 30))
    calm.write_config('timeout = "300ms"')
    troubled.write_config('timeout = "300ms"')
    met = arrange(troubled, fault) if fault in FAULTS else expire(troubled)
    for tied in (calm, troubled):
        for _ in range(2):
            reports = tied.run()
            assert [None] * 3 == [report.error for report in reports.values()]
            change_everything(tied.shop)
        tied.run()
    assert set(WRITES) == met()
    assert calm.outcomes() == troubled.outcomes()
    assert calm.content() == troubled.content()


def test_two_runs_and_a_serve_started_together_double_and_lose_nothing(
    tie: Callable[..., Any], made_up: Callable[..., Shop]
) -> None:
    calm, busy = tie(made_up(40, 60)), tie(made_up(40, 60))
    calm.run()
    serving = busy.project()
    server = threading.Thread(target=serve, args=(serving, lambda: None), kwargs={"heard": print})
    server.start()
    processes = [busy.start("run", "--wait", "60s") for _ in range(2)]
    for process in processes:
        output, errors = process.communicate(timeout=60)
        assert process.returncode in (0, 1), output + errors
    serving.stop.set()
    server.join(timeout=30)
    assert not server.is_alive()
    busy.run()
    assert calm.outcomes() == busy.outcomes()
    assert calm.content() == busy.content()


def test_a_shop_that_drips_cuts_and_refuses_loses_nothing(
    tie: Callable[..., Any], made_up: Callable[..., Shop]
) -> None:
    calm, troubled = tie(made_up(40, 60)), tie(made_up(40, 60))
    calm.run()
    for skip, kind in enumerate(["cut", "drop", "reset", "drip", "lost"]):
        troubled.shop_server.fail(kind, skip=2 * skip + 1, seconds=0.2)
    replies = [Reply(429, b"", {"Retry-After": "0"}), Reply(500, close=True), Reply(503)]
    for skip, reply in enumerate(replies):
        troubled.shop_server.fail("answer", skip=2 * skip, reply=reply)
    reports = troubled.run()
    assert [None] * 3 == [report.error for report in reports.values()]
    assert [0] * 8 == [fault.times for fault in troubled.shop_server.faults]
    assert calm.outcomes() == troubled.outcomes()
    assert calm.content() == troubled.content()
