"""Signing in: what lives how long, and what happens to a token that is used twice."""

import base64
import json
from datetime import timedelta
from typing import Any

from crosstie import Request
from crosstie.testing import SimulatedClock
from crosstie_pelican.sandbox import CLIENT_ID, CLIENT_SECRET, PelicanSandbox
from crosstie_pelican.sandbox.limits import Bucket


def test_a_code_is_good_once_and_for_ten_minutes(
    app: Any, pelican: PelicanSandbox, clock: SimulatedClock
) -> None:
    code = pelican.tokens.authorise(["contacts:read"])
    status, told = app.token(grant_type="authorization_code", code=code)
    assert (200, "contacts:read", 900) == (status, told["scope"], told["expires_in"])
    assert 400 == app.token(grant_type="authorization_code", code=code)[0]
    late = pelican.tokens.authorise(["contacts:read"])
    clock.sleep(601)
    assert 400 == app.token(grant_type="authorization_code", code=late)[0]


def test_an_access_token_lives_fifteen_minutes(app: Any, clock: SimulatedClock) -> None:
    clock.sleep(899)
    assert 200 == app.send("GET", "/v1/account").status
    clock.sleep(1)
    reply = app.send("GET", "/v1/account")
    assert (401, 'Bearer error="invalid_token"') == (
        reply.status,
        reply.headers["WWW-Authenticate"],
    )


def test_each_refresh_gives_another_refresh_token(app: Any, first_token: str) -> None:
    first = app.refresh(first_token)[1]["refresh_token"]
    second = app.refresh(first)[1]["refresh_token"]
    assert 3 == len({first_token, first, second})


def test_a_lost_answer_to_a_refresh_does_no_harm(
    app: Any, first_token: str, clock: SimulatedClock
) -> None:
    successor = app.refresh(first_token)[1]["refresh_token"]
    clock.sleep(120)
    assert successor == app.refresh(first_token)[1]["refresh_token"]


def test_an_old_refresh_token_is_dead(app: Any, first_token: str, clock: SimulatedClock) -> None:
    successor = app.refresh(first_token)[1]["refresh_token"]
    clock.sleep(121)
    assert (400, "invalid_grant") == (
        (told := app.refresh(first_token))[0],
        told[1]["error"],
    )
    assert 200 == app.refresh(successor)[0]


def test_an_old_refresh_token_is_dead_once_its_successor_was_used(
    app: Any, first_token: str
) -> None:
    app.refresh(app.refresh(first_token)[1]["refresh_token"])
    assert 400 == app.refresh(first_token)[0]


def test_a_dead_token_tried_twice_revokes_the_whole_family(
    app: Any, first_token: str, clock: SimulatedClock
) -> None:
    told = app.refresh(first_token)[1]
    app.access = told["access_token"]
    clock.sleep(121)
    app.refresh(first_token)
    assert 200 == app.send("GET", "/v1/account").status
    app.refresh(first_token)
    assert 401 == app.send("GET", "/v1/account").status
    assert 400 == app.refresh(told["refresh_token"])[0]


def test_other_authorisations_outlive_a_revoked_family(app: Any, first_token: str) -> None:
    app.refresh(app.refresh(first_token)[1]["refresh_token"])
    for _ in range(2):
        app.refresh(first_token)
    assert 200 == app.send("GET", "/v1/account").status


def test_a_wrong_client_is_turned_away(app: Any, first_token: str) -> None:
    form = {"grant_type": "refresh_token", "refresh_token": first_token}
    assert (401, "invalid_client") == (
        (told := app.token(client_secret="guessed", **form))[0],
        told[1]["error"],
    )


def test_the_client_may_sign_in_by_header(pelican: PelicanSandbox, first_token: str) -> None:
    pair = base64.b64encode(f"{CLIENT_ID}:{CLIENT_SECRET}".encode()).decode()
    body = f"grant_type=refresh_token&refresh_token={first_token}".encode()
    headers = {"authorization": f"Basic {pair}"}
    reply = pelican.respond(Request("POST", "/oauth/token", {}, headers, body))
    assert "access_token" in json.loads(reply.body)


def test_an_unknown_grant_is_refused(app: Any) -> None:
    assert "unsupported_grant_type" == app.token(grant_type="password")[1]["error"]


def test_a_scope_that_is_missing_is_named(app: Any, pelican: PelicanSandbox) -> None:
    code = pelican.tokens.authorise(["contacts:read"])
    app.access = app.token(grant_type="authorization_code", code=code)[1]["access_token"]
    reply = app.send("POST", "/v1/contacts:batch", {"contacts": []})
    told = app.ask("POST", "/v1/contacts:batch", {"contacts": []})["error"]
    assert (403, "insufficient_scope", "contacts:write") == (
        reply.status,
        told["code"],
        told["field"],
    )


def test_the_rate_limit_holds_ten_and_gives_one_back_each_second(clock: SimulatedClock) -> None:
    bucket = PelicanSandbox(clock).bucket
    assert [0] * 10 == [bucket.take() for _ in range(10)]
    assert 1 == bucket.take()
    clock.sleep(2)
    assert [0, 0, 1] == [bucket.take() for _ in range(3)]
    clock.move(clock.now() + timedelta(minutes=5))
    assert [0] * 10 == [bucket.take() for _ in range(10)]


def test_an_empty_bucket_answers_429_with_how_long_to_wait(app: Any, clock: SimulatedClock) -> None:
    app.pelican.bucket = Bucket(clock, per_minute=6, burst=10)
    for left in range(9, -1, -1):
        assert str(left) == app.send("GET", "/v1/account").headers["X-RateLimit-Remaining"]
    reply = app.send("GET", "/v1/account")
    reset = str(int(clock.now().timestamp()) + 100)
    assert (429, "10", reset) == (
        reply.status,
        reply.headers["Retry-After"],
        reply.headers["X-RateLimit-Reset"],
    )
