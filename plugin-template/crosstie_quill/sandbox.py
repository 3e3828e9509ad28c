"""Quill, played: a small server that keeps subscribers, with the habits of the real one.

::

    quill = QuillSandbox()
    quill.add("ada@example.com", first_name="Ada")
    with serve(quill) as server:
        ...                                   # a connector with url=server.url, token=quill.token

Make it as odd as your system is: its habits are what a connector must withstand. These are Quill's:

- ids are numbers, e-mails are kept in small letters, nothing is None, unknown texts are empty;
- two subscribers may have the same e-mail, since they also sign up through a form;
- time stamps end at the second, so several changes share one;
- whoever is removed stays in the list of changes, as a number and a time stamp;
- a batch is not atomic: each of its rows is written or refused by itself.

Nothing is imported from the connector, so that no mistake is made on both sides.
"""

import json
import re
import threading
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

import attrs
from crosstie import Clock, SystemClock
from crosstie.sandbox import Reply, Request

TOKEN = "quill-sandbox-token"  # noqa: S105 (it opens nothing but this sandbox)
EMAIL = re.compile(r"[^@\s,]+@[^@\s,]+")
TEXTS = ("email", "first_name", "last_name", "language")
FIELDS: Mapping[str, type] = {**dict.fromkeys(TEXTS, str), "subscribed": bool}
PAGE, BATCH, LONGEST_ADDRESS = 100, 50, 8000
READERS = (("Ada", "Lovelace"), ("Łukasz", "Żółć"), ("محمد", "علي"), ("Zoë", "O'Neill"), ("明", ""))


@attrs.define
class QuillSandbox:
    """One account; `subscribers` by id and the `letters` sent are there to look at.

    `rights` are those of the token, `clock` says when something is changed.
    """

    clock: Clock = attrs.field(factory=SystemClock)
    token: str = TOKEN
    rights: tuple[str, ...] = ("read", "write", "send")
    subscribers: dict[int, dict[str, Any]] = attrs.field(factory=dict)
    letters: list[Mapping[str, str]] = attrs.field(factory=list)
    _answers: dict[str, Reply] = attrs.field(factory=dict)
    _lock: threading.RLock = attrs.field(factory=threading.RLock)

    def add(self, email: str, *, at: datetime | None = None, **fields: Any) -> int:
        """Sign somebody up, as of now or of `at`; returns the id."""
        with self._lock:
            number = len(self.subscribers) + 1
            changed = _stamp(at or self.clock.now())
            known = {"first_name": "", "last_name": "", "language": "", "subscribed": True}
            own = {"id": number, "email": email.lower(), "created": changed, "changed": changed}
            self.subscribers[number] = {**known, **fields, **own}
            return number

    def change(self, number: int, *, at: datetime | None = None, **fields: Any) -> None:
        """Change some fields, as of now or of `at`."""
        with self._lock:
            changed = _stamp(at or self.clock.now())
            if "email" in fields:
                fields["email"] = fields["email"].lower()
            self.subscribers[number] |= {**fields, "changed": changed}

    def remove(self, number: int, *, at: datetime | None = None) -> None:
        """Forget somebody, all but the number."""
        with self._lock:
            changed = _stamp(at or self.clock.now())
            self.subscribers[number] = {"id": number, "changed": changed, "deleted": True}

    def fill(self, count: int) -> None:
        """Sign up so many people with made-up names."""
        for number in range(count):
            first, last = READERS[number % len(READERS)]
            self.add(f"reader{number + 1}@example.com", first_name=first, last_name=last)

    def respond(self, request: Request) -> Reply:
        """See `crosstie.sandbox.Sandbox`."""
        if request.headers.get("authorization") != f"Bearer {self.token}":
            return _refused(401, "unknown token")
        if len(request.target) > LONGEST_ADDRESS:
            return _refused(414, "the address is too long")
        answers: dict[tuple[str, str], tuple[str, Callable[[Request], Reply]]] = {
            ("GET", "/v1/account"): ("", self._account),
            ("GET", "/v1/subscribers"): ("read", self._list),
            ("POST", "/v1/subscribers/batch"): ("write", self._write),
            ("POST", "/v1/letters"): ("send", self._send),
        }
        right, answer = answers.get((request.method, request.path), ("", _unknown))
        if right and right not in self.rights:
            return _refused(403, f"this token may not {right}")
        with self._lock:
            return answer(request)

    def _account(self, request: Request) -> Reply:
        return _said({"name": "Sandbox", "rights": self.rights})

    def _list(self, request: Request) -> Reply:
        asked = request.query
        rows = sorted(self.subscribers.values(), key=_place)
        for parameter, field in (("ids", "id"), ("emails", "email")):
            if parameter in asked:
                wanted = asked[parameter].split(",")
                alive = [row for row in rows if not row.get("deleted")]
                rows = [row for row in alive if str(row[field]) in wanted]
        since, after = asked.get("changed_since", ""), asked.get("after", "")
        rows = [row for row in rows if row["changed"] >= since and _place(row) > after]
        if until := asked.get("changed_before"):
            rows = [row for row in rows if row["changed"] < until]
        some = rows[: min(int(asked.get("limit", PAGE)), PAGE)]
        following = _place(some[-1]) if len(some) < len(rows) else None
        return _said({"now": _stamp(self.clock.now()), "subscribers": some, "next": following})

    def _write(self, request: Request) -> Reply:
        rows = json.loads(request.body)["subscribers"]
        if len(rows) > BATCH:
            return _refused(422, f"at most {BATCH} subscribers")
        return _said({"results": [self._write_one(row) for row in rows]})

    def _write_one(self, row: dict[str, Any]) -> dict[str, Any]:
        number = row.pop("id", None)
        there = self.subscribers.get(number)
        if number is not None and (there is None or there.get("deleted")):
            return {"error": "not_found", "message": f"there is no subscriber {number}"}
        if unknown := sorted(set(row) - set(FIELDS)):
            return {"error": "unknown_field", "message": f"unknown field {unknown[0]!r}"}
        for field, value in row.items():
            if not isinstance(value, FIELDS[field]):
                return {"error": "invalid_value", "message": f"{field} cannot be {value!r}"}
        email = row.get("email", there and there["email"]) or ""
        if not EMAIL.fullmatch(email):
            return {"error": "invalid_email", "message": f"{email!r} is no e-mail address"}
        if number is None:
            return {"id": self.add(**row)}
        self.change(number, **row)
        return {"id": number}

    def _send(self, request: Request) -> Reply:
        once = request.headers.get("idempotency-key", "")
        if once not in self._answers:
            self._answers[once] = self._send_one(json.loads(request.body))
        return self._answers[once]

    def _send_one(self, letter: Mapping[str, str]) -> Reply:
        emails = {row["email"] for row in self.subscribers.values() if row.get("subscribed")}
        if letter["to"].lower() not in emails:
            return _refused(422, f"{letter['to']!r} is not subscribed")
        self.letters.append(letter)
        return _said({"letter": len(self.letters)})


def _place(row: Mapping[str, Any]) -> str:
    """Where somebody stands in the list."""
    return f"{row['changed']} {row['id']:09}"


def _stamp(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _unknown(request: Request) -> Reply:
    return _refused(404, f"there is no {request.method} {request.path}")


def _refused(status: int, message: str) -> Reply:
    return _said({"message": message}, status)


def _said(answer: Mapping[str, Any], status: int = 200) -> Reply:
    return Reply(status, json.dumps(answer).encode(), {"Content-Type": "application/json"})
