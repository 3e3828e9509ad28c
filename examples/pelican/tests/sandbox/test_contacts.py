"""Contacts: lists that page, look-ups by the one key, batches that fail in parts."""

from typing import Any

import pytest

from crosstie.testing import SimulatedClock
from crosstie_pelican.sandbox import Attribute, PelicanSandbox


def listed(app: Any, **query: str) -> list[Any]:
    """All pages of a list."""
    told = app.ask("GET", "/v1/contacts", **query)
    found = list(told["contacts"])
    while "next_page_token" in told:
        told = app.ask("GET", "/v1/contacts", page_token=told["next_page_token"])
        found += told["contacts"]
    return found


def keys(contacts: list[Any]) -> list[str]:
    return [contact["external_id"] for contact in contacts]


def test_a_contact_is_created_then_changed(app: Any) -> None:
    assert ["created", "updated"] == [
        app.batch({"external_id": "a", "first_name": "Ada", "city": "Rome"})[0]["status"],
        app.batch({"external_id": "a", "city": None, "phone": "1"})[0]["status"],
    ]
    told = app.pelican.told()[0]
    assert ("Ada", "1") == (told["first_name"], told["phone"])
    assert "city" not in told


def test_external_ids_are_compared_without_case(app: Any) -> None:
    app.batch({"external_id": "Shop:A"})
    app.batch({"external_id": " shop:a ", "city": "Rome"})
    told = app.ask("POST", "/v1/contacts:lookup", {"external_ids": ["SHOP:A"]})["contacts"]
    assert [("Shop:A", "Rome")] == [(one["external_id"], one["city"]) for one in told]


def test_one_bad_contact_hurts_no_other(app: Any) -> None:
    body = {"contacts": [{"external_id": "a", "email": "nonsense"}, {"external_id": "b"}]}
    reply = app.send("POST", "/v1/contacts:batch", body)
    results = app.batch(*body["contacts"])
    assert 207 == reply.status
    assert ("error", "invalid_email", "email") == (
        results[0]["status"],
        results[0]["error"]["code"],
        results[0]["error"]["field"],
    )
    assert ["b"] == keys(app.pelican.told())


@pytest.mark.parametrize(
    ("given", "code", "field"),
    [
        ({"colour": "red"}, "unknown_field", "colour"),
        ({"attributes": {"colour": "red"}}, "unknown_attribute", "colour"),
        ({"attributes": {"tier": "lead"}}, "invalid_value", "tier"),
        ({"attributes": {"points": "many"}}, "invalid_value", "points"),
        ({"attributes": {"since": "2026-02-30"}}, "invalid_value", "since"),
        ({"attributes": {"note": "n" * 501}}, "too_long", "note"),
        ({"first_name": "n" * 101}, "too_long", "first_name"),
        ({"subscribed": "yes"}, "invalid_value", "subscribed"),
        ({"birthday": "10.12.1815"}, "invalid_value", "birthday"),
        ({"country": "France"}, "invalid_value", "country"),
        ({"external_id": ""}, "invalid_value", "external_id"),
        ({"must_exist": True}, "not_found", "external_id"),
    ],
)
def test_what_is_wrong_is_named(app: Any, given: Any, code: str, field: str) -> None:
    error = app.batch({"external_id": "a", **given})[0]["error"]
    assert (code, field) == (error["code"], error["field"])
    assert [] == app.pelican.told()


def test_twice_in_one_batch_is_refused(app: Any) -> None:
    results = app.batch({"external_id": "a"}, {"external_id": "A"})
    assert "duplicate_in_batch" == results[1]["error"]["code"]


def test_a_batch_has_1_to_100_contacts(app: Any) -> None:
    for number in (0, 101):
        body = {"contacts": [{"external_id": str(one)} for one in range(number)]}
        assert 400 == app.send("POST", "/v1/contacts:batch", body).status


def test_attributes_are_changed_one_by_one(app: Any) -> None:
    app.batch({"external_id": "a", "attributes": {"tier": "gold", "points": 12, "note": "x"}})
    app.batch({"external_id": "a", "attributes": {"note": None, "since": "2026-01-31"}})
    expected = {"tier": "gold", "points": "12", "since": "2026-01-31"}
    assert expected == app.pelican.told()[0]["attributes"]


def test_a_required_attribute_has_to_be_given(app: Any, pelican: PelicanSandbox) -> None:
    pelican.attributes["origin"] = Attribute("origin", required=True)
    assert "attribute_required" == app.batch({"external_id": "a"})[0]["error"]["code"]
    given = {"external_id": "a", "attributes": {"origin": "fair"}}
    assert "created" == app.batch(given)[0]["status"]


def test_an_idempotency_key_replays_the_first_answer(app: Any, clock: SimulatedClock) -> None:
    contact = {"external_id": "a", "city": "Rome"}
    first = app.batch(contact, idempotency_key="k1")
    app.batch({"external_id": "a", "city": "Lyon"})
    assert first == app.batch(contact, idempotency_key="k1")
    assert "Lyon" == app.pelican.told()[0]["city"]
    clock.sleep(24 * 3600 + 1)
    app.sign_in()
    assert "updated" == app.batch(contact, idempotency_key="k1")[0]["status"]


def test_an_idempotency_key_is_for_one_request(app: Any) -> None:
    app.batch({"external_id": "a"}, idempotency_key="k1")
    body = {"contacts": [{"external_id": "b"}], "idempotency_key": "k1"}
    assert 409 == app.send("POST", "/v1/contacts:batch", body).status


def test_lists_are_sorted_by_change_and_paged(app: Any, clock: SimulatedClock) -> None:
    for number in range(5):
        app.batch({"external_id": f"c{number}"})
        clock.sleep(number % 2)
    app.batch({"external_id": "c0", "city": "Rome"})
    assert ["c1", "c2", "c3", "c4", "c0"] == keys(listed(app, limit="2"))


def test_updated_since_is_inclusive(app: Any, clock: SimulatedClock) -> None:
    for key in ("a", "b", "c"):
        app.batch({"external_id": key})
        clock.sleep(1)
    since = listed(app)[1]["updated_at"]
    assert ["b", "c"] == keys(listed(app, updated_since=since))


def test_a_page_token_ends_after_five_minutes(app: Any, clock: SimulatedClock) -> None:
    app.batch({"external_id": "a"}, {"external_id": "b"})
    token = app.ask("GET", "/v1/contacts", limit="1")["next_page_token"]
    clock.sleep(300)
    assert ["b"] == keys(app.ask("GET", "/v1/contacts", page_token=token)["contacts"])
    clock.sleep(1)
    told = app.ask("GET", "/v1/contacts", page_token=token)["error"]["code"]
    made_up = app.ask("GET", "/v1/contacts", page_token="2")["error"]["code"]
    assert ("page_token_expired", "page_token_invalid") == (told, made_up)


def test_deleted_contacts_are_told_when_asked_for(app: Any, clock: SimulatedClock) -> None:
    app.batch({"external_id": "a", "city": "Rome"}, {"external_id": "b"})
    body = {"external_ids": ["a", "x"]}
    results = app.ask("POST", "/v1/contacts:delete", body)["results"]
    assert ["deleted", "not_found"] == [result["status"] for result in results]
    assert ["b"] == keys(listed(app))
    told = listed(app, include_deleted="true")[1]
    assert {"id", "external_id", "deleted", "updated_at"} == set(told)
    assert [] == app.ask("POST", "/v1/contacts:lookup", {"external_ids": ["a"]})["contacts"]
    clock.sleep(91 * 24 * 3600)
    app.sign_in()
    assert ["b"] == keys(listed(app, include_deleted="true"))


def test_a_deleted_contact_that_comes_back_is_another_one(app: Any) -> None:
    first = app.batch({"external_id": "a", "city": "Rome"})[0]["id"]
    app.ask("POST", "/v1/contacts:delete", {"external_ids": ["a"]})
    again = app.batch({"external_id": "a"})[0]
    assert "created" == again["status"]
    assert first != again["id"]
    assert "city" not in app.pelican.told()[0]


def test_lists_tell_times_with_an_offset_and_look_ups_with_z(app: Any) -> None:
    app.batch({"external_id": "a"})
    found = app.ask("POST", "/v1/contacts:lookup", {"external_ids": ["a"]})["contacts"][0]
    assert ("2026-11-02T10:00:00+01:00", "2026-11-02T09:00:00Z") == (
        listed(app)[0]["updated_at"],
        found["updated_at"],
    )


def test_those_who_sign_up_get_a_key_as_well(app: Any) -> None:
    app.pelican.contacts.sign_up("ada@example.com")
    assert ["pel-1001"] == keys(listed(app))


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", "/v1/nothing", 404), ("DELETE", "/v1/contacts", 405)],
)
def test_what_is_not_there_is_said_so(app: Any, method: str, path: str, status: int) -> None:
    assert status == app.send(method, path).status


def test_a_body_that_is_no_json_is_malformed(app: Any) -> None:
    assert 400 == app.send("POST", "/v1/contacts:batch", b"<xml/>").status
