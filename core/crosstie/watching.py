"""Watching systems that do not call: what happened is noticed by reading their streams.

A stream's first pass is the baseline: it raises nothing, unless an automation begins at the
beginning. Then each record is compared with what is known of it (`Fact`), and the difference is
an event. The facts, the events and the cursor of a page are kept in one transaction, so that a
watch that was killed neither misses nor repeats. What happened and was undone between two looks
is not noticed; nor is what happened while no automation wanted to know.
"""

import json
import logging
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

import attrs

from crosstie import resting
from crosstie.commerce import VOCABULARY
from crosstie.config import Config
from crosstie.config_automations import AutomationConfig
from crosstie.errors import FlowError
from crosstie.event_kinds import POLLED, polled_kinds
from crosstie.happening import told
from crosstie.noticing import NOTICED, Known, Notice
from crosstie.packing import packed, unpacked
from crosstie.pools import Pools
from crosstie.reading import Source
from crosstie.records import Record, Selection
from crosstie.state import EventRow, Fact, Lease, State, new_id

LOG = logging.getLogger("crosstie.watching")
STREAMS = ("carts", "customers", "products", "orders", "credit_slips")
"""In the order in which they are read: a cart that was ordered meanwhile is known to be."""

THINGS = {kind.streams[0]: kind.thing for kind in POLLED.values()}


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

    @property
    def streams(self) -> list[str]:
        """What has to be read, in this order."""
        wanted = {stream for kind in self.kinds for stream in POLLED[kind].streams}
        return [stream for stream in STREAMS if stream in wanted]


def watches_of(config: Config) -> list[Watch]:
    """The watches that the automations of a config need, one for each system."""
    wanted: dict[str, list[tuple[AutomationConfig, str]]] = {}
    for automation in config.automations.values():
        for system, kind in automation.events:
            found = config.systems.get(system)
            if found and kind in polled_kinds(found.connector.streams_offered):
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
    names = ("data", *VOCABULARY)
    looked_up = (one.attributes(name) for one in automation.templates for name in names)
    return frozenset[str]().union(*looked_up)


def note_unwatched(config: Config, state: State) -> None:
    """Note which systems nobody watches any more: what happens there meanwhile is no event."""
    watched = {watch.system for watch in watches_of(config)}
    for system in config.systems:
        if system not in watched and state.recall(f"watch {system}", "kinds") not in {None, "[]"}:
            state.keep(f"watch {system}", "kinds", "[]")


@attrs.frozen
class _Pass:
    """One reading of a stream: `first` for its baseline, `quiet` where it raises nothing."""

    stream: str
    first: bool
    quiet: bool
    looked: datetime | None


@attrs.frozen
class _Look:
    """One look at one system."""

    watch: Watch
    pools: Pools
    state: State
    lease: Lease

    def all(self) -> int:
        """Read everything; a look that is broken off is not over, and goes on with the next."""
        unwatched, noticed = self._unwatched(), 0
        for stream in self.watch.streams:
            noticed += self._read(stream, unwatched=stream in unwatched)
            if self.pools.project.stop.is_set():
                return noticed  # whether a cart was ordered is not known before all is read
        if "cart_abandoned" in self.watch.kinds:
            noticed += self._rested(quiet="carts" in unwatched)
        kinds = json.dumps(sorted(self.watch.kinds))
        if self.state.recall(f"watch {self.watch.system}", "kinds") != kinds:
            with self.state.transaction(self.lease):
                self.state.keep(f"watch {self.watch.system}", "kinds", kinds)
        return noticed

    def _unwatched(self) -> set[str]:
        """The streams that nobody wanted to know of at the last look."""
        kept = self.state.recall(f"watch {self.watch.system}", "kinds")
        if kept is None:
            return set()
        before = {stream for kind in json.loads(kept) for stream in POLLED[kind].streams}
        return set(STREAMS) - before

    def _read(self, stream: str, *, unwatched: bool) -> int:
        """Read what a stream has that is new; returns how many events that is."""
        name, begun = self._name(stream), self._now()
        first = self.state.recall(name, "baseline") is None
        looked = self.state.recall(name, "looked")
        this = _Pass(
            stream=stream,
            first=first,
            quiet=not self.watch.from_beginning if first else unwatched,
            looked=datetime.fromisoformat(looked) if looked else None,
        )
        purpose, noticed = "baseline" if first else "", 0
        source = Source(self.pools.reader(self.watch.system), stream)
        since = None if source.is_snapshot() else self.state.cursor(name, stream, purpose)
        with source.pages(Selection(since=since, uses=self.watch.uses), None) as pages:
            for page in pages:
                with self.state.transaction(self.lease):
                    noticed += self._page(this, page.records)
                    if page.cursor is not None:
                        self.state.set_cursor(name, stream, purpose, page.cursor)
                if self.pools.project.stop.is_set():
                    return noticed
        with self.state.transaction(self.lease):
            if first:
                self.state.set_cursor(name, stream, "", self.state.cursor(name, stream, purpose))
                self.state.set_cursor(name, stream, purpose, None)
                self.state.keep(name, "baseline", begun.isoformat())
            self.state.keep(name, "looked", begun.isoformat())
        return noticed

    def _page(self, this: _Pass, records: list[Record]) -> int:
        """Keep what a page tells; returns how many events it is."""
        latest = {record.key: record for record in records if self._is_readable(this, record)}
        before = self._known(this.stream, latest)
        facts: dict[str, Fact] = {}
        events: list[EventRow] = []
        for key, record in latest.items():
            try:
                after, noticed = self._noticed(this, record, before.get(key))
                fact = self._fact(after)
            except ValueError as error:
                LOG.warning(
                    "%s.%s %s raises no event: %s", self.watch.system, this.stream, key, error
                )
                continue
            events += noticed
            if after != before.get(key):
                facts[key] = fact
        self.state.keep_facts(self._name(this.stream), facts)
        if this.stream == "orders" and "cart_abandoned" in self.watch.kinds:
            self._ordered(latest.values())
        return self.state.add_events(events) if events else 0

    def _is_readable(self, this: _Pass, record: Record) -> bool:
        place = f"{self.watch.system}.{this.stream}"
        if record.error is not None:
            LOG.warning("%s %s raises no event: %s", place, record.key, record.error)
            return False
        if record.deleted:
            return this.stream == "carts"
        if not isinstance(record.data, THINGS[this.stream]):
            found, wanted = type(record.data).__name__, THINGS[this.stream].__name__
            raise FlowError(
                f"{place}: no event can be noticed there: {record.key} is a {found}, and no"
                f" crosstie.commerce.{wanted}"
            )
        return True

    def _noticed(
        self, this: _Pass, record: Record, before: Known | None
    ) -> tuple[Known, list[EventRow]]:
        """What is known of a record once it was read, and what has happened to it."""
        if this.stream == "carts":
            baseline = this.first or this.quiet
            return resting.seen(
                record, before, this.looked, self._now(), baseline=baseline, quiet=this.quiet
            ), []
        after, notices = NOTICED[this.stream](record, before)
        if this.quiet:
            return after, []
        return after, self._events(record.key, record.data, notices, baseline=this.first)

    def _events(
        self, key: str, data: Any, notices: Iterable[Notice], *, baseline: bool
    ) -> list[EventRow]:
        now = self._now()
        return [
            EventRow(
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
            for notice in notices
            if notice.kind in self.watch.kinds
        ]

    def _known(self, stream: str, keys: Iterable[str]) -> dict[str, Known]:
        facts = self.state.facts(self._name(stream), keys)
        return {key: unpacked(fact.text) for key, fact in facts.items()}

    def _fact(self, known: Known) -> Fact:
        """What is to be kept of a record; raises ValueError where that is not possible."""
        due = resting.due(known, self.watch.afters) if "since" in known else None
        return Fact(packed(dict(known)), due)

    def _ordered(self, orders: Iterable[Record]) -> None:
        """Note of which carts orders have come."""
        carts = {order.data.cart.key for order in orders if order.data.cart is not None}
        before = self._known("carts", carts)
        after = {key: resting.ordered(before.get(key)) for key in carts}
        facts = {key: self._fact(one) for key, one in after.items() if one != before.get(key)}
        self.state.keep_facts(self._name("carts"), facts)

    def _rested(self, *, quiet: bool) -> int:
        """Raise the carts that have rested long enough, of which no order has come."""
        name, now, noticed = self._name("carts"), self._now(), 0
        while due := self.state.due_facts(name, now):
            facts: dict[str, Fact] = {}
            events: list[EventRow] = []
            for key, fact in due.items():
                known: Known = unpacked(fact.text)
                after, notices = resting.rested(known, self.watch.afters, now)
                if quiet:
                    after, notices = resting.ignored(after), []
                events += self._events(key, known["cart"], notices, baseline=known["baseline"])
                facts[key] = self._fact(after)
            with self.state.transaction(self.lease):
                noticed += self.state.add_events(events) if events else 0
                self.state.keep_facts(name, facts)
        return noticed

    def _name(self, stream: str) -> str:
        return f"watch {self.watch.system} {stream}"

    def _now(self) -> datetime:
        return self.pools.project.clock.now()
