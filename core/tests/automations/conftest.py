"""A project with automations of a kiosk, on a clock that only waiting moves."""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import attrs
import pytest

from crosstie import Record, Ref
from crosstie.automating import PassReport, automate
from crosstie.commerce import Cart, CartLine, Customer, Order, OrderState
from crosstie.packing import unpacked
from crosstie.project import Project, open_project
from crosstie.settings import duration_of
from crosstie.state import EventRow, Journey, SqliteState
from crosstie.testing import SimulatedClock

from .kiosk import Kiosk, KioskPlugin

SYSTEM = '[systems.shop]\nuse = "kiosk"\n'
LINES = (CartLine(product=Ref("products", "1"), quantity=Decimal(1)),)


def toml(value: Any) -> str:
    """A value as TOML has it on one line."""
    if isinstance(value, Mapping):
        return f"{{ {', '.join(f'{name} = {toml(one)}' for name, one in value.items())} }}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(toml, value))}]"
    return json.dumps(value)


@attrs.define
class Bench:
    """A config of automations, and what they do."""

    folder: Path
    clock: SimulatedClock
    kiosks: dict[str, Kiosk] = attrs.field(factory=lambda: {"shop": Kiosk()})
    systems: str = SYSTEM
    automations: dict[str, str] = attrs.field(factory=dict)
    _opened: dict[str, Project] = attrs.field(factory=dict)

    @property
    def kiosk(self) -> Kiosk:
        return self.kiosks["shop"]

    @property
    def file(self) -> Path:
        return self.folder / "crosstie.toml"

    def automation(self, name: str, on: str, *steps: Mapping[str, Any], **settings: Any) -> None:
        """Let there be this automation, in place of one of that name; it says who it is about
        where no steps are given.
        """
        usual = ({"do": "shop.say", "with": {"text": f"{name} {{{{ key }}}}"}},)
        table = {"on": on, **settings, "steps": list(steps or usual)}
        lines = [f"{key.removesuffix('_')} = {toml(value)}" for key, value in table.items()]
        self.automations[name] = "\n".join([f"[automations.{name}]", *lines, ""])

    def project(self) -> Project:
        """The project as the config is now."""
        text = "\n".join([self.systems, *self.automations.values()])
        if text not in self._opened:
            self.file.write_text(text, "utf-8")
            plugins = {"kiosk": KioskPlugin(self.kiosks)}
            opened = open_project(self.file, {}, clock=self.clock, plugins=plugins)
            self._opened[text] = opened
        return self._opened[text]

    def run(self, after: str | timedelta = timedelta(0)) -> PassReport:
        """One pass over the automations, once that much time has passed."""
        pause = duration_of(after) if isinstance(after, str) else after
        assert pause is not None
        self.clock.move(self.clock.now() + pause)
        return automate(self.project())

    def state(self) -> SqliteState:
        """The state, opened."""
        return self.project().state()

    def events(self, kind: str | None = None) -> list[EventRow]:
        """Every event so far, the oldest first."""
        with closing(self.state()) as state:
            ids = [one for (one,) in state.query("SELECT id FROM events ORDER BY id")]
            found = [event for event in map(state.event, ids) if event is not None]
        return [event for event in found if kind in {None, event.kind}]

    def told(self) -> list[tuple[str, str]]:
        """The kind and key of every event so far."""
        return [(event.kind, event.key) for event in self.events()]

    def more(self, event: EventRow) -> Any:
        """What else an event tells."""
        return unpacked(event.data)["more"]

    def journeys(self, name: str | None = None) -> list[Journey]:
        """Every journey, the oldest first."""
        with closing(self.state()) as state:
            return state.journeys(name, limit=100_000)[::-1]

    def statuses(self, name: str | None = None) -> list[str]:
        """How the journeys are, the oldest first."""
        return [journey.status for journey in self.journeys(name)]

    def retry(self, journey: Journey) -> None:
        """Let a journey try its present step again, as `crosstie journeys retry` does."""
        with closing(self.state()) as state:
            state.keep_journey(
                attrs.evolve(
                    journey, status="waiting", due=self.clock.now(), error=None, attempts=0
                )
            )

    # What happens in the kiosk:

    def customer(self, key: str, email: str = "", version: str | None = "1", **more: Any) -> None:
        """A customer registers or changes."""
        person = Customer(email=email or f"c{key}@example.com", created=self.clock.now(), **more)
        self.kiosk.tell("customers", Record(key, person, version))

    def order(
        self, key: str, state: str | None = "new", person: str = "1", cart: str | None = None,
        **more: Any,
    ) -> None:  # fmt: skip
        """An order is placed or changes its state."""
        sale = Order(
            number=key,
            customer=Ref("customers", person, Customer(email=f"c{person}@example.com")),
            cart=None if cart is None else Ref("carts", cart),
            state=None if state is None else OrderState(key=state, paid=state == "paid"),
            created=self.clock.now(),
            updated=self.clock.now(),
        )
        self.kiosk.tell("orders", Record(key, attrs.evolve(sale, **more), f"{self.clock.now()}"))

    def cart(
        self, key: str, touched: datetime | None = None, person: str | None = "1", **more: Any
    ) -> None:
        """A cart is touched, now or when the shop's clock says."""
        owner = Ref("customers", person or "", Customer(email=f"c{person}@example.com"))
        told = {"lines": LINES, "updated": touched or self.clock.now(), **more}
        basket = Cart(customer=owner if person else None, **told)
        self.kiosk.tell("carts", Record(key, basket, str(basket.updated)))


@pytest.fixture
def clock() -> SimulatedClock:
    return SimulatedClock()


@pytest.fixture
def bench(tmp_path: Path, clock: SimulatedClock) -> Bench:
    return Bench(tmp_path, clock)


@pytest.fixture
def new_bench(
    tmp_path_factory: pytest.TempPathFactory,
) -> Callable[[], Bench]:
    """Makes benches, each with its own state and clock."""
    return lambda: Bench(tmp_path_factory.mktemp("bench"), SimulatedClock())


@pytest.fixture
def state(bench: Bench) -> Iterator[SqliteState]:
    with closing(bench.state()) as opened:
        yield opened
