"""The depot itself: a system that is played, with a feed of records and tables of rows."""

import json
import threading
from typing import Any

from crosstie.sandbox import Reply, Request


class Depot:
    """Records in the order of their last change; rows by id. Thread-safe.

    `refuse` maps an e-mail to the reason why its row is refused; `moves` are ids that the next
    write replaces by others.
    """

    def __init__(self) -> None:
        self.streams: dict[str, dict[str, dict[str, Any]]] = {"customers": {}, "orders": {}}
        self.rows: dict[str, dict[str, dict[str, Any]]] = {
            "people": {},
            "sales": {},
            "raw": {},
            "households": {},
        }
        self.refuse: dict[str, str] = {}
        self.moves: dict[str, str] = {}
        self.writes = 0
        self._seq = 0
        self._made = 0
        self._lock = threading.Lock()

    def put(self, stream: str, key: str, *, feed: bool = True, **fields: Any) -> None:
        """Add or change a record; without `feed` the change does not show in the feed."""
        with self._lock:
            old = self.streams[stream].pop(key, None)
            if feed or old is None:
                self._seq += 1
            seq = self._seq if feed or old is None else old["seq"]
            self.streams[stream][key] = {
                "key": key,
                "seq": seq,
                "fields": fields,
                "deleted": fields.pop("deleted", False),
            }

    def drop(self, stream: str, key: str) -> None:
        """Delete a record without a trace."""
        with self._lock:
            del self.streams[stream][key]

    def respond(self, request: Request) -> Reply:
        with self._lock:
            answer = self._answer(request)
        return Reply(200, json.dumps(answer).encode(), {"Content-Type": "application/json"})

    def _answer(self, request: Request) -> Any:
        _, first, *rest = request.path.split("/")
        if first in self.streams:
            return self._records(self.streams[first], request.query)
        if first == "find":
            table = self.rows[request.query["table"]]
            return [self._matches(table, key) for key in json.loads(request.query["keys"])]
        if first == "show":
            table = self.rows[request.query["table"]]
            return [table.get(one) for one in request.query["ids"].split(",")]
        body = json.loads(request.body)
        table = self.rows[rest[0]]
        if first == "delete":
            for one in body:
                table.pop(one, None)
            return []
        return [self._write(table, one["id"], one["row"]) for one in body]

    def _records(self, records: dict[str, Any], query: Any) -> list[Any]:
        if "keys" in query:
            return [records[key] for key in query["keys"].split(",") if key in records]
        later = [one for one in records.values() if one["seq"] > int(query["after"])]
        return sorted(later, key=lambda one: one["seq"])[: int(query["limit"])]

    def _matches(self, table: dict[str, Any], key: dict[str, Any]) -> list[str]:
        return [
            one
            for one, row in table.items()
            if all(str(row.get(name)).lower() == str(value).lower() for name, value in key.items())
        ]

    def _write(self, table: dict[str, Any], one: str | None, row: dict[str, Any]) -> Any:
        self.writes += 1
        if reason := self.refuse.get(str(row.get("email"))):
            return {"why": reason}
        if one is not None and one not in table:
            return {"why": "gone"}
        if one is None:
            self._made += 1
            one = f"r{self._made}"
            table[one] = {}
        table[one].update(row)
        moved, self.moves = self.moves, {}
        return {"id": one, "moved": moved}
