"""Writing to the webservice: XML out, JSON back, and what the answers mean.

::

    rule = create(webservice, "cart_rules", {"code": "A-1", "name": {"1": "Welcome"}})
    change(webservice, "cart_rules", rule["id"], {"active": "0"})

An error with a code is the shop's own refusal, whatever its status: a duplicate is an HTTP 500.
An answer that tells nothing (an empty 500, a page of HTML) may stand for something done.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any
from xml.sax.saxutils import escape  # it only writes

from defusedxml import DefusedXmlException  # type: ignore[import-untyped]  # it has no types
from defusedxml.ElementTree import (  # type: ignore[import-untyped]  # nor has this
    ParseError,
    fromstring,
    tostring,
)

from crosstie import (
    CrosstieError,
    RejectedError,
    Response,
    UnauthorisedError,
    UnavailableError,
    UncertainError,
)
from crosstie_prestashop.answers import (
    BACK_OFFICE,
    REFUSALS,
    Site,
    code_of,
    is_webservice,
    json_in,
    message_of,
    redirected,
    strange,
)
from crosstie_prestashop.values import Raw
from crosstie_prestashop.webservice import Webservice

Fields = Mapping[str, str | Mapping[str, str]]
"""Field to text, or to a text for each language's id."""

Lists = Mapping[str, tuple[str, Sequence[str]]]
"""Association to its items' node and their ids."""

NODES = {
    "cart_rules": "cart_rule",
    "customers": "customer",
    "order_histories": "order_history",
    "orders": "order",
}
RIGHTS = frozenset({23, 25, 26, 101})
DOUBTFUL = frozenset({*range(2, 16), 86})
"""Codes told when something may be there already: PHP's warnings, a list that was set too late."""

UNWRITABLE = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def check_text(name: str, text: str, longest: int | None = None) -> None:
    """Raise ValueError for a text that the webservice cannot take."""
    if found := UNWRITABLE.search(text):
        code = f"U+{ord(found[0]):04X}"
        raise ValueError(f"{name} holds a character that XML cannot carry ({code}): take it out")
    if longest is not None and len(text) > longest:
        raise ValueError(f"{name} has {len(text)} characters, and {longest} are allowed")


def create(
    webservice: Webservice, resource: str, fields: Fields, query: Mapping[str, str] | None = None
) -> Raw:
    """Add a record; returns what the shop answered, which has at least its `id`.

    Fields that are not given become empty or 0, whatever the back office would make of them.
    """
    answer = webservice.send("POST", resource, document(NODES[resource], fields), query)
    return _written(answer, "POST", resource, webservice.site)


def change(
    webservice: Webservice,
    resource: str,
    id_: str,
    fields: Mapping[str, str],
    lists: Lists | None = None,
) -> None:
    """Set these fields of a record, and these lists whole; all else stays as it is.

    Before 8.0 there is no PATCH, and PUT empties what it does not bring: the whole record is read
    and sent back. The shop checks the whole record in any case, also what is not changed.
    """
    node, path = NODES[resource], f"{resource}/{id_}"
    if (webservice.version or "").startswith("1."):
        method, content = "PUT", _whole(webservice, resource, id_, document(node, fields, lists))
    else:
        method, content = "PATCH", document(node, {"id": id_, **fields}, lists)
    _written(webservice.send(method, path, content), method, resource, webservice.site)


def document(node: str, fields: Fields, lists: Lists | None = None) -> bytes:
    """The XML of one record. Raises `RejectedError` for a character that XML cannot carry."""
    inner = [_element(name, _value(name, value)) for name, value in fields.items()]
    if lists:
        told = (
            _element(name, "".join(_element(one, _element("id", escape(id_))) for id_ in ids))
            for name, (one, ids) in lists.items()
        )
        inner.append(_element("associations", "".join(told)))
    return _element("prestashop", _element(node, "".join(inner))).encode()


def _value(name: str, value: str | Mapping[str, str]) -> str:
    if isinstance(value, str):
        return _escaped(name, value)
    return "".join(
        f'<language id="{int(language)}">{_escaped(name, text)}</language>'
        for language, text in value.items()
    )


def _escaped(name: str, text: str) -> str:
    try:
        check_text(name, text)
    except ValueError as error:
        raise RejectedError(str(error)) from error
    return escape(text.replace("\r\n", "\n"), {"\r": "&#13;"})


def _element(name: str, inner: str) -> str:
    return f"<{name}>{inner}</{name}>"


def _whole(webservice: Webservice, resource: str, id_: str, changes: bytes) -> bytes:
    """The record as it stands, with the changes laid over it."""
    answer = webservice.send("GET", f"{resource}/{id_}", query={"output_format": "XML"})
    what = f"{webservice.site}: {resource} {id_}"
    if answer.status != 200 or not is_webservice(answer):
        raise UnavailableError(f"{what} cannot be read to be changed (HTTP {answer.status})")
    try:
        root = fromstring(answer.content.strip(), forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError) as error:
        raise RejectedError(
            f"{what} cannot be changed: the shop tells it in broken XML, as it does where a text"
            " in it holds ]]>; take that out in the back office"
        ) from error
    record = root.find(NODES[resource])
    if record is None:
        raise UnavailableError(f"{what}: the shop's answer does not hold it")
    for new in fromstring(changes)[0]:
        inside = record.find("associations") if new.tag == "associations" else None
        for one in [new] if inside is None else list(new):
            _replace(record if inside is None else inside, one)
    told: bytes = tostring(root)
    return told


def _replace(inside: Any, new: Any) -> None:
    old = inside.find(new.tag)
    if old is not None:
        inside.remove(old)
    inside.append(new)


def _written(answer: Response, method: str, resource: str, site: Site) -> Raw:
    """The record that the shop says it has written; raises what any other answer means."""
    if 300 <= answer.status < 400:
        raise UnavailableError(redirected(answer, site))
    node = NODES[resource]
    said = json_in(answer, node)
    if isinstance(said, dict) and isinstance(said.get("errors"), list):
        raise _refusal(said["errors"], method, resource, site)
    record = said.get(node) if isinstance(said, dict) else None
    if answer.status in {200, 201} and isinstance(record, dict) and record.get("id"):
        return record
    if answer.status in {401, 403}:
        raise strange(answer, site)
    raise UncertainError(
        f"{site}: the answer to {method} {resource} tells nothing (HTTP {answer.status}); "
        "it may have been carried out"
    )


def _refusal(errors: Sequence[Any], method: str, resource: str, site: Site) -> CrosstieError:
    codes = {code_of(error) for error in errors}
    if codes & RIGHTS:
        return UnauthorisedError(
            f"{site}: the key may not {method} {resource}; give it the right {method} on "
            f"{resource} under {BACK_OFFICE}"
        )
    for known, kind, told in REFUSALS:
        if codes & known:
            return kind(f"{site}: {told.format(resource=resource)}")
    said = "; ".join(f"{message_of(error)} (code {code_of(error)})" for error in errors)
    if codes <= DOUBTFUL:
        return UncertainError(f"{site}: {method} {resource} went wrong half-way: {said}")
    return RejectedError(f"{site}: the shop refuses {method} {resource}: {said}")
