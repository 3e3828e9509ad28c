"""The promises about answers that are lost, and about what helps then."""

from typing import Any

import pytest

from crosstie.actions import Recalls
from crosstie.errors import CrosstieError, UncertainError
from crosstie.records import Row
from crosstie.testing.action.case import ONCE, Scene, Stage, shortened
from crosstie.testing.action.honesty import Honesty
from crosstie.testing.faults import LATE, LOST, SPOILED, Ill

DROPPED = tuple(ill for ill in SPOILED if ill.kind == "drop")


class Losing(Honesty):
    """Who got no answer does not know whether it was done."""

    @pytest.mark.parametrize("ill", [*LOST, *DROPPED, LATE], ids=lambda ill: ill.name)
    def test_a_lost_answer_never_makes_two_deeds(self, stage: Stage, ill: Ill) -> None:
        """Connections break in the worst moment: when the coupon is made and nobody knows it.

        The answer to each request that a deed makes is lost in turn. `env.http` raises
        `UncertainError` where that was a write; then the core looks (`recall`), or asks again with
        the same `once` (`repeats`), or leaves it to the user. Usually broken by trying again
        without knowing, or by telling a deed that was done as refused or as never begun.
        """
        for place in range(len(stage.rehearsed())):
            self.survives(stage.scene(), ill, place)

    def test_an_action_that_repeats_does_it_once(self, stage: Stage) -> None:
        """`repeats` says that the system itself does a deed only once for each `once`.

        The core relies on it: after a lost answer such an action is simply run again. Usually
        `once` is not sent, is sent under a name that the system does not know, or is made new for
        each connection.
        """
        scene = stage.scene()
        action = scene.prepared()
        if not getattr(action, "repeats", False):
            pytest.skip("it does not say that it repeats")
        results = []
        for _ in range(2):
            with scene.bench.live() as live:
                results += [action.run(live, ONCE), action.run(live, ONCE)]
        if scene.deeds != 1:
            self.broken(
                f"`run` was called 4 times with one `once`, and {scene.deeds} deeds are there",
                "is `once` sent as the system's idempotency key, as it is? Take `repeats` away"
                " where the system knows no such key.",
            )
        if other := [result for result in results if result != results[0]]:
            self.broken(
                f"the first time {shortened(results[0])}, then {shortened(other[0])}",
                "a repeated deed tells what came of it the first time: read it from the answer",
            )

    def test_a_look_finds_what_was_done_and_nothing_else(self, stage: Stage) -> None:
        """After a lost answer `recall` decides: what it finds counts as done, what it does not
        find is done again.

        It knows the deed by `once`, which `run` has left at the system: in a note, a reference, a
        code made from it. Usually it looks for the newest one, or for the parameters, and so finds
        somebody else's, or it raises where nothing is found.
        """
        scene, action = self._recalling(stage)
        other = scene.prepared({**self.parameters, **self.other})
        with scene.bench.live() as live:
            self._told(action, live, "kit 1", None)
            first = action.run(live, "kit 1")
            self._told(action, live, "kit 2", None)
            second = other.run(live, "kit 2")
        with scene.bench.live() as live:
            self._told(action, live, "kit 1", first)
            self._told(other, live, "kit 2", second)
            self._told(action, live, "kit 3", None)
        if scene.deeds != 2:
            self.broken(
                f"two deeds were done, and after looking {scene.deeds} are there",
                "does `recall` do something? It may only look.",
            )

    @pytest.mark.parametrize(
        "ill", [ill for ill in SPOILED if ill.name != "404"], ids=lambda ill: ill.name
    )
    def test_a_look_that_fails_finds_no_nothing(self, stage: Stage, ill: Ill) -> None:
        """Not to get an answer is not the same as to be told that there is nothing.

        `recall` raises where it cannot look; None makes the core do the deed again. Usually an
        error page has no list of matches in it, and so is taken for an empty one.
        """
        scene, action = self._recalling(stage)
        with scene.bench.live() as live:
            action.run(live, ONCE)
        before = scene.requests
        with scene.bench.live() as live:
            self._recall(action, live, ONCE)
        for place in range(scene.requests - before):
            ill.strike(scene.bench.server, skip=place)
            try:
                with scene.bench.live() as live:
                    found = action.recall(live, ONCE)
            except CrosstieError:
                continue
            finally:
                scene.bench.server.faults.clear()
            if found is None:
                self.broken(
                    f"{ill.name} at request {place + 1} of a look: None, although it was done",
                    "look at status and shape of the answer; raise UnavailableError for whatever"
                    " is not what was asked for",
                )

    def _recalling(self, stage: Stage) -> tuple[Scene, Any]:
        scene = stage.scene()
        action = scene.prepared()
        if not isinstance(action, Recalls):
            pytest.skip("it has no `recall`")
        with scene.bench.live() as live:
            try:
                action.recall(live, ONCE)
            except UncertainError:
                pytest.skip("it says that this system cannot be asked, as it is configured")
            except Exception:  # noqa: BLE001, S110 (the tests tell of it)
                pass
        return scene, action

    def _told(self, action: Any, live: Any, once: str, expected: Row | None) -> None:
        """Look for a deed, and break the promise if something else is told than what is there."""
        __tracebackhide__ = True
        found = self._recall(action, live, once)
        if found == expected:
            return
        there = "no such deed" if expected is None else f"a deed that told {shortened(expected)}"
        self.broken(
            f"there is {there}, and `recall` with its `once` told {shortened(found)}",
            "is the deed looked for by `once` alone, and is what came of it read from what is"
            " there, in the same shape as `run` tells it?",
        )

    def _recall(self, action: Any, live: Any, once: str) -> Row | None:
        __tracebackhide__ = True
        try:
            found: Row | None = action.recall(live, once)
        except Exception as error:  # noqa: BLE001 (whatever it is, it must not be)
            self.broken(
                f"all being well, `recall` raised {type(error).__name__}: {error}",
                "return None where the system knows of no such deed",
            )
        return found
