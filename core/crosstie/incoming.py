"""What comes in: a request as it arrived, and the events that a system tells with one."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl

import attrs


@attrs.frozen(slots=True)
class Request:
    """A request as it came; header names are in lower case, `query` and `form` are decoded.

    `target` is the path and query before any decoding, for servers that limit its length.
    """

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes
    target: str = ""

    @property
    def form(self) -> Mapping[str, str]:
        """The body as an HTML form."""
        return dict(parse_qsl(self.body.decode(), keep_blank_values=True))


@attrs.frozen(slots=True)
class Event:
    """Something that happened in a system, such as ``customer_registered``.

    `key` is the record's key in the system, always text.
    With the system and the kind, `key` and `version` are the event's identity: the same event
    told twice is one.
    `data` is an object of the commerce vocabulary, or a mapping of the system's own fields.
    `more` holds further values by the names under which automations know them, such as the `old`
    and `new` state of an order.
    `at` is when it happened (aware), None where the system does not tell.
    """

    kind: str
    key: str
    version: str
    data: Any
    at: datetime | None = None
    more: Mapping[str, Any] = attrs.field(factory=dict)
