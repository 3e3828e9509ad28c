"""The world that the sandbox tells of: a shop's tables, its clock and its zone.

`Shop.load(folder)` fills one from files `<resource>.json.gz`, each holding what the webservice
answered for that resource in full; `crosstie_prestashop.sandbox.generate` makes one up.
"""

import gzip
import json
import threading
from datetime import timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from crosstie import Clock, ConfigError, SystemClock
from crosstie_prestashop.sandbox.resources import Record, catalogue
from crosstie_prestashop.sandbox.table import Associations, Table


class Shop:
    """All tables by resource name, as dicts of raw records go in and out of them.

    Times are written in `zone`, without saying so, in whole seconds: as a shop does.
    `skew` is how far the shop's clock goes ahead of `clock`. Whoever reads or changes the tables
    while they are served holds `lock`. `deliveries` is the last delivery number given, `mails` has
    the order and the state of each mail that customers got about a state.
    """

    def __init__(
        self,
        *,
        clock: Clock | None = None,
        zone: str = "Europe/Paris",
        skew: timedelta = timedelta(0),
    ) -> None:
        self.clock = clock or SystemClock()
        self.zone = ZoneInfo(zone)
        self.skew = skew
        shared: dict[Any, Any] = {}
        stored = (one for one in catalogue(8).values() if one.stored)
        self.tables = {one.name: Table(one, shared) for one in stored}
        self.lock = threading.RLock()
        self.deliveries = 0
        self.mails: list[tuple[int, int]] = []
        self.tables["orders"].derive = self._order_rows
        forget = self.tables["orders"].encoded.pop
        self.tables["order_details"].watch = ("id_order", lambda order: forget(int(order), None))

    @classmethod
    def load(
        cls, folder: Path, *, clock: Clock | None = None, skew: timedelta = timedelta(0)
    ) -> "Shop":
        """A shop filled from the resource files of a folder, in the zone that they name.

        Raises `ConfigError` for a file that is no resource's, cannot be read, or is missing.
        """
        shop = cls(clock=clock, skew=skew)
        for path in sorted(folder.glob("*.json.gz")):
            name = path.name.removesuffix(".json.gz")
            if name not in shop.tables:
                raise ConfigError([f"{path}: there is no resource {name} in a shop."])
            try:
                shop.fill(name, json.loads(gzip.decompress(path.read_bytes())))
            except (OSError, EOFError, ValueError) as error:
                raise ConfigError([f"{path}: this is not JSON in gzip ({error})."]) from error
        if not shop.languages:
            raise ConfigError(
                [f"{folder}: languages.json.gz is missing, without which no shop is."]
            )
        shop.zone = ZoneInfo(shop.setting("PS_TIMEZONE") or shop.zone.key)
        numbers = shop["orders"].known("delivery_number")
        shop.deliveries = max((numbers(key) or 0 for key in shop["orders"]), default=0)
        return shop

    def rezone(self, zone: str) -> None:
        """Move the shop to another zone, in its settings too; what is written stays as it is."""
        self.zone = ZoneInfo(zone)
        settings = self.tables["configurations"]
        for key in settings.with_value("name", "ps_timezone"):
            settings.change(key, value=zone)

    def fill(self, resource: str, answer: dict[str, list[Record]] | list[Any]) -> None:
        """Add the records of a full answer (``{"orders": [...]}``, or ``[]``)."""
        records = next(iter(answer.values())) if isinstance(answer, dict) else answer
        table = self.tables[resource]
        for record in sorted(records, key=lambda record: int(record["id"])):
            table.insert(record)

    def __getitem__(self, resource: str) -> Table:
        return self.tables[resource]

    def now(self, ahead: timedelta = timedelta(0)) -> str:
        """The shop's local time, as it writes it."""
        moment = self.clock.now() + self.skew + ahead
        return moment.astimezone(self.zone).strftime("%Y-%m-%d %H:%M:%S")

    def unix_time(self) -> int:
        """The shop's clock in seconds, as `Access-Time` tells it."""
        return int((self.clock.now() + self.skew).timestamp())

    def setting(self, name: str) -> str | None:
        """A value of the shop's configuration."""
        table = self.tables["configurations"]
        return next(
            (table.value(key, "value") for key in table if table.value(key, "name") == name), None
        )

    @property
    def languages(self) -> list[int]:
        """The ids of the installed languages."""
        return list(self.tables["languages"])

    def details_of(self, order: int) -> list[int]:
        """The ids of an order's details, in order."""
        return sorted(self.tables["order_details"].with_value("id_order", order))

    def _order_rows(self, order: int) -> Associations:
        fields = self.tables["orders"].resource.associations["order_rows"].fields[1:]
        value = self.tables["order_details"].value
        rows = [
            {"id": str(key), **{name: value(key, name) for name in fields}}
            for key in self.details_of(order)
        ]
        return {"order_rows": rows} if rows else {}
