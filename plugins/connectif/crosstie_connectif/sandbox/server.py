"""Connectif at its address: who may ask for what, how often, and how answers look."""

import json
import re
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal
from email.utils import format_datetime
from typing import Any
from urllib.parse import unquote

from crosstie import Clock, Request, SystemClock
from crosstie.sandbox import Reply
from crosstie_connectif.sandbox.limits import Window
from crosstie_connectif.sandbox.refusals import RefusalError
from crosstie_connectif.sandbox.store import Store

KEY_ID = "5f3a9c0e7b21"
KEY_SECRET = "sandbox-key-secret"  # noqa: S105 (of the sandbox)
PER_MINUTE = 100

SCOPES = (
    "Read Contacts", "Write Contacts", "Read Products", "Write Products", "Read Purchases",
    "Write Purchases",
)  # fmt: skip
_JSON = {"Content-Type": "application/json; charset=utf-8"}
_HTML = {"Content-Type": "text/html; charset=utf-8"}

EDGE_IS_DOWN = Reply(
    502, b"<html><head><title>502 Bad Gateway</title></head><body></body></html>", _HTML
)
"""What the gateway says when Connectif behind it does not answer."""

Answer = tuple[int, Mapping[str, Any]]
Route = tuple[str, str, str, Callable[[Request, str], Answer]]


class ConnectifSandbox:
    """A store in Connectif to talk to; see `crosstie.sandbox` for serving it.

    `store` holds what is there, open for looking in and for what happens on Connectif's side.
    `per_minute` and `scopes` may be changed while it runs; `refused` counts requests beyond the
    limit.
    """

    def __init__(
        self,
        clock: Clock | None = None,
        *,
        key_id: str = KEY_ID,
        key_secret: str = KEY_SECRET,
        scopes: Iterable[str] = SCOPES,
        per_minute: int = PER_MINUTE,
        domains: Iterable[str] = (),
        custom_fields: Iterable[str] = (),
    ) -> None:
        self._clock = clock or SystemClock()
        self.store = Store(self._clock, tuple(domains), frozenset(custom_fields))
        self.scopes = set(scopes)
        self.refused = 0
        self._expected = f"apiKey {key_id}:{key_secret}"
        self._window = Window(self._clock, per_minute)
        self._lock = threading.RLock()
        self._routes = self._made_routes()

    @property
    def per_minute(self) -> int:
        """How many requests are answered in a minute."""
        return self._window.limit

    @per_minute.setter
    def per_minute(self, limit: int) -> None:
        self._window.limit = limit

    def respond(self, request: Request) -> Reply:
        """Answer one request as Connectif does."""
        with self._lock:
            date = {"Date": format_datetime(self._clock.now(), usegmt=True)}
            if request.headers.get("authorization") != self._expected:
                return _reply(RefusalError(401, "Not authorized to access API.").told(), date)
            allowed = self._window.take()
            headers = {**date, **self._window.headers()}
            if not allowed:
                self.refused += 1
                return _reply(RefusalError(429, "Requests rate limit reached.").told(), headers)
            try:
                status, body = self._answer(request)
            except RefusalError as refusal:
                return _reply(refusal.told(), headers)
            return _reply(body, headers, status)

    def told(self, what: str) -> dict[str, dict[str, Any]]:
        """The contacts, products or purchases as they are now, by the key that a table has."""
        with self._lock:
            rows: dict[str, dict[str, Any]] = getattr(self.store, what)
            return {row.get("_email", key): dict(row) for key, row in rows.items()}

    def _answer(self, request: Request) -> Answer:
        for method, pattern, scope, answer in self._routes:
            found = re.fullmatch(pattern, request.path)
            if found is None or method != request.method:
                continue
            if scope not in self.scopes:
                raise RefusalError(403, f"Permission {scope} not granted to the API Key.")
            return answer(request, unquote(found[1]) if found.groups() else "")
        raise RefusalError(404, f"Cannot {request.method} {request.path}")

    def _made_routes(self) -> Sequence[Route]:
        store = self.store
        by_email, by_product = "/contacts(?:/email)?/([^/]+)", "/products/product-id/([^/]+)"

        def get(read: Callable[[str], Mapping[str, Any]]) -> Callable[[Request, str], Answer]:
            return lambda _, name: (200, read(name))

        def patch(
            write: Callable[[str, Mapping[str, Any]], Mapping[str, Any]],
        ) -> Callable[[Request, str], Answer]:
            return lambda request, name: (200, write(name, _body(request)))

        return (
            ("GET", by_email, "Read Contacts", get(store.contact)),
            ("PATCH", by_email, "Write Contacts", patch(store.patch_contact)),
            ("GET", by_product, "Read Products", get(store.product)),
            ("PATCH", by_product, "Write Products", patch(store.patch_product)),
            ("GET", "/purchases/purchase-id/([^/]+)", "Read Purchases", get(store.purchase)),
            ("GET", "/purchases/([^/]+)", "Read Purchases", get(store.purchase_by_id)),
            ("POST", "/purchases/?", "Write Purchases", self._buy),
        )

    def _buy(self, request: Request, _: str) -> Answer:
        trigger = request.query.get("triggerPurchaseEvent", "true")
        if trigger not in {"true", "false"}:
            raise RefusalError(400, "triggerPurchaseEvent must be boolean.")
        return 201, self.store.buy(_body(request), trigger=trigger == "true")


def _body(request: Request) -> dict[str, Any]:
    """The JSON object that was sent, its numbers exactly as they were written."""
    if "json" not in request.headers.get("content-type", ""):
        raise RefusalError(400, "Content-Type must be application/json.")
    try:
        body = json.loads(request.body, parse_float=Decimal)
    except ValueError:
        body = None
    if not isinstance(body, dict):
        raise RefusalError(400, "The request body is not valid JSON.")
    return body


def _reply(body: Mapping[str, Any], headers: Mapping[str, str], status: int | None = None) -> Reply:
    text = json.dumps(body, default=_number, separators=(",", ":"))
    return Reply(status or int(body["status"]), text.encode(), {**_JSON, **headers})


def _number(value: Any) -> float:
    assert isinstance(value, Decimal), value
    return float(value)
