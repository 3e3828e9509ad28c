"""A point of sale at ZEROSIX's address: who is let in, and the two calls that are documented.

What is not documented is played in the plainest way, and nothing may rely on it: the status of a
creation (201), the statuses and words of refusals (401 for the key, 403 for the firewall that
looks at the User-Agent, 400 for a contact), and all that follows the card in a member's answer.
"""

import json
import re
import threading
from collections.abc import Mapping
from decimal import Decimal
from typing import Any
from urllib.parse import unquote
from zoneinfo import ZoneInfo

from crosstie import Clock, Request, SystemClock
from crosstie.sandbox import Reply

KEY = "sandbox-zerosix-key"
API = "https://api.zerosix.com"
PROGRAMME = "Programme Etudiant"
PARIS = ZoneInfo("Europe/Paris")
MEMBER = re.compile(r"/members/([^/]+)")
SOFTWARE = re.compile(r"[^\s/]+/\S+.*")

_UNKNOWN: Mapping[str, Any] = {
    "birth_date": None,
    "gender": None,
    "address1": None,
    "address2": None,
    "zipcode": None,
    "city": None,
    "country": "France",
    "email": None,
    "opt_out": False,
    "allow_email": False,
    "allow_pdf": False,
}
"""What a new contact has where nothing is told of it."""


class _RefusalError(Exception):
    def __init__(self, status: int, words: str) -> None:
        super().__init__(words)
        self.status = status


class ZerosixSandbox:
    """A point of sale to talk to; see `crosstie.sandbox` for serving it.

    `contacts` has the contact of each mobile, `points` the balance of each mobile's card, and
    `found` the mobiles that were looked up and found; they are open for looking in, and for what
    happens at the tills.
    """

    def __init__(self, clock: Clock | None = None, *, key: str = KEY) -> None:
        self._clock = clock or SystemClock()
        self._expected = f"Token {key}"
        self._lock = threading.RLock()
        self._cards = 1_000_000
        self.contacts: dict[str, dict[str, Any]] = {}
        self.points: dict[str, Decimal] = {}
        self.found: set[str] = set()

    def enroll(self, mobile: str, **fields: Any) -> dict[str, Any]:
        """Create a contact with a card, as a till does; a mobile is taken once."""
        with self._lock:
            if mobile in self.contacts:
                raise _RefusalError(400, f"a contact with mobile {mobile} exists already")
            self._cards += 1
            names = {name: fields.get(name) for name in ("first_name", "last_name")}
            self.contacts[mobile] = {
                "mobile": mobile,
                **names,
                **{name: fields.get(name, value) for name, value in _UNKNOWN.items()},
                "card": str(self._cards),
                "creation_date": self._clock.now().astimezone(PARIS).isoformat(timespec="seconds"),
            }
            self.points[mobile] = Decimal()
            return self.contacts[mobile]

    def respond(self, request: Request) -> Reply:
        """Answer one request as ZEROSIX does."""
        with self._lock:
            try:
                self._let_in(request)
                if request.method == "GET" and (path := MEMBER.fullmatch(request.path)):
                    return _json(200, self._member(unquote(path[1])))
                if (request.method, request.path) == ("POST", "/contacts/"):
                    return _json(201, self._create(request))
                raise _RefusalError(404, "not found")
            except _RefusalError as refusal:
                return _json(refusal.status, {"detail": str(refusal)})

    def _let_in(self, request: Request) -> None:
        if not SOFTWARE.fullmatch(request.headers.get("user-agent", "")):
            raise _RefusalError(403, "the User-Agent must be Software/Version")
        if request.headers.get("authorization") != self._expected:
            raise _RefusalError(401, "there is no such API key")

    def _member(self, mobile: str) -> dict[str, Any]:
        if mobile not in self.contacts:
            raise _RefusalError(404, "not found")
        self.found.add(mobile)
        contact, points = self.contacts[mobile], self.points[mobile]
        card = self._card(contact)
        owner = f"{(contact['first_name'] or '')[:1]}. {contact['last_name'] or ''}"
        more = {
            "id": contact["card"],
            "creation_date": contact["creation_date"],
            "owner_info": f"{owner} / {PROGRAMME}",
            "dashboard_url": _dashboard(contact),
            "points_balance": f"{points:.2f}",
            "points_total": f"{points:.1f}",
        }
        return {"card_url": card["url"], "card": {**card, **more}}

    def _create(self, request: Request) -> dict[str, Any]:
        if "json" not in request.headers.get("content-type", ""):
            raise _RefusalError(400, "the Content-Type must be application/json")
        try:
            given = json.loads(request.body)
        except ValueError:
            given = None
        if not isinstance(given, dict) or not str(given.get("mobile") or "").strip():
            raise _RefusalError(400, "mobile is required")
        if given.get("create_card") is not True:
            raise _RefusalError(400, "a contact without a card is not documented")
        mobile = str(given.pop("mobile")).strip()
        contact = self.enroll(mobile, **given)
        told = {name: contact[name] for name in ("mobile", "first_name", "last_name", *_UNKNOWN)}
        card = {**self._card(contact), "points_balance": int(self.points[mobile])}
        return {
            "url": card["url"],
            **told,
            "card": card,
            "available_vouchers": [],
            "dashboard_url": _dashboard(contact),
            "custom_fields": [],
        }

    def _card(self, contact: Mapping[str, Any]) -> dict[str, Any]:
        return {"url": f"{API}/cards/{contact['card']}/", "reference": contact["card"]}


def _dashboard(contact: Mapping[str, Any]) -> str:
    return f"https://pro.zerosix.com/sandbox/clients/1#/customer/{contact['card']}"


def _json(status: int, told: Mapping[str, Any]) -> Reply:
    return Reply(status, json.dumps(told).encode(), {"Content-Type": "application/json"})
