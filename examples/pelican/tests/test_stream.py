"""Reading contacts: what the conformance kit cannot know of Pelican."""

import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest

from crosstie import Checkpoint, ConfigError, Record, Selection, UnavailableError
from crosstie.sandbox import Reply, Server
from crosstie.testing import SimulatedClock
from crosstie_pelican.connector import PelicanLive
from crosstie_pelican.sandbox import EDGE_IS_DOWN, PelicanSandbox, crash
from crosstie_pelican.stream import MOST_RESTARTS, ContactStream

TEN_MINUTES = 600
Connect = Callable[..., PelicanLive]


def contacts(live: PelicanLive) -> ContactStream:
    stream = live.streams()["contacts"]
    assert isinstance(stream, ContactStream)
    return stream


def records(things: Iterator[Record | Checkpoint]) -> list[Record]:
    return [thing for thing in things if isinstance(thing, Record)]


def test_a_token_that_expires_while_its_page_is_written_loses_nobody(
    connect: Connect, pelican: PelicanSandbox, clock: SimulatedClock
) -> None:
    keys = {pelican.put(f"c{number}").external_id for number in range(7)}
    reading = contacts(connect(page=2)).read(Selection())
    seen = {thing.key for thing in (next(reading), next(reading)) if isinstance(thing, Record)}
    clock.sleep(TEN_MINUTES)
    assert keys == seen | {record.key for record in records(reading)}
    assert 2 == len(seen)


def test_tokens_that_expire_after_each_page_are_done_without_while_it_goes_on(
    connect: Connect, pelican: PelicanSandbox, clock: SimulatedClock
) -> None:
    for number in range(5):
        pelican.put(f"c{number}")
        clock.sleep(1)
    seen = set()
    for thing in contacts(connect(page=2)).read(Selection()):
        if isinstance(thing, Record):
            seen.add(thing.key)
        else:
            clock.sleep(TEN_MINUTES)
    assert 5 == len(seen)


def test_tokens_that_never_work_end_the_read(
    connect: Connect, pelican: PelicanSandbox, server: Server
) -> None:
    for number in range(5):
        pelican.put(f"c{number}")
    body = b'{"error": {"code": "page_token_expired", "message": "too late"}}'
    expired = Reply(400, body, {"Content-Type": "application/json"})
    server.fail("answer", matches=lambda one: "page_token" in one.query, times=99, reply=expired)
    with pytest.raises(UnavailableError, match="page_token_expired: too late"):
        list(contacts(connect(page=2)).read(Selection()))
    lists = [one for one in server.log or () if one.path == "/v1/contacts"]
    assert 2 * (MOST_RESTARTS + 1) == len(lists)


def test_those_who_unsubscribed_and_those_deleted_are_told(
    live: PelicanLive, pelican: PelicanSandbox
) -> None:
    for key in ("a", "b", "c"):
        pelican.put(key, subscribed=True)
    pelican.unsubscribe("a")
    pelican.contacts.remove("b")
    told = {one.key: one for one in records(contacts(live).read(Selection()))}
    assert [False, None, True] == [told[key].data.newsletter for key in ("a", "b", "c")]
    assert [False, True, False] == [told[key].deleted for key in ("a", "b", "c")]


def test_a_version_is_the_same_in_lists_and_in_look_ups(
    live: PelicanLive, pelican: PelicanSandbox
) -> None:
    pelican.put("a", first_name="Ada")
    (listed,) = records(contacts(live).read(Selection()))
    (found,) = contacts(live).get(["A"], frozenset())
    assert "2026-11-02T09:00:00Z" == listed.version
    assert listed == found


def test_what_pelican_leaves_out_is_unknown(live: PelicanLive, pelican: PelicanSandbox) -> None:
    pelican.put("a", birthday="1815-12-10")
    (record,) = records(contacts(live).read(Selection()))
    assert (None, None, None) == (
        record.data.newsletter,
        record.data.address,
        record.data.email,
    )
    assert 1815 == record.data.birthday.year


def test_attributes_are_in_the_raw_answer_where_it_is_used(
    live: PelicanLive, pelican: PelicanSandbox
) -> None:
    pelican.put("a", attributes={"tier": "gold"})
    (used,) = records(contacts(live).read(Selection(uses=frozenset({"raw"}))))
    (unused,) = records(contacts(live).read(Selection()))
    assert {"tier": "gold"} == (used.raw or {})["attributes"]
    assert unused.raw is None


def test_a_window_within_a_second_leaves_out_what_was_before_it(
    live: PelicanLive, pelican: PelicanSandbox, clock: SimulatedClock
) -> None:
    now = clock.now()
    for second in range(3):
        pelican.put(f"c{second}", at=now + timedelta(seconds=second))
    window = (now + timedelta(seconds=0.5), now + timedelta(seconds=1.5))
    assert ["c1"] == [one.key for one in records(contacts(live).read(Selection(window=window)))]


def test_there_are_no_filters(live: PelicanLive) -> None:
    with pytest.raises(ConfigError, match="no filter status"):
        list(contacts(live).read(Selection(filters={"status": ("paid",)})))


@pytest.mark.parametrize("reply", [EDGE_IS_DOWN, crash(), Reply(200, b"<html/>")])
def test_a_read_is_asked_again_after_an_answer_that_is_none(
    live: PelicanLive, pelican: PelicanSandbox, server: Server, reply: Reply
) -> None:
    pelican.put("a")
    server.fail("answer", matches=lambda one: one.method == "GET", times=2, reply=reply)
    assert ["a"] == [one.key for one in records(contacts(live).read(Selection()))]


def test_an_incident_is_told_by_its_number(live: PelicanLive, server: Server) -> None:
    server.fail("answer", matches=lambda one: one.method == "GET", times=99, reply=crash("inc_9"))
    with pytest.raises(UnavailableError, match="something went wrong on our side inc_9"):
        list(contacts(live).read(Selection()))


@pytest.mark.parametrize(
    "contact",
    [{}, {"external_id": 5}, {"external_id": "a"}, {"external_id": "a", "updated_at": "now"},
     {"external_id": "a", "updated_at": "2026-11-02T09:00:00"}],
)  # fmt: skip
def test_a_contact_without_key_or_time_is_not_passed_over(
    live: PelicanLive, server: Server, contact: Any
) -> None:
    reply = Reply(200, json.dumps({"contacts": [contact]}).encode())
    server.fail("answer", matches=lambda one: one.method == "GET", reply=reply)
    with pytest.raises(UnavailableError):
        list(contacts(live).read(Selection()))
