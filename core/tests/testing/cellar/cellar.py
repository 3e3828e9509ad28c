"""The cellar, a made-up system that keeps bottles: JSON over HTTP, with a session and batches.

``POST /session`` gives a token that all other requests carry. ``GET /bottles?label=…`` searches
without regard to case, at most 20 labels in a URL. ``POST /bottles`` takes up to 10 rows, new or
with an id, and answers for each. ``PUT /bottles/ID`` replaces a row, ``DELETE`` takes it away.
"""

import json
import threading
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from crosstie.sandbox import Reply, Request

KEY = "cellar-key-1"
BATCH = 10
LABELS = 20


class Cellar:
    """Bottles by id. `unique` refuses a second one with the same label."""

    def __init__(self, *, unique: bool = False) -> None:
        self.bottles: dict[str, dict[str, Any]] = {}
        self.unique = unique
        self.tokens: list[str] = []
        self._made = 0
        self._lock = threading.Lock()

    def respond(self, request: Request) -> Reply:
        with self._lock:
            status, answer = self._answer(request)
        return Reply(status, json.dumps(answer).encode(), {"Content-Type": "application/json"})

    def _answer(self, request: Request) -> tuple[int, Any]:
        if request.path == "/session":
            return self._open(json.loads(request.body))
        if request.headers.get("x-auth-token") not in self.tokens:
            return 401, {"error": "no session"}
        one = request.path.removeprefix("/bottles").strip("/")
        if request.method == "GET":
            return self._search(request)
        if request.method == "POST":
            return self._keep_all(json.loads(request.body))
        if one not in self.bottles:
            return 404, {"error": "no such bottle"}
        if request.method == "PUT":
            self.bottles[one] = json.loads(request.body)
        else:
            del self.bottles[one]
        return 200, {"id": one}

    def _keep_all(self, rows: list[dict[str, Any]]) -> tuple[int, Any]:
        if len(rows) > BATCH:
            return 413, {"error": f"at most {BATCH} bottles at once"}
        return 200, {"results": [self._keep(row) for row in rows]}

    def _open(self, given: Any) -> tuple[int, Any]:
        if given != {"key": KEY}:
            return 401, {"error": "wrong key"}
        self.tokens.append(f"session-{len(self.tokens):08}")
        return 201, {"token": self.tokens[-1]}

    def _search(self, request: Request) -> tuple[int, Any]:
        asked = parse_qsl(urlsplit(request.target).query, keep_blank_values=True)
        name = asked[0][0]
        wanted = [text.strip().casefold() for _, text in asked]
        if len(wanted) > LABELS:
            return 414, {"error": f"at most {LABELS} in one URL"}
        found = [
            {"id": one, **row}
            for one, row in self.bottles.items()
            if (one if name == "id" else _fold(row.get("label"))) in wanted
            or (name == "like" and any(text in _fold(row.get("label")) for text in wanted))
        ]
        return 200, {"bottles": found}

    def _keep(self, row: dict[str, Any]) -> dict[str, Any]:
        one = row.pop("id", None)
        if one is not None and one not in self.bottles:
            return {"error": "no such bottle", "code": 404}
        if "corked" in str(row.get("label")):
            return {"error": "the bottle is corked", "code": 422}
        taken = {_fold(bottle.get("label")) for bottle in self.bottles.values()}
        if one is None and self.unique and _fold(row.get("label")) in taken:
            return {"error": "the label is taken", "code": 409}
        if one is None:
            self._made += 1
            one = str(1000 - self._made)
            self.bottles[one] = {}
        self.bottles[one].update(row)
        return {"id": one}


def _fold(text: Any) -> str:
    return str(text).strip().casefold()
