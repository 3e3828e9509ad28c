"""What slow, broken and hostile clients come to."""

import json
import socket
import time
from collections.abc import Callable
from contextlib import suppress

from .conftest import Front

BODY = json.dumps({"type": "goal_reached", "data": {"id": 1}}).encode()
HEAD = b"POST /events/forms HTTP/1.1\r\nHost: here\r\n"
NO_REQUESTS = (
    b"GARBAGE\r\n\r\n",
    b"GET /health HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
    b"GET /health HTTP/1.1\r\nHost: here\r\nX: a\0b\r\n\r\n",
    HEAD + b"Content-Length: -1\r\n\r\n",
    HEAD + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\n",
    HEAD + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n",
    HEAD + b"X: " + b"y" * 200_000 + b"\r\n\r\n",
    HEAD + b"Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
)
HOSTILE = (
    b"webhook-id: m\xff\r\nwebhook-timestamp: \xb2\r\nwebhook-signature: v1,\xe9\r\n",
    b"webhook-signature: " + b"v1,x " * 2000 + b"\r\n",
    b"webhook-timestamp: " + b"9" * 5000 + b"\r\n",
    b"webhook-id: a\r\nwebhook-id: b\r\n" * 20,
    b"Content-Type: text/html\r\nX-Forwarded-For: ' OR 1=1\r\nUpgrade: websocket\r\n",
)


def connected(site: Front) -> socket.socket:
    return socket.create_connection(site.host, timeout=30)


def said(connection: socket.socket) -> bytes:
    """All that comes until the server hangs up."""
    told = b""
    while part := connection.recv(65536):
        told += part
    return told


def test_a_slow_client_is_ended_and_blocks_nobody(front: Callable[..., Front]) -> None:
    site = front('timeout = "500ms"')
    with connected(site) as slow, connected(site) as silent:
        slow.sendall(site.written(BODY)[:-5])
        silent.sendall(HEAD)
        assert 202 == site.post(BODY, "msg_2").status_code
        assert b"HTTP/1.1 408 Request Timeout" in said(slow)
        assert b"" == said(silent)
    assert ["msg_2"] == [event.version for event in site.kept()]


def test_who_sends_bit_by_bit_is_ended_as_well(front: Callable[..., Front]) -> None:
    site = front('timeout = "500ms"')
    with connected(site) as slow:
        slow.sendall(b"GET /health HTTP/1.1\r\n")
        began = time.monotonic()
        try:
            while time.monotonic() - began < 20:
                slow.sendall(b"X: y\r\n")
                time.sleep(0.05)
        except ConnectionError:
            pass
        assert time.monotonic() - began < 20


def test_a_second_request_has_its_own_time(front: Callable[..., Front]) -> None:
    site = front('timeout = "900ms"')
    with connected(site) as patient:
        for _ in range(3):
            patient.sendall(b"GET /health HTTP/1.1\r\nHost: here\r\n\r\n")
            answer = b""
            while not answer.endswith(b'{"status":"ok"}'):
                answer += patient.recv(65536)
            time.sleep(0.6)
        patient.sendall(b"GET /health HTTP/1.1\r\n")
        assert b"" == said(patient)


def test_a_body_that_ends_early_tells_nothing(front: Callable[..., Front]) -> None:
    site = front()
    with connected(site) as broken:
        broken.sendall(site.written(BODY)[:-1])
    assert 202 == site.post(BODY, "msg_2").status_code
    assert ["msg_2"] == [event.version for event in site.kept()]


def test_what_is_no_request_is_refused(front: Callable[..., Front]) -> None:
    site = front()
    for written in NO_REQUESTS:
        answer = b""
        with connected(site) as hostile, suppress(ConnectionError):  # cut off before it is heard
            hostile.sendall(written)
            answer = said(hostile)
        assert b"HTTP/1.1 2" not in answer, written
    assert 202 == site.post(BODY).status_code


def test_hostile_headers_do_no_harm(front: Callable[..., Front]) -> None:
    site = front()
    for headers in HOSTILE:
        with connected(site) as hostile:
            hostile.sendall(HEAD + headers + b"Content-Length: 2\r\n\r\n{}")
            answer = said(hostile)
        assert answer.startswith(b"HTTP/1.1 400 Bad Request"), headers
        assert answer.endswith(b'{"error":"the message is not signed as it should be"}')


def test_nothing_is_told_of_the_server_and_browsers_are_warned(front: Callable[..., Front]) -> None:
    site = front()
    for answer in (site.client.get("/health"), site.client.get("/"), site.post(BODY)):
        told = answer.headers
        assert "server" not in told
        assert ("nosniff", "no-store") == (told["x-content-type-options"], told["cache-control"])
        assert "default-src 'none'; frame-ancestors 'none'" == told["content-security-policy"]
