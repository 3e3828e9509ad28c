"""Signing in with OAuth 2.0, against a system that gives out tokens as strict ones do."""

import json
import logging
import subprocess
import sys
import threading
from base64 import b64decode
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import unquote_plus

import pytest

from crosstie import (
    CrosstieError,
    Http,
    Secret,
    StateError,
    UnauthorisedError,
    UnavailableError,
    UncertainError,
    oauth2,
)
from crosstie.lending import LentEnv
from crosstie.project import Project
from crosstie.sandbox import Kind, Reply, Request, Server, serve

Lend = Callable[..., LentEnv]
SignIn = Callable[..., Http]

ID, SECRET, FIRST = "app:1", "client secret/ä", "first-refresh"
LIFE = timedelta(minutes=15)


class Provider:
    """Gives tokens at ``/token`` and wants them everywhere else.

    A refresh token is good once; used twice, everything is revoked. With `grace` the one that was
    used last is answered again with the same successor, as after a lost answer.
    `broken` lists what was done that must never be.
    """

    def __init__(self, now: Callable[[], datetime], *, rotate: bool = True) -> None:
        self.now = now
        self.rotate = rotate
        self.grace = False
        self.life: Any = int(LIFE.total_seconds())
        self.refresh: str | None = FIRST
        self.access: dict[str, datetime] = {}
        self.used: dict[str, str] = {}
        self.asked: list[dict[str, str]] = []
        self.deeds: list[bytes] = []
        self.broken: list[str] = []
        self.hidden: list[str] = [SECRET, FIRST]
        self._made = 0
        self._lock = threading.Lock()

    def respond(self, request: Request) -> Reply:
        with self._lock:
            if request.path == "/token":
                return self._grant(request)
            bearer = request.headers.get("authorization", "").removeprefix("Bearer ")
            if self.access.get(bearer, self.now()) <= self.now():
                return Reply(401, b"who are you?")
            self.deeds.append(request.body)
            return Reply(200, b"{}")

    def revoke(self) -> None:
        """End all access tokens at once, before their time."""
        self.access.clear()

    def _grant(self, request: Request) -> Reply:
        form = dict(request.form)
        self.asked.append(form)
        pair = b64decode(request.headers["authorization"].removeprefix("Basic ")).decode()
        if [ID, SECRET] != [unquote_plus(part) for part in pair.split(":")]:
            return self._json(401, {"error": "invalid_client"})
        if form["grant_type"] == "client_credentials":
            return self._json(200, self._token())
        sent = form["refresh_token"]
        if sent in self.used and self.grace and self.used[sent] == self.refresh:
            return self._json(200, {**self._token(), "refresh_token": self.refresh})
        if sent != self.refresh:
            if sent in self.used:
                self.broken.append(f"{sent} was used twice")
                self.refresh = None
            return self._json(400, {"error": "invalid_grant", "error_description": f"bad {sent}"})
        if not self.rotate:
            return self._json(200, self._token())
        self.refresh = f"refresh-number-{len(self.used) + 2}"
        self.used[sent] = self.refresh
        self.hidden.append(self.refresh)
        return self._json(200, {**self._token(), "refresh_token": self.refresh})

    def _token(self) -> dict[str, Any]:
        self._made += 1
        token = f"access-number-{self._made}"
        self.hidden.append(token)
        self.access[token] = self.now() + LIFE
        told = {"access_token": token, "token_type": "bearer", "expires_in": self.life}
        return {name: value for name, value in told.items() if value is not None}

    @staticmethod
    def _json(status: int, answer: Any) -> Reply:
        return Reply(status, json.dumps(answer).encode(), {"Content-Type": "application/json"})


SIGN_IN = """
import sys
from contextlib import closing
from pathlib import Path
from crosstie import Secret, oauth2
from crosstie.lending import LentEnv
from crosstie.project import open_project

config, url, name, secret, refresh, times = sys.argv[1:]
project = open_project(Path(config), {"SHOP_KEY": "configured-key"})
print("ready", flush=True)
sys.stdin.readline()
with project.state() as state:
    for _ in range(int(times)):
        with closing(LentEnv(project.config.systems["shop"], project, state)) as env:
            auth = oauth2(
                env,
                token_url=f"{url}/token",
                client_id=name,
                client_secret=Secret(secret),
                refresh_token=Secret(refresh),
            )
            assert env.http(url, auth=auth).get("/deed").status == 200
"""


@pytest.fixture
def provider(clock: Any) -> Provider:
    return Provider(clock.now)


@pytest.fixture
def server(provider: Provider) -> Iterator[Server]:
    with serve(provider) as running:
        yield running


@pytest.fixture
def sign_in(server: Server, lend: Lend) -> SignIn:
    """Connect as one worker of the system does, with a refresh token unless told otherwise."""

    def connect(refresh: str | None = FIRST, *, dry: bool = False, **other: Any) -> Http:
        env = lend(dry=dry)
        auth = oauth2(
            env,
            **{
                "token_url": f"{server.url}/token",
                "client_id": ID,
                "client_secret": Secret(SECRET),
                "refresh_token": Secret(refresh) if refresh else None,
                **other,
            },
        )
        return env.http(server.url, auth=auth)

    return connect


@pytest.fixture(autouse=True)
def nothing_broken(provider: Provider) -> Iterator[None]:
    """No test uses a refresh token twice without saying so."""
    yield
    assert [] == provider.broken


@pytest.fixture(autouse=True)
def nothing_shown(
    provider: Provider, project: Project, caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> Iterator[None]:
    """After every test: no token or secret was logged or stored as it is, and all are redacted."""
    caplog.set_level(logging.DEBUG)
    yield
    stored = b"".join(path.read_bytes() for path in tmp_path.glob("crosstie.*"))
    for secret in provider.hidden:
        assert secret not in project.redact(caplog.text)
        assert secret.encode() not in stored


def is_token(request: Request) -> bool:
    return request.path == "/token"


def is_deed(request: Request) -> bool:
    return request.path != "/token"


def test_client_credentials_get_a_token_that_is_used_until_shortly_before_its_end(
    provider: Provider, sign_in: SignIn, clock: Any
) -> None:
    http = sign_in(None, scope="orders:read")
    assert [200, 200] == [http.get("/").status, http.get("/").status]
    clock.sleep(LIFE.total_seconds() - 61)
    assert 200 == http.get("/").status
    grant = {"grant_type": "client_credentials", "scope": "orders:read"}
    assert [grant] == provider.asked
    clock.sleep(2)
    assert 200 == http.get("/").status
    assert [grant, grant] == provider.asked


def test_a_refresh_token_is_used_once_and_its_successor_next(
    provider: Provider, sign_in: SignIn, clock: Any
) -> None:
    http = sign_in()
    for _ in range(3):
        assert 200 == http.get("/").status
        clock.sleep(LIFE.total_seconds())
    sent = [form["refresh_token"] for form in provider.asked]
    assert [FIRST, "refresh-number-2", "refresh-number-3"] == sent


def test_a_refresh_token_that_stays_the_same_is_used_again(
    provider: Provider, sign_in: SignIn, clock: Any
) -> None:
    provider.rotate = False
    http = sign_in()
    for _ in range(2):
        assert 200 == http.get("/").status
        clock.sleep(LIFE.total_seconds())
    assert [FIRST, FIRST] == [form["refresh_token"] for form in provider.asked]


def test_workers_and_later_runs_share_one_token(provider: Provider, sign_in: SignIn) -> None:
    for _ in range(3):
        assert 200 == sign_in().get("/").status
    assert 1 == len(provider.asked)


def test_a_dry_run_goes_on_where_the_last_run_was_and_the_next_run_after_it(
    provider: Provider, sign_in: SignIn, clock: Any
) -> None:
    for dry in (False, True, True, False):
        assert 200 == sign_in(dry=dry).get("/").status
        clock.sleep(LIFE.total_seconds())
    assert 4 == len(provider.asked)


def test_workers_that_need_a_token_at_once_ask_once(
    provider: Provider, server: Server, sign_in: SignIn
) -> None:
    server.latency = 0.02
    workers = [sign_in(), sign_in(), sign_in(dry=True)]
    with ThreadPoolExecutor(6) as threads:
        for _ in range(3):
            answers = threads.map(lambda http: http.get("/").status, workers * 2)
            assert {200} == set(answers)
            provider.revoke()
    assert 3 == len(provider.asked)


def test_processes_that_need_tokens_all_the_time_use_no_refresh_token_twice(
    provider: Provider, server: Server, config: Path
) -> None:
    provider.life = 0
    server.latency = 0.005
    command = [sys.executable, "-c", SIGN_IN, str(config), server.url, ID, SECRET, FIRST, "5"]
    with ExitStack() as stack:
        running = [
            stack.enter_context(
                subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
            )
            for _ in range(2)
        ]
        for process in running:
            assert process.stdout is not None
            assert b"ready\n" == process.stdout.readline()
        for process in running:
            assert process.stdin is not None
            process.stdin.write(b"go\n")
            process.stdin.flush()
        assert [0, 0] == [process.wait() for process in running]
    assert 10 == len(provider.asked) == len(provider.deeds)


def test_a_process_killed_after_it_got_a_token_and_before_it_used_it_loses_nothing(
    provider: Provider, server: Server, config: Path, sign_in: SignIn
) -> None:
    """It dies by the answer to its first real request, for which the token was got."""
    command = [sys.executable, "-c", SIGN_IN, str(config), server.url, ID, SECRET, FIRST, "1"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:

        def kill(request: Request) -> bool:
            if is_deed(request) and process.returncode is None:
                process.kill()
                process.wait()
            return False

        server.fail("drop", matches=kill)
        process.communicate(b"go\n")
    assert 200 == sign_in().get("/").status
    assert 1 == len(provider.asked)


@pytest.mark.parametrize("kind", ["lost", "cut", "reset", "drop"])
def test_a_refresh_whose_answer_is_lost_is_tried_again_with_the_same_token(
    provider: Provider, server: Server, sign_in: SignIn, kind: Kind
) -> None:
    provider.grace = True
    server.fail(kind, matches=is_token, times=2)
    assert 200 == sign_in().get("/").status
    assert {FIRST} == {form["refresh_token"] for form in provider.asked}
    assert "refresh-number-2" == provider.refresh


@pytest.mark.parametrize(
    "reply",
    [
        Reply(500),
        Reply(503, b'{"error": "temporarily_unavailable"}', {"Content-Type": "application/json"}),
        Reply(502, b"<html>bad gateway</html>", {"Content-Type": "text/html"}),
        Reply(200, b"<html>be right back</html>", {"Content-Type": "text/html"}),
        Reply(200, b'{"access_token": "two words"}'),
        Reply(200, b'{"access_token": ""}'),
        Reply(200, b'{"access_token": 5}'),
        Reply(200, b"[]"),
        Reply(429, b"", {"Retry-After": "2"}),
    ],
)
def test_an_answer_without_a_token_is_asked_for_again(
    provider: Provider, server: Server, sign_in: SignIn, reply: Reply
) -> None:
    server.fail("answer", matches=is_token, reply=reply, times=2)
    assert 200 == sign_in().get("/").status
    assert 1 == len(provider.asked)


@pytest.mark.parametrize("kind", ["drop", "lost", "reset"])
def test_a_request_for_which_no_token_can_be_had_was_certainly_not_carried_out(
    provider: Provider, server: Server, sign_in: SignIn, kind: Kind, clock: Any
) -> None:
    provider.grace = True
    http = sign_in()
    began = clock.now()
    server.fail(kind, matches=is_token, times=4)
    with pytest.raises(UnavailableError, match=r"shop: no token from .*/token, tried 4 times"):
        http.request("POST", "/", content=b"buy")
    assert timedelta(seconds=3.5) == clock.now() - began
    assert [] == provider.deeds
    assert 200 == http.request("POST", "/", content=b"buy").status
    assert [b"buy"] == provider.deeds


def test_a_request_whose_own_answer_is_lost_stays_uncertain(
    provider: Provider, server: Server, sign_in: SignIn
) -> None:
    server.fail("lost", matches=is_deed)
    with pytest.raises(UncertainError):
        sign_in().request("POST", "/", content=b"buy")
    assert [b"buy"] == provider.deeds


def test_a_refused_request_is_sent_again_with_another_token(
    provider: Provider, sign_in: SignIn
) -> None:
    http = sign_in()
    http.get("/")
    provider.revoke()
    assert 200 == http.request("POST", "/", content=b"buy").status
    assert [b"", b"buy"] == provider.deeds


def test_a_request_that_is_refused_twice_is_the_connectors_to_judge(
    provider: Provider, server: Server, sign_in: SignIn
) -> None:
    server.fail("answer", matches=is_deed, reply=Reply(401, b"not you"), times=2)
    answer = sign_in().get("/")
    assert (401, "not you") == (answer.status, answer.text)
    assert 2 == len(provider.asked)


@pytest.mark.parametrize("kind", ["answer", "cut"])
def test_the_body_of_a_refusal_is_not_waited_for(
    provider: Provider, server: Server, sign_in: SignIn, kind: Kind
) -> None:
    http = sign_in()
    http.get("/")
    provider.revoke()
    reply = Reply(401, b"x", {"Content-Length": "1000000000"})
    server.fail(kind, matches=is_deed, reply=reply)
    assert 200 == http.request("POST", "/", content=b"buy").status


def test_a_token_that_another_worker_renewed_after_a_refusal_is_taken(
    provider: Provider, sign_in: SignIn
) -> None:
    first, second = sign_in(), sign_in()
    assert [200, 200] == [first.get("/").status, second.get("/").status]
    provider.revoke()
    assert [200, 200] == [first.get("/").status, second.get("/").status]
    assert 2 == len(provider.asked)


def test_a_refresh_token_that_is_no_longer_good_tells_the_user_what_to_do(
    provider: Provider, sign_in: SignIn
) -> None:
    provider.refresh = "somebody else's"
    with pytest.raises(UnauthorisedError) as told:
        sign_in().get("/")
    assert "shop: its refresh token is no longer good" in str(told.value)
    assert "put the refresh token that you get in the place of the old one" in str(told.value)
    assert 1 == len(provider.asked), "a dead token that is tried again is taken for stolen"


def test_another_refresh_token_in_the_config_begins_anew(
    provider: Provider, sign_in: SignIn, clock: Any
) -> None:
    http = sign_in()
    http.get("/")
    provider.refresh = "second-chain"
    clock.sleep(LIFE.total_seconds())
    with pytest.raises(UnauthorisedError):
        http.get("/")
    assert 200 == sign_in("second-chain").get("/").status
    clock.sleep(LIFE.total_seconds())
    assert 200 == sign_in("second-chain").get("/").status
    provider.broken.clear()  # it was tried after somebody else had replaced it
    sent = [form["refresh_token"] for form in provider.asked]
    assert [FIRST, "refresh-number-2", "second-chain", "refresh-number-3"] == sent


def test_another_scope_in_the_config_needs_another_token(
    provider: Provider, sign_in: SignIn
) -> None:
    sign_in().get("/")
    sign_in(scope="orders:write").get("/")
    assert ["refresh-number-2", "orders:write"] == [
        provider.asked[1]["refresh_token"],
        provider.asked[1]["scope"],
    ]


def test_what_was_kept_for_one_place_is_sent_to_no_other(
    provider: Provider, server: Server, sign_in: SignIn
) -> None:
    sign_in().get("/")
    with serve(Provider(provider.now)) as other:
        sign_in(token_url=f"{other.url}/token").get("/")
        asked: Any = other.sandbox
    assert [FIRST] == [form["refresh_token"] for form in asked.asked]


@pytest.mark.parametrize(
    ("reply", "kind", "told"),
    [
        (Reply(401, b'{"error": "invalid_client"}'), UnauthorisedError, "check the client's id"),
        (Reply(400, b'{"error": "invalid_scope", "error_description": "no such"}'),
         UnauthorisedError, r"invalid_scope \(no such\)"),
        (Reply(200, b'{"error": "invalid_grant"}'), UnauthorisedError, "no longer good"),
        (Reply(403, b"<html>"), UnauthorisedError, "answered 403"),
        (Reply(404, b"<html>"), UnavailableError, "answered 404: is this where tokens are got"),
        (Reply(302, b"", {"Location": "https://evil.example"}), UnavailableError, "answered 302"),
    ],
)  # fmt: skip
def test_a_refusal_is_told_at_once_with_its_reason(
    server: Server, sign_in: SignIn, reply: Reply, kind: type[CrosstieError], told: str
) -> None:
    server.fail("answer", matches=is_token, reply=reply, times=9)
    with pytest.raises(kind, match=told):
        sign_in(None).get("/")
    assert 1 == server.requests["POST", "/token"]


@pytest.mark.parametrize("life", [None, "900", 900.0, "soon", 1e300, [], True])
def test_the_life_of_a_token_may_be_told_badly_or_not_at_all(
    provider: Provider, sign_in: SignIn, life: Any
) -> None:
    provider.life = life
    http = sign_in()
    assert [200, 200] == [http.get("/").status, http.get("/").status]
    assert 1 == len(provider.asked)


def test_no_refresh_token_is_used_up_while_its_successor_could_not_be_kept(
    provider: Provider, sign_in: SignIn, tmp_path: Path
) -> None:
    (tmp_path / "crosstie.key").write_bytes(b"damaged")
    with pytest.raises(StateError, match="this is no key for secrets"):
        sign_in().get("/")
    assert [] == provider.asked
    (tmp_path / "crosstie.key").unlink()
    assert 200 == sign_in().get("/").status


def test_a_lost_key_begins_anew_where_that_is_possible(
    provider: Provider, sign_in: SignIn, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    provider.rotate = False
    sign_in().get("/")
    (tmp_path / "crosstie.key").unlink()
    assert 200 == sign_in().get("/").status
    assert "crosstie.key is lost or another" in caplog.text


def test_a_lost_key_that_is_put_back_goes_on_where_it_was(
    provider: Provider, sign_in: SignIn, tmp_path: Path, clock: Any
) -> None:
    sign_in().get("/")
    newest = provider.refresh
    key = (tmp_path / "crosstie.key").rename(tmp_path / "elsewhere")
    clock.sleep(LIFE.total_seconds())
    with pytest.raises(UnauthorisedError):
        sign_in().get("/")
    provider.refresh = newest  # as where the use of an old one is refused and nothing is revoked
    provider.broken.clear()
    key.rename(tmp_path / "crosstie.key")
    assert 200 == sign_in().get("/").status
    assert newest == provider.asked[-1]["refresh_token"]


def test_no_representation_shows_a_token(sign_in: SignIn, lend: Lend, server: Server) -> None:
    env = lend()
    auth = oauth2(
        env,
        token_url=f"{server.url}/token",
        client_id=ID,
        client_secret=Secret(SECRET),
        refresh_token=Secret(FIRST),
    )
    env.http(server.url, auth=auth).get("/")
    token: Any = auth
    shown = repr(token._token.__self__)
    for secret in (SECRET, FIRST, "access-number-1", "refresh-number-2"):
        assert secret not in shown
