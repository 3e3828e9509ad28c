"""What an answer of the webservice says: rows, or an error that tells what to do.

All of PrestaShop's oddities of transport end here (observed on 8.2.1 and 1.7.8.11):
an empty list is ``[]`` without its name, PHP prints warnings around the JSON, a wrong host is a
redirect to the front page, a right that is missing is 401 or 405, and HTTP 500 may be a permanent
refusal with a code, or a moment's trouble without one.
"""

import html
import json
from collections.abc import Callable, Sequence
from typing import Any
from urllib.parse import urlsplit

import attrs
from defusedxml import DefusedXmlException  # type: ignore[import-untyped]  # it has no types
from defusedxml.ElementTree import ParseError, fromstring  # type: ignore[import-untyped]

from crosstie import FlowError, Response, UnauthorisedError, UnavailableError
from crosstie_prestashop.values import Raw

BACK_OFFICE = "Advanced Parameters > Webservice"
LIST_NODES = {"order_slip": "order_slips"}


class UnreadableError(UnauthorisedError):
    """This one resource cannot be read: the key has no right to, or the shop has no such thing."""


class BrokenAnswerError(UnavailableError):
    """The shop stumbled over this request: once more, or asked for less, it may succeed."""


REFUSALS: tuple[tuple[frozenset[int], type[FlowError], str], ...] = (
    (
        frozenset({16, 17, 18}),
        UnauthorisedError,
        f"the key is not a webservice key, which has 32 characters; copy it from {BACK_OFFICE}",
    ),
    (
        frozenset({20, 21}),
        UnauthorisedError,
        "the shop does not know this key, or it is disabled or has no rights at all; look it up "
        f"under {BACK_OFFICE}",
    ),
    (
        frozenset({22}),
        UnavailableError,
        f"the shop's webservice is switched off; switch it on under {BACK_OFFICE}",
    ),
    (
        frozenset({132}),
        UnauthorisedError,
        "the key is not valid for this shop of the multishop; tick the shop in the key's settings "
        f"under {BACK_OFFICE}",
    ),
    (
        frozenset({23, 25, 26, 101}),
        UnreadableError,
        "the key may not read {resource}; give it the right GET on {resource} under "
        f"{BACK_OFFICE}",
    ),
    (frozenset({27}), UnreadableError, "this version of PrestaShop has no {resource}"),
)
"""Codes of the webservice, the error they become and its text (observed on 8.2.1, 1.7.8.11)."""


@attrs.frozen
class Site:
    """Where the webservice is, for requests and for the texts of errors."""

    system: str
    url: str
    id_shop: int | None = None

    def __str__(self) -> str:
        return f"{self.system} ({self.url})"


def rows_in(answer: Response, resource: str, site: Site) -> list[Raw]:
    """The rows of a list in JSON; raises `FlowError` for everything else.

    A row without id was deleted while the shop made the list.
    """
    node = LIST_NODES.get(resource, resource)
    said = _judged(answer, resource, site, lambda: json_in(answer, node))
    rows = said.get(node) if isinstance(said, dict) else said
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise BrokenAnswerError(f"{site}: its answer holds no {resource}")
    return [row for row in rows if row.get("id", True)]


def rights_in(answer: Response, site: Site) -> dict[str, frozenset[str]]:
    """What the key may do (``get``, ``post``, …) by resource name, from ``/api/`` in XML."""
    said = _judged(answer, "the list of rights", site, lambda: _xml(answer))
    return {name: frozenset(verbs) for name, verbs in said["api"].items()}


def is_webservice(answer: Response) -> bool:
    """Whether the webservice itself answered; proxies may take either header away."""
    powered = answer.headers.get("x-powered-by") or ""
    return "PrestaShop" in powered or bool(answer.headers.get("psws-version"))


def _judged(answer: Response, resource: str, site: Site, parse: Callable[[], Any]) -> Any:
    if 300 <= answer.status < 400:
        raise UnavailableError(redirected(answer, site))
    said = parse()
    if isinstance(said, dict) and isinstance(said.get("errors"), list):
        raise _refusal(said["errors"], resource, site)
    if answer.status == 200 and said is not None and (said != [] or is_webservice(answer)):
        return said
    raise strange(answer, site)


def json_in(answer: Response, node: str) -> Any:
    """The JSON in the body, also with HTML or blanks around it; None when there is none."""
    try:
        return answer.json()
    except ValueError:
        found = answer.text.strip()
    for name in (node, "errors"):
        start = found.find(f'{{"{name}":')
        if start >= 0:
            try:
                return json.JSONDecoder().raw_decode(found, start)[0]
            except (ValueError, RecursionError):
                return None
    return [] if found.startswith("[]") or found.endswith("[]") else None


def _xml(answer: Response) -> Any:
    content = answer.content[max(0, answer.content.find(b"<?xml")) :].strip()
    try:
        root = fromstring(content, forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError):
        return None
    if errors := root.findall("errors/error"):
        return {
            "errors": [
                {"code": error.findtext("code"), "message": error.findtext("message")}
                for error in errors
            ]
        }
    api = root.find("api")
    if api is None:
        return None
    return {
        "api": {
            resource.tag: [verb for verb, may in resource.attrib.items() if may == "true"]
            for resource in api
        }
    }


def redirected(answer: Response, site: Site) -> str:
    """Why the shop sends us elsewhere, and what to do."""
    there = urlsplit(answer.headers.get("location") or "")
    target = f"{there.scheme}://{there.netloc}{there.path}" if there.netloc else there.path
    if site.id_shop is not None and there.netloc == urlsplit(site.url).netloc:
        return (
            f"{site}: the shop redirects to its front page: it has no shop {site.id_shop}; "
            "set id_shop to one of its shops"
        )
    return (
        f"{site}: the shop URL in the configuration is not the shop's own address "
        f"(it redirects to {target or 'another page'}); set url to the address that the shop "
        "shows under Shop Parameters > Traffic & SEO, with https:// where it has that"
    )


def _refusal(errors: Sequence[Any], resource: str, site: Site) -> FlowError:
    codes = {code_of(error) for error in errors}
    for known, kind, told in REFUSALS:
        if codes & known:
            return kind(f"{site}: {told.format(resource=resource)}")
    said = "; ".join(f"{message_of(error)} (code {code_of(error)})" for error in errors)
    return UnavailableError(f"{site}: the shop refuses to list {resource}: {said or 'no reason'}")


def code_of(error: Any) -> int | None:
    """The number of one of the webservice's errors."""
    code = str(error.get("code") if isinstance(error, dict) else "")
    return int(code) if code.isdecimal() else None


def message_of(error: Any) -> str:
    """The sentence of one of the webservice's errors; 8.2.1 escapes it as for HTML."""
    message = error.get("message") if isinstance(error, dict) else error
    return html.unescape(str(message))[:500]


def strange(answer: Response, site: Site) -> FlowError:
    """The error for an answer without rows and without a code."""
    if answer.status >= 500:
        page = "an HTML page" if answer.content.strip() else "an empty page"
        return BrokenAnswerError(
            f"{site}: the shop failed (HTTP {answer.status} with {page}); "
            "look at its PHP error log, and whether its database is up"
        )
    if answer.status == 200 and is_webservice(answer):
        return BrokenAnswerError(f"{site}: the shop's answer breaks off in the middle")
    if answer.status == 401:
        return UnauthorisedError(
            f"{site}: the key does not reach PrestaShop; where PHP runs as CGI or FPM the web "
            "server must pass the Authorization header on (CGIPassAuth On in Apache)"
        )
    if answer.status == 403:
        return UnauthorisedError(
            f"{site}: the web server does not let us in (HTTP 403), and it is not PrestaShop that "
            "says so: does a firewall or a password protect the shop?"
        )
    hint = "is url the address of the shop, and are friendly URLs switched on there?"
    return UnavailableError(
        f"{site}: no PrestaShop webservice answers at {answer.url} (HTTP {answer.status}); {hint}"
    )
