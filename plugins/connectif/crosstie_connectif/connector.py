"""The connector: its settings, and a connected store.

::

    [systems.marketing]
    use = "connectif"
    key_id = "…"
    key_secret = { env = "CONNECTIF_SECRET" }
"""

import re
from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any, ClassVar, Literal

import attrs

from crosstie import Advice, Env, Finding, Live, Secret, Stream, Table, ToldRate, setting
from crosstie_connectif.api import Api
from crosstie_connectif.basket import Basket
from crosstie_connectif.checking import findings
from crosstie_connectif.contacts import ContactTable
from crosstie_connectif.introducing import advice
from crosstie_connectif.products import ProductTable
from crosstie_connectif.purchases import PurchaseTable

ADDRESS = re.compile(r"https?://[^/?#\s]+")


@attrs.frozen
class Connectif:
    """Connectif, a marketing platform: contacts, products and what was bought."""

    kind: ClassVar[str] = "connectif"
    usual_name: ClassVar[str] = "marketing"
    streams_offered: ClassVar[tuple[str, ...] | None] = ()
    tables_offered: ClassVar[tuple[str, ...] | None] = ("contacts", "products", "purchases")
    tables_limited: ClassVar[tuple[str, ...]] = ("purchases",)
    usual_tables: ClassVar[Mapping[str, str]] = {"customers": "contacts", "orders": "purchases"}

    url: str = setting("Address of the API", default="https://api.connectif.cloud", identifies=True)
    key_id: str = setting("Id of the API key, as Connectif shows it", identifies=True)
    key_secret: Secret = setting("Secret of the API key, shown once when the key is made")
    timeout: timedelta = setting("Of one request", default=timedelta(seconds=30))
    settle: timedelta | None = setting(
        "How long a write whose answer was lost may still land; the time-out unless set",
        default=None,
    )
    workers: int = setting("Writers in parallel; they share one rate limit", default=2)
    newsletter: Literal["leave", "follow"] = setting(
        "Whether subscriptions follow the shop; left alone, who unsubscribed in Connectif stays so",
        default="leave",
    )
    trigger: bool = setting(
        "Whether Connectif's On-Purchase workflows start for each purchase; not for past ones",
        default=False,
    )
    no_image: str | None = setting(
        "Address of the picture of products that have none; Connectif wants one in a purchase",
        default=None,
    )
    other_currencies: Literal["refuse", "convert"] = setting(
        "Whether orders in another currency than the shop's are set aside or divided by their rate",
        default="refuse",
    )

    @url.validator
    @no_image.validator
    def _check_address(self, field: Any, address: str | None) -> None:
        if address is not None and not ADDRESS.match(address):
            raise ValueError(f"{field.name} must begin with https:// or http://, not {address!r}")

    @key_id.validator
    def _check_key(self, _: Any, key_id: str) -> None:
        if not key_id.strip() or ":" in key_id:
            raise ValueError("key_id is the part before the colon, and key_secret the one after it")

    def connect(self, env: Env) -> Live:
        """See `crosstie.Connector`: nothing is asked before the first use."""
        pair = Secret(f"{self.key_id}:{self.key_secret.reveal()}")
        for secret in (Secret(self.key_id), self.key_secret, pair):
            env.redact(secret)
        headers = {"Authorization": f"apiKey {pair.reveal()}"}
        http = env.http(self.url.rstrip("/") + "/", headers=headers, rate=ToldRate())
        return ConnectifLive(Api(http, env.clock), self)


@attrs.frozen
class ConnectifLive:
    """A connected store."""

    api: Api
    settings: Connectif

    def streams(self) -> Mapping[str, Stream]:
        """See `crosstie.Live`: Connectif is only written."""
        return {}

    def tables(self) -> Mapping[str, Table]:
        """See `crosstie.Live`."""
        given = self.settings
        basket = Basket(given.no_image, given.other_currencies)
        return {
            "contacts": ContactTable(self.api, given.newsletter),
            "products": ProductTable(self.api, given.no_image),
            "purchases": PurchaseTable(self.api, basket, given.trigger),
        }

    def check(self, use: Mapping[str, frozenset[str]]) -> Iterable[Finding]:
        """See `crosstie.Checks`."""
        return findings(self.api, use, trigger=self.settings.trigger)

    def introduce(self, use: Mapping[str, frozenset[str]]) -> Iterable[Advice]:
        """See `crosstie.Introduces`."""
        return advice(self.api, use)

    def close(self) -> None:
        """See `crosstie.Live`: the core closes the HTTP client, and there is nothing else."""
