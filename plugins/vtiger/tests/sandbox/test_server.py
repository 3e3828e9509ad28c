"""The protocol: methods, statuses, and what is served where."""

import json
from typing import Any

import httpx
import pytest

from crosstie.sandbox import Request, serve
from crosstie_vtiger.sandbox import REAL_SPEED, VtigerSandbox, operation

DENIED = "Permission to perform the operation is denied"


@pytest.mark.parametrize(
    ("method", "name", "asked", "message"),
    [
        ("POST", "query", {"query": "select id from Leads;"}, f"{DENIED} for query"),
        ("POST", "retrieve", {"id": "19x1"}, f"{DENIED} for id"),
        ("GET", "delete", {"id": "19x1"}, f"{DENIED} for id"),
        ("GET", "create", {"elementType": "Leads", "element": {"lastname": "x"}}, DENIED),
        ("POST", "describe", {"elementType": "Leads"}, f"{DENIED} for name : "),
    ],
)
def test_by_the_wrong_method_the_parameters_are_not_seen(
    admin: Any, method: str, name: str, asked: dict[str, Any], message: str
) -> None:
    assert admin.refused(method, name, **asked) == ("ACCESS_DENIED", message)


@pytest.mark.parametrize(
    "asked",
    [
        {},
        {"operation": "nosuch"},
        {"operation": "getchallenge", "username": "admin", "format": "xml"},
    ],
)
def test_what_it_does_not_know_is_an_empty_500(
    sandbox: VtigerSandbox, asked: dict[str, str]
) -> None:
    reply = sandbox.respond(Request("GET", "/webservice.php", asked, {}, b""))
    assert (reply.status, reply.body, reply.close) == (500, b"", True)


def test_operations_may_be_written_in_capitals_but_not_modules(admin: Any) -> None:
    assert admin.get("LISTTYPES")["types"]
    refusal = admin.refused("GET", "describe", elementType="leads")
    assert refusal == ("ACCESS_DENIED", f"{DENIED} for name : leads")


def test_a_line_longer_than_apache_takes_is_a_414_in_html(admin: Any) -> None:
    values = ",".join(f"'{number:030}'" for number in range(250))
    query = f"select id from Leads where email in ({values});"
    reply = admin.send("GET", operation="query", sessionName=admin.session, query=query)
    assert reply.status == 414
    assert reply.body.startswith(b"<html>")


def test_it_is_found_below_any_folder_and_nowhere_else(sandbox: VtigerSandbox) -> None:
    asked = {"operation": "getchallenge", "username": "admin"}
    with serve(sandbox) as server:
        found = httpx.get(f"{server.url}/crm/webservice.php", params=asked)
        missed = httpx.get(f"{server.url}/index.php", params=asked)
    assert (found.status_code, missed.status_code) == (200, 404)
    assert found.headers["content-type"] == "application/json"


def test_numbers_of_requests_are_kept_by_operation(sandbox: VtigerSandbox, admin: Any) -> None:
    admin.create("Leads", lastname="x")
    admin.create("Leads", lastname="y")
    assert sandbox.operations == {"getchallenge": 1, "login": 1, "create": 2}


def test_id_prefixes_may_differ_between_installations() -> None:
    sandbox = VtigerSandbox(prefixes={"Leads": "112"})
    assert sandbox.seed("Leads", {"lastname": "x", "assigned_user_id": "19x1"}) == "112x2"


def test_it_can_be_as_slow_as_a_real_one() -> None:
    sandbox = VtigerSandbox(speed=REAL_SPEED)
    asked = {"operation": "getchallenge", "username": "admin"}
    with serve(sandbox) as server:
        elapsed = httpx.get(f"{server.url}/webservice.php", params=asked).elapsed
    assert elapsed.total_seconds() >= REAL_SPEED["getchallenge"]


@pytest.mark.parametrize(
    ("asked", "matched"),
    [
        ({"operation": "create", "elementType": "SalesOrder"}, True),
        ({"operation": "CREATE", "elementType": "SalesOrder"}, True),
        ({"operation": "create", "elementType": "Leads"}, False),
        ({"operation": "update", "elementType": "SalesOrder"}, False),
    ],
)
def test_a_fault_finds_its_operation_and_module(asked: dict[str, str], matched: bool) -> None:
    request = Request("GET", "/webservice.php", asked, {}, b"")
    assert operation("create", module="SalesOrder")(request) is matched


@pytest.mark.parametrize(
    ("name", "asked"),
    [
        ("query", {"query": "select * from SalesOrder;"}),
        ("query", {"query": "select id FROM SalesOrder where subject='from Leads';"}),
        ("retrieve", {"id": "6x12"}),
        ("revise", {"element": json.dumps({"id": "6x12"})}),
    ],
)
def test_a_fault_knows_a_module_by_query_and_id_too(name: str, asked: dict[str, str]) -> None:
    request = Request("GET", "/webservice.php", {"operation": name, **asked}, {}, b"")
    assert operation(name, module="SalesOrder")(request)
    assert not operation(name, module="Leads")(request)
