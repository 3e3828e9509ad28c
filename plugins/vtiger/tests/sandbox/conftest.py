"""A vtiger sandbox, and somebody to talk to it without a socket."""

import hashlib
import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

import attrs
import pytest

from crosstie.sandbox import Reply, Request
from crosstie.testing import SimulatedClock
from crosstie_vtiger.sandbox import VtigerSandbox


@attrs.define
class Caller:
    """Somebody who calls webservice.php; `session` is theirs after `login`."""

    sandbox: VtigerSandbox
    name: str = "admin"
    key: str = "sandboxAccessKey"
    session: str = ""

    def send(self, method: str, **asked: Any) -> Reply:
        """Send parameters, objects and lists as JSON, by GET or POST."""
        given = {
            name: text if isinstance(text, str) else json.dumps(text)
            for name, text in asked.items()
        }
        sent = urlencode(given)
        query, body = (given, b"") if method == "GET" else ({}, sent.encode())
        target = f"/webservice.php?{sent}" if method == "GET" else "/webservice.php"
        return self.sandbox.respond(Request(method, "/webservice.php", query, {}, body, target))

    def answer(self, method: str, operation: str, **asked: Any) -> Any:
        """The whole answer with one's own session, as JSON."""
        given = {"sessionName": self.session, **asked}
        return json.loads(self.send(method, operation=operation, **given).body)

    def get(self, operation: str, **asked: Any) -> Any:
        """The result of an operation that reads; it must succeed."""
        answer = self.answer("GET", operation, **asked)
        assert answer["success"], answer
        return answer["result"]

    def post(self, operation: str, **asked: Any) -> Any:
        """The result of an operation that writes; it must succeed."""
        answer = self.answer("POST", operation, **asked)
        assert answer["success"], answer
        return answer["result"]

    def refused(self, method: str, operation: str, **asked: Any) -> tuple[Any, str]:
        """Code and message of the refusal of an operation; it must be refused."""
        answer = self.answer(method, operation, **asked)
        assert not answer["success"], answer
        return answer["error"]["code"], answer["error"]["message"]

    def create(self, module: str, **element: Any) -> dict[str, Any]:
        """Create a record of one's own."""
        given = {"assigned_user_id": "19x1", **element}
        created: dict[str, Any] = self.post("create", elementType=module, element=given)
        return created

    def query(self, text: str) -> list[dict[str, Any]]:
        """The rows of a query."""
        rows: list[dict[str, Any]] = self.get("query", query=text)
        return rows

    def challenge(self) -> str:
        """A token."""
        return str(self.get("getchallenge", username=self.name)["token"])

    def key_for(self, token: str) -> str:
        """What proves that one knows the access key."""
        return hashlib.md5((token + self.key).encode()).hexdigest()

    def login(self) -> "Caller":
        """Open a session of one's own."""
        key = self.key_for(self.challenge())
        self.session = self.post("login", username=self.name, accessKey=key)["sessionName"]
        return self


@pytest.fixture
def clock() -> SimulatedClock:
    return SimulatedClock(datetime(2026, 11, 21, 20, 44, 33, tzinfo=UTC))


@pytest.fixture
def sandbox(clock: SimulatedClock) -> VtigerSandbox:
    return VtigerSandbox(clock=clock)


@pytest.fixture
def admin(sandbox: VtigerSandbox) -> Caller:
    return Caller(sandbox).login()


@pytest.fixture
def caller() -> Callable[..., Caller]:
    """Makes callers, for more than one user or other vtigers."""
    return Caller


@pytest.fixture
def order() -> Callable[..., dict[str, Any]]:
    """Makes what a sales order needs, with its lines, for a caller's own account and product."""

    def element(admin: Caller, *lines: dict[str, Any], **differs: Any) -> dict[str, Any]:
        found = admin.query("select id from Products limit 1;")
        product = found[0]["id"] if found else admin.create("Products", productname="W")["id"]
        accounts = admin.query("select id from Accounts limit 1;")
        account = accounts[0]["id"] if accounts else admin.create("Accounts", accountname="A")["id"]
        given = {
            "subject": "S",
            "sostatus": "Created",
            "invoicestatus": "AutoCreated",
            "account_id": account,
            "bill_street": "1",
            "ship_street": "1",
            "currency_id": "21x1",
            "hdnTaxType": "group",
            "productid": product,
            "LineItems": [{"productid": product, **line} for line in lines],
        }
        return given | differs

    return element
