"""A back door for demos and tests in other processes: `/_sandbox/…`, in JSON.

=========================== ==================================================================
``GET state``               how many records and requests there are, the time, the latency
``POST deed``               ``{"name": "refund", "arguments": {"order": 5}}``: see `deeds`
``POST latency``            ``{"seconds": 0.05}``
``POST fault``              a `crosstie.sandbox.Fault` for a ``method`` and the start of a ``path``
``POST grant``, ``deny``    ``{"resource": "orders", "methods": ["GET"], "key": "…"}``
``POST key``                another key: ``{"text": "…", "rights": {"orders": ["GET"]}}``
``POST switch``             ``{"on": false}``: the webservice as a whole
=========================== ==================================================================
"""

import json
from collections.abc import Callable
from typing import Any

from crosstie.sandbox import Reply, Request, Server
from crosstie_prestashop.sandbox.deeds import DEEDS
from crosstie_prestashop.sandbox.keys import ALL
from crosstie_prestashop.sandbox.webservice import PrestaShopSandbox

PREFIX = "/_sandbox/"
Asked = dict[str, Any]


class Control:
    """A sandbox with a back door; `server` is set by whoever serves it."""

    server: Server

    def __init__(self, sandbox: PrestaShopSandbox) -> None:
        self.sandbox = sandbox
        self._posts: dict[str, Callable[[Asked], Any]] = {
            "deed": self._deed,
            "latency": self._latency,
            "fault": self._fault,
            "grant": lambda asked: self._key(asked).grant(asked["resource"], _methods(asked)),
            "deny": lambda asked: self._key(asked).deny(asked["resource"], _methods(asked)),
            "key": lambda asked: self.sandbox.add_key(asked["text"], asked["rights"]).text,
            "switch": self._switch,
        }

    def respond(self, request: Request) -> Reply:
        """Answer one request; all but the back door's go to the sandbox."""
        if not request.path.startswith(PREFIX):
            return self.sandbox.respond(request)
        name = request.path.removeprefix(PREFIX)
        if request.method == "GET" and name == "state":
            return _reply(200, self._state())
        act = self._posts.get(name)
        if request.method != "POST" or act is None:
            return _reply(404, {"error": f"there is no {request.method} {name}"})
        try:
            return _reply(200, {"result": act(json.loads(request.body or b"{}"))})
        except (KeyError, TypeError, ValueError, IndexError) as error:
            return _reply(400, {"error": f"{type(error).__name__}: {error}"})

    def _state(self) -> dict[str, Any]:
        shop = self.sandbox.shop
        with shop.lock:
            counts = {name: len(table) for name, table in shop.tables.items()}
        requests = {
            f"{method} {path}": count
            for (method, path), count in self.server.requests.copy().items()
            if not path.startswith(PREFIX)
        }
        return {
            "now": shop.now(),
            "counts": counts,
            "requests": requests,
            "latency": self.server.latency,
            "faults": sum(fault.times for fault in self.server.faults),
        }

    def _deed(self, asked: Asked) -> Any:
        deed = DEEDS[asked["name"]]
        return deed(self.sandbox.shop, **asked.get("arguments", {}))

    def _latency(self, asked: Asked) -> None:
        self.server.latency = float(asked["seconds"])

    def _fault(self, asked: Asked) -> None:
        options = dict(asked)
        method, path = options.pop("method", None), options.pop("path", "/")
        status, body = int(options.pop("status", 500)), options.pop("body", "").encode()
        self.server.fail(
            options.pop("kind"),
            matches=lambda one: one.path.startswith(path) and method in {None, one.method},
            reply=Reply(status, body),
            **options,
        )

    def _key(self, asked: Asked) -> Any:
        return self.sandbox.keys[asked.get("key", self.sandbox.key.text)]

    def _switch(self, asked: Asked) -> None:
        self.sandbox.switched_on = bool(asked["on"])


def _methods(asked: Asked) -> list[str]:
    return list(asked.get("methods", ALL))


def _reply(status: int, value: Any) -> Reply:
    return Reply(status, json.dumps(value).encode(), {"Content-Type": "application/json"})
