"""One request on its way through the webservice."""

from base64 import b64decode
from binascii import Error as Base64Error
from collections.abc import Mapping

import attrs

from crosstie.sandbox import Request
from crosstie_prestashop.sandbox.as_xml import Xml
from crosstie_prestashop.sandbox.keys import Key


@attrs.define(slots=True)
class Call:
    """A request, what was found out about it, and `rows`, the records the shop had to load.

    `json` is the asked format; `url` begins every link; `shops` are the ids of the asked shops.
    """

    request: Request
    url: str
    json: bool
    languages: list[int]
    shops: set[int] = attrs.field(factory=set)
    key: Key = attrs.field(factory=lambda: Key("", {}))
    rows: int = 0

    @classmethod
    def of(cls, request: Request, host: str, languages: list[int]) -> "Call":
        """The format is asked for by a header, else by the query, in capitals; default is XML."""
        by_header = request.headers.get("io-format") or request.headers.get("output-format")
        by_query = request.query.get("output_format") or request.query.get("io_format")
        return cls(request, f"http://{host}/api/", (by_header or by_query) == "JSON", languages)

    @property
    def query(self) -> Mapping[str, str]:
        """The decoded query; of a repeated name, the last holds."""
        return self.request.query

    @property
    def method(self) -> str:
        """The method; a POST may stand for another one (``?ps_method=PUT``)."""
        if self.request.method == "POST":
            return self.query.get("ps_method", "POST").upper()
        return self.request.method

    @property
    def segments(self) -> tuple[str, str]:
        """The resource and the record's id in the path, each may be empty."""
        resource, _, record = self.request.path.removeprefix("/api").strip("/").partition("/")
        return resource, record

    @property
    def xml(self) -> Xml:
        """A writer for the answer."""
        return Xml(self.url, self.languages)

    @property
    def credentials(self) -> str | None:
        """The key as sent: by Basic authentication, else in the query; None without any."""
        scheme, _, text = self.request.headers.get("authorization", "").partition(" ")
        if scheme.lower() == "basic":
            try:
                return b64decode(text).decode("utf-8", "replace").partition(":")[0].strip()
            except Base64Error:
                return ""
        key = self.query.get("ws_key")
        return key.strip() if key else None
