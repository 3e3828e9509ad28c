"""The `State` protocol: all that the runner may ask of its memory.

Every method is atomic. Within `transaction` several calls become one: all or nothing, and only
while the lease is still ours. Implementations must be usable from several threads.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from typing import Protocol

from crosstie.state.store import Store
from crosstie.state.values import (
    Aside,
    Deed,
    EventRow,
    Fact,
    Fingerprint,
    FlowTimes,
    Intent,
    Journey,
    Lease,
    Link,
    LinkKey,
    Outcome,
    RunRow,
)


class State(Protocol):
    """See the methods; errors of the storage are `StateError`."""

    def transaction(self, lease: Lease | None) -> AbstractContextManager[None]:
        """All calls inside commit together; raises `LeaseError` when the lease was lost."""

    def close(self) -> None:
        """Close the storage."""

    def shared(self) -> "State":
        """The state that all processes see: this one, or for a copy the one it was made of.

        What is no record of a flow but between systems and us goes there, also in a dry run.
        """

    def store(self) -> Store:
        """The tables of plugins."""

    def acquire(self, name: str, owner: str, seconds: float) -> Lease | str:
        """Take the lease unless a live owner holds it; returns that owner's name otherwise.

        A lease whose owner is a process that has ended on this machine counts as free.
        """

    def renew(self, lease: Lease, seconds: float) -> bool:
        """Prolong the lease; false when it was lost."""

    def release(self, lease: Lease) -> None:
        """Give the lease back; harmless when it was lost."""

    def is_alive(self, name: str, token: int) -> bool:
        """Whether the lease with this token is still held by a live owner."""

    def links(
        self, source: str, stream: str, sink: str, table: str, keys: Iterable[str]
    ) -> dict[str, Link]:
        """The links of these keys into that table; keys without one are left out."""

    def add_links(self, links: Iterable[tuple[LinkKey, Link]]) -> None:
        """Remember links, each in place of an older one of the same key."""

    def ranked_links(
        self, sink: str, table: str, *, naturals: Iterable[str], ids: Iterable[str]
    ) -> list[tuple[LinkKey, Link]]:
        """The links with a rank that have one of these natural keys or lead to one of these ids."""

    def part(self, flow: str, key: LinkKey, link: Link) -> None:
        """Forget the ranked links to the same id that have another natural key than this one, and
        what else their records are linked to together with this one's.

        The flow's fingerprints of their records are forgotten too, so that these find or make
        rows of their own when they are read next.
        """

    def yield_row(self, flow: str, key: LinkKey, id: str) -> None:  # noqa: A002
        """Let the record tell its row no longer: it has vanished at the source.

        The flow's fingerprints of the others are forgotten, so that one of them tells it then.
        """

    def move_links(self, sink: str, moved: Mapping[str, str]) -> None:
        """Let all links that lead to an old id lead to the new one."""

    def drop_link(self, key: LinkKey) -> None:
        """Forget a link."""

    def links_of(self, source: str, stream: str, key: str) -> list[tuple[LinkKey, Link]]:
        """All links that start at one record."""

    def links_to(self, sink: str, table: str, id: str) -> list[LinkKey]:  # noqa: A002
        """All links that lead to one row."""

    def count_links(self, source: str, stream: str, sink: str, table: str) -> int:
        """How many links lead from that stream into that table."""

    def fingerprints(self, flow: str, keys: Iterable[str]) -> dict[str, Fingerprint]:
        """What the flow last wrote for these keys; keys never written are left out."""

    def add_fingerprints(self, flow: str, prints: Iterable[tuple[str, Fingerprint]]) -> None:
        """Remember what the flow wrote, by key."""

    def drop_fingerprints(self, flow: str, keys: Iterable[str]) -> None:
        """Forget what the flow wrote for these keys."""

    def see(self, flow: str, keys: Iterable[str]) -> None:
        """Note that these keys were met in the pass of this name that is under way: one of
        reconciling, which has the flow's name, or a sending, which has its run's.
        """

    def seen(self, flow: str, keys: Iterable[str]) -> set[str]:
        """Those of the keys that were met in the pass under way."""

    def unseen(self, flow: str, source: str, stream: str, sink: str, table: str) -> list[str]:
        """Linked keys that this flow wrote and did not meet in the pass under way."""

    def end_pass(self, flow: str) -> None:
        """Forget which keys were met."""

    def cursor(self, flow: str, stream: str, selection: str) -> str | None:
        """Where reading resumes, or None."""

    def set_cursor(self, flow: str, stream: str, selection: str, cursor: str | None) -> None:
        """Remember where reading resumes; None forgets it."""

    def intend(self, intents: Sequence[Intent]) -> list[Intent]:
        """Write intents down; returns those open intents that stand in the way of some of them.

        An intent in whose way another stands is not written.
        """

    def close_intents(self, ids: Iterable[str]) -> None:
        """Forget intents whose outcome is known."""

    def open_intents(self, flow: str) -> list[Intent]:
        """The intents of a flow whose outcome is not known, oldest first."""

    def deed(self, system: str, once: str) -> Deed | None:
        """The deed of this `once` on that system, or None when nothing is known of it."""

    def keep_deed(self, deed: Deed) -> None:
        """Write a deed down, in place of what was known of it."""

    def deeds(self, statuses: Iterable[str], limit: int = 1000) -> list[Deed]:
        """The deeds with one of these statuses, the oldest first."""

    def add_events(self, events: Iterable[EventRow]) -> int:
        """Keep events whose identity is not known yet, safe from a power cut where no transaction
        is open; returns how many were new.
        """

    def new_events(self, limit: int = 100) -> list[EventRow]:
        """Events that nobody has dealt with, the oldest first."""

    def end_events(self, ids: Iterable[str]) -> None:
        """Note that events were dealt with."""

    def event(self, id: str) -> EventRow | None:  # noqa: A002
        """An event, or None."""

    def facts(self, watch: str, keys: Iterable[str]) -> dict[str, Fact]:
        """What a watch knows of these keys; those it never met are left out."""

    def due_facts(self, watch: str, now: datetime, limit: int = 500) -> dict[str, Fact]:
        """Facts that a watch wanted to look at again by now, the longest due first."""

    def keep_facts(self, watch: str, facts: Mapping[str, Fact]) -> None:
        """Keep facts by key, each in place of an older one."""

    def keep_definition(self, hash: str, text: str) -> None:  # noqa: A002
        """Keep how an automation is at present, under the hash of its text."""

    def definition(self, hash: str) -> str | None:  # noqa: A002
        """The text kept under this hash."""

    def enter(self, journey: Journey, per: str) -> None:
        """Begin a journey, and remember that `per` (a person, mostly) has entered its automation,
        also when it is long pruned.
        """

    def entered(self, automation: str, per: str) -> datetime | None:
        """When `per` last entered that automation."""

    def keep_journey(self, journey: Journey) -> None:
        """Keep how far a journey is."""

    def journey(self, id: str) -> Journey | None:  # noqa: A002
        """A journey, or None."""

    def due_journeys(self, now: datetime, limit: int = 100) -> list[Journey]:
        """Waiting journeys that can go on by now, the longest due first."""

    def next_due(self) -> datetime | None:
        """When the next waiting journey is due; None where none waits."""

    def journeys(
        self,
        automation: str | None = None,
        *,
        who: str | None = None,
        statuses: Iterable[str] | None = None,
        prefix: str = "",
        limit: int = 100,
    ) -> list[Journey]:
        """Journeys, the newest first; `prefix` is the beginning of their ids."""

    def set_aside(self, asides: Iterable[Aside]) -> None:
        """Keep these entries, each in place of an older one of its flow and key."""

    def settle_asides(self, flow: str, keys: Iterable[str]) -> None:
        """Close the entries of these keys: they were dealt with, or dropped."""

    def asides(self, flow: str | None = None, keys: Iterable[str] | None = None) -> list[Aside]:
        """The open entries, oldest first."""

    def due_asides(self, flow: str, now: datetime, source: str, sink: str) -> list[str]:
        """The keys of entries whose time has come, or for which what they wait for is linked."""

    def start_run(
        self, run: str, flow: str, mode: str, selection: str = "", token: int = 0
    ) -> None:
        """Begin a run; `mode` is changes, window, full, reconcile or retry."""

    def unfinished_run(self, flow: str, selection: str) -> RunRow | None:
        """The newest run of a flow with this selection, if it did not come to its end."""

    def resume_run(self, run: str, token: int) -> None:
        """Let a run that did not come to its end go on, under this lease."""

    def finish_run(
        self, run: str, status: str, counts: Mapping[str, int], error: str | None
    ) -> None:
        """End a run, or note its counts so far while `status` is running."""

    def runs(self, flow: str | None = None, limit: int = 20) -> list[RunRow]:
        """The newest runs first."""

    def add_outcomes(self, outcomes: Iterable[Outcome]) -> None:
        """Keep what became of records."""

    def outcomes_of(self, run: str, outcomes: Iterable[str] | None = None) -> Iterator[Outcome]:
        """What became of the records of a run, by key, only these outcomes if some are named.

        Read bit by bit, so that a run of any size can be told.
        """

    def outcomes(self, source: str, stream: str, key: str) -> list[Outcome]:
        """All that became of one record, newest first."""

    def prune(self, before: datetime) -> int:
        """Drop outcomes, finished runs and ended deeds older than that; returns how many outcomes.

        Deeds that are open or uncertain stay. A `once` that is dropped would be done again.
        """

    def times(self, flow: str) -> FlowTimes:
        """When the flow last began and was last reconciled."""

    def set_times(
        self, flow: str, *, started: datetime | None = None, reconciled: datetime | None = None
    ) -> None:
        """Note a beginning or a reconciling; what is None stays as it was."""

    def recall(self, system: str, name: str) -> str | None:
        """A text that a connector kept."""

    def keep(self, system: str, name: str, text: str) -> None:
        """Keep a text for a connector, safe from a power cut where no transaction is open."""

    def take_turn(self, system: str, every: timedelta, burst: int) -> float:
        """Take a turn to send a request and return 0; turns come at this distance.

        Those that were not taken add up to at most `burst`.
        Where there is none now, none is taken, and the seconds until the next one are returned.
        """

    def rest(self, system: str, until: datetime) -> None:
        """Let there be no turn before then."""

    def forget(self, text: str) -> dict[str, int]:
        """Erase all that is kept about records in which this text (an e-mail) stands.

        Returns how many rows were erased, by table.
        """
