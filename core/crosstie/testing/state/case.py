"""What all tests of a storage share."""

import reprlib
from datetime import UTC, datetime
from typing import Any

import pytest

from crosstie.state import Aside, Intent, Lease, Link, LinkKey, Outcome, State, new_id
from crosstie.state.leases import this_process
from crosstie.testing.clock import SimulatedClock
from crosstie.testing.conformance import Promises

NOW = datetime(2026, 11, 21, 10, tzinfo=UTC)
KEY = LinkKey("shop", "customers", "1", "crm", "people")


class StateCase(Promises):
    """A storage, and the values that are put into it."""

    @pytest.fixture
    def clock(self) -> SimulatedClock:
        """The storage's time."""
        return SimulatedClock()

    @pytest.fixture
    def lease(self, state: State) -> Lease:
        """The lease of the flow ``customers``, held by this process."""
        taken = state.acquire("customers", this_process(), 60)
        assert isinstance(taken, Lease)
        return taken

    def same(self, expected: Any, actual: Any, cause: str) -> None:
        """Fail unless it is as expected."""
        __tracebackhide__ = True
        if expected != actual:
            self.broken(f"{reprlib.repr(actual)}, not {reprlib.repr(expected)}", cause)

    def links(self, state: State, *keys: str) -> dict[str, Link]:
        """The links of customers' keys into the table of people."""
        return state.links(*KEY[:2], *KEY[3:], keys)


def key_of(key: str) -> LinkKey:
    """Another customer's link."""
    return KEY._replace(key=key)


def intent(natural: str = "ada@example.com", link: LinkKey = KEY, at: datetime = NOW) -> Intent:
    """An intent of the flow ``customers``."""
    return Intent(new_id(at), "customers", 1, link, natural, {"email": natural}, at)


def aside(key: str, reason: str = "no", record: str = "{}", **more: Any) -> Aside:
    """A record of the flow ``customers`` that was set aside."""
    due = more.pop("next_at", NOW)
    return Aside("customers", key, "rejected", reason, record, 1, NOW, NOW, due, "run", **more)


def outcome(key: str, detail: str = "{}", at: datetime = NOW) -> Outcome:
    """What became of a customer."""
    return Outcome(
        run=at.isoformat(),
        flow="customers",
        source="shop",
        stream="customers",
        key=key,
        outcome="created",
        table="people",
        sink_id="r1",
        detail=detail,
        at=at,
    )
