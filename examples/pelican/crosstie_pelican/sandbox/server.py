"""Pelican at its address: who may ask for what, and how answers look."""

import json
import re
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import unquote
from zoneinfo import ZoneInfo

from crosstie import Clock, Request, SystemClock
from crosstie.sandbox import Reply
from crosstie_pelican.sandbox.attributes import Attribute
from crosstie_pelican.sandbox.call import Answer, Call
from crosstie_pelican.sandbox.campaigns import Campaigns
from crosstie_pelican.sandbox.contacts import Contact, Contacts
from crosstie_pelican.sandbox.hooks import Hooks
from crosstie_pelican.sandbox.limits import Bucket
from crosstie_pelican.sandbox.pages import PageTokens
from crosstie_pelican.sandbox.purchases import Imports
from crosstie_pelican.sandbox.refusals import RefusalError
from crosstie_pelican.sandbox.replays import Replays
from crosstie_pelican.sandbox.tokens import DeniedError, Tokens

CLIENT_ID = "crosstie-app"
CLIENT_SECRET = "pcs_sandbox-client-secret"  # noqa: S105 (of the sandbox)
REFRESH_TOKEN = "prt_sandbox-first-refresh-token"  # noqa: S105
WEBHOOK_SECRET = "pws_sandbox-webhook-secret"  # noqa: S105

SCOPES = (
    "contacts:read", "contacts:write", "purchases:write", "messages:send", "campaigns:write",
)  # fmt: skip
_JSON = {"Content-Type": "application/json"}
_HTML = {"Content-Type": "text/html; charset=utf-8"}

EDGE_IS_DOWN = Reply(
    502, b"<html><body><h1>502 Bad Gateway</h1><hr>pelican-edge</body></html>", _HTML
)
"""What the edge says when Pelican behind it does not answer."""


def crash(incident: str = "inc_4711") -> Reply:
    """The answer to a request in which something broke."""
    error = {"code": "internal", "message": "something went wrong on our side"}
    return Reply(500, json.dumps({"error": {**error, "incident": incident}}).encode(), _JSON)


class PelicanSandbox:
    """A Pelican account to talk to; see `crosstie.sandbox` for serving it.

    Its parts are open for looking in and for what happens on Pelican's side: `tokens`,
    `contacts`, `imports`, `campaigns` and `hooks`.
    `refused` counts requests that went beyond the rate limit.
    """

    def __init__(
        self,
        clock: Clock | None = None,
        *,
        attributes: Iterable[Attribute] = (),
        scopes: Iterable[str] = SCOPES,
        per_minute: int = 60,
        imports_at_once: bool = False,
        time_zone: str = "Europe/Paris",
    ) -> None:
        clock, zone = clock or SystemClock(), ZoneInfo(time_zone)
        pages, replays = PageTokens(clock), Replays(clock)
        self.time_zone = time_zone
        self.attributes = {one.name: one for one in attributes}
        self.tokens = Tokens(clock, CLIENT_ID, CLIENT_SECRET)
        self.tokens.plant(REFRESH_TOKEN, scopes)
        self.refused = 0
        self.bucket = Bucket(clock, per_minute, burst=max(1, per_minute // 6))
        self.contacts = Contacts(clock, zone, self.attributes, pages, replays)
        self.imports = Imports(clock, self.contacts, pages, imports_at_once)
        self.hooks = Hooks(clock, zone, WEBHOOK_SECRET)
        self.campaigns = Campaigns(
            clock,
            self.contacts,
            pages,
            Replays(clock),
            self.hooks,
            templates={"welcome": ["code"], "news": []},
            names={"win-back", "birthday"},
        )
        self._lock = threading.RLock()
        self._routes = self._made_routes()

    def respond(self, request: Request) -> Reply:
        """Answer one request as Pelican does."""
        with self._lock:
            self.imports.advance()
            if (request.method, request.path) == ("POST", "/oauth/token"):
                return self._token(request)
            scopes = self.tokens.scopes(request.headers.get("authorization", ""))
            if scopes is None:
                error = {"code": "invalid_token", "message": "the access token has ended"}
                challenge = {"WWW-Authenticate": 'Bearer error="invalid_token"'}
                return _reply(401, {"error": error}, challenge)
            wait = self.bucket.take()
            limits = self.bucket.headers()
            if wait:
                self.refused += 1
                error = {"code": "rate_limited", "message": "too many requests"}
                return _reply(429, {"error": error}, {**limits, "Retry-After": str(wait)})
            try:
                status, body, *more = self._answer(request, scopes)
            except RefusalError as refusal:
                return _reply(refusal.status, {"error": refusal.told()}, limits)
            return _reply(status, body, {**limits, **(more[0] if more else {})})

    def put(self, external_id: str, *, at: datetime | None = None, **given: Any) -> Contact:
        """Create or change a contact on Pelican's side, also as of an earlier time."""
        with self._lock:
            return self.contacts.put({"external_id": external_id, **given}, at)[0]

    def unsubscribe(self, external_id: str) -> None:
        """A contact unsubscribes, by a link in a message."""
        with self._lock:
            contact = self.contacts.get(external_id)
            assert contact is not None, external_id
            self.contacts.unsubscribe(contact)
            self.hooks.note("contact.unsubscribed", {"contact": contact.told()})

    def told(self) -> list[dict[str, Any]]:
        """Every contact as a lookup tells it, by external id."""
        with self._lock:
            self.imports.advance()
            return sorted(
                (one.told() for one in self.contacts), key=lambda one: str(one["external_id"])
            )

    def purchases(self) -> list[dict[str, Any]]:
        """Every purchase as a lookup tells it, by external id."""
        with self._lock:
            self.imports.advance()
            return sorted(
                (one.told() for one in self.imports), key=lambda one: str(one["external_id"])
            )

    def _token(self, request: Request) -> Reply:
        authorization = request.headers.get("authorization", "")
        try:
            return _reply(200, self.tokens.exchange(request.form, authorization), {})
        except DeniedError as denied:
            status = 401 if denied.code == "invalid_client" else 400
            return _reply(status, {"error": denied.code, "error_description": str(denied)}, {})

    def _answer(self, request: Request, scopes: frozenset[str]) -> Answer:
        known = False
        for method, pattern, scope, answer in self._routes:
            found = re.fullmatch(pattern, request.path)
            known = known or found is not None
            if found is None or method != request.method:
                continue
            if scope and scope not in scopes:
                text = f"the app is not authorised for {scope}"
                raise RefusalError(403, "insufficient_scope", text, scope)
            return answer(Call(request, *map(unquote, found.groups())))
        if known:
            raise RefusalError(405, "method_not_allowed", f"{request.method} is not possible here")
        raise RefusalError(404, "not_found", f"there is no {request.path}")

    def _made_routes(self) -> Sequence[tuple[str, str, str, Callable[[Call], Answer]]]:
        entries = r"/v1/campaigns/([^/]+)/entries"
        contacts, imports, campaigns = self.contacts, self.imports, self.campaigns
        return (
            ("GET", "/v1/account", "", self._account),
            ("GET", "/v1/contacts", "contacts:read", contacts.listing),
            ("POST", "/v1/contacts:lookup", "contacts:read", contacts.lookup),
            ("POST", "/v1/contacts:batch", "contacts:write", contacts.batch),
            ("POST", "/v1/contacts:delete", "contacts:write", contacts.delete),
            ("GET", "/v1/attributes", "contacts:read", self._attributes),
            ("POST", "/v1/imports", "purchases:write", imports.begin),
            ("GET", "/v1/imports/([^/]+)", "purchases:write", imports.status),
            ("GET", "/v1/imports/([^/]+)/results", "purchases:write", imports.results),
            ("POST", "/v1/purchases:lookup", "purchases:write", imports.lookup),
            ("POST", "/v1/messages", "messages:send", campaigns.message),
            ("POST", entries, "campaigns:write", campaigns.enter),
            ("GET", entries, "campaigns:write", campaigns.entered),
        )

    def _account(self, call: Call) -> Answer:
        scopes = self.tokens.scopes(call.request.headers["authorization"]) or frozenset()
        told = {"id": 77, "name": "Sandbox", "time_zone": self.time_zone}
        return 200, {
            **told,
            "scopes": sorted(scopes),
            "requests_per_minute": self.bucket.per_minute,
        }

    def _attributes(self, _: Call) -> Answer:
        return 200, {"attributes": [one.told() for one in self.attributes.values()]}


def _reply(status: int, body: Mapping[str, Any], headers: Mapping[str, str]) -> Reply:
    text = json.dumps(body, separators=(",", ":"))
    return Reply(status, text.encode(), {**_JSON, **headers})
