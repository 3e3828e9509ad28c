"""A good connector of the loft, with an action of each kind: plain, repeated and recalled."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, ClassVar

import attrs

from crosstie import (
    Env,
    Http,
    RejectedError,
    Response,
    Row,
    Secret,
    UnauthorisedError,
    UnavailableError,
    UncertainError,
    hookimpl,
    setting,
)


@attrs.frozen
class Loft:
    """Sends messages by pigeon."""

    kind: ClassVar[str] = "loft"
    streams_offered: ClassVar[tuple[str, ...]] = ()
    tables_offered: ClassVar[tuple[str, ...]] = ()
    url: str = setting("Address of the loft")
    key: Secret = setting("Key of the loft")
    timeout: timedelta = setting("Of one request", default=timedelta(seconds=10))

    def connect(self, env: Env) -> "LiveLoft":
        """Log in."""
        http = env.http(self.url)
        body = json.dumps({"key": self.key.reveal()}).encode()
        found = told(http.request("POST", "/login", content=body), UnavailableError)
        if "session" not in found:
            raise UnavailableError(f"{self.url} answered a login without a session")
        session = Secret(found["session"])
        env.redact(session)
        headers = {"Authorization": f"Bearer {session.reveal()}"}
        return LiveLoft(env.http(self.url, headers=headers), session)


@attrs.frozen
class LiveLoft:
    """The loft, with a session."""

    http: Http = attrs.field(repr=False)
    session: Secret

    def streams(self) -> Mapping[str, Any]:
        """There are none."""
        return {}

    def tables(self) -> Mapping[str, Any]:
        """There are none."""
        return {}

    def close(self) -> None:
        """A session ends by itself."""

    def post(self, body: Mapping[str, Any], **headers: str) -> Response:
        """Ask for a message to be sent."""
        content = json.dumps(dict(body)).encode()
        return self.http.request("POST", "/messages", content=content, headers=headers)

    def messages(self, reference: str) -> list[dict[str, Any]]:
        """Those with this reference."""
        found = told(
            self.http.get("/messages", params={"reference": reference}), UnavailableError
        ).get("messages")
        if not isinstance(found, list):
            raise UnavailableError("the loft answered without a list of messages")
        return found


def told(answer: Response, otherwise: type[Exception]) -> dict[str, Any]:
    """What a good answer says, or the error that it stands for."""
    if answer.status in {401, 403}:
        raise UnauthorisedError(f"{answer.url} answered {answer.status}: is the key right?")
    try:
        found = json.loads(answer.content, parse_float=Decimal)
    except ValueError:
        found = None
    if answer.status == 422 and isinstance(found, dict):
        raise RejectedError(f"the loft refuses it: {found.get('error')}")
    if answer.status == 404:
        raise UnavailableError(f"{answer.url} is not there: is the address right?")
    if answer.status not in {200, 201} or not isinstance(found, dict):
        raise otherwise(f"{answer.url} answered {answer.status}, and nothing that makes sense")
    return found


def sent(message: Mapping[str, Any]) -> Row:
    """What is told of a message."""
    if "id" not in message:
        raise UncertainError("the loft answered without a message")
    return {
        "id": message["id"],
        "price": message["price"],
        "arrives": datetime.fromisoformat(message["arrives"]),
    }


@attrs.frozen
class Send:
    """Send a message, which can neither be found nor repeated."""

    name: ClassVar[str] = "send"
    on: ClassVar[str] = "loft"
    to: str = setting("E-mail address of who gets it")
    text: str = setting("What it says")

    @to.validator
    def _is_address(self, _: object, value: str) -> None:
        if "@" not in value:
            raise ValueError(f"to: expected an e-mail address, found {value!r}")

    def run(self, system: Any, once: str) -> Row:
        """See `Action`."""
        return sent(told(system.post(self.body(once)), UncertainError))

    def body(self, once: str) -> dict[str, Any]:
        """What the loft is sent."""
        return {"to": self.to, "text": self.text}


@attrs.frozen
class SendKeyed(Send):
    """Send a message with a key that makes it go once."""

    name: ClassVar[str] = "send_keyed"
    repeats: ClassVar[bool] = True

    def run(self, system: Any, once: str) -> Row:
        """See `Action`."""
        answer = system.post(self.body(once), **{"Idempotency-Key": once})
        return sent(told(answer, UncertainError))


@attrs.frozen
class SendNoted(Send):
    """Send a message with a reference by which it is found."""

    name: ClassVar[str] = "send_noted"

    def body(self, once: str) -> dict[str, Any]:
        """What the loft is sent."""
        return {"to": self.to, "text": self.text, "reference": once}

    def recall(self, system: Any, once: str) -> Row | None:
        """See `Recalls`."""
        found = system.messages(once)
        return sent(found[0]) if found else None


@attrs.frozen(eq=False)
class Offer:
    """The plugin: the loft, with these actions."""

    actions: Sequence[type[Any]]
    connector: type[Any] = Loft

    @hookimpl
    def register_sinks(self) -> Sequence[type[Any]]:
        """The loft."""
        return [self.connector]

    @hookimpl
    def register_actions(self) -> Sequence[type[Any]]:
        """What it does."""
        return self.actions
