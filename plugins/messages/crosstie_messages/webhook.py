"""Events of one's own, posted to an address and signed after the Standard Webhooks."""

from collections.abc import Iterable, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any, ClassVar

import attrs

from crosstie import Clock, Env, Finding, Row, Secret, Stream, Table, setting
from crosstie_messages.outbox import Outbox, mark
from crosstie_messages.posting import Receiver, check_receiver, event_of, receiver
from crosstie_messages.wording import check_line


@attrs.frozen
class Webhook:
    """A receiver of events: whatever is posted to it is signed after the Standard Webhooks."""

    kind: ClassVar[str] = "webhook"
    streams_offered: ClassVar[tuple[str, ...] | None] = ()
    tables_offered: ClassVar[tuple[str, ...] | None] = ()

    url: str | None = setting("Address that events are posted to", default=None, identifies=True)
    secret: Secret | None = setting("What they are signed with, whsec_… in base64", default=None)
    timeout: timedelta = setting("Of one request", default=timedelta(seconds=30))
    outbox: Path | None = setting(
        "Folder in which events are kept as JSON instead of being posted (dry mode)", default=None
    )

    def __attrs_post_init__(self) -> None:
        """Nothing is missing or malformed."""
        check_receiver(self.outbox, self.url, self.secret)

    def connect(self, env: Env) -> "WebhookLive":
        """See `crosstie.Connector`: nothing is asked before the first use."""
        if self.outbox is not None:
            return WebhookLive(env.system, Outbox(self.outbox), env.clock)
        assert self.url is not None
        assert self.secret is not None
        return WebhookLive(env.system, receiver(env, self.url, self.secret), env.clock)


@attrs.frozen
class WebhookLive:
    """A connected receiver."""

    system: str
    way: Receiver | Outbox
    clock: Clock

    def post(self, event: bytes, once: str) -> Row:
        """Post an event, or keep it in the dry mode; tells its id."""
        own = mark(self.system, once)
        if isinstance(self.way, Outbox):
            return {"message": own, "outbox": str(self.way.keep(f"{own}.json", event))}
        self.way.post(event, own)
        return {"message": own}

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
class Post:
    """Posts an event; its id is made from the deed, so that the receiver takes it once."""

    name: ClassVar[str] = "post"
    on: ClassVar[str] = "webhook"
    repeats: ClassVar[bool] = True

    event: str = setting("What happened, such as coupon.created")
    data: object = setting("What there is to know about it, as JSON", default=None)

    @event.validator
    def _check_event(self, _: Any, event: str) -> None:
        check_line("event", event)

    def run(self, system: WebhookLive, once: str) -> Row:
        """See `crosstie.Action`; tells the id of the message."""
        return system.post(event_of(self.event, self.data, system.clock), once)

    def preview(self, system: WebhookLive) -> str:
        """See `crosstie.Previews`."""
        return event_of(self.event, self.data, system.clock).decode()
