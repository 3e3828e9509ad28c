"""Looking into a running sandbox, and disturbing it, from another process.

Everything is JSON under ``/_sandbox/``; nothing of it is part of vtiger::

    GET  counts                          {"Contacts": 3, …}
    GET  records?module=Contacts         [{…}, …], orders with their LineItems
    GET  content                         {"Contacts": [{…}, …], …}, comparable between CRMs
    GET  operations                      {"create": 12, …}, how often each was asked for
    POST seed      {"module", "element"}      create a record; {"id": …}
    POST expire                               let all sessions vanish
    POST latency   {"seconds"}                work that long on each request from now on
    POST faults    {"kind", "operation", "module", "skip", "times", "seconds", "status"}
                                              spoil answers, see `crosstie.sandbox.Fault`
"""

import json
from collections.abc import Callable, Mapping
from typing import Any, get_args, get_type_hints

from crosstie.sandbox import Fault, Reply, Request, Server
from crosstie_vtiger.sandbox.faults import operation
from crosstie_vtiger.sandbox.server import VtigerSandbox

_ROOT = "/_sandbox/"
_FAULTS = get_args(get_type_hints(Fault)["kind"])


class Control:
    """A sandbox with a back door; `server` is the one that serves it, for its faults."""

    def __init__(self, sandbox: VtigerSandbox) -> None:
        self.sandbox = sandbox
        self.server: Server | None = None
        self._doors: Mapping[tuple[str, str], Callable[[Mapping[str, Any]], Any]] = {
            ("GET", "counts"): self._counts,
            ("GET", "records"): lambda asked: sandbox.records(str(asked["module"])),
            ("GET", "content"): lambda _: sandbox.content(),
            ("GET", "operations"): lambda _: dict(sandbox.operations),
            ("POST", "seed"): self._seed,
            ("POST", "expire"): lambda _: sandbox.expire_sessions(),
            ("POST", "latency"): self._latency,
            ("POST", "faults"): self._fault,
        }

    def respond(self, request: Request) -> Reply:
        """Answer a request to the back door, and leave the others to the sandbox."""
        if not request.path.startswith(_ROOT):
            return self.sandbox.respond(request)
        door = self._doors.get((request.method, request.path.removeprefix(_ROOT)))
        if door is None:
            return _json(404, {"error": f"there is no {request.method} {request.path}"})
        try:
            asked = json.loads(request.body or b"{}") if request.method == "POST" else request.query
            return _json(200, door(asked))
        except (KeyError, TypeError, ValueError) as error:
            return _json(400, {"error": f"{type(error).__name__}: {error}"})

    def _counts(self, _: Mapping[str, Any]) -> dict[str, int]:
        counts = {name: self.sandbox.count(name) for name in self.sandbox.crm.modules}
        return {name: count for name, count in counts.items() if count}

    def _seed(self, asked: Mapping[str, Any]) -> dict[str, str]:
        return {"id": self.sandbox.seed(str(asked["module"]), asked["element"])}

    def _latency(self, asked: Mapping[str, Any]) -> None:
        self.sandbox.latency = float(asked["seconds"])

    def _fault(self, asked: Mapping[str, Any]) -> None:
        if self.server is None or asked["kind"] not in _FAULTS:
            raise ValueError(f"kind is one of {', '.join(_FAULTS)}")
        self.server.fail(
            asked["kind"],
            matches=operation(str(asked["operation"]), module=asked.get("module")),
            skip=int(asked.get("skip", 0)),
            times=int(asked.get("times", 1)),
            seconds=float(asked.get("seconds", 0.0)),
            reply=Reply(int(asked.get("status", 500))),
        )


def _json(status: int, answer: Any) -> Reply:
    return Reply(status, json.dumps(answer).encode(), {"Content-Type": "application/json"})
