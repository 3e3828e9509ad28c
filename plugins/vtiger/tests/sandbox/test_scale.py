"""Twenty thousand records are no trouble, and neither are several sessions at once."""

import threading
import time
from typing import Any

import pytest

from crosstie.testing import SimulatedClock
from crosstie_vtiger.sandbox import VtigerSandbox
from crosstie_vtiger.sandbox.search import search
from crosstie_vtiger.sandbox.vtql import parse


@pytest.fixture(scope="module")
def large() -> VtigerSandbox:
    sandbox = VtigerSandbox(clock=SimulatedClock())
    for at in range(20_000):
        contact = {"lastname": f"L{at}", "email": f"p{at}@x.example", "assigned_user_id": "19x1"}
        sandbox.seed("Contacts", contact)
    return sandbox


@pytest.mark.parametrize(
    "where",
    [
        "email in ({})".format(",".join(f"'p{at * 199}@x.example'" for at in range(100))),
        "id > '12x12000'",
        "email = 'p77@x.example' and id > '12x5'",
    ],
)
def test_a_look_up_among_20000_records_costs_less_than_5_ms(
    large: VtigerSandbox, where: str
) -> None:
    def look_up() -> None:
        query = parse(f"select id,email from Contacts where {where} order by id limit 100;")
        assert search(large.crm, large.crm.modules["Contacts"], query)

    look_up()
    began = time.thread_time()
    for _ in range(10):
        look_up()
    assert (time.thread_time() - began) / 10 < 0.005


def test_a_create_beside_20000_records_costs_less_than_1_ms(large: VtigerSandbox) -> None:
    contact = {"lastname": "one more", "email": "more@x.example", "assigned_user_id": "19x1"}
    began = time.thread_time()
    for _ in range(50):
        large.seed("Contacts", contact)
    assert (time.thread_time() - began) / 50 < 0.001


def test_writing_from_many_threads_loses_and_doubles_nothing(
    sandbox: VtigerSandbox, caller: Any
) -> None:
    callers = [caller(sandbox).login() for _ in range(4)]

    def write(own: Any, name: str) -> None:
        for at in range(50):
            made = own.create("Contacts", lastname=name, email=f"{name}{at}@x.example")
            own.post("revise", element={"id": made["id"], "firstname": "F"})

    threads = [
        threading.Thread(target=write, args=(own, f"t{at}")) for at, own in enumerate(callers)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    records = sandbox.records("Contacts")
    assert len({record["id"] for record in records}) == 200
    assert {record["firstname"] for record in records} == {"F"}
    assert len(callers[0].query("select id from Contacts where lastname='t3';")) == 50
