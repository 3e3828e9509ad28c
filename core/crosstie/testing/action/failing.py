"""The promises about a system that fails while nothing is done."""

import pytest

from crosstie.errors import UnauthorisedError
from crosstie.sandbox import Reply
from crosstie.testing.action.case import Stage
from crosstie.testing.action.honesty import Honesty
from crosstie.testing.faults import FOREVER, JSON, REFUSED, SPOILED, Ill, too_many

HALF = Ill("half an answer", "answer", reply=Reply(200, b'{"id": "17", "na', JSON))
NOT_DONE = (*(ill for ill in SPOILED if ill.kind == "answer"), HALF)
REST = 77


class Failing(Honesty):
    """Whatever a system answers, what is told is true."""

    @pytest.mark.parametrize("ill", NOT_DONE, ids=lambda ill: ill.name)
    def test_an_answer_that_makes_no_sense_is_no_success(self, stage: Stage, ill: Ill) -> None:
        """A coupon that is told as made and is not there costs more trust than an error.

        Each answer is replaced in turn, and nothing is done. Usually broken by an error that is
        caught, by a status that nobody looks at (a captive portal answers 200), by an answer
        without an id that is taken for one; and by a KeyError or ValueError of the answer, which
        looks like a bug of ours.
        """
        for place, reply in enumerate(stage.rehearsed()):
            if reply.body or ill.reply.body:  # of a system that answers nothing, nothing is right
                self.survives(stage.scene(), ill, place)

    @pytest.mark.parametrize("ill", REFUSED, ids=lambda ill: ill.name)
    def test_a_system_that_lets_nobody_in_is_told_as_that(self, stage: Stage, ill: Ill) -> None:
        """A key that ran out or lacks a right is for the user to mend; waiting does not help.

        401 and 403 raise `UnauthorisedError`, whose text says which right is missing. Usually
        every status from 400 is a rejection, so that each customer's coupon is refused for good.
        """
        for place in range(len(stage.rehearsed())):
            scene = stage.scene()
            ill.strike(scene.bench.server, skip=place, times=FOREVER)
            ended = scene.attempt()
            if not isinstance(ended.error, UnauthorisedError):
                self.broken(
                    f"{ill.name} from request {place + 1} on: {ended}",
                    "the status of the answer: raise UnauthorisedError for 401 and 403",
                )

    @pytest.mark.parametrize("dated", [False, True], ids=["seconds", "date"])
    def test_too_many_requests_are_waited_out(self, stage: Stage, dated: bool) -> None:
        """Who asks again at once is locked out for longer, and takes the others' share.

        ``Retry-After``, in seconds or as a date, is waited for in full on the clock that is lent;
        then it is done, once. Usually broken by a client of the action's own: `env.http` waits by
        itself.
        """
        for place in range(len(stage.rehearsed())):
            scene = stage.scene()
            now = scene.bench.clock.now()
            too_many(REST, now=now if dated else None).strike(scene.bench.server, skip=place)
            ended = scene.attempt()
            waited = (scene.bench.clock.now() - now).total_seconds()
            if waited < REST:
                self.broken(
                    f"request {place + 1} was answered 429 with Retry-After {REST} s, and"
                    f" {waited:g} s were waited: {ended}",
                    "a client of the action's own, or one that waits on another clock: use"
                    " env.http, which waits by itself",
                )
            if ended.result is None or scene.deeds != 1:
                self.broken(
                    f"request {place + 1} was answered 429 once: {ended}; {scene.deeds} deeds are"
                    " there",
                    "429 means later, not never: the same request has to be sent again, once",
                )
