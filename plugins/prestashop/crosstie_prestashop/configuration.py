"""The shop's own settings, as far as its records need them."""

import json
from collections.abc import Callable, Mapping
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from crosstie import Clock, ConfigError, Memory, UnauthorisedError
from crosstie_prestashop.answers import BACK_OFFICE, UnreadableError
from crosstie_prestashop.values import key
from crosstie_prestashop.webservice import Webservice

REMEMBERED = "configuration"
TIME_ZONE, LANGUAGE, CURRENCY = "PS_TIMEZONE", "PS_LANG_DEFAULT", "PS_CURRENCY_DEFAULT"
CANCELLED = "PS_OS_CANCELED"
"""The id of the order state that means cancelled; there is no flag for it."""

NAMES = (TIME_ZONE, LANGUAGE, CURRENCY, CANCELLED)
A_DAY = 86400


class Configuration:
    """The settings by name; asked for once a day, and remembered from run to run.

    `tell` is called when the key may not read them; there are none then.
    """

    def __init__(
        self,
        webservice: Webservice,
        memory: Memory,
        clock: Clock,
        tell: Callable[[str, UnreadableError], None],
    ) -> None:
        self._webservice = webservice
        self._memory = memory
        self._clock = clock
        self._tell = tell
        self._values: Mapping[str, str] | None = None

    def get(self, name: str) -> str | None:
        """The setting of this name."""
        if self._values is None:
            self._values = self._recalled() or self._asked()
        return self._values.get(name)

    def refresh(self) -> None:
        """Forget what is over a day old."""
        self._values = None

    def zone(self) -> ZoneInfo:
        """The zone of the shop's local times; raises `CrosstieError` when it cannot be told."""
        site, name = self._webservice.site, self.get(TIME_ZONE)
        remedy = 'set time_zone in the config, such as time_zone = "Europe/Paris"'
        if name is None:
            raise UnauthorisedError(
                f"{site}: the shop's time zone is not known, because the key may not read "
                f"configurations; {remedy}, or give the key GET on configurations ({BACK_OFFICE})"
            )
        try:
            return ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError) as error:
            mistake = f"{site}: the shop's time zone {name!r} is not known here; {remedy}"
            raise ConfigError([mistake]) from error

    def _recalled(self) -> Mapping[str, str] | None:
        kept = json.loads(self._memory.get(REMEMBERED) or "{}")
        fresh = self._clock.now().timestamp() - kept.get("read", 0) < A_DAY
        same_shop = kept.get("id_shop") == self._webservice.site.id_shop
        values: Mapping[str, str] | None = kept.get("values") if fresh and same_shop else None
        return values

    def _asked(self) -> Mapping[str, str]:
        named = {"filter[name]": f"[{'|'.join(NAMES)}]", "display": "full", "sort": "[id_ASC]"}
        try:
            rows = self._webservice.rows("configurations", named).rows
        except UnreadableError as error:
            self._tell("configurations", error)
            return {}
        id_shop = self._webservice.site.id_shop
        values: dict[str, str] = {}
        for of_shop in (None, str(id_shop)):  # what a shop sets for itself counts more
            values |= {
                row["name"]: str(row["value"])
                for row in rows
                if row.get("name") in NAMES
                and row.get("value")
                and key(row.get("id_shop")) == of_shop
                and (of_shop or not key(row.get("id_shop_group")))
            }
        kept = {"read": self._clock.now().timestamp(), "id_shop": id_shop, "values": values}
        self._memory.set(REMEMBERED, json.dumps(kept))
        return values
