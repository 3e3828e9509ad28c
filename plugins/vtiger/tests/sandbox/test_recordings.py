"""The exam: every recorded exchange, sent to the sandbox, is answered alike.

Alike means: the same HTTP status, and a body of the same shape. The shape of an object is its
keys with their shapes, that of a list is the set of its elements' shapes (how many there are is
a matter of content), that of a value is its JSON type (null, boolean, number, text); `success`
and an error's `code` and `message` must be the same to the letter. A body that is no JSON is
either empty or not. There are no exceptions.

The recordings of a server build on each other, so they are replayed in the order of
`order.json`, each of its entries on a CRM of its own. Ids are translated: what a recorded answer
created is what the sandbox created then. What was there before the recordings began, and what
happened between them unrecorded, is made up for by stand-ins and `BEFORE`.
"""

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any

import attrs
import httpx
import pytest

from crosstie.sandbox import serve
from crosstie.testing import SimulatedClock
from crosstie_vtiger.sandbox import VtigerSandbox

RECORDED = Path(__file__).parent.parent / "recorded"
ORDER = json.loads((RECORDED / "order.json").read_text())
CASES = [(group["folder"], name) for group in ORDER for name in group["recordings"]]

ID = re.compile(r"\b(\d+)x(\d+)\b")
NUMBERED_APART = {"19", "20", "21", "33", "34"}
FIXED = {"19", "20", "34"}
KEYS = {"admin": "the admin's key", "sales1": "the salesman's key"}
ADDRESS = {"bill_street": "1", "ship_street": "1", "assigned_user_id": "19x1"}

STAND_INS: Mapping[str, tuple[str, Mapping[str, Any]]] = {
    "10": ("Leads", {"lastname": "Vert", "assigned_user_id": "19x1"}),
    "11": ("Accounts", {"accountname": "Acme & Sons", "assigned_user_id": "19x1"}),
    "12": ("Contacts", {"lastname": "Doe", "assigned_user_id": "19x1"}),
    "14": ("Products", {"productname": "Widget", "unit_price": 1, "assigned_user_id": "19x1"}),
    "26": ("Services", {"servicename": "Support", "assigned_user_id": "19x1"}),
}
ORDER_LINES = [{"productid": "14x6", "quantity": 1}, {"productid": "14x7", "quantity": 2}]
ORDERED = {
    "subject": "D",
    "sostatus": "Created",
    "invoicestatus": "AutoCreated",
    "account_id": "11x2",
    "currency_id": "21x1",
    "hdnTaxType": "group",
    "productid": "14x6",
    "LineItems": ORDER_LINES,
    **ADDRESS,
}

BEFORE: Mapping[str, list[tuple[str, Any]]] = {
    "err-login-with-GET": [("challenge", "admin")],
    "err-login-bad-accesskey": [("challenge", "admin")],
    "err-login-token-overwritten-by-second-getchallenge": [
        ("challenge", "admin"),
        ("challenge", "admin"),
    ],
    "err-session-file-gone": [("session", "1710c5bc6b0204b2140b0"), ("expire", None)],
    "err-create-salesorder-deleted-product": [("delete", "14x32")],
    "create-salesorder-deleted-product-SUCCEEDS": [("delete", "14x14")],
    "sync-leads-deleted": [("delete", "10x291")],
    "sync-salesorder": [
        ("order", {}),
        ("order", {"contact_id": "12x3"}),
        ("order", {"contact_id": "12x3", "currency_id": None}),
        ("order", {"contact_id": "12x3", "hdnTaxType": None}),
        ("order", {"contact_id": "12x3", "hdnDiscountAmount": "15"}),
        ("order", {"contact_id": "12x3", "hdnDiscountPercent": "10"}),
    ],
    "query-default-limit": [("stand in", "10x23")],
    "err-duplicate": [("stand in", "11x2")],
    "err-duplicate-account": [("create Accounts", {"accountname": "ToDelete2"})],
    "err500-convertlead": [("stand in", "10x287")],
    "update-contact-clear-reference": [("revise", {"id": "12x3", "account_id": "11x2"})],
    "retrieve_related-account-contacts": [
        ("revise", {"id": "12x3", "phone": None, "birthday": None})
    ],
}
"""What happened, unrecorded, before a recording, in the recording's own ids."""


@attrs.frozen
class Exchange:
    """One recording: what was sent and what came back."""

    method: str
    asked: dict[str, str]
    status: int
    body: str
    moment: datetime

    @classmethod
    def read(cls, path: Path) -> "Exchange":
        head, _, body = path.read_text("utf-8").partition("\n\n")

        def told(pattern: str) -> str:
            found = re.search(pattern, head, re.MULTILINE)
            assert found is not None
            return found[1]

        return cls(
            method=told(r"^# (GET|POST) "),
            asked=json.loads(told(r"^# params decoded: (.*)$")),
            status=int(told(r"^# -> HTTP (\d+)")),
            body=body.strip(),
            moment=parsedate_to_datetime(told(r"^# < Date: (.*)$")).astimezone(UTC),
        )


class Replay:
    """One CRM of the recordings, played by one sandbox."""

    def __init__(self, sandbox: VtigerSandbox, http: httpx.Client) -> None:
        self.sandbox = sandbox
        self.http = http
        self.known: dict[tuple[str, str], str] = {("21", "1"): "1"}
        self.tokens: list[str] = []
        self.sessions: dict[str, str] = {}

    def send(self, method: str, asked: Mapping[str, str]) -> httpx.Response:
        url = "/webservice.php"
        posted = method == "POST"
        answer = self.http.post(url, data=asked) if posted else self.http.get(url, params=asked)
        if asked.get("operation") == "getchallenge" and answer.status_code == 200:
            self.tokens.append(answer.json()["result"]["token"])
        return answer

    def key(self, user: str, token: str) -> str:
        return hashlib.md5((token + KEYS[user]).encode()).hexdigest()

    def session(self, recorded: str, user: str = "admin") -> str:
        """The session that stands for a recorded one; an invented one stays unknown."""
        if recorded not in self.sessions and not recorded.startswith("dead"):
            self.send("GET", {"operation": "getchallenge", "username": user})
            key = self.key(user, self.tokens[-1])
            asked = {"operation": "login", "username": user, "accessKey": key}
            self.sessions[recorded] = self.send("POST", asked).json()["result"]["sessionName"]
        return self.sessions.get(recorded, recorded)

    def call(self, operation: str, method: str = "POST", **asked: Any) -> Any:
        """Send something that was not recorded; it must succeed."""
        given = {
            name: text if isinstance(text, str) else json.dumps(text)
            for name, text in asked.items()
        }
        session = self.session("unrecorded")
        answer = self.send(method, {"operation": operation, "sessionName": session, **given})
        assert answer.json()["success"], answer.text
        return answer.json()["result"]

    def prepare(self, what: str, given: Any) -> None:
        if what == "challenge":
            self.send("GET", {"operation": "getchallenge", "username": given})
        elif what == "session":
            self.session(given)
        elif what == "expire":
            self.sandbox.expire_sessions()
        elif what == "stand in":
            self.translated(given)
        elif what == "order":
            self.order(given)
        elif what == "delete":
            self.call("delete", id=self.translated(given))
        elif what == "revise":
            self.call("revise", element=json.loads(self.translated(json.dumps(given))))
        else:
            element = {**given, "assigned_user_id": "19x1"}
            self.call("create", elementType=what.split()[1], element=element)

    def translated(self, text: str) -> str:
        return ID.sub(lambda found: self.translated_id(found[1], found[2]), text)

    def translated_id(self, prefix: str, number: str) -> str:
        series = prefix if prefix in NUMBERED_APART else "shared"
        if prefix not in FIXED and int(number) < 9000 and (series, number) not in self.known:
            self.stand_in(prefix, number)
        return f"{prefix}x{self.known.get((series, number), number)}"

    def stand_in(self, prefix: str, number: str) -> None:
        """Make what the recording found there."""
        if prefix in {"6", "7"}:
            self.learn(f"{prefix}x{number}", self.order({}))
        elif prefix in STAND_INS:
            module, element = STAND_INS[prefix]
            self.learn(f"{prefix}x{number}", self.sandbox.seed(module, element))

    def order(self, differs: Mapping[str, Any]) -> str:
        element = json.loads(self.translated(json.dumps({**ORDERED, **differs})))
        return self.sandbox.seed("SalesOrder", element)

    def learn(self, recorded: str, made: str) -> None:
        prefix, number = recorded.split("x")
        series = prefix if prefix in NUMBERED_APART else "shared"
        self.known[series, number] = made.split("x")[1]

    def learn_all(self, recorded: Any, made: Any) -> None:
        """Take over the ids of everything that both answers tell."""
        if isinstance(recorded, dict) and isinstance(made, dict):
            for name in recorded.keys() & made.keys():
                self.learn_all(recorded[name], made[name])
        elif isinstance(recorded, list) and isinstance(made, list):
            for one, other in zip(recorded, made, strict=False):
                self.learn_all(one, other)
        elif ID.fullmatch(str(recorded)) and ID.fullmatch(str(made)):
            self.learn(recorded, made)

    def answer(self, name: str, exchange: Exchange) -> httpx.Response:
        for what, given in BEFORE.get(name, ()):
            self.prepare(what, given)
        asked = {each: self.translated(text) for each, text in exchange.asked.items()}
        if "sessionName" in asked:
            user = "sales1" if name.startswith("nonadmin") else "admin"
            asked["sessionName"] = self.session(exchange.asked["sessionName"], user)
        if asked.get("operation") == "login" and not name.endswith("bad-accesskey"):
            token = self.tokens[-2 if "overwritten" in name else -1]
            asked["accessKey"] = self.key("admin", token)
        answer = self.send(exchange.method, asked)
        if (
            "success" in exchange.body
            and answer.status_code == 200
            and asked["operation"] in {"create", "update", "revise", "convertlead", "retrieve"}
        ):
            self.learn_all(json.loads(exchange.body), answer.json())
        return answer


def replayed(group: Mapping[str, Any]) -> Iterator[tuple[str, Exchange, httpx.Response]]:
    clock = SimulatedClock(datetime(2026, 11, 21, 20, 44, 33, tzinfo=UTC))
    sandbox = VtigerSandbox(version=group["version"], access_key=KEYS["admin"], clock=clock)
    sandbox.add_user("sales1", KEYS["sales1"], admin=False, cannot_see=["Users"])
    with serve(sandbox) as server, httpx.Client(base_url=server.url) as http:
        replay = Replay(sandbox, http)
        for name in group["recordings"]:
            exchange = Exchange.read(RECORDED / group["folder"] / f"{name}.txt")
            clock.sleep((exchange.moment - clock.now()).total_seconds())
            yield name, exchange, replay.answer(name, exchange)


@pytest.fixture(scope="session")
def answers() -> dict[tuple[str, str], tuple[Exchange, httpx.Response]]:
    """For each recording what it tells and what the sandbox answered."""
    return {
        (group["folder"], name): (exchange, answer)
        for group in ORDER
        for name, exchange, answer in replayed(group)
    }


def shape(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: shape(each) for name, each in value.items()}
    if isinstance(value, list):
        return sorted({json.dumps(shape(each), sort_keys=True) for each in value})
    return {type(None): "null", bool: "boolean", str: "text"}.get(type(value), "number")


def told(status: int, body: str) -> Any:
    """What must be the same: status, shape, and an error word for word."""
    if not body.startswith("{"):
        return status, "empty" if not body else "not JSON"
    answer = json.loads(body)
    return status, shape(answer), answer["success"], answer.get("error")


@pytest.mark.parametrize(("folder", "name"), CASES, ids=["/".join(case) for case in CASES])
def test_a_recorded_request_is_answered_alike(
    folder: str, name: str, answers: dict[tuple[str, str], tuple[Exchange, httpx.Response]]
) -> None:
    exchange, answer = answers[folder, name]
    expected = told(exchange.status, exchange.body)
    actual = told(answer.status_code, answer.text)
    assert actual == expected


def test_every_recording_is_replayed_once() -> None:
    recorded = sorted((path.parent.name, path.stem) for path in RECORDED.glob("*/*.txt"))
    assert sorted(CASES) == recorded
