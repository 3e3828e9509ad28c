"""What one would write instead of automations, on the same HTTP server::

    python -m benchmarks.listening script SECRET SOCKET FOLDER     # handlers in a dict
    python -m benchmarks.listening polling SECRET SOCKET FOLDER    # a table that is looked at

Both check signatures. The script calls the handler before it answers, and keeps nothing: what it
has not done when it is killed is lost. The polling one keeps events in SQLite, and looks for them
every second.
"""

import hmac
import json
import socket
import sqlite3
import sys
import threading
import time
from base64 import b64decode, b64encode
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

LOOK = 1.0
Take = Callable[[str, str], None]
"""Takes an event in: its id, and its JSON."""


def main(way: str, secret: str, path: str, folder: str) -> None:
    """Listen until killed."""
    bell = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)

    def ring(data: Mapping[str, Any]) -> None:
        bell.sendto(data["mark"].encode(), path)

    handlers = {"rang": ring}

    def handle(text: str) -> None:
        event = json.loads(text)
        handlers[event["type"]](event["data"])

    take = polling(Path(folder) / "events.db", handle) if way == "polling" else script(handle)
    key = b64decode(secret.removeprefix("whsec_"))

    def receive(mark: str, timestamp: str, signature: str, body: bytes) -> bool:
        signed = b".".join([mark.encode(), timestamp.encode(), body])
        good = f"v1,{b64encode(hmac.digest(key, signed, 'sha256')).decode()}"
        if not hmac.compare_digest(good, signature):
            return False
        take(mark, body.decode())
        return True

    serve(receive)


def serve(receive: Callable[[str, str, str, bytes], bool]) -> None:
    """Answer with 202 what is received."""

    async def post(asked: Request) -> Response:
        names = ("webhook-id", "webhook-timestamp", "webhook-signature")
        mark, timestamp, signature = (asked.headers[name] for name in names)
        is_good = receive(mark, timestamp, signature, await asked.body())
        return JSONResponse({}, 202 if is_good else 400)

    app = Starlette(routes=[Route("/events/forms", post, methods=["POST"])])
    listening = socket.create_server(("127.0.0.1", 0))
    listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    print(f"listening on http://127.0.0.1:{listening.getsockname()[1]}", flush=True)
    server = uvicorn.Server(uvicorn.Config(app, http="h11", lifespan="off", log_config=None))
    server.run([listening])


def script(handle: Callable[[str], None]) -> Take:
    """Handle events as they come."""
    return lambda _, text: handle(text)


def polling(file: Path, handle: Callable[[str], None]) -> Take:
    """Keep events, and handle on a thread of its own what is found every second."""
    table = sqlite3.connect(file, isolation_level=None, check_same_thread=False)
    table.execute("PRAGMA journal_mode = WAL")
    table.execute("CREATE TABLE events (id TEXT PRIMARY KEY, text TEXT, done INTEGER)")
    table.execute("CREATE INDEX new ON events (id) WHERE done = 0")

    def look() -> None:
        own = sqlite3.connect(file, isolation_level=None)
        while True:
            for mark, text in own.execute("SELECT id, text FROM events WHERE done = 0").fetchall():
                handle(text)
                own.execute("UPDATE events SET done = 1 WHERE id = ?", (mark,))
            time.sleep(LOOK)

    threading.Thread(target=look, daemon=True).start()
    return lambda mark, text: _keep(table, mark, text)


def _keep(table: sqlite3.Connection, mark: str, text: str) -> None:
    table.execute("INSERT OR IGNORE INTO events VALUES (?, ?, 0)", (mark, text))


if __name__ == "__main__":
    main(*sys.argv[1:])
