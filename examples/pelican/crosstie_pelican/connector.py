"""The connector: its settings, and a connected Pelican.

::

    [systems.news]
    use = "pelican"
    url = "https://api.pelican.example"
    client_id = "…"
    client_secret = { env = "PELICAN_CLIENT_SECRET" }
    refresh_token = { env = "PELICAN_REFRESH_TOKEN" }
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from typing import Any, ClassVar

import attrs

from crosstie import (
    Clock,
    Env,
    Event,
    Finding,
    Live,
    Rate,
    Request,
    Secret,
    Stream,
    Table,
    oauth2,
    setting,
)
from crosstie_pelican.api import Api
from crosstie_pelican.checking import findings
from crosstie_pelican.contacts import ContactTable
from crosstie_pelican.purchases import PurchaseTable
from crosstie_pelican.stream import ContactStream
from crosstie_pelican.webhooks import events_of

LARGEST_PAGE = 200


@attrs.frozen
class Pelican:
    """Pelican, a marketing platform: contacts, what they bought, messages and campaigns."""

    kind: ClassVar[str] = "pelican"
    streams_offered: ClassVar[tuple[str, ...] | None] = ("contacts",)
    tables_offered: ClassVar[tuple[str, ...] | None] = ("contacts", "purchases")
    events_offered: ClassVar[tuple[str, ...] | None] = (
        "contact_unsubscribed",
        "message_bounced",
        "campaign_entered",
    )

    url: str = setting("Address of the API, with https://", identifies=True)
    client_id: str = setting("The app's client id, from Settings > Apps")
    client_secret: Secret = setting("The app's client secret")
    refresh_token: Secret = setting(
        "The refresh token got by authorising the app; the ones that follow are remembered"
    )
    webhook_secret: Secret | None = setting(
        "Secret of the webhook, from Settings > Webhooks; without it none is believed", default=None
    )
    timeout: timedelta = setting("Of one request", default=timedelta(seconds=30))
    settle: timedelta = setting(
        "How long an import may take, and how long a write whose answer was lost may still land",
        default=timedelta(minutes=5),
    )
    workers: int = setting("Writers in parallel; imports wait side by side", default=2)
    page: int = setting("Contacts listed at a time, 1 to 200", default=LARGEST_PAGE)
    rate: int = setting("Requests a minute, of all workers together, as your plan allows",
                        default=60)  # fmt: skip

    @url.validator
    def _check_url(self, _: Any, url: str) -> None:
        if not re.match(r"https?://[^/?#]", url):
            raise ValueError(f"url must begin with https:// or http://, not {url!r}")

    @page.validator
    def _check_page(self, _: Any, page: int) -> None:
        if not 1 <= page <= LARGEST_PAGE:
            raise ValueError(f"page must be from 1 to {LARGEST_PAGE}, not {page}")

    @rate.validator
    def _check_rate(self, _: Any, rate: int) -> None:
        if rate < 1:
            raise ValueError(f"rate must be 1 at least, not {rate}")

    def connect(self, env: Env) -> Live:
        """See `crosstie.Connector`: nothing is asked before the first use."""
        url = self.url.rstrip("/")
        auth = oauth2(
            env,
            token_url=f"{url}/oauth/token",
            client_id=self.client_id,
            client_secret=self.client_secret,
            refresh_token=self.refresh_token,
        )
        http = env.http(url, auth=auth, rate=Rate(self.rate, timedelta(minutes=1)))
        return PelicanLive(Api(http, env.clock), self, env.clock)


@attrs.frozen
class PelicanLive:
    """A connected Pelican."""

    api: Api
    settings: Pelican
    clock: Clock

    def streams(self) -> Mapping[str, Stream]:
        """See `crosstie.Live`."""
        return {"contacts": ContactStream(self.api, self.settings.page)}

    def tables(self) -> Mapping[str, Table]:
        """See `crosstie.Live`."""
        contacts = ContactTable(self.api)
        return {
            "contacts": contacts,
            "purchases": PurchaseTable(self.api, self.settings.settle),
        }

    def check(self, use: Mapping[str, frozenset[str]]) -> Iterable[Finding]:
        """See `crosstie.Checks`."""
        return findings(self.api, self.settings.rate, use)

    def receive(self, request: Request) -> Sequence[Event]:
        """See `crosstie.Receives`."""
        return events_of(request, self.settings.webhook_secret, self.clock.now())

    def close(self) -> None:
        """See `crosstie.Live`: the core closes the HTTP clients, and there is nothing else."""
