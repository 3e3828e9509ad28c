"""The exam: every recorded exchange, replayed, gets an answer of the same status and shape.

The shape of an answer is

- the headers by which a client decides: who answered, which version, which type, whether the
  connection closes, where a redirect leads, and whether the times and the hash are there;
- in JSON, the keys in their order and the types of the values, to any depth, where a list's shape
  is the set of its items' shapes;
- in XML, the same for elements and their attributes' names, with the attributes that say true or
  false; of a malformed document, its tags in order;
- of errors, also their codes and sentences.
"""

import json
import re
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import attrs
import httpx
import pytest

from crosstie.sandbox import Server
from crosstie_prestashop.sandbox import DEFAULT_KEY, PrestaShopSandbox, Shop
from crosstie_prestashop.sandbox.resources import blank

RECORDED = Path(__file__).parents[1] / "recorded"
OLD = RECORDED / "prestashop-1.7.8.11"
LIMITED, ELSEWHERE = "L" * 32, "E" * 32

# What was done to the real shop before, by the number of the recording.
BEFORE = {
    **{later: ["40"] for later in ("42", "43", "44", "45", "47")},
    "46": ["40", "45"],
    "48": ["40", "47"],
    **{later: ["50", "51"] for later in ("52", "53", "54")},
    "61": ["60"],
    "65": ["64"],
    "66": ["64", "65"],
    "67": ["64", "65", "66"],
    "89": ["88"],
}
# How a recording was made, where not with the full key at the right host.
KEYS = {
    "02": LIMITED,
    "71": "U" * 32,
    "72": "U" * 32,
    "73": "short",
    "74": LIMITED,
    "75": LIMITED,
    "76": ELSEWHERE,
}


@attrs.frozen
class Exchange:
    """A recorded request and its answer."""

    name: str
    method: str
    path: str
    sent: str
    status: int
    headers: httpx.Headers
    body: str

    @classmethod
    def read(cls, path: Path) -> "Exchange":
        """Lines with ``> ``: the request; then the status, the headers, a blank line, the body."""
        text = path.read_text("utf-8").replace("\r\n", "\n")
        request, _, answer = text.partition("\n\n")
        first, *rest = [line.removeprefix("> ") for line in request.split("\n")]
        head, _, body = answer.partition("\n\n")
        status, *headers = head.split("\n")
        method, _, target = first.partition(" ")
        return cls(
            path.name,
            method,
            target,
            "\n".join(rest),
            int(status.split()[1]),
            httpx.Headers({name: text for name, text in map(_header, headers) if name}),
            body.rstrip("\n"),
        )


def _header(line: str) -> tuple[str, str]:
    name, _, text = line.partition(":")
    return name, text.strip()


def named(version: str) -> list[Path]:
    return sorted(path for path in (RECORDED / version).iterdir())


def number(name: str) -> str:
    return name.partition("-")[0]


def json_shape(value: Any) -> Any:
    if isinstance(value, dict) and value.keys() == {"code", "message"}:
        return tuple(value.items())
    if isinstance(value, dict):
        return tuple((name, json_shape(one)) for name, one in value.items())
    if isinstance(value, list):
        return frozenset(json_shape(one) for one in value)
    return type(value).__name__


def xml_shape(element: ElementTree.Element) -> Any:
    marks = {
        (name, value if value in {"true", "false"} else "")
        for name, value in element.attrib.items()
    }
    said = element.text if element.tag in {"code", "message"} else ""
    children = tuple(xml_shape(child) for child in element)
    inner: Any = frozenset(children) if len({child[0] for child in children}) == 1 else children
    return element.tag, frozenset(marks), said, inner


def body_shape(body: str) -> Any:
    text = body.strip()
    if text.startswith(("{", "[")):
        return json_shape(json.loads(text))
    if text.startswith("<"):
        try:
            return xml_shape(ElementTree.fromstring(text))
        except ElementTree.ParseError:
            return re.findall(r"</?\w+", text)
    return text


def header_shape(headers: httpx.Headers, *, closes: bool) -> dict[str, Any]:
    location = headers.get("location")
    return {
        "from": headers.get("x-powered-by", "").partition("/")[0],
        "version": headers.get("psws-version"),
        "type": headers.get("content-type", "").lower().strip(),
        "challenge": headers.get("www-authenticate"),
        "location": location and re.sub(r"^\s*http://[^/]+", "", location),
        "there": {
            name for name in ("access-time", "execution-time", "content-sha1") if name in headers
        },
        "closes": headers.get("connection") if closes else None,
    }


def replay(line: httpx.Client, exchange: Exchange) -> httpx.Response:
    key = KEYS.get(number(exchange.name), DEFAULT_KEY)
    host = "localhost" if number(exchange.name) == "86" else line.base_url.netloc.decode()
    return line.request(
        exchange.method,
        exchange.path,
        content=exchange.sent.encode(),
        auth=None if number(exchange.name) == "70" else (key, ""),
        headers={"Host": host},
    )


def shape(status: int, headers: httpx.Headers, body: str, *, closes: bool) -> Any:
    return status, header_shape(headers, closes=closes), body_shape(body)


@pytest.mark.parametrize("path", named("prestashop-8.2.1"), ids=lambda path: path.name)
def test_a_recorded_exchange_of_8_2_1_has_the_same_shape(
    path: Path, sandbox: PrestaShopSandbox, line: httpx.Client
) -> None:
    sandbox.add_key(LIMITED, {name: ["GET"] for name in ("customers", "orders", "order_states")})
    sandbox.add_key(ELSEWHERE, {"customers": ["GET"]}, shops=[2])
    for other in named("prestashop-8.2.1"):
        if number(other.name) in BEFORE.get(number(path.name), []):
            assert replay(line, Exchange.read(other)).is_success
    sandbox.switched_on = number(path.name) not in {"90", "91"}
    exchange = Exchange.read(path)
    answer = replay(line, exchange)
    expected = shape(exchange.status, exchange.headers, exchange.body, closes=True)
    assert expected == shape(answer.status_code, answer.headers, answer.text, closes=True)


@pytest.fixture
def old_shop() -> Shop:
    """The real 1.7.8.11's shop, as far as its own recordings show it: one language."""
    shop = Shop()
    for name in ("customers", "orders"):
        shop.fill(name, json.loads(Exchange.read(OLD / f"{name}-full.json.txt").body))
    for order in json.loads(Exchange.read(OLD / "orders-full.json.txt").body)["orders"]:
        for row in order["associations"]["order_rows"]:
            detail = blank("order_details") | row | {"id_order": str(order["id"])}
            shop["order_details"].insert(detail)
    shop["languages"].insert({"id": 1, "name": "English", "iso_code": "en"})
    return shop


@pytest.mark.parametrize("path", named(OLD.name), ids=lambda path: path.name)
def test_a_recorded_exchange_of_1_7_8_has_the_same_shape(
    path: Path, old_shop: Shop, socket: Server, line: httpx.Client
) -> None:
    socket.sandbox = PrestaShopSandbox(old_shop, version="1.7.8.11", domain=socket.host)
    exchange = Exchange.read(path)
    answer = replay(line, exchange)
    # PHP's own web server, before which this one ran, closes every connection.
    expected = shape(exchange.status, exchange.headers, exchange.body, closes=False)
    assert expected == shape(answer.status_code, answer.headers, answer.text, closes=False)
