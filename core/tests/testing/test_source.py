"""The kit's promises about reading: a good connector keeps all, and each broken one breaks its own."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from crosstie import Clock, Secret
from crosstie.testing import Rig, SourceConformance
from tests.testing.bazaar.connector import Bazaar, Offer
from tests.testing.bazaar.sandbox import TOKEN, BazaarSandbox


class AtTheBazaar(Rig):
    kind = "bazaar"
    plugin = Offer(Bazaar)
    local: ZoneInfo | None = None

    def sandbox(self, clock: Clock) -> BazaarSandbox:
        return BazaarSandbox(clock, self.local)

    def settings(self, url: str) -> Mapping[str, Any]:
        local = {"time_zone": self.local.key} if self.local else {}
        return {"url": url, "token": Secret(TOKEN), **local}


class Wares(AtTheBazaar, SourceConformance):
    stream = "wares"

    def add(self, sandbox: Any, number: int, at: datetime, text: str) -> str:
        return str(sandbox.put(f"stall {number % 2}", at, text))

    def change(self, sandbox: Any, key: str, at: datetime, text: str) -> None:
        sandbox.change(key, at, title=text)

    def remove(self, sandbox: Any, key: str, at: datetime) -> None:
        sandbox.change(key, at, removed=True)


class TestWares(Wares):
    """In UTC."""


class TestWaresInLocalTime(Wares):
    local = ZoneInfo("Europe/Paris")
