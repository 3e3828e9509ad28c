"""All that is due of events and journeys: events begin journeys, which go on side by side.

::

    with closing(Advance(pools, state, lease, woken)) as advance:
        counts = advance.until_nothing_is_due()
"""

import threading
from collections import Counter
from concurrent.futures import Future, ThreadPoolExecutor

from crosstie.dispatching import Dispatch
from crosstie.journeying import Going, Pauses
from crosstie.pools import Pools
from crosstie.state import Journey, Lease, State

SIDE_BY_SIDE = 8


class Advance:
    """Journeys of one pass, or of one process that serves, under the lease of automations.

    `woken` is set whenever a journey has come to a halt, and by whoever keeps a new event.
    """

    def __init__(self, pools: Pools, state: State, lease: Lease, woken: threading.Event) -> None:
        self._project = pools.project
        self._state = state
        self._woken = woken
        self._dispatch = Dispatch(pools.project, state, lease)
        self._going = Going(pools, state, lease, Pauses())
        self._threads = ThreadPoolExecutor(SIDE_BY_SIDE, thread_name_prefix="journey")
        self._under_way: dict[str, Future[tuple[Journey | None, int]]] = {}

    @property
    def under_way(self) -> int:
        """How many journeys are going on at present."""
        return len(self._under_way)

    def turn(self) -> Counter[str]:
        """Deal with some new events, and take up journeys that are due, while there is room.

        Returns what has happened since the last turn: events dealt with, journeys begun, steps
        done, and journeys that came to a halt, by status.
        """
        counts = self._halted()
        counts["events"], counts["begun"] = self._dispatch.some()
        self._take_up()
        return +counts

    def until_nothing_is_due(self) -> Counter[str]:
        """Go on until all that can be done now is done, or the program is asked to stop."""
        counts: Counter[str] = Counter()
        while True:
            self._woken.clear()
            found = self.turn()
            counts += found
            if not found and not self._under_way:
                return counts
            if not found:
                self._woken.wait()

    def close(self) -> Counter[str]:
        """Wait for the journeys that are going on; returns what they came to."""
        self._threads.shutdown(wait=True, cancel_futures=True)
        return self._halted()

    def _take_up(self) -> None:
        room = SIDE_BY_SIDE - len(self._under_way)
        if not room or self._project.stop.is_set():
            return
        due = self._state.due_journeys(self._project.clock.now(), limit=SIDE_BY_SIDE)
        waiting = [journey.id for journey in due if journey.id not in self._under_way]
        for id_ in waiting[:room]:
            self._under_way[id_] = future = self._threads.submit(self._going.on, id_)
            future.add_done_callback(lambda _: self._woken.set())

    def _halted(self) -> Counter[str]:
        """What the journeys that have come to a halt came to; raises why one could not go on."""
        counts: Counter[str] = Counter()
        for id_, future in list(self._under_way.items()):
            if future.done():
                del self._under_way[id_]
                if not future.cancelled():
                    journey, steps = future.result()
                    counts["steps"] += steps
                    if journey is not None:
                        counts[journey.status] += 1
        return counts
