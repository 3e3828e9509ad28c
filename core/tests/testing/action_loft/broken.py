"""Actions of the loft that are broken on purpose, each with one mistake that people make."""

import json
import logging
from datetime import datetime
from typing import Any, ClassVar

import attrs

from crosstie import (
    Env,
    RecordError,
    RejectedError,
    Row,
    Secret,
    UnauthorisedError,
    UncertainError,
    setting,
)
from crosstie.canonical import digest

from .connector import (
    LiveLoft,
    Loft,
    Send,
    SendKeyed,
    SendNoted,
    sent,
    told,
)


class SendsTwice(Send):
    """Tells the boss as well, or so somebody thought."""

    def run(self, system: Any, once: str) -> Row:
        system.post(self.body(once))
        return super().run(system, once)


class IgnoresOnce(SendKeyed):
    """Promises that the system knows the key, and does not send it."""

    def run(self, system: Any, once: str) -> Row:
        return sent(told(system.post(self.body(once)), UncertainError))


class MakesItsOwnKey(SendKeyed):
    """Takes the same text for the same deed."""

    def run(self, system: Any, once: str) -> Row:
        key = {"Idempotency-Key": digest(self.text)}
        return sent(told(system.post(self.body(once), **key), UncertainError))


class TriesAgainByItself(Send):
    """Means well."""

    def run(self, system: Any, once: str) -> Row:
        try:
            return super().run(system, once)
        except UncertainError:
            return super().run(system, once)


class TakesADoubtForARefusal(Send):
    """A 500 is a no, is it not?"""

    def run(self, system: Any, once: str) -> Row:
        return sent(told(system.post(self.body(once)), RejectedError))


class SwallowsErrors(Send):
    """Goes on whatever happens."""

    def run(self, system: Any, once: str) -> Row:
        try:
            return super().run(system, once)
        except RecordError:
            return {"id": None}


class TrustsAnyAnswer(Send):
    """Looks at the status only."""

    def run(self, system: Any, once: str) -> Row:
        answer = system.post(self.body(once))
        if answer.status not in {200, 201}:
            told(answer, UncertainError)
        return {"sent": True}


class ExpectsAGoodAnswer(Send):
    """Reads what it hopes for."""

    def run(self, system: Any, once: str) -> Row:
        answer = system.post(self.body(once))
        return {"id": json.loads(answer.content)["id"]}


class TakesAllForRefusals(Send):
    """Every status from 400 is a no."""

    def run(self, system: Any, once: str) -> Row:
        answer = system.post(self.body(once))
        if 400 <= answer.status < 500:
            raise RejectedError(f"the loft answered {answer.status}: {answer.text[:99]}")
        return sent(told(answer, UncertainError))


class GivesUpOn429(Send):
    """Does not wait."""

    def run(self, system: Any, once: str) -> Row:
        content = json.dumps(self.body(once)).encode()
        answer = system.http.request("POST", "/messages", content=content, attempts=1)
        return sent(told(answer, UncertainError))


@attrs.frozen
class ChecksWhenRunning(Send):
    """Has no validator; what is wrong is noticed by the system, or never."""

    to: str = setting("E-mail address of who gets it")

    def run(self, system: Any, once: str) -> Row:
        if not self.to:
            raise RejectedError("to is empty")
        return super().run(system, once)


class HidesTheReason(Send):
    """Says that something was wrong, and not what."""

    def run(self, system: Any, once: str) -> Row:
        answer = system.post(self.body(once))
        if answer.status == 422:
            raise RejectedError("HTTP 422")
        return sent(told(answer, UncertainError))


class CountsInFloats(Send):
    """Reads numbers as JSON's own."""

    def run(self, system: Any, once: str) -> Row:
        message = told(system.post(self.body(once)), UncertainError)
        return {"id": message["id"], "price": float(message["price"])}


class ForgetsTheZone(Send):
    """Thinks that it is always summer in Greenwich."""

    def run(self, system: Any, once: str) -> Row:
        arrives = datetime.fromisoformat(
            str(told(system.post(self.body(once)), UncertainError)["arrives"])
        )
        return {"arrives": arrives.replace(tzinfo=None)}


class ReturnsNothing(Send):
    """Forgets the last line."""

    def run(self, system: Any, once: str) -> Row:
        super().run(system, once)
        return None  # type: ignore[return-value]  # that is the mistake


class FindsTheNewest(SendNoted):
    """What was sent last must be what was sent now."""

    def recall(self, system: Any, once: str) -> Row | None:
        listed = json.loads(system.http.get("/messages").content)["messages"]
        return sent(listed[-1]) if listed else None


class RaisesWhereNothingIs(SendNoted):
    """There is always a first one."""

    def recall(self, system: Any, once: str) -> Row | None:
        return sent(system.messages(once)[0])


class TellsAnotherShape(SendNoted):
    """Finds it, and tells less of it."""

    def recall(self, system: Any, once: str) -> Row | None:
        found = super().recall(system, once)
        return found and {"id": found["id"]}


class SendsWhileLooking(SendNoted):
    """Looks by doing it."""

    def recall(self, system: Any, once: str) -> Row | None:
        found = super().recall(system, once)
        return found or self.run(system, once)


class TakesAFailureForNothing(SendNoted):
    """An error page has no messages in it."""

    def recall(self, system: Any, once: str) -> Row | None:
        answer = system.http.get("/messages", params={"reference": once})
        try:
            found = json.loads(answer.content).get("messages", [])
        except ValueError:
            found = []
        return super().recall(system, once) if found else None


@attrs.frozen
class NamesItsSession(Send):
    """Tells in its error who could not get in."""

    def run(self, system: Any, once: str) -> Row:
        try:
            return super().run(system, once)
        except UnauthorisedError as error:
            raise UnauthorisedError(f"{error}, with {system.session.reveal()}") from error


@attrs.frozen
class KeepsItsSession(Send):
    """Tells more than anybody wants to know."""

    def run(self, system: Any, once: str) -> Row:
        return {**super().run(system, once), "by": system.session.reveal()}


@attrs.frozen
class Chatty(Loft):
    """Logs what it sends."""

    kind: ClassVar[str] = "loft"

    def connect(self, env: Env) -> LiveLoft:
        live = super().connect(env)
        logging.getLogger("crosstie.loft").debug("session %s", live.session.reveal())
        return live


@attrs.frozen
class Open(LiveLoft):
    """Shows its session to whoever looks."""

    session_text: str = ""


@attrs.frozen
class Shown(Loft):
    """Connects to one that shows it."""

    kind: ClassVar[str] = "loft"

    def connect(self, env: Env) -> LiveLoft:
        live = super().connect(env)
        return Open(live.http, Secret(""), live.session.reveal())
