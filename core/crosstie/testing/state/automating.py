"""The promises about automations: events, what watches know, and journeys."""

from datetime import timedelta, timezone
from typing import Any

from crosstie.state import EventRow, Fact, Journey, Lease, State, new_id
from crosstie.testing.state.case import NOW, StateCase

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
ELSEWHERE = timezone(timedelta(hours=9))
ADA = '{"data":{"email":"ada_l@example.com"}}'


def event(key: str = "1", version: str = "a", data: str = "{}", **more: Any) -> EventRow:
    """An event that came in now."""
    at = more.pop("received", NOW)
    known = {"system": "shop", "kind": "customer_registered", "at": None, **more}
    return EventRow(id=new_id(at), key=key, version=version, received=at, data=data, **known)


def journey(event: str = "e", **more: Any) -> Journey:
    """A journey that can go on."""
    known: dict[str, Any] = {
        "id": new_id(NOW),
        "automation": "welcome",
        "definition": "hash",
        "who": "ada@example.com",
        "status": "waiting",
        "place": 0,
        "due": NOW,
        "saved": "{}",
        "error": None,
        "attempts": 0,
        "started": NOW,
        "updated": NOW,
    }
    return Journey(event=event, **{**known, **more})


class Automating(StateCase):
    """No event is lost or dealt with twice, and a journey goes on from where it was."""

    def test_the_same_event_told_twice_is_one(self, state: State) -> None:
        """Systems tell an event again when they have not heard our answer.

        Usually one part of its identity (system, kind, key, version) is not compared.
        """
        first = event(data='{"first":1}', at=NOW - HOUR)
        others = [event(system="other"), event(kind="other"), event("2"), event(version="b")]
        self.same(1, state.add_events([first]), "is a new event counted?")
        again = event(data='{"second":1}')
        self.same(4, state.add_events([again, *others, again]), "is only what is new counted?")
        self.same([first, *others], state.new_events(), "is what was told first kept as it was?")
        self.same(first, state.event(first.id), "is an event found by its id?")
        self.same(None, state.event(again.id), "and one that was told before not kept again?")

    def test_events_are_dealt_with_in_the_order_in_which_they_came(self, state: State) -> None:
        """An order that was placed and then cancelled is told in that order.

        Usually events of the same millisecond are mixed up, or those dealt with come again.
        """
        told = [event(str(number)) for number in range(250)]
        state.add_events(told[:200])
        state.add_events(told[200:])
        keys = [one.key for one in state.new_events(limit=120)]
        self.same([one.key for one in told[:120]], keys, "are the oldest first, up to the limit?")
        state.end_events([one.id for one in told[:249]])
        self.same(told[249:], state.new_events(), "is what was dealt with left out?")
        self.same(0, state.add_events(told), "and known nevertheless?")
        self.same(told[249:], state.new_events(), "and not to be dealt with again?")

    def test_events_of_a_transaction_that_failed_are_not_there(
        self, state: State, lease: Lease
    ) -> None:
        """What was noticed and the place in the stream are committed together.

        Usually adding events commits by itself.
        """
        try:
            with state.transaction(lease):
                state.add_events([event()])
                state.keep_facts("watch shop customers", {"1": Fact("{}")})
                raise _KilledError
        except _KilledError:
            pass
        self.same([], state.new_events(), "is an event of a failed transaction kept?")
        self.same({}, state.facts("watch shop customers", ["1"]), "are facts of it?")

    def test_what_a_watch_knows_is_kept_by_watch_and_key(self, state: State) -> None:
        """Two shops have a customer 1 each.

        Usually the watch is not part of the key, or None does not forget when to look again.
        """
        state.keep_facts("shop", {"1": Fact("a", NOW), "2": Fact("b"), "3": Fact("c", NOW)})
        state.keep_facts("other", {"1": Fact("d", NOW)})
        state.keep_facts("shop", {"3": Fact("e")})
        known = state.facts("shop", ["1", "3", "4"])
        self.same({"1": Fact("a", NOW), "3": Fact("e")}, known, "is the newest kept, by watch?")
        self.same({"1": Fact("a", NOW)}, state.due_facts("shop", NOW), "and when it is due?")

    def test_facts_are_due_in_the_order_of_their_times_whatever_the_zone(
        self, state: State
    ) -> None:
        """A shop tells its times in its own zone, and a cart is left alone for two hours exactly.

        Usually times of different zones are compared as texts.
        """
        there = {
            "late": Fact("1", (NOW + HOUR).astimezone(ELSEWHERE)),
            "soon": Fact("2", (NOW - HOUR).astimezone(ELSEWHERE)),
            "now": Fact("3", NOW),
            "earlier": Fact("4", NOW - timedelta(microseconds=1)),
        }
        state.keep_facts("shop", there)
        due = list(state.due_facts("shop", NOW))
        self.same(["soon", "earlier", "now"], due, "are those due whose time has come, in order?")
        self.same(["soon"], list(state.due_facts("shop", NOW, limit=1)), "up to the limit?")
        later = NOW.astimezone(ELSEWHERE) + HOUR
        self.same(4, len(state.due_facts("shop", later)), "also asked for in another zone?")

    def test_journeys_are_due_in_the_order_of_their_times_whatever_the_zone(
        self, state: State
    ) -> None:
        """A journey that waits for a coupon's end waits for a time of the shop's zone.

        Usually times of different zones are compared as texts.
        """
        times = {"b": NOW, "c": (NOW + HOUR).astimezone(ELSEWHERE), "a": NOW - DAY}
        for id_, due in times.items():
            state.keep_journey(journey(id=id_, due=due))
        for status in ("done", "failed", "uncertain", "stopped", "cancelled"):
            state.keep_journey(journey(status=status, due=NOW - DAY))
        due_now = [one.id for one in state.due_journeys(NOW)]
        self.same(["a", "b"], due_now, "are the waiting ones due whose time has come, in order?")
        self.same(["a"], [one.id for one in state.due_journeys(NOW, limit=1)], "up to the limit?")
        self.same(3, len(state.due_journeys(NOW + HOUR)), "and the others later?")
        self.same(NOW - DAY, state.next_due(), "is it known when the next one is due?")
        for id_ in times:
            state.keep_journey(journey(id=id_, status="done", due=None))
        self.same((None, []), (state.next_due(), state.due_journeys(NOW)), "and that none is?")

    def test_a_journey_comes_back_as_it_was_kept(self, state: State) -> None:
        """All of it is needed to go on, after a kill as well.

        Usually a time loses its zone, or an older row shines through.
        """
        first = journey(id="01-a", place=3, saved='{"coupon":{}}', error="no", attempts=2)
        second = journey(id="01-b", automation="cart", who="bob", status="failed", due=None)
        for one in (journey(id="01-a"), first, second):
            state.keep_journey(one)
        self.same(first, state.journey("01-a"), "is it as it was kept last?")
        self.same(None, state.journey("01"), "is the id compared as a whole?")
        self.same([second, first], state.journeys(), "are the newest first?")
        self.same([first], state.journeys("welcome"), "can they be asked for by automation,")
        self.same([second], state.journeys(who="bob"), "by person,")
        self.same([second], state.journeys(statuses=["failed", "done"]), "by status,")
        self.same([first], state.journeys(prefix="01-a"), "by the beginning of their ids,")
        self.same([], state.journeys("cart", who="ada@example.com"), "and by several of them?")
        self.same([], state.journeys(prefix="%"), "is a wildcard a letter like others?")
        self.same([second], state.journeys(limit=1), "are there at most so many?")

    def test_who_has_entered_is_remembered_longer_than_their_journey(self, state: State) -> None:
        """Once per customer means once, also when the journey was long ago and is pruned.

        Usually it is asked of the journeys, or an older entry replaces a newer one.
        """
        self.same(None, state.entered("welcome", "ada"), "has nobody entered at first?")
        state.enter(journey(id="new", status="done", due=None), "ada")
        early = NOW - 2 * DAY
        state.enter(journey(id="old", status="done", due=None, started=early, updated=early), "ada")
        self.same(NOW, state.entered("welcome", "ada"), "is the newest entry remembered,")
        self.same(None, state.entered("cart", "ada"), "by automation,")
        self.same(None, state.entered("welcome", "ada@example.com"), "and by who it counts for?")
        state.prune(NOW + DAY)
        self.same([], state.journeys(), "is a journey that has ended pruned?")
        self.same(NOW, state.entered("welcome", "ada"), "is the entry kept?")

    def test_pruning_keeps_what_a_journey_still_needs(self, state: State) -> None:
        """A journey may wait longer than anything else is kept.

        Usually the event or the definition of a waiting journey is dropped.
        """
        statuses = ("waiting", "failed", "uncertain", "done", "stopped", "cancelled")
        events = {status: event(status) for status in statuses}
        state.add_events([*events.values(), event("unused"), event("new")])
        kept = state.new_events(1000)
        state.end_events([one.id for one in kept if one.key != "new"])
        for status, one in events.items():
            state.keep_definition(status, "[]")
            state.keep_journey(journey(one.id, status=status, definition=status, due=None))
        state.prune(NOW + DAY)
        left = sorted(one.status for one in state.journeys())
        self.same(["failed", "uncertain", "waiting"], left, "do those stay that have not ended?")
        found = [status for status, one in events.items() if state.event(one.id)]
        self.same(["waiting", "failed", "uncertain"], found, "do their events stay, and no other?")
        texts = [status for status in statuses if state.definition(status) == "[]"]
        self.same(["waiting", "failed", "uncertain"], texts, "and their definitions?")
        self.same(["new"], [one.key for one in state.new_events()], "and events to be dealt with?")

    def test_a_definition_is_kept_as_it_was_first(self, state: State) -> None:
        """Journeys of one definition share it.

        Usually it is replaced, or a journey without one cannot be told.
        """
        state.keep_definition("hash", "[1]")
        state.keep_definition("hash", "[1]")
        found = [state.definition("hash"), state.definition("other")]
        self.same(["[1]", None], found, "is it found by its hash?")

    def test_forgetting_a_person_ends_what_is_under_way_for_them(self, state: State) -> None:
        """Who asks to be forgotten gets no second mail, and nobody else loses theirs.

        Usually what only a journey's result tells, or the entry limit, is kept.
        """
        told, other = event("1", data=ADA), event("2", data=ADA.replace("ada_l", "adaxl"))
        keyed = event("ada_l@example.com")
        state.add_events([told, other, keyed])
        for id_, more in {
            "by event": {"event": told.id},
            "by key": {"event": keyed.id},
            "by who": {"who": "ada_l@example.com"},
            "by result": {"saved": ADA},
            "by error": {"error": "no such mailbox: ada_l@example.com"},
            "another": {"event": other.id, "who": "adaxl@example.com"},
        }.items():
            state.enter(journey(**{"id": id_, "event": "", **more}), more.get("who", id_))
        state.keep_facts("shop", {"1": Fact(ADA, NOW), "2": Fact("{}", NOW)})
        erased = state.forget("ada_l@example.com")
        counts = {table: erased.get(table) for table in ("journeys", "events", "entries", "facts")}
        expected = {"journeys": 5, "events": 2, "entries": 1, "facts": 1}
        self.same(expected, counts, "is it told what was erased?")
        self.same(["another"], [one.id for one in state.journeys()], "is only theirs erased?")
        self.same([other], state.new_events(), "also of events?")
        self.same(["2"], list(state.due_facts("shop", NOW)), "and of what watches know?")
        entered = [state.entered("welcome", f"{name}@example.com") for name in ("ada_l", "adaxl")]
        self.same([None, NOW], entered, "and may they enter again?")


class _KilledError(Exception):
    pass
