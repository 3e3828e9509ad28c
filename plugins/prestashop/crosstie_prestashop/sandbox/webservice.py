"""PrestaShop's webservice, played: `PrestaShopSandbox(shop)` answers as the real one does.

::

    shop = Shop.load(Path("shop-8.2.1"))
    with serve(PrestaShopSandbox(shop)) as server:
        httpx.get(f"{server.url}/api/customers?output_format=JSON", auth=(DEFAULT_KEY, ""))

Versions 1.7.8, 8 and 9 differ where the real ones were seen to differ (9 from its code only).
"""

import hashlib
import re
import time
from collections.abc import Iterable, Mapping

import attrs

from crosstie.sandbox import Reply, Request
from crosstie_prestashop.sandbox import as_json
from crosstie_prestashop.sandbox.call import Call
from crosstie_prestashop.sandbox.keys import ALL, DEFAULT_KEY, Key
from crosstie_prestashop.sandbox.query import understand_languages
from crosstie_prestashop.sandbox.refusals import (
    BrokenError,
    MissingError,
    RefusedError,
    did_you_mean,
)
from crosstie_prestashop.sandbox.resources import catalogue
from crosstie_prestashop.sandbox.shop import Shop
from crosstie_prestashop.sandbox.showing import Showing
from crosstie_prestashop.sandbox.writing import Writing

LONGEST_LINE = 8190
REALM = (
    'Basic realm="Welcome to PrestaShop Webservice, please enter the authentication key as the '
    'login. No password required."'
)
PHP = {"X-Powered-By": "PHP/8.2.36", "Content-Type": "text/html; charset=utf-8"}
TOO_LONG = (
    b'<!DOCTYPE HTML PUBLIC "-//IETF//DTD HTML 2.0//EN">\n<html><head>\n'
    b"<title>414 Request-URI Too Long</title>\n</head><body>\n<h1>Request-URI Too Long</h1>\n"
    b"<p>The requested URL's length exceeds the capacity\nlimit for this server.<br />\n</p>\n"
    b"</body></html>\n"
)
_LOCAL = re.compile(r"127\.0\.0\.1:\d+")


class PrestaShopSandbox:
    """A webservice in front of a `Shop`, with one key that may do everything and limited others.

    `domain` is the shop's configured host and port: requests to any other Host are sent to the
    front page (302). None stands for 127.0.0.1 at whatever port is served.
    `row_seconds` is what loading a record costs the server, to play the real one's speed.
    `switched_on` is the shop's setting PS_WEBSERVICE. `around` is put before and after every body,
    as PHP's notices and a module's stray blanks are.
    """

    def __init__(
        self,
        shop: Shop,
        *,
        version: str = "8.2.1",
        key: str = DEFAULT_KEY,
        domain: str | None = None,
        row_seconds: float = 0.0,
    ) -> None:
        self.shop = shop
        self.version = version
        self.domain = domain
        self.row_seconds = row_seconds
        self.switched_on = True
        self.around = (b"", b"")
        major = int(version.partition(".")[0])
        self.catalogue = catalogue(major)
        self.methods = ALL - ({"PATCH"} if major < 8 else set()) | (
            {"OPTIONS"} if major > 8 else set()
        )
        self._showing = Showing(shop, self.catalogue, major)
        self._writing = Writing(shop, self._showing, major)
        self.keys: dict[str, Key] = {}
        self.key = self.add_key(key, dict.fromkeys(self.catalogue, ALL))

    def add_key(
        self,
        text: str,
        rights: Mapping[str, Iterable[str]],
        *,
        shops: Iterable[int] = (1,),
        active: bool = True,
    ) -> Key:
        """Add a key of 32 characters that may do these methods on these resources."""
        key = Key(text, {}, set(shops), active)
        for resource, methods in rights.items():
            key.grant(resource, methods)
        self.keys[text] = key
        return key

    def respond(self, request: Request) -> Reply:
        """Answer one request; see `crosstie.sandbox.Sandbox`."""
        if len(request.method) + len(request.target) + len("  HTTP/1.1") > LONGEST_LINE:
            return Reply(
                414, TOO_LONG, {"Content-Type": "text/html; charset=iso-8859-1"}, close=True
            )
        host = request.headers.get("host", "")
        if not self._is_here(host, request.query.get("id_shop")):
            return self._to_front(request, host)
        call = Call.of(request, host, self.shop.languages)
        with self.shop.lock:
            reply = self._answer(call)
        if call.rows and self.row_seconds:
            time.sleep(call.rows * self.row_seconds)
        return reply

    def _is_here(self, host: str, shop: str | None) -> bool:
        here = host == self.domain if self.domain else _LOCAL.fullmatch(host) is not None
        known = shop in {None, "all"} or (shop.isdigit() and int(shop) in self.shop["shops"])
        return here and known

    def _to_front(self, request: Request, host: str) -> Reply:
        _, colon, port = host.rpartition(":")
        domain = self.domain or f"127.0.0.1{colon}{port if colon else ''}"
        path = request.path.removeprefix("/api").strip("/")
        query = request.target.partition("?")[2]
        place = f"http://{domain}/?url={path}" + (f"&{query}" if query else "")
        return Reply(302, b"", {**PHP, "Location": place}, close=True)

    def _answer(self, call: Call) -> Reply:
        begun = time.monotonic()
        credentials = call.credentials
        if credentials is None:
            return Reply(401, b"401 Unauthorized", {**PHP, "WWW-Authenticate": REALM})
        headers = {"X-Powered-By": "PrestaShop Webservice", "PSWS-Version": "0"}
        try:
            self._admit(call, credentials)
            headers["PSWS-Version"] = self.version
            status, body = self._execute(call)
        except RefusedError as refusal:
            status = refusal.status
            body = as_json.errors(refusal) if call.json else call.xml.errors(refusal).encode()
        except MissingError:
            status, body = 404, b""
        except BrokenError as error:
            return Reply(500, str(error).encode(), PHP, close=True)
        if status == 401 and headers["PSWS-Version"] == "0":
            headers["WWW-Authenticate"] = REALM
        headers["Access-Time"] = str(self.shop.unix_time())
        headers["Execution-Time"] = f"{time.monotonic() - begun:.3f}"
        reply = _reply(call, status, body, headers)
        before, after = self.around
        return attrs.evolve(reply, body=before + reply.body + after) if body else reply

    def _admit(self, call: Call, text: str) -> None:
        """Check the webservice, the key and the format, as the real one does before all else."""
        if not self.switched_on:
            sentence = "The PrestaShop webservice is disabled. "
            sentence += "Please activate it in the PrestaShop Back Office"
            raise RefusedError(503, (22, sentence))
        if not text:
            raise RefusedError(401, (17, "Authentication key is empty"))
        if len(text) != 32:
            raise RefusedError(401, (18, "Invalid authentication key format"))
        key = self.keys.get(text)
        nothing = (21, "No permission for this authentication key")
        if key is None or not key.active:
            raise RefusedError(401, (20, "Authentification key is not active"), nothing)
        if not key.rights:
            raise RefusedError(401, nothing)
        call.key = key

    def _execute(self, call: Call) -> tuple[int, bytes]:
        asked = call.query.get("id_shop", "1")
        call.shops = set(self.shop["shops"]) if asked == "all" else {int(asked)}
        if not call.shops & call.key.shops:
            raise RefusedError(403, (132, "No permission for this key on this shop"))
        call.languages = understand_languages(call.query, self.shop.languages)
        self._check(call, call.segments[0], call.method)
        if call.method == "OPTIONS":
            return 200, b""
        if call.method in {"GET", "HEAD"}:
            return 200, self._showing.answer(call)
        return self._writing.answer(call, self.catalogue[call.segments[0]])

    def _check(self, call: Call, name: str, method: str) -> None:
        """Check the resource and the method, in this order."""
        if name and name not in self.catalogue:
            sentence = f'Resource of type "{name}" does not exists'
            raise RefusedError(400, (27, did_you_mean(sentence, name, list(self.catalogue))))
        if name and name not in call.key.rights:
            sentence = f'Resource of type "{name}" is not allowed with this authentication key'
            raise RefusedError(401, (26, sentence))
        if method not in self.methods:
            raise RefusedError(405, (23, f"Method {method} is not valid"))
        sentence = f"Method {method} is not allowed for the resource {name}"
        if name and self.catalogue[name].forbids(method):
            raise RefusedError(405, (101, sentence))
        if name and method != "OPTIONS" and method not in call.key.rights[name]:
            raise RefusedError(405, (25, f"{sentence} with this authentication key"))


def _reply(call: Call, status: int, body: bytes, headers: dict[str, str]) -> Reply:
    if status < 300 and body:
        digest = hashlib.sha1(body, usedforsecurity=False).hexdigest()
        headers["Content-Sha1"] = digest
        if call.request.headers.get("local-content-sha1") == digest:
            return Reply(304, b"", headers)
    if body:
        headers["Content-Type"] = "application/json" if call.json else "text/xml;charset=utf-8"
    return Reply(status, body, headers, close=status in {400, 500, 503})
