"""The promises about who may write: transactions, leases, intents."""

import threading
from datetime import timedelta

from crosstie.errors import LeaseError
from crosstie.state import Lease, Link, State
from crosstie.state.leases import this_process
from crosstie.testing.clock import SimulatedClock
from crosstie.testing.state.case import KEY, NOW, StateCase, intent, key_of

THREADS = 5
TURNS = 20


class Claiming(StateCase):
    """Only one run writes at a time, and what it commits is there wholly or not at all."""

    def test_what_is_committed_together_is_there_together(self, state: State, lease: Lease) -> None:
        """A page's links and its cursor are one: with only half of them a record is lost.

        Usually each call commits by itself.
        """
        with state.transaction(lease):
            state.add_links([(KEY, Link("r1"))])
            state.set_cursor("customers", "customers", "", "4")
        try:
            with state.transaction(lease):
                state.add_links([(key_of("2"), Link("r2"))])
                state.set_cursor("customers", "customers", "", "5")
                raise _KilledError
        except _KilledError:
            pass
        kept = (self.links(state, "1", "2"), state.cursor("customers", "customers", ""))
        self.same(({"1": Link("r1")}, "4"), kept, "does an error inside roll everything back?")

    def test_a_lost_lease_lets_nothing_be_committed(
        self, state: State, lease: Lease, clock: SimulatedClock
    ) -> None:
        """A run that was held up too long finds another one at work, and must not disturb it.

        Usually the token is checked when a transaction begins and not when it commits, or only
        the owner's name is compared.
        """
        clock.sleep(61)
        taken = state.acquire("customers", this_process(), 60)
        try:
            with state.transaction(lease):
                state.add_links([(KEY, Link("r1"))])
        except LeaseError:
            pass
        else:
            self.broken("a transaction under an old token committed", "is the token compared?")
        self.same({}, self.links(state, "1"), "is what a lost lease wrote rolled back?")
        self.same(False, state.renew(lease, 60), "can a lost lease be prolonged?")
        state.release(lease)
        alive = isinstance(taken, Lease) and state.is_alive("customers", taken.token)
        self.same(True, alive, "does releasing a lost lease take the new one away?")

    def test_a_held_lease_names_its_holder_and_a_released_one_is_free(
        self, state: State, lease: Lease
    ) -> None:
        """A second run of a flow waits, or says who runs it.

        Usually a token is given out twice, so that an old holder is taken for the new one.
        """
        holder = state.acquire("customers", "other", 60)
        self.same(this_process(), holder, "is a held lease given out?")
        other = state.acquire("orders", "other", 60)
        self.same(True, isinstance(other, Lease), "is each flow's lease its own?")
        self.same(True, state.is_alive("customers", lease.token), "is a holder known as alive?")
        state.release(lease)
        self.same(False, state.is_alive("customers", lease.token), "is a released lease alive?")
        again = state.acquire("customers", "other", 60)
        expected = Lease("customers", "other", lease.token + 1)
        self.same(expected, again, "does the token grow each time the lease is taken?")

    def test_an_expired_lease_is_free_and_a_renewed_one_is_held(
        self, state: State, lease: Lease, clock: SimulatedClock
    ) -> None:
        """A machine that lost its power gives nothing back; a run that goes on keeps its flow.

        Usually the expiry is compared with another clock than the storage was given.
        """
        clock.sleep(50)
        self.same(True, state.renew(lease, 60), "can a holder prolong its lease?")
        clock.sleep(50)
        holder = state.acquire("customers", "other", 60)
        self.same(this_process(), holder, "does renewing begin anew from now?")
        clock.sleep(11)
        self.same(False, state.is_alive("customers", lease.token), "does a lease expire?")
        taken = state.acquire("customers", "other", 60)
        self.same(Lease("customers", "other", lease.token + 1), taken, "does a lease expire?")

    def test_one_open_intent_stands_for_one_natural_key(self, state: State) -> None:
        """Two runs that are about to create the same row meet here, before either has.

        Usually the look and the writing down are two steps, or the table is not part of the key.
        """
        first, second, other = intent(), intent(), intent("bob@example.com")
        elsewhere = intent(link=KEY._replace(table="companies"))
        self.same([], state.intend([first]), "is a free natural key let through?")
        in_the_way = state.intend([second, other, elsewhere])
        self.same([first], in_the_way, "is the intent that came first returned as it is?")
        found = {one.id for one in state.open_intents("customers")}
        self.same({first.id, other.id, elsewhere.id}, found, "are the others written down?")
        state.close_intents([first.id])
        self.same([], state.intend([second]), "does closing an intent free its key?")

    def test_open_intents_come_in_their_order(self, state: State, lease: Lease) -> None:
        """After a kill they are looked up, the oldest first.

        Usually ids of chance stand in for time.
        """
        moments = [NOW + timedelta(milliseconds=number) for number in range(20)]
        made = [intent(f"{moment:%f}@example.com", at=moment) for moment in moments]
        with state.transaction(lease):
            state.intend(made)
        self.same(made, state.open_intents("customers"), "sorted by `id`, which grows with time?")
        self.same([], state.open_intents("orders"), "are another flow's intents its own?")

    def test_many_threads_may_use_it_at_once(self, state: State, lease: Lease) -> None:
        """Reader, workers and heartbeat are threads of one process.

        Usually one connection is shared without a lock, so that transactions mix.
        """
        failures: list[Exception] = []

        def work(number: int) -> None:
            try:
                for turn in range(TURNS):
                    with state.transaction(lease):
                        state.add_links([(key_of(f"{number}-{turn}"), Link(f"r{number}"))])
            except Exception as error:  # noqa: BLE001 (it is told below, in the test's own thread)
                failures.append(error)

        threads = [threading.Thread(target=work, args=(number,)) for number in range(THREADS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(timedelta(minutes=1).total_seconds())
        self.same([], failures, "is a transaction its thread's own?")
        count = state.count_links(*KEY[:2], *KEY[3:])
        self.same(THREADS * TURNS, count, "is a transaction its thread's own?")


class _KilledError(Exception):
    """What happens in the middle."""
