"""A connector with every type of setting, as the file beside a config, for the config's tests."""

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import ClassVar, Literal
from zoneinfo import ZoneInfo

import attrs

from crosstie import Env, Live, Record, Row, Secret, hookimpl, setting


@attrs.frozen
class Acme:
    """A shop and CRM in one, for tests.

    This second paragraph is not part of its summary.
    """

    kind: ClassVar[str] = "acme"
    streams_offered: ClassVar[tuple[str, ...]] = ("customers", "orders")
    tables_offered: ClassVar[tuple[str, ...] | None] = ("customers", "orders")

    url: str = setting("Address of the service, with https://")
    token: Secret = setting("API token, from Settings > API")
    pages: int = setting("Records per page", default=100)
    strict: bool = setting("Whether to refuse what is odd", default=False)
    rate: Decimal | None = setting("Price of a point", default=None)
    timeout: timedelta = setting("How long a request may take", default=timedelta(seconds=45))
    settle: timedelta | None = setting("How long a lost write may land", default=None)
    workers: int = setting("Writers in parallel", default=2)
    identity: str | None = setting("Whose keys these are", default=None)
    zone: ZoneInfo | None = setting("Time zone of its times", default=None)
    folder: Path | None = setting("Where its files are", default=None)
    mode: Literal["fast", "careful"] = setting("How it works", default="careful")
    tags: tuple[str, ...] = setting("Tags of what it writes", default=())
    headers: dict[str, str] = setting("Headers to send", default=attrs.Factory(dict))

    @pages.validator
    def _some_pages(self, _: object, value: int) -> None:
        if value < 1:
            raise ValueError(f"pages must be at least 1, not {value}")

    def connect(self, env: Env) -> Live:
        """No test of the config connects."""
        raise AssertionError


@attrs.frozen
class Drop:
    """A place that is only written to, with tables of any name."""

    kind: ClassVar[str] = "drop"
    streams_offered: ClassVar[tuple[str, ...]] = ()
    tables_offered: ClassVar[tuple[str, ...] | None] = None

    def connect(self, env: Env) -> Live:
        """No test of the config connects."""
        raise AssertionError


@attrs.frozen
class Feed:
    """A place that is only read."""

    kind: ClassVar[str] = "feed"
    streams_offered: ClassVar[tuple[str, ...]] = ("news",)
    tables_offered: ClassVar[tuple[str, ...] | None] = ()

    def connect(self, env: Env) -> Live:
        """No test of the config connects."""
        raise AssertionError


@attrs.frozen
class CreateCoupon:
    """Create a coupon."""

    name: ClassVar[str] = "create_coupon"
    on: ClassVar[str] = "acme"

    percent: Decimal = setting("What is taken off, in percent")

    def run(self, system: object, once: str) -> Row:
        """Give back what it would create."""
        return {"percent": self.percent, "once": once}


def shout(record: Record, row: Row) -> Row:
    """Write every text in capitals."""
    return {name: value.upper() for name, value in row.items() if isinstance(value, str)}


@hookimpl
def register_sources() -> Sequence[type]:
    return [Acme, Feed]


@hookimpl
def register_sinks() -> Sequence[type]:
    return [Acme, Drop]


@hookimpl
def register_actions() -> Sequence[type]:
    return [CreateCoupon]


@hookimpl
def register_mappings() -> Mapping[str, Callable[[Record, Row], Row]]:
    return {"shout": shout}
