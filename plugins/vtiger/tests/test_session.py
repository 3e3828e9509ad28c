"""Logging in, staying logged in, and what a session makes of answers that are none."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import attrs
import pytest

from crosstie import (
    Live,
    RejectedError,
    Secret,
    SystemClock,
    UnauthorisedError,
    UnavailableError,
    UncertainError,
    Write,
    Written,
)
from crosstie.sandbox import Reply, Request, Server, serve
from crosstie_vtiger.connector import Vtiger, base_url
from crosstie_vtiger.sandbox import VtigerSandbox, operation

Connect = Callable[..., Live]
JSON = {"Content-Type": "application/json"}
LEAD = {"lastname": "Lovelace", "company": "Analytical"}


def leads(live: Live) -> Any:
    return live.tables()["Leads"]


def create(live: Live, lastname: str = "Lovelace") -> Any:
    [answer] = leads(live).write([Write(None, {**LEAD, "lastname": lastname}, "1", "once")])
    return answer


@pytest.mark.feature("V51")
@pytest.mark.parametrize(
    "url",
    [
        "https://crm.example",
        "https://crm.example/",
        "https://crm.example/webservice.php",
        "https://crm.example/index.php?module=Home",
    ],
)
def test_a_url_may_be_given_with_or_without_what_follows_the_folder(url: str) -> None:
    assert base_url(url) == "https://crm.example/"


def test_a_vtiger_in_a_folder_is_reached_there() -> None:
    assert base_url("https://example.org/crm/webservice.php") == "https://example.org/crm/"


def test_connecting_asks_for_nothing(connect: Connect, sandbox: VtigerSandbox) -> None:
    live = connect()
    assert {"customers", "orders", "products"} <= set(live.tables())
    live.close()
    assert not sandbox.operations


def test_the_first_look_up_costs_three_requests(crm: Live, sandbox: VtigerSandbox) -> None:
    crm.tables()["products"].find([{"productcode": "PEN"}])
    assert sandbox.operations == {"getchallenge": 1, "login": 1, "query": 1}


def test_closing_logs_out(crm: Live, sandbox: VtigerSandbox) -> None:
    create(crm)
    crm.close()
    assert sandbox.operations["logout"] == 1


def test_closing_is_quiet_when_vtiger_is_gone(crm: Live, server: Server) -> None:
    create(crm)
    server.fail("drop", matches=operation("logout"), times=9)
    crm.close()


def test_a_wrong_key_is_told_from_an_unknown_user(connect: Connect) -> None:
    wrong = "6 times, .* the access key of user 'admin' is wrong .*My Preferences"
    with pytest.raises(UnauthorisedError, match=wrong):
        create(connect(access_key=Secret("wrong")))
    with pytest.raises(UnauthorisedError, match="there is no user 'nobody'"):
        create(connect(username="nobody"))


@pytest.mark.feature("V53")
def test_the_sentence_about_a_wrong_key_says_where_the_right_one_is(connect: Connect) -> None:
    with pytest.raises(UnauthorisedError, match="My Preferences, Access Key; it is not the passw"):
        create(connect(access_key=Secret("wrong")))


def test_an_inactive_user_is_told_as_far_as_vtiger_tells(
    connect: Connect, server: Server, sandbox: VtigerSandbox
) -> None:
    """8.x answers as it does to a wrong key, older ones say so."""
    sandbox.add_user("gone", "key", active=False)
    live = connect(username="gone", access_key=Secret("key"))
    with pytest.raises(UnauthorisedError, match=r"or the user is inactive \(Settings > User"):
        create(live)
    told = b'"message":"Given user is inactive","code":"AUTHENTICATION_REQUIRED"'
    reply = Reply(200, b'{"success":false,"error":{' + told + b"}}", JSON)
    server.fail("answer", matches=operation("login"), reply=reply)
    with pytest.raises(UnauthorisedError, match=r"^user 'gone' is inactive: .*see Settings > User"):
        create(live)


class Leaping:
    """A clock that leaps ten minutes ahead each time it is looked at."""

    def __init__(self) -> None:
        self._moment = datetime.now(UTC)

    def now(self) -> datetime:
        self._moment += timedelta(minutes=10)
        return self._moment

    def sleep(self, seconds: float) -> bool:
        return True


def test_a_challenge_that_expires_at_once_is_told_with_the_clocks(
    connect: Connect, sandbox: VtigerSandbox
) -> None:
    sandbox.crm.clock = Leaping()
    expired = r"challenge for expired: .*, 6 times; its clock is \d+ minutes ahead of ours"
    with pytest.raises(UnauthorisedError, match=expired):
        create(connect())


def test_an_unknown_user_is_not_asked_about_again(connect: Connect, sandbox: VtigerSandbox) -> None:
    with pytest.raises(UnauthorisedError):
        create(connect(username="nobody"))
    assert sandbox.operations == {"getchallenge": 1}


def test_no_error_shows_the_key(connect: Connect, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG", logger="crosstie")
    live = connect(access_key=Secret("verySecret"))
    with pytest.raises(UnauthorisedError) as caught:
        create(live)
    assert "verySecret" not in f"{caught.value!r} {caught.value} {live!r} {caplog.text}"


def test_eight_threads_log_in_side_by_side(server: Server, env: Any) -> None:
    """Two of each of four connectors, which know nothing of each other, as four programs would."""
    awake = attrs.evolve(env, clock=SystemClock())
    settings: Any = {"url": server.url, "username": "admin", "access_key": Secret("openSesame")}
    connectors = [Vtiger(**settings) for _ in range(4)]
    lives = [connector.connect(awake) for connector in connectors * 2]
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(create, lives))
        list(pool.map(lambda live: live.close(), lives))
    assert [Written] * 8 == [type(answer) for answer in answers]


def test_a_login_that_others_disturb_is_tried_again(
    connect: Connect, server: Server, sandbox: VtigerSandbox
) -> None:
    """Another program asks for a challenge between ours and our login, three times."""

    def disturb(request: Request) -> bool:
        if operation("login")(request) and sandbox.operations["login"] < 3:
            query = {"operation": "getchallenge", "username": "admin"}
            sandbox.respond(attrs.evolve(request, method="GET", query=query, body=b""))
        return False

    server.fail("drop", matches=disturb)
    assert isinstance(create(connect()), Written)
    assert sandbox.operations["login"] == 4


def test_the_workers_of_a_connector_log_in_one_after_the_other(
    server: Server, sandbox: VtigerSandbox, env: Any
) -> None:
    connector = Vtiger(url=server.url, username="admin", access_key=Secret("openSesame"))
    lives = [connector.connect(env) for _ in range(6)]
    with ThreadPoolExecutor(6) as pool:
        list(pool.map(create, lives))
    for live in lives:
        live.close()
    assert (6, 6) == (sandbox.operations["getchallenge"], sandbox.operations["login"])


@pytest.mark.parametrize(
    "code",
    ["INVALID_SESSIONID", "SESSION_EXPIRED", "SESSION_LEFT_IDLE", "AUTHENTICATION_REQUIRED"],
)
@pytest.mark.parametrize("name", ["query", "describe", "create", "revise", "retrieve", "delete"])
def test_a_lost_session_is_opened_again_and_the_deed_done_once(
    crm: Live, server: Server, sandbox: VtigerSandbox, name: str, code: str
) -> None:
    body = f'{{"success":false,"error":{{"message":"gone","code":"{code}"}}}}'.encode()
    fault = server.fail("answer", matches=operation(name), reply=Reply(200, body, JSON))
    products: Any = crm.tables()["Products"]
    [made] = products.write([Write(None, {"productname": "Pen"}, "1", "once")])
    assert isinstance(made, Written)
    changed = products.write([Write(made.id, {"productname": "Pencil"}, "1", "twice")])
    assert changed == [Written(made.id)]
    assert products.find([{"productname": "Pencil"}]) == [[made.id]]
    assert products.delete([made.id]) == [None]
    assert fault.times == 0
    assert sandbox.operations["login"] == 2
    assert sandbox.count("Products") == 0


def test_a_session_that_expires_for_real_is_opened_again(crm: Live, sandbox: VtigerSandbox) -> None:
    create(crm, "One")
    sandbox.expire_sessions()
    assert isinstance(create(crm, "Two"), Written)
    assert sandbox.count("Leads") == 2


def test_a_vtiger_that_keeps_no_sessions_is_told_so(crm: Live, server: Server) -> None:
    body = b'{"success":false,"error":{"message":"gone","code":"INVALID_SESSIONID"}}'
    server.fail("answer", matches=operation("describe"), times=9, reply=Reply(200, body, JSON))
    with pytest.raises(UnavailableError, match="does not keep its sessions"):
        create(crm)


def test_an_empty_500_on_a_read_is_asked_again(
    crm: Live, server: Server, sandbox: VtigerSandbox
) -> None:
    server.fail("answer", matches=operation("describe"), times=2)
    server.fail("answer", matches=operation("getchallenge"), times=1)
    assert isinstance(create(crm), Written)
    assert sandbox.count("Leads") == 1


def test_a_read_that_keeps_failing_stops_the_flow(crm: Live, server: Server) -> None:
    server.fail("answer", matches=operation("query"), times=99)
    with pytest.raises(UnavailableError, match="HTTP 500 with an empty page, 4 times"):
        leads(crm).find([{"lastname": "x"}])


@pytest.mark.parametrize(
    ("status", "body"), [(500, b""), (200, b"<html>Sorry</html>"), (200, b'{"success":true,"re')]
)
def test_a_write_whose_answer_is_none_is_uncertain(
    crm: Live, server: Server, sandbox: VtigerSandbox, status: int, body: bytes
) -> None:
    server.fail("answer-after", matches=operation("create"), reply=Reply(status, body))
    answer = create(crm)
    assert isinstance(answer, UncertainError)
    assert "may have been carried out" in str(answer)
    assert sandbox.count("Leads") == 1


@pytest.mark.parametrize("kind", ["lost", "reset", "cut"])
def test_a_write_whose_answer_is_lost_is_uncertain(crm: Live, server: Server, kind: Any) -> None:
    server.fail(kind, matches=operation("create"))
    assert isinstance(create(crm), UncertainError)


@pytest.mark.parametrize("kind", ["lost", "reset", "cut", "drop"])
def test_a_login_whose_answer_is_lost_is_tried_again(crm: Live, server: Server, kind: Any) -> None:
    server.fail(kind, matches=operation("login"))
    assert isinstance(create(crm), Written)


def test_a_vtiger_where_nobody_can_log_in_is_unavailable(crm: Live, server: Server) -> None:
    server.fail("answer", matches=operation("login"), times=99)
    with pytest.raises(UnavailableError, match="nobody can log in"):
        create(crm)


def test_warnings_before_the_json_do_no_harm(crm: Live, server: Server) -> None:
    body = b'<br />\n<b>Deprecated</b>: strftime()\n{"success":true,"result":[{"id":"10x7",'
    reply = Reply(200, body + b'"lastname":"Ada"}]}')
    server.fail("answer", matches=operation("query"), reply=reply)
    empty = Reply(200, b'\xef\xbb\xbf {"success":true,"result":[]}')
    server.fail("answer", matches=operation("query"), reply=empty)
    assert leads(crm).find([{"lastname": "ada"}]) == [["10x7"]]


def test_a_redirect_is_told_with_its_target(crm: Live, server: Server) -> None:
    reply = Reply(301, b"", {"Location": "https://www.crm.example/webservice.php?a=b"})
    server.fail("answer", reply=reply)
    with pytest.raises(UnavailableError, match=r"sends us on to https://www\.crm") as e:
        create(crm)
    assert "a=b" not in str(e.value)


def test_a_url_without_a_vtiger_is_told(crm: Live, server: Server) -> None:
    server.fail("answer", reply=Reply(404, b"<html>Not Found</html>"))
    with pytest.raises(UnavailableError, match="there is no http"):
        create(crm)
    server.fail("answer", times=9, reply=Reply(200, b"<html>A blog</html>"))
    with pytest.raises(UnavailableError, match="which is not vtiger's JSON"):
        create(crm)


def test_a_vtiger_that_is_down_is_unavailable(env: Any) -> None:
    with serve(VtigerSandbox()) as server:
        url = server.url
    live = Vtiger(url=url, username="admin", access_key=Secret("k")).connect(env)
    with pytest.raises(UnavailableError):
        create(live)


def test_a_firewall_that_takes_a_row_for_an_attack_stops_that_row_only(
    crm: Live, server: Server
) -> None:
    create(crm)
    server.fail("answer", matches=operation("create"), reply=Reply(403, b"<html>Blocked</html>"))
    answer = create(crm, "<script>")
    assert isinstance(answer, RejectedError)
    assert "take the content for an attack" in str(answer)
    assert isinstance(create(crm), Written)


@pytest.mark.parametrize("row_id", [None, "10x5"])
def test_a_web_server_that_lets_nobody_in_stops_the_flow(
    crm: Live, server: Server, row_id: str | None
) -> None:
    server.fail("answer", times=9, reply=Reply(401, b"<html>Password</html>"))
    with pytest.raises(UnauthorisedError, match="turns us away"):
        leads(crm).write([Write(row_id, LEAD, "1", "once")])
