"""A Pelican account and an app that talks to it without any connector."""

import json
from collections.abc import Mapping
from typing import Any

import attrs
import pytest

from crosstie import Request
from crosstie.sandbox import Reply
from crosstie.testing import SimulatedClock
from crosstie_pelican.sandbox import (
    CLIENT_ID,
    CLIENT_SECRET,
    REFRESH_TOKEN,
    Attribute,
    PelicanSandbox,
)
from crosstie_pelican.sandbox.server import SCOPES


@attrs.define
class App:
    """Speaks to the sandbox as the page of the API says."""

    pelican: PelicanSandbox
    access: str = ""

    def send(
        self,
        method: str,
        path: str,
        body: Any = None,
        headers: Mapping[str, str] | None = None,
        **query: str,
    ) -> Reply:
        """One request with the access token; a body that is no bytes becomes JSON."""
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        given = {"authorization": f"Bearer {self.access}", **(headers or {})}
        return self.pelican.respond(Request(method, path, query, given, content))

    def ask(self, method: str, path: str, body: Any = None, **more: Any) -> Any:
        """One request, and what its answer says."""
        return json.loads(self.send(method, path, body, **more).body)

    def token(self, **form: str) -> tuple[int, dict[str, Any]]:
        """A request for tokens."""
        pair = {"client_id": CLIENT_ID, "client_secret": CLIENT_SECRET}
        body = "&".join(f"{name}={value}" for name, value in {**pair, **form}.items()).encode()
        reply = self.pelican.respond(Request("POST", "/oauth/token", {}, {}, body))
        return reply.status, json.loads(reply.body)

    def refresh(self, token: str) -> tuple[int, dict[str, Any]]:
        """Use a refresh token."""
        return self.token(grant_type="refresh_token", refresh_token=token)

    def batch(self, *contacts: Any, **more: Any) -> Any:
        """Write contacts and return what became of each."""
        body = {"contacts": contacts, **more}
        return self.ask("POST", "/v1/contacts:batch", body)["results"]

    def sign_in(self) -> None:
        """Get an access token as somebody who has just authorised the app."""
        code = self.pelican.tokens.authorise(SCOPES)
        self.access = self.token(grant_type="authorization_code", code=code)[1]["access_token"]


@pytest.fixture
def pelican(clock: SimulatedClock) -> PelicanSandbox:
    attributes = [
        Attribute("tier", "choice", choices=("gold", "silver")),
        Attribute("points", "number"),
        Attribute("since", "date"),
        Attribute("note"),
    ]
    return PelicanSandbox(clock, attributes=attributes, per_minute=6000)


@pytest.fixture
def app(pelican: PelicanSandbox) -> App:
    app = App(pelican)
    app.sign_in()
    return app


@pytest.fixture
def first_token() -> str:
    return REFRESH_TOKEN
