"""Watching systems that do not call: what happened is noticed by reading their streams.

A stream's first pass is the baseline: it raises nothing, unless an automation begins at the
beginning. Then each record is compared with what is known of it (`Fact`), and the difference is
an event. The facts, the events and the cursor of a page are kept in one transaction, so that a
watch that was killed neither misses nor repeats. What happened and was undone between two looks
is not noticed.
"""

import logging
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

import attrs

from crosstie.commerce import VOCABULARY
from crosstie.config import Config
from crosstie.config_automations import AutomationConfig
from crosstie.event_kinds import POLLED
from crosstie.happening import seconds, told
from crosstie.noticing import NOTICED, Notice, is_touched, packed_fact
from crosstie.packing import unpacked
from crosstie.pools import Pools
from crosstie.reading import Source
from crosstie.records import Record, Selection
from crosstie.state import EventRow, Fact, Lease, State, new_id
from crosstie.steps import templates_in

LOG = logging.getLogger("crosstie.watching")
STREAMS = ("carts", "customers", "products", "orders", "credit_slips")
"""In the order in which they are read: a cart that was ordered meanwhile is known to be."""


@attrs.frozen
class Watch:
    """The watch over one system: which kinds of events are wanted, and how often it is looked at.

    `afters` are the rests after which a cart counts as abandoned, `uses` the costly details that
    the automations look at; `from_beginning` tells that some want the baseline too.
    """

    system: str
    every: timedelta
    kinds: frozenset[str]
    afters: tuple[timedelta, ...] = ()
    uses: frozenset[str] = frozenset()
    from_beginning: bool = False

    def poll(self, pools: Pools, state: State, lease: Lease) -> int:
        """Look at the system once; returns how many events were noticed."""
        return _Look(self, pools, state, lease).all()


def watches_of(config: Config) -> list[Watch]:
    """The watches that the automations of a config need, one for each system."""
    wanted: dict[str, list[tuple[AutomationConfig, str]]] = {}
    for automation in config.automations.values():
        events = [(automation.system, automation.event), *filter(None, [automation.stop])]
        for system, kind in events:
            if system in config.systems and kind in POLLED:
                wanted.setdefault(system, []).append((automation, kind))
    return [_watch(system, some) for system, some in wanted.items()]


def _watch(system: str, wanted: list[tuple[AutomationConfig, str]]) -> Watch:
    automations = [automation for automation, _ in wanted]
    return Watch(
        system=system,
        every=min(automation.every for automation in automations),
        kinds=frozenset(kind for _, kind in wanted),
        afters=tuple(sorted({a.after for a in automations if a.after is not None})),
        uses=frozenset().union(*map(_uses, automations)),
        from_beginning=any(automation.from_beginning for automation in automations),
    )


def _uses(automation: AutomationConfig) -> frozenset[str]:
    conditions = [automation.when, automation.per, automation.stop_when]
    templates = [template for template in conditions if template is not None]
    for step in automation.steps:
        templates += templates_in(step.tree) + ([step.when] if step.when else [])
    found = (template.attributes(name) for template in templates for name in VOCABULARY)
    return frozenset().union(*found)


@attrs.frozen
class _Look:
    """One look at one system."""

    watch: Watch
    pools: Pools
    state: State
    lease: Lease

    def all(self) -> int:
        wanted = {stream for kind in self.watch.kinds for stream in POLLED[kind].streams}
        noticed = sum(self._read(stream) for stream in STREAMS if stream in wanted)
        return noticed + (self._rested() if "carts" in wanted else 0)

    def _read(self, stream: str) -> int:
        """Read what a stream has that is new; returns how many events that is."""
        name = self._name(stream)
        begun = self.state.recall(name, "baseline") is not None
        purpose = "" if begun else "baseline"
        cursor = self.state.cursor(name, stream, purpose)
        noticed = 0
        source = Source(self.pools.reader(self.watch.system), stream)
        with source.pages(Selection(since=cursor, uses=self.watch.uses), None) as pages:
            for page in pages:
                with self.state.transaction(self.lease):
                    noticed += self._page(stream, page.records, baseline=not begun)
                    cursor = page.cursor or cursor
                    if page.cursor is not None:
                        self.state.set_cursor(name, stream, purpose, page.cursor)
                if self.pools.project.stop.is_set():
                    return noticed
        if not begun:
            with self.state.transaction(self.lease):
                self.state.set_cursor(name, stream, "", cursor)
                self.state.set_cursor(name, stream, "baseline", None)
                self.state.keep(name, "baseline", self._now().isoformat())
        if source.is_snapshot():
            self.state.set_cursor(name, stream, "", None)
        return noticed

    def _page(self, stream: str, records: list[Record], *, baseline: bool) -> int:
        latest = {record.key: record for record in records if _is_readable(stream, record)}
        known = self.state.facts(self._name(stream), latest)
        facts: dict[str, Fact] = {}
        events: list[EventRow] = []
        for key, record in latest.items():
            fact = known.get(key)
            before = None if fact is None else unpacked(fact.text)
            after, notices = NOTICED[stream](record, before)
            if stream == "carts":
                facts[key] = self._cart(record, before, after, baseline=baseline)
            elif before != after:
                facts[key] = Fact(packed_fact(after))
            events += self._events(record, notices, baseline=baseline)
        if stream == "orders" and "cart_abandoned" in self.watch.kinds:
            self._ordered(latest.values())
        self.state.keep_facts(self._name(stream), facts)
        return self.state.add_events(events) if events else 0

    def _events(self, record: Record, notices: Any, *, baseline: bool) -> Iterator[EventRow]:
        if baseline and not self.watch.from_beginning:
            return
        for notice in notices:
            if notice.kind in self.watch.kinds:
                yield self._event(record.key, record.data, notice, baseline=baseline)

    def _event(self, key: str, data: Any, notice: Notice, *, baseline: bool = False) -> EventRow:
        now = self._now()
        return EventRow(
            id=new_id(now),
            system=self.watch.system,
            kind=notice.kind,
            key=key,
            version=notice.version,
            at=notice.at,
            received=now,
            data=told(data, notice.more),
            baseline=baseline,
        )

    def _cart(
        self, record: Record, before: Any, after: Mapping[str, Any], *, baseline: bool
    ) -> Fact:
        """What is known of a cart from now on, and when it will have rested long enough."""
        if before is not None and (before["ordered"] or not is_touched(before, after)):
            return Fact(packed_fact(before), self._due_again(before))
        if baseline or not after["able"]:
            return Fact(packed_fact(after))
        fresh = {**after, "cart": record.data}
        return Fact(packed_fact(fresh), self._due_again(fresh))

    def _due_again(self, known: Mapping[str, Any]) -> datetime | None:
        """When the next of the rests that a cart has not had yet is over."""
        if known["ordered"] or "cart" not in known:
            return None
        left = [one for one in self.watch.afters if seconds(one) > known["told"]]
        touched: datetime = known["touched"]
        return touched + left[0] if left else None

    def _ordered(self, orders: Any) -> None:
        """Note of which carts orders have come."""
        carts = [order.data.cart.key for order in orders if order.data.cart is not None]
        name = self._name("carts")
        known = self.state.facts(name, carts)
        nothing = {"touched": None, "told": 0, "able": False}
        ordered = {
            key: {**(unpacked(known[key].text) if key in known else nothing), "ordered": True}
            for key in carts
        }
        for one in ordered.values():
            one.pop("cart", None)
        self.state.keep_facts(name, {k: Fact(packed_fact(one)) for k, one in ordered.items()})

    def _rested(self) -> int:
        """Raise the carts that have rested long enough, of which no order has come."""
        name, now, noticed = self._name("carts"), self._now(), 0
        while due := self.state.due_facts(name, now):
            facts, events = {}, []
            for key, fact in due.items():
                known = unpacked(fact.text)
                for after in self.watch.afters:
                    if known["told"] < seconds(after) and known["touched"] + after <= now:
                        version = f"{known['touched'].isoformat()} {seconds(after)}"
                        more = {"after": seconds(after)}
                        notice = Notice("cart_abandoned", version, known["touched"] + after, more)
                        events.append(self._event(key, known["cart"], notice))
                        known = {**known, "told": seconds(after)}
                facts[key] = Fact(packed_fact(known), self._due_again(known))
            with self.state.transaction(self.lease):
                noticed += self.state.add_events(events) if events else 0
                self.state.keep_facts(name, facts)
        return noticed

    def _name(self, stream: str) -> str:
        return f"watch {self.watch.system} {stream}"

    def _now(self) -> datetime:
        return self.pools.project.clock.now()


def _is_readable(stream: str, record: Record) -> bool:
    if record.error is not None:
        LOG.warning("%s %s raises no event: %s", stream, record.key, record.error)
    return record.error is None and not record.deleted
