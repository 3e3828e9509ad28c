"""Challenges, log-ins and sessions."""

import threading
import time
from collections.abc import Callable
from typing import Any

import pytest

from crosstie.testing import SimulatedClock
from crosstie_vtiger.sandbox import VtigerSandbox

WRONG = ("INVALID_USER_CREDENTIALS", "Invalid username or password")
GONE = ("INVALID_SESSIONID", "Session Identifier provided is Invalid")
NO_TOKEN = ("INVALID_AUTH_TOKEN", "Specified token is invalid or expired")


def test_a_second_challenge_makes_the_first_one_useless(admin: Any) -> None:
    first = admin.challenge()
    second = admin.challenge()
    asked = {"username": "admin", "accessKey": admin.key_for(first)}
    assert admin.refused("POST", "login", **asked) == WRONG
    key = admin.key_for(second)
    assert admin.post("login", username="ADMIN", accessKey=key)["userId"] == "19x1"


def test_challenges_of_two_users_do_not_disturb_each_other(
    sandbox: VtigerSandbox, admin: Any, caller: Callable[..., Any]
) -> None:
    sandbox.add_user("sales1", "secret", admin=False)
    token = admin.challenge()
    caller(sandbox, "sales1", "secret").login()
    admin.post("login", username="admin", accessKey=admin.key_for(token))


def test_a_token_serves_several_log_ins_for_five_minutes(admin: Any, clock: SimulatedClock) -> None:
    asked = {"username": "admin", "accessKey": admin.key_for(admin.challenge())}
    names = {admin.post("login", **asked)["sessionName"] for _ in range(2)}
    assert len(names) == 2
    clock.sleep(299)
    admin.post("login", **asked)
    clock.sleep(1)
    assert admin.refused("POST", "login", **asked) == NO_TOKEN


def test_who_is_unknown_or_inactive_cannot_log_in(
    sandbox: VtigerSandbox, admin: Any, caller: Callable[..., Any]
) -> None:
    sandbox.add_user("gone", "key", active=False)
    gone = caller(sandbox, "gone", "key")
    key = gone.key_for(gone.challenge())
    assert gone.refused("POST", "login", username="gone", accessKey=key) == WRONG
    refusal = admin.refused("GET", "getchallenge", username="nobody")
    assert refusal == ("ACCESS_DENIED", "username does not exists")
    assert admin.refused("GET", "getchallenge") == ("ACCESS_DENIED", "No username given")
    assert admin.refused("POST", "login", username="nobody", accessKey="x") == NO_TOKEN


def test_sessions_end_by_logging_out_or_when_they_vanish(
    sandbox: VtigerSandbox, admin: Any, caller: Callable[..., Any]
) -> None:
    other = caller(sandbox).login()
    assert admin.post("logout") == {"message": "successfull"}
    assert admin.refused("GET", "listtypes") == GONE
    other.get("listtypes")
    sandbox.expire_sessions()
    assert other.refused("GET", "listtypes") == GONE
    other.session = ""
    refusal = ("AUTHENTICATION_REQUIRED", "Authencation required")
    assert other.refused("GET", "listtypes") == refusal


@pytest.mark.parametrize(("sessions", "side_by_side"), [(1, False), (4, True)])
def test_requests_run_side_by_side_only_with_sessions_of_their_own(
    caller: Callable[..., Any], sessions: int, side_by_side: bool
) -> None:
    sandbox = VtigerSandbox()
    callers = [caller(sandbox).login() for _ in range(sessions)]
    sandbox.latency = 0.2
    began = time.perf_counter()
    threads = [
        threading.Thread(target=callers[at % sessions].get, args=("listtypes",)) for at in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (time.perf_counter() - began < 0.8) is side_by_side


def test_a_user_of_few_rights_is_told_so(
    sandbox: VtigerSandbox, admin: Any, caller: Callable[..., Any]
) -> None:
    sandbox.add_user(
        "sales1", "secret", admin=False, cannot_create=["HelpDesk"], cannot_see=["Users"]
    )
    sales = caller(sandbox, "sales1", "secret").login()
    assert "Users" not in sales.get("listtypes")["types"]
    assert sales.get("describe", elementType="HelpDesk")["createable"] is False
    assert sales.get("describe", elementType="Leads")["createable"] is True
    ticket = {"ticket_title": "T", "assigned_user_id": "19x5"}
    refusal = sales.refused("POST", "create", elementType="HelpDesk", element=ticket)
    assert refusal == ("ACCESS_DENIED", "Permission to write is denied")
    denied = ("ACCESS_DENIED", "Permission to perform the operation is denied")
    assert sales.refused("GET", "retrieve", id="19x1") == denied
    lead = {"lastname": "x", "assigned_user_id": "19x999"}
    refusal = sales.refused("POST", "create", elementType="Leads", element=lead)
    assert refusal == ("ACCESS_DENIED", "Cannot assign record to the given user")
    assert admin.create("Leads", **lead)["assigned_user_id"] == "999"
