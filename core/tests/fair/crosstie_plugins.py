"""A shop, a post office and a bell, as the file beside a config, for the automations' tests."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, ClassVar, Literal

import attrs

from crosstie import Env, Event, Finding, Live, Request, Row, hookimpl, setting


@attrs.frozen
class Open:
    """A place where somebody is; it tells what is wanted of it."""

    names: tuple[str, ...]

    def streams(self) -> Mapping[str, Any]:
        return dict.fromkeys(self.names)

    def tables(self) -> Mapping[str, Any]:
        return {}

    def close(self) -> None:
        """Nothing is held."""

    def check(self, use: Mapping[str, frozenset[str]]) -> Iterable[Finding]:
        for name, needs in use.items():
            yield Finding("ok", f"{name} may {' and '.join(sorted(needs))}")


@attrs.frozen
class Listening(Open):
    """One that takes webhooks."""

    def receive(self, request: Request) -> Sequence[Event]:
        return []


@attrs.frozen
class Stall:
    """A place of the fair."""

    streams_offered: ClassVar[tuple[str, ...] | None] = ()
    tables_offered: ClassVar[tuple[str, ...] | None] = ()

    def connect(self, env: Env) -> Live:
        names = ("customers",) if self.streams_offered is None else self.streams_offered
        return Listening(names) if getattr(self, "events_offered", ()) else Open(names)


@attrs.frozen
class Shop(Stall):
    """A shop that is looked at."""

    kind: ClassVar[str] = "stand"
    streams_offered: ClassVar[tuple[str, ...] | None] = ("customers", "orders", "carts")


@attrs.frozen
class Post(Stall):
    """Only sends."""

    kind: ClassVar[str] = "post"


@attrs.frozen
class Bell(Stall):
    """A system with webhooks of its own."""

    kind: ClassVar[str] = "bell"
    events_offered: ClassVar[tuple[str, ...] | None] = ("rung", "order_placed")


@attrs.frozen
class Letterbox(Stall):
    """Takes any event."""

    kind: ClassVar[str] = "letterbox"
    events_offered: ClassVar[tuple[str, ...] | None] = None


@attrs.frozen
class Archive(Stall):
    """Knows only itself which streams it has."""

    kind: ClassVar[str] = "archive"
    streams_offered: ClassVar[tuple[str, ...] | None] = None


@attrs.frozen
class CreateCoupon:
    """Creates a coupon."""

    name: ClassVar[str] = "create_coupon"
    on: ClassVar[str] = "stand"

    title: str = setting("What it is called", alias="name")
    percent: Decimal | None = setting("What is taken off, in percent", default=None)
    amount: Decimal | None = setting("What is taken off", default=None)
    tax: Literal["included", "excluded"] = setting("Of the amount", default="included")
    expires_after: timedelta | None = setting("How long it is valid", default=None)
    expires_on: date | None = setting("Its last day", default=None)
    max_uses: int = setting("How often it can be used", default=1)
    uses_each: int | None = setting("How often by one customer", default=None)
    tags: tuple[str, ...] = setting("For the back office", default=())
    texts: dict[str, str] = setting("More texts", default=attrs.Factory(dict))

    def __attrs_post_init__(self) -> None:
        if (self.percent is None) == (self.amount is None):
            raise ValueError("give either percent or amount")

    @percent.validator
    def _check_percent(self, _: object, percent: Decimal | None) -> None:
        if percent is not None and not 0 < percent <= 100:
            raise ValueError(f"percent must be over 0 and up to 100, not {percent}")

    @uses_each.validator
    def _check_uses(self, _: object, uses: int | None) -> None:
        if uses is not None and uses > self.max_uses:
            raise ValueError(f"uses_each must be {self.max_uses} at most, not {uses}")

    def run(self, system: object, once: str) -> Row:
        """No test of the config does it."""
        raise AssertionError


@attrs.frozen
class Send:
    """Sends a letter."""

    name: ClassVar[str] = "send"
    on: ClassVar[str] = "post"

    to: str = setting("Whom to")
    text: str = setting("What it says")
    data: object = setting("What comes with it", default=None)

    def run(self, system: object, once: str) -> Row:
        """No test of the config does it."""
        raise AssertionError


@hookimpl
def register_sources() -> Sequence[type]:
    return [Shop, Bell, Letterbox, Archive]


@hookimpl
def register_sinks() -> Sequence[type]:
    return [Post]


@hookimpl
def register_actions() -> Sequence[type]:
    return [CreateCoupon, Send]
