"""Looking into a running sandbox, and disturbing it, from another process.

Everything is JSON under ``/_sandbox/``; nothing of it is part of Connectif::

    GET  counts                 {"contacts": 3, "products": 2, "purchases": 5, "events": 0, …}
    GET  contacts               {"ada@example.com": {…}, …}, also products and purchases, by key
    GET  events                 ["1042", …], the purchases that started workflows
    POST faults    {"kind", "method", "path", "skip", "times", "seconds", "status"}
                                spoil answers, see `crosstie.sandbox.Fault`; `path` is its beginning
"""

import json
from collections.abc import Mapping
from typing import Any, get_args, get_type_hints

from crosstie.sandbox import Fault, Reply, Request, Server
from crosstie_connectif.sandbox.server import ConnectifSandbox

ROOT = "/_sandbox/"
ROWS = ("contacts", "products", "purchases")
FAULTS = get_args(get_type_hints(Fault)["kind"])


class Control:
    """A sandbox with a back door; `server` is the one that serves it, for its faults."""

    def __init__(self, sandbox: ConnectifSandbox) -> None:
        self.sandbox = sandbox
        self.server: Server | None = None

    def respond(self, request: Request) -> Reply:
        """Answer a request to the back door, and leave the others to the sandbox."""
        if not request.path.startswith(ROOT):
            return self.sandbox.respond(request)
        door = request.path.removeprefix(ROOT)
        try:
            if (request.method, door) == ("POST", "faults"):
                self._fault(json.loads(request.body))
                return _json(200, None)
            if request.method == "GET" and door in {*ROWS, "counts", "events"}:
                return _json(200, self._told(door))
        except (KeyError, TypeError, ValueError) as error:
            return _json(400, {"error": f"{type(error).__name__}: {error}"})
        return _json(404, {"error": f"there is no {request.method} {request.path}"})

    def _told(self, door: str) -> Any:
        if door == "events":
            return list(self.sandbox.store.events)
        if door != "counts":
            return self.sandbox.told(door)
        counts = {name: len(self.sandbox.told(name)) for name in ROWS}
        return {
            **counts,
            "events": len(self.sandbox.store.events),
            "refused": self.sandbox.refused,
        }

    def _fault(self, asked: Mapping[str, Any]) -> None:
        if self.server is None or asked["kind"] not in FAULTS:
            raise ValueError(f"kind is one of {', '.join(FAULTS)}")
        method, path = str(asked["method"]), str(asked["path"])
        self.server.fail(
            asked["kind"],
            matches=lambda request: request.method == method and request.path.startswith(path),
            skip=int(asked.get("skip", 0)),
            times=int(asked.get("times", 1)),
            seconds=float(asked.get("seconds", 0.0)),
            reply=Reply(int(asked.get("status", 500))),
        )


def _json(status: int, answer: Any) -> Reply:
    body = json.dumps(answer, default=str).encode()
    return Reply(status, body, {"Content-Type": "application/json"})
