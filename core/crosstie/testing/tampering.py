"""What strangers make of a webhook: changed bodies, other signatures, nonsense, odd shapes."""

import json
from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any

import attrs

from crosstie.incoming import Request

MOST = 400
DEEP = 100_000
HUGE = 8 * 1024 * 1024

NONSENSE: Mapping[str, bytes] = {
    "nothing": b"",
    "an opened brace": b"{",
    "no UTF-8": b'{"id": "\xff\xfe"}',
    "null": b"null",
    "a number": b"42",
    "a number of 5000 digits": b"1" * 5000,
    "a text": b'"text"',
    "an empty list": b"[]",
    "a list of numbers": b"[1, 2]",
    "an empty object": b"{}",
    "HTML": b"<html><body>502 Bad Gateway</body></html>",
    "many brackets": b"[" * DEEP + b"]" * DEEP,
    "many braces": b'{"a":' * DEEP + b"1" + b"}" * DEEP,
    "8 MB": b'"' + b"x" * HUGE + b'"',
}
"""Bodies that no system sends, and that break parsers."""


def as_it_comes(request: Request) -> Request:
    """The request as the core hands it over: header names are in lower case."""
    headers = {name.lower(): text for name, text in request.headers.items()}
    return attrs.evolve(request, headers=headers)


def changed_bodies(request: Request, other: Request) -> Iterator[tuple[str, Request]]:
    """The request with another body under the same headers; `other` is a second one's."""
    body = request.body
    yield "with the body of another delivery", attrs.evolve(request, body=other.body)
    yield "with a blank after the body", attrs.evolve(request, body=body + b" ")
    yield "with a blank before the body", attrs.evolve(request, body=b" " + body)
    yield "with half of the body", attrs.evolve(request, body=body[: len(body) // 2])
    yield "with an empty body", attrs.evolve(request, body=b"")
    for place in range(0, len(body), max(1, len(body) // MOST)):
        flipped = body[:place] + bytes([body[place] ^ 1]) + body[place + 1 :]
        yield f"with byte {place} of the body changed", attrs.evolve(request, body=flipped)


def changed_signatures(request: Request, name: str, other: Request) -> dict[str, Request]:
    """The request with another signature, or none; `other` is a second one with its own."""
    text = request.headers[name]
    texts = {
        "an empty signature": "",
        "the signature of another delivery": other.headers[name],
        "half of the signature": text[: len(text) // 2],
        "a signature with a wrong character": _with_wrong_character(text),
        "a signature that is no ASCII": f"{text[:-1]}é",
        "a signature of commas": ",,,=,",
        "a long signature": text * 1000,
    }
    changed = {told: _with_header(request, name, value) for told, value in texts.items()}
    rest = {header: value for header, value in request.headers.items() if header != name}
    return {**changed, "no signature": attrs.evolve(request, headers=rest)}


def _with_header(request: Request, name: str, value: str) -> Request:
    return attrs.evolve(request, headers={**request.headers, name: value})


def _with_wrong_character(text: str) -> str:
    """Another character in the last quarter; the last one may not count in base64."""
    place = len(text) * 3 // 4
    return text[:place] + ("b" if text[place] != "b" else "c") + text[place + 1 :]


def reshaped(body: bytes) -> Iterator[tuple[str, bytes]]:
    """A JSON body with one value after the other taken out or replaced by other kinds."""
    for told, document in islice(_reshaped(json.loads(body), "it"), MOST):
        yield told, json.dumps(document).encode()


def _reshaped(document: Any, name: str) -> Iterator[tuple[str, Any]]:
    for other in (None, True, 12, 1.5, "", "a text", [], ["a"], {}, {"id": None}):
        if type(other) is not type(document):
            yield f"{name} is {json.dumps(other)}", other
    if isinstance(document, dict):
        for key, value in document.items():
            rest = {one: kept for one, kept in document.items() if one != key}
            yield f"{name} has no {key}", rest
            for told, changed in _reshaped(value, key):
                yield told, {**document, key: changed}
    elif isinstance(document, list):
        for place, value in enumerate(document):
            for told, changed in _reshaped(value, f"{name}[{place}]"):
                yield told, [*document[:place], changed, *document[place + 1 :]]
