"""The connector: what a config says of a PrestaShop shop, and the connected shop."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from typing import Any, ClassVar
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import attrs

from crosstie import Advice, Env, Finding, Secret, Table, setting
from crosstie_prestashop.answers import Site
from crosstie_prestashop.checking import check
from crosstie_prestashop.introducing import introduce
from crosstie_prestashop.shop import Options, Shop
from crosstie_prestashop.streams import ShopStream, streams_of
from crosstie_prestashop.webservice import Webservice


@attrs.frozen
class PrestaShop:
    """A PrestaShop shop (1.7.8, 8 or 9), through its webservice. Only actions change anything."""

    kind: ClassVar[str] = "prestashop"
    usual_name: ClassVar[str] = "shop"
    streams_offered: ClassVar[tuple[str, ...] | None] = (
        "customers",
        "products",
        "orders",
        "carts",
        "order_states",
        "currencies",
        "credit_slips",
    )
    tables_offered: ClassVar[tuple[str, ...] | None] = ()

    url: str = setting("The shop's own address, with https://", identifies=True)
    key: Secret = setting("Webservice key, from Advanced Parameters > Webservice")
    timeout: timedelta = setting(
        "How long one request may take; pages shrink where it does not suffice",
        default=timedelta(seconds=30),
    )
    workers: int = setting("Pages under way at a time; more than 2 rarely gain", default=2)
    page: int = setting("Records asked for at once, at most", default=500)
    time_zone: ZoneInfo | None = setting(
        "The shop's time zone; needed only where the key may not read configurations",
        default=None,
    )
    language: str | None = setting(
        "ISO code or id of the language for names and descriptions; the shop's default if not set",
        default=None,
    )
    id_shop: int | None = setting(
        "Id of one shop of a multishop; the key's own context if not set", default=None
    )
    identity: str | None = setting(
        "A name shared by the systems that are one shop with the same keys", default=None
    )
    overlap: timedelta = setting(
        "How far before the last pass the next one begins, for changes that were slow to appear",
        default=timedelta(minutes=5),
    )

    @url.validator
    def _check_url(self, _: Any, url: str) -> None:
        parts = urlsplit(url)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise ValueError("url must be the shop's address, such as https://shop.example")
        if parts.query or parts.username:
            raise ValueError("url must be the address alone, without a user, a key or a ?")

    @workers.validator
    @page.validator
    def _check_positive(self, attribute: Any, number: int) -> None:
        if number < 1:
            raise ValueError(f"{attribute.name} must be 1 or more, not {number}")

    def connect(self, env: Env) -> "LiveShop":
        """A connected shop; the first request is made when something is first read."""
        home = self.url.rstrip("/").removesuffix("/api")
        site = Site(env.system, home, self.id_shop)
        http = env.http(f"{home}/api/", auth=(self.key.reveal(), ""))
        webservice = Webservice(http, site, env.clock, self.page)
        options = Options(self.time_zone, self.language)
        shop = Shop(webservice, options, env.clock, env.memory, env.log)
        return LiveShop(shop, streams_of(shop, self.workers, self.overlap), env)


@attrs.frozen
class LiveShop:
    """A connected shop."""

    shop: Shop
    _streams: Mapping[str, ShopStream]
    lent: Env = attrs.field(repr=False)

    def streams(self) -> Mapping[str, ShopStream]:
        """The streams by name."""
        return self._streams

    def tables(self) -> Mapping[str, Table]:
        """None: flows only read a shop."""
        return {}

    def close(self) -> None:
        """Nothing is held: the core closes the HTTP client that it lent."""

    def time_zone(self) -> ZoneInfo:
        """See `crosstie.Zoned`."""
        return self.shop.zone()

    def languages(self) -> Sequence[str]:
        """See `crosstie.Speaks`."""
        return self.shop.told_languages()

    def check(self, use: Mapping[str, frozenset[str]]) -> Iterable[Finding]:
        """See `crosstie.Checks`."""
        return check(self.shop, use)

    def introduce(self, use: Mapping[str, frozenset[str]]) -> Iterable[Advice]:
        """See `crosstie.Introduces`."""
        return introduce(self.shop, use)
