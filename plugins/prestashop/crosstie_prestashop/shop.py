"""What one must know of a shop to understand its records: its zone, languages and small tables.

What the key may not read stays unknown, which is logged once.
"""

import logging
from collections.abc import Callable, Iterable, Mapping
from threading import RLock
from typing import Any
from zoneinfo import ZoneInfo

import attrs

from crosstie import Clock, ConfigError, Memory, Ref, UnauthorisedError
from crosstie.commerce import Currency, OrderState
from crosstie_prestashop.answers import BACK_OFFICE, UnreadableError
from crosstie_prestashop.configuration import CANCELLED, CURRENCY, LANGUAGE, Configuration
from crosstie_prestashop.tables import Made, Table
from crosstie_prestashop.values import Raw, flag, key, price, text
from crosstie_prestashop.webservice import Webservice


@attrs.frozen
class Options:
    """What the config says about this shop, see `PrestaShop`."""

    time_zone: ZoneInfo | None
    language: str | None


@attrs.frozen
class Language:
    """A language of the shop; people and orders may have one that is no longer active."""

    code: str | None
    active: bool | None


@attrs.frozen
class KnownState:
    """An order state, and its names in all of the shop's languages, in lower case.

    One that is `deleted` may still be the state of old orders.
    """

    told: OrderState
    names: frozenset[str]
    deleted: bool


class Shop:
    """The shop behind a webservice, as far as its records need it; usable from several threads."""

    def __init__(
        self,
        webservice: Webservice,
        options: Options,
        clock: Clock,
        memory: Memory,
        log: logging.Logger,
    ) -> None:
        self.webservice = webservice
        self.options = options
        self.clock = clock
        self.configuration = Configuration(webservice, memory, clock, self._unknown)
        self._log = log
        self._lock = RLock()
        self._told: set[str] = set()
        self._language: str | None = None
        self.countries = self._table("countries", _iso_code)
        self.states = self._table("states", _iso_code)
        self.languages = self._table(
            "languages", lambda row: Language(_iso_code(row), flag(row.get("active")))
        )
        self.shops = self._table("shops", lambda row: text(row.get("name")))
        self.currencies = self._table("currencies", self._currency_ref)
        self.order_states = self._table("order_states", self._known_state)

    def refresh(self) -> None:
        """Forget what may be out of date; called before each pass over a stream."""
        with self._lock:
            self._language = None
            self.configuration.refresh()
            for table in (self.countries, self.states, self.languages, self.shops):
                table.refresh()
            self.currencies.refresh()
            self.order_states.refresh()

    def find(
        self,
        resource: str,
        field: str,
        values: Iterable[str | None],
        *,
        display: str = "full",
        more: Mapping[str, str] | None = None,
    ) -> list[Raw] | None:
        """All rows whose `field` is one of `values`; None when the resource is not readable."""
        wanted = {value for value in values if value is not None}
        try:
            return self.webservice.by(resource, field, wanted, display=display, more=more)
        except UnreadableError as error:
            self._unknown(resource, error)
            return None

    def zone(self) -> ZoneInfo:
        """The zone of the shop's local times: the config's, else the shop's own."""
        if self.options.time_zone is not None:
            return self.options.time_zone
        with self._lock:
            return self.configuration.zone()

    def language(self, id_: Any) -> str | None:
        """The ISO code of the language under this id."""
        known = self.languages.get(id_)
        return known.code if known else None

    def active_languages(self) -> dict[str, str]:
        """ISO codes by id of the languages that are active, the shop's default first."""
        default = self.default_language()
        codes = {
            id_: language.code
            for id_, language in self.languages.rows().items()
            if language.code and language.active is not False
        }
        return dict(sorted(codes.items(), key=lambda pair: pair[0] != default))

    def told_languages(self) -> list[str]:
        """ISO codes of the languages that names may be told in, see `crosstie.Speaks`.

        An id that was chosen is told as it is where the key may not read languages.
        """
        chosen, known = self._wanted_language(), self.languages.rows()
        if chosen is not None and known and chosen not in known:
            raise self._no_language(chosen)
        if chosen is not None:
            return [self.language(chosen) or chosen]
        if not known:
            raise UnauthorisedError(
                f"{self.webservice.site}: the shop's languages are not known, because the key may "
                "not read languages; set language in the config to the id of the one to tell names "
                f"in, or give the key GET on languages ({BACK_OFFICE})"
            )
        return list(self.active_languages().values())

    def default_language(self) -> str | None:
        """The id of the shop's default language; None when the shop does not tell."""
        with self._lock:
            return self.configuration.get(LANGUAGE)

    def words(self, value: Any) -> str | None:
        """A multilingual text in the wanted language, else in the first that has one.

        Shops with one language give plain text (1.7.8.11), others a list by language.
        """
        if not isinstance(value, list):
            return text(value)
        by_language = {str(one.get("id")): text(one.get("value")) for one in value}
        wanted = by_language.get(self._language_id() or "")
        return wanted or next(filter(None, by_language.values()), None)

    def default_currency(self) -> Ref | None:
        """The currency of catalogue prices: the shop's default, else the only one with rate 1."""
        with self._lock:
            named = self.currencies.get(self.configuration.get(CURRENCY))
        if named is not None:
            return named
        ones = [ref for ref in self.currencies.rows().values() if ref.embedded.rate == 1]
        return ones[0] if len(ones) == 1 else None

    def currency(self, row: Raw) -> Currency:
        """A row of `currencies`."""
        return Currency(
            code=str(row.get("iso_code") or "").upper(),
            name=self.words(row.get("name")),
            symbol=self.words(row.get("symbol")),
            rate=price(row.get("conversion_rate")),
            active=flag(row.get("active")),
        )

    def order_state(self, row: Raw) -> OrderState:
        """A row of `order_states`. It has no flag for cancelled, but a setting of the shop names
        the one state that means it; unknown where that setting is not readable.
        """
        with self._lock:
            cancelled = self.configuration.get(CANCELLED)
        return OrderState(
            key=str(row["id"]),
            name=self.words(row.get("name")),
            paid=flag(row.get("paid")),
            shipped=flag(row.get("shipped")),
            delivered=flag(row.get("delivery")),
            invoice=flag(row.get("invoice")),
            cancelled=None if cancelled is None else cancelled == str(row["id"]),
        )

    def state_of_order(self, id_: Any) -> OrderState | None:
        """The state under this id, without name and flags when the key may not read states."""
        known = self.order_states.get(id_)
        if known is not None:
            return known.told
        name = key(id_)
        return OrderState(key=name) if name else None

    def _table(self, resource: str, make: Callable[[Raw], Made]) -> Table[Made]:
        params = {"display": "full", "sort": "[id_ASC]"}

        def read() -> list[Raw]:
            try:
                return self.webservice.rows(resource, params).rows
            except UnreadableError as error:
                self._unknown(resource, error)
                return []

        return Table(read, make, self.clock, self._lock)

    def _unknown(self, resource: str, error: UnreadableError) -> None:
        with self._lock:
            if resource not in self._told:
                self._told.add(resource)
                self._log.warning("%s; what it would tell stays unknown", error)

    def _known_state(self, row: Raw) -> KnownState:
        name = row.get("name")
        words = [one.get("value") for one in name] if isinstance(name, list) else [name]
        names = frozenset(str(word).strip().casefold() for word in words if word)
        return KnownState(self.order_state(row), names, flag(row.get("deleted")) is True)

    def _currency_ref(self, row: Raw) -> Ref:
        return Ref("currencies", str(row["id"]), self.currency(row))

    def _language_id(self) -> str | None:
        """The id of the language for names and descriptions; None when the shop does not tell."""
        with self._lock:
            if self._language is None:
                self._language = self._wanted_language() or self.default_language()
            return self._language

    def _wanted_language(self) -> str | None:
        wanted = self.options.language
        if wanted is None or wanted.isdecimal():
            return wanted
        known = self.languages.rows()
        for id_, language in known.items():
            if language.code and language.code.lower() == wanted.lower():
                return id_
        site = self.webservice.site
        if not known:
            raise UnauthorisedError(
                f"{site}: language = {wanted!r} cannot be looked up, because the key may not read "
                "languages; set language to the id of the language, or give the key GET on "
                f"languages ({BACK_OFFICE})"
            )
        raise self._no_language(wanted)

    def _no_language(self, wanted: str) -> ConfigError:
        codes = sorted(filter(None, (known.code for known in self.languages.rows().values())))
        site = self.webservice.site
        return ConfigError(
            [f"{site}: the shop has no language {wanted!r}; it has {', '.join(codes)}"]
        )


def _iso_code(row: Raw) -> str | None:
    return text(row.get("iso_code"))
