"""vtiger's webservice.php as a sandbox: requests in, the real one's answers out."""

import json
import threading
import time
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import attrs

from crosstie import Clock, SystemClock
from crosstie.sandbox import Reply, Request
from crosstie_vtiger.sandbox import content
from crosstie_vtiger.sandbox.crm import Crm, User
from crosstie_vtiger.sandbox.inventory import is_inventory
from crosstie_vtiger.sandbox.lines import line_items
from crosstie_vtiger.sandbox.operations import OPERATIONS, Call
from crosstie_vtiger.sandbox.records import shown
from crosstie_vtiger.sandbox.refusals import CrashError, RefusalError
from crosstie_vtiger.sandbox.sessions import Sessions
from crosstie_vtiger.sandbox.versions import VERSIONS

LONGEST_LINE = 8190
"""How many bytes Apache takes in a request's first line."""

_JSON = {"Content-Type": "application/json"}
_HTML = {"Content-Type": "text/html; charset=UTF-8"}
_AT_THE_DOOR = {"getchallenge": "GET", "login": "POST", "logout": "POST", "extendsession": "POST"}

REAL_SPEED: Mapping[str, float] = {
    "getchallenge": 0.004,
    "login": 0.005,
    "describe": 0.020,
    "query": 0.022,
    "retrieve": 0.014,
    "create": 0.045,
    "create SalesOrder": 0.100,
    "update": 0.050,
    "revise": 0.050,
    "delete": 0.015,
}
"""Seconds that the real one took per operation (8.4.0 on two busy cores, Apache with opcache)."""


class VtigerSandbox:
    """A vtiger to talk to; see `crosstie.sandbox` for serving it.

    `version` is one of ``8.4.0`` (its inventory mended), ``8.4.0-stock`` and ``8.0.0``.
    `prefixes` overrides id prefixes by module. `latency` is how long the server works on each
    request, and `speed` adds seconds by operation (`REAL_SPEED`): both are spent while the
    session is held, so that only different sessions run side by side.
    """

    def __init__(
        self,
        *,
        version: str = "8.4.0",
        username: str = "admin",
        access_key: str = "sandboxAccessKey",
        clock: Clock | None = None,
        prefixes: Mapping[str, str] | None = None,
        latency: float = 0.0,
        speed: Mapping[str, float] | None = None,
    ) -> None:
        self.crm = Crm(VERSIONS[version], clock or SystemClock(), prefixes or {})
        self.latency = latency
        self.speed = speed or {}
        self.operations: Counter[str] = Counter()
        self._sessions = Sessions(self.crm)
        self._lock = threading.RLock()
        self.add_user(username, access_key)

    def respond(self, request: Request) -> Reply:
        """Answer one request as webservice.php does."""
        if len(f"{request.method} {request.target} HTTP/1.1") > LONGEST_LINE:
            return Reply(
                414, b"<html><head><title>414 Request-URI Too Long</title></head></html>", _HTML
            )
        if not request.path.endswith("/webservice.php"):
            return Reply(404, b"<html><head><title>404 Not Found</title></head></html>", _HTML)
        form = request.form if request.method == "POST" else {}
        asked = {**request.query, **form}
        operation = asked.get("operation", "").lower()
        method = _AT_THE_DOOR.get(operation) or OPERATIONS.get(operation, ("",))[0]
        with self._lock:
            self.operations[operation] += 1
        if not method or asked.get("format", "json") != "json":
            return _crashed("")
        given = request.query if method == "GET" else form
        session = asked.get("sessionName", "")
        with self._sessions.hold(session):
            self._work(operation, given)
            return self._answer(operation, session, given)

    def _work(self, operation: str, given: Mapping[str, str]) -> None:
        narrow = f"{operation} {given.get('elementType', '')}"
        seconds = self.latency + self.speed.get(narrow, self.speed.get(operation, 0.0))
        if seconds:
            time.sleep(seconds)

    def _answer(self, operation: str, session: str, given: Mapping[str, str]) -> Reply:
        try:
            with self._lock:
                result = self._result(operation, session, given)
        except RefusalError as refusal:
            error = {"message": refusal.message, "code": refusal.code}
            return self._reply({"success": False, "error": error})
        except CrashError as crash:
            return _crashed(crash.body)
        return self._reply({"success": True, "result": result})

    def _result(self, operation: str, session: str, given: Mapping[str, str]) -> Any:
        if operation == "getchallenge":
            return self._sessions.challenge(given.get("username", ""))
        if operation == "login":
            return self._sessions.login(given.get("username", ""), given.get("accessKey", ""))
        user = self._sessions.user_of(session)
        if operation == "logout":
            return self._sessions.logout(session)
        if operation == "extendsession":
            return self._sessions.extend(session, user)
        return OPERATIONS[operation][1](Call(self.crm, user, given))

    def _reply(self, answer: Any) -> Reply:
        ascii_only = self.crm.version.escapes_unicode
        text = json.dumps(answer, ensure_ascii=ascii_only, separators=(",", ":"))
        return Reply(200, text.encode(), _JSON)

    def add_user(
        self,
        name: str,
        access_key: str,
        *,
        admin: bool = True,
        active: bool = True,
        cannot_create: Iterable[str] = (),
        cannot_see: Iterable[str] = (),
    ) -> str:
        """Add a user and return its id; one who is no administrator may lack modules."""
        with self._lock:
            crm = self.crm
            number = max(crm.users, default=0) + 1
            number = number if number == 1 else max(number, 5)  # groups have 2 to 4
            hidden = frozenset(cannot_see)
            user = User(number, name, access_key, admin, active, frozenset(cannot_create), hidden)
            crm.users[number] = user
            told = {
                "user_name": name,
                "last_name": "Administrator" if admin else name,
                "email1": f"{name}@example.test",
                "is_admin": "on" if admin else "off",
                "status": "Active" if active else "Inactive",
                "currency_id": "1",
                "accesskey": "" if crm.version.name.startswith("8.4") else access_key,
            }
            crm.shelves["Users"].add(number, {**crm.modules["Users"].initial, **told})
            return crm.id_of("Users", number)

    def seed(self, module: str, element: Mapping[str, Any]) -> str:
        """Create a record as its first user and return its id, even on a vtiger that cannot.

        A stock 8.4.0 refuses orders through its web service, but may well have some.
        """
        with self._lock:
            crm, played = self.crm, self.crm.version
            crm.version = attrs.evolve(played, inventory="works")
            try:
                given = {"elementType": module, "element": json.dumps(element)}
                return str(OPERATIONS["create"][1](Call(crm, crm.users[1], given))["id"])
            finally:
                crm.version = played

    def expire_sessions(self) -> None:
        """Let all sessions vanish, so that the next request of each is refused."""
        with self._lock:
            self._sessions.expire()

    def add_field(
        self,
        module: str,
        name: str,
        *,
        type_: Mapping[str, Any] | None = None,
        label: str | None = None,
        mandatory: bool = False,
    ) -> None:
        """Add a field such as ``cf_123`` to a module; records that are there have it empty."""
        with self._lock:
            described = self.crm.modules[module]
            told = type_ or {"name": "string"}
            described.add_field(name, type_=told, label=label or name, mandatory=mandatory)
            for row in self.crm.shelves[module].rows.values():
                row.setdefault(name, described.fields[name].initial)

    def set_field(self, module: str, name: str, **told: Any) -> None:
        """Change what a module's description tells of a field: ``mandatory``, ``isunique`` …"""
        with self._lock:
            self.crm.modules[module].set_field(name, **told)

    def forbid(self, module: str, *, create: bool = True) -> None:
        """Make a module one in which nobody can create records."""
        with self._lock:
            self.crm.modules[module].described["createable"] = not create

    def count(self, module: str) -> int:
        """How many records a module has."""
        with self._lock:
            return len(self.crm.shelves[module].rows)

    def records(self, module: str) -> list[dict[str, Any]]:
        """The records of a module as `retrieve` tells them, by id, with `LineItems`."""
        with self._lock:
            return [self._record(module, at) for at in self.crm.shelves[module].numbers()]

    def _record(self, name: str, at: int) -> dict[str, Any]:
        module = self.crm.modules[name]
        record = shown(self.crm, module, at)
        if is_inventory(module):
            record["LineItems"] = line_items(self.crm, module, at)
        return record

    def content(self, modules: Sequence[str] | None = None) -> dict[str, list[dict[str, Any]]]:
        """What the CRM holds without ids, record numbers and times, comparable between CRMs."""
        with self._lock:
            return content.content(self.crm, modules)


def _crashed(body: str) -> Reply:
    return Reply(500, body.encode(), _HTML, close=True)
