"""What all senders of SMS have in common: their settings, the message, and how it is sent once.

A kind of sender adds a `Gateway`, which hands one message to its service::

    [systems.sms]
    use = "twilio"
    region = "FR"
    ...

The action `send` is the same for all of them; see `SendSms`.
"""

import json
from collections.abc import Iterable, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any, ClassVar, Protocol

import attrs

from crosstie import Clock, Env, Finding, RejectedError, Row, Stream, Table, UncertainError, setting
from crosstie_messages.consent import insist_on
from crosstie_messages.numbers import check_region, e164
from crosstie_messages.outbox import Outbox, mark
from crosstie_messages.segments import segments
from crosstie_messages.wording import check_line, check_said


@attrs.frozen
class Sms:
    """One message; `to` is in E.164, and `encoding` and `segments` are as it will be counted."""

    to: str
    text: str
    sender: str | None
    encoding: str
    segments: int


class Gateway(Protocol):
    """A service that sends SMS."""

    def send(self, sms: Sms, mark: str) -> str:
        """Hand over one message and return its id; `mark` tells the deed from others.

        Raises as `Action.run` does.
        """

    def check(self) -> Iterable[Finding]:
        """What can be told of the service without sending anything."""


@attrs.frozen
class SmsSettings:
    """The settings that all senders have."""

    streams_offered: ClassVar[tuple[str, ...] | None] = ()
    tables_offered: ClassVar[tuple[str, ...] | None] = ()

    sender: str | None = setting(
        "Number or name that messages come from, as the service allows it",
        default=None,
    )
    region: str | None = setting(
        "Country of numbers without a prefix, such as FR; without it they are refused",
        default=None,
    )
    max_segments: int = setting("Longest message, in segments that are paid for", default=10)
    timeout: timedelta = setting("Of one request", default=timedelta(seconds=30))
    outbox: Path | None = setting(
        "Folder in which messages are kept as JSON instead of being sent (dry mode)", default=None
    )

    @sender.validator
    def _check_sender(self, field: Any, sender: str | None) -> None:
        if sender is not None:
            check_line(field.name, sender)

    @region.validator
    def _check_region(self, field: Any, region: str | None) -> None:
        check_region(field.name, region)

    @max_segments.validator
    def _check_max_segments(self, _: Any, number: int) -> None:
        if number < 1:
            raise ValueError(f"max_segments must be 1 at least, not {number}")

    def gateway(self, env: Env) -> Gateway:
        """The service, where nothing is missing in the settings."""
        raise NotImplementedError

    def appended(self, sender: str | None) -> str:
        """What the service itself puts after a text, and counts."""
        return ""

    def connect(self, env: Env) -> "SmsLive":
        """See `crosstie.Connector`: nothing is asked before the first use."""
        way = self.gateway(env) if self.outbox is None else Outbox(self.outbox)
        return SmsLive(env.system, self, way, env.clock)


@attrs.frozen
class SmsLive:
    """A connected sender."""

    system: str
    settings: SmsSettings
    way: Gateway | Outbox
    clock: Clock

    def send(self, sms: Sms, once: str) -> Row:
        """Send a message, or keep it in the dry mode; the message's id, its number and size."""
        own = mark(self.system, once)
        if not isinstance(self.way, Outbox):
            return self._told(sms, self.way.send(sms, own))
        kept = {"system": self.system, "at": self.clock.now().isoformat(), **attrs.asdict(sms)}
        content = json.dumps(kept, ensure_ascii=False, indent=1).encode()
        return {**self._told(sms, own), "outbox": str(self.way.keep(f"{own}.json", content))}

    def recall(self, sms: Sms, once: str) -> Row | None:
        """What came of it in the dry mode; a service that keeps no key of ours cannot be asked."""
        if not isinstance(self.way, Outbox):
            raise UncertainError("the service cannot be asked for a message whose id is not known")
        own = mark(self.system, once)
        path = self.way.find(f"{own}.json")
        return {**self._told(sms, own), "outbox": str(path)} if path else None

    def _told(self, sms: Sms, message: str) -> dict[str, Any]:
        counted = {"segments": sms.segments, "encoding": sms.encoding}
        return {"message": message, "to": sms.to, **counted}

    def streams(self) -> Mapping[str, Stream]:
        """See `crosstie.Live`: there are none."""
        return {}

    def tables(self) -> Mapping[str, Table]:
        """See `crosstie.Live`: there are none."""
        return {}

    def check(self, use: Mapping[str, frozenset[str]]) -> Iterable[Finding]:
        """See `crosstie.Checks`."""
        return self.way.check()

    def forget(self, text: str) -> int:
        """See `crosstie.Forgets`."""
        return self.way.forget(text) if isinstance(self.way, Outbox) else 0

    def close(self) -> None:
        """See `crosstie.Live`: the core closes the HTTP clients, and there is nothing else."""


@attrs.frozen
class SendSms:
    """Sends an SMS to one number."""

    name: ClassVar[str] = "send"

    to: str = setting("Phone number, with its country's prefix or of the region")
    text: str = setting("What it says")
    region: str | None = setting(
        "Country of a number without prefix; by default the system's",
        default=None,
    )
    sender: str | None = setting(
        "Number or name it comes from; by default the system's", default=None
    )
    consent: bool | None = setting(
        "Whether the person has agreed; false: refused, not given: not known", default=None
    )

    @to.validator
    @text.validator
    def _check_said(self, field: Any, value: str) -> None:
        check_said(field.name, value)

    @region.validator
    def _check_region(self, field: Any, region: str | None) -> None:
        check_region(field.name, region)

    @sender.validator
    def _check_sender(self, field: Any, sender: str | None) -> None:
        if sender is not None:
            check_line(field.name, sender)

    def run(self, system: SmsLive, once: str) -> Row:
        """See `crosstie.Action`; tells the message's id, the number, segments and encoding."""
        return system.send(self.composed(system), once)

    def preview(self, system: SmsLive) -> str:
        """See `crosstie.Previews`."""
        sms = self.composed(system)
        size = f"{sms.segments} segment{'s' * (sms.segments != 1)} in {sms.encoding}"
        sender = f"From: {sms.sender}\n" if sms.sender else ""
        return f"{sender}To: {sms.to}\nSize: {size}\n\n{sms.text}"

    def composed(self, system: SmsLive) -> Sms:
        """The message; raises `RejectedError` where there can be none."""
        settings, sender = system.settings, self.sender or system.settings.sender
        to = e164(self.to, self.region or settings.region)
        insist_on(self.consent, to)
        counted = segments(self.text + settings.appended(sender))
        if counted.number > settings.max_segments:
            size = f"{counted.number} segments in {counted.encoding}"
            most = f"max_segments is {settings.max_segments}"
            raise RejectedError(f"the text takes {size}, and {most}: nothing was sent")
        return Sms(to, self.text, sender, counted.encoding, counted.number)


@attrs.frozen
class SendSmsUnkeyed(SendSms):
    """One that is sent by a service without idempotency keys: it is never repeated by itself."""

    def recall(self, system: SmsLive, once: str) -> Row | None:
        """See `crosstie.Recalls`: the outbox knows; a service does not."""
        return system.recall(self.composed(system), once)
