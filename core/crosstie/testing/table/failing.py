"""The promises about systems that fail: every request of a run is spoiled in turn."""

from datetime import UTC, datetime
from itertools import product

from crosstie.incoming import Request
from crosstie.testing.faults import DRIP, FOREVER, LATE, LOST, REFUSED, SPOILED, Ill, too_many
from crosstie.testing.table.case import TableCase
from crosstie.testing.table.ledger import Ended, Ledger, told_of
from crosstie.testing.table.steps import Rounds, Step, rehearsed

BEGINNING = datetime(2020, 1, 1, tzinfo=UTC)
REST = 7
LONG_REST = 90
LIE = (
    "are the status and the body of every answer looked at before a row counts as written, and"
    " each row's own part of it?"
)
LEFT = "does every run find what an earlier one has written, and go on from there?"
DOUBLED = (
    "does the connector send a write again by itself, or tell a lost answer as anything else than"
    " an UncertainError? The core looks, waits, looks again, and only then tries again."
)


class Failing(TableCase):
    """Whatever a system answers, each record ends up as one row with the right content."""

    def test_a_system_that_lets_nobody_in_stops_the_flow(self, ledger: Ledger) -> None:
        """With a wrong or expired key nothing can be written, and no record is to blame.

        Usually 401 and 403 are returned as rejections, so that a whole shop is set aside; raise
        an `UnauthorisedError`.
        """
        rounds = rehearsed(self, ledger)
        for ill, step in product(REFUSED, rounds.steps()):
            rounds.begin()
            rounds.strike(ill, step, FOREVER)
            ended = self._attempt(ledger, ill, step)
            if asides := ledger.asides():
                self.broken(
                    f"{ill.name} from {step} on: set aside: {told_of(asides)}",
                    "raise an UnauthorisedError: no record is to blame",
                )
            if ended.status == "completed" and ledger.wrong():
                self.broken(f"{ill.name} from {step} on, and {ended}; {ledger.wrong()}", LIE)
            self._recover(rounds, ill, step, LEFT)

    def test_an_answer_that_makes_no_sense_is_no_success(self, ledger: Ledger) -> None:
        """What says nothing of a row does not say that the row is written.

        Usually an error is swallowed: only exceptions count as failure, a status is not looked
        at, or an answer without results is taken for one without errors.
        """
        rounds = rehearsed(self, ledger)
        for ill, step in product((ill for ill in SPOILED if not ill.done), rounds.steps()):
            rounds.begin()
            rounds.strike(ill, step)
            ended = self._attempt(ledger, ill, step)
            self._honest(rounds, ended, ill, step)
            self._recover(rounds, ill, step, f"{LIE} Is a failed search taken for an empty one?")

    def test_a_write_whose_answer_was_lost_is_not_written_twice(self, ledger: Ledger) -> None:
        """A write that got no answer may have been carried out, or may be so in a while.

        Usually the connector tries again by itself and doubles the row, or tells a rejection, so
        that a row which is there is set aside. An `UncertainError` is right, and is what
        `env.http` raises: the core then looks for the row, waits, looks again.
        """
        rounds = rehearsed(self, ledger)
        dropped = [ill for ill in SPOILED if ill.kind == "drop"]
        for ill, step in product([*LOST, *dropped, LATE], rounds.steps()):
            rounds.begin()
            rounds.strike(ill, step)
            ended = self._attempt(ledger, ill, step)
            self._honest(rounds, ended, ill, step)
            asides = ledger.asides()
            if step.writes and ill.reply.status != 200 and (asides or ended.status != "completed"):
                self.broken(f"{ill.name} at {step}: {ended}; set aside: {told_of(asides)}", DOUBLED)
            self._recover(rounds, ill, step, DOUBLED)

    def test_too_many_requests_are_waited_out(self, ledger: Ledger) -> None:
        """``Retry-After``, in seconds or as a date, is waited for in full; then all goes on.

        Usually a connector with a client of its own tries again at once, which makes it worse, or
        gives up. `env.http` waits by itself.
        """
        rounds = rehearsed(self, ledger)
        for step in rounds.steps():
            self._waits(rounds, step, too_many(REST), REST)
            now = ledger.bench.clock.now()
            ill = too_many(LONG_REST, now=now)
            self._waits(rounds, step, ill, LONG_REST - 1, since=_seconds(now))

    def _waits(
        self, rounds: Rounds, step: Step, ill: Ill, rest: int, since: float | None = None
    ) -> None:
        """No request comes before `rest` seconds have passed since the answer, or since then."""
        __tracebackhide__ = True
        ledger, times = rounds.ledger, list[float]()
        rounds.begin()
        self._note_times(ledger, times)
        rounds.strike(ill, step)
        ended = self._attempt(ledger, ill, step)
        rounds.calm()
        later = times[step.place + 1 :]
        waits = [time - (times[step.place] if since is None else since) for time in later]
        if any(wait < rest for wait in waits):
            self.broken(
                f"{ill.name}, {rest} s, at {step}: the next request came after {min(waits):g} s",
                "is `Retry-After` read? `env.http` does so, and tries again by itself.",
            )
        if amiss := ledger.amiss(ended):
            self.broken(
                f"{ill.name} at {step}: {amiss}",
                "nothing was wrong but the pace: wait, then send the same again",
            )

    def test_a_slow_answer_is_waited_for(self, ledger: Ledger) -> None:
        """An answer that comes in small bits is complete only at its end.

        Usually a connector with a client of its own reads once instead of to the end.
        """
        rounds = rehearsed(self, ledger)
        for step in rounds.steps():
            rounds.begin()
            rounds.strike(DRIP, step)
            ended = self._attempt(ledger, DRIP, step)
            if amiss := ledger.amiss(ended):
                self.broken(
                    f"{DRIP.name} at {step}: {amiss}",
                    "is the answer read to its end before it is used?",
                )
            rounds.calm()

    def _note_times(self, ledger: Ledger, times: list[float]) -> None:
        """Note the moment of every request, in seconds."""

        def note(request: Request) -> bool:
            times.append(_seconds(ledger.bench.clock.now()))
            return False

        ledger.bench.server.fail("answer", matches=note)

    def _attempt(self, ledger: Ledger, ill: Ill, step: Step) -> Ended:
        """Run; whatever is raised and is no error of ours breaks the promise."""
        __tracebackhide__ = True
        try:
            return ledger.attempt()
        except Exception as error:  # noqa: BLE001 (that is what must not happen)
            self.broken(
                f"{ill.name} at {step}: the run broke off with {type(error).__name__}: {error}",
                "is every answer checked before it is used? Raise an UnavailableError where it"
                " is not what it should be, an UncertainError where a row may be written.",
            )

    def _honest(self, rounds: Rounds, ended: Ended, ill: Ill, step: Step) -> None:
        """Nothing may count as written that does not stand there."""
        __tracebackhide__ = True
        ledger = rounds.ledger
        run = ended.report.run if ended.report else None
        told = {}
        for number in rounds.numbers:
            outcomes = ledger.state.outcomes("kit", self.stream, str(number))
            told[number] = [one for one in outcomes if one.table == self.table][:1]
        rows = ledger.standing()
        for number, outcomes in told.items():
            for outcome in outcomes:
                success = outcome.outcome.endswith(("created", "updated"))
                if (
                    outcome.run == run
                    and success
                    and not ledger.says(rows, outcome.sink_id, number)
                ):
                    self.broken(
                        f"{ill.name} at {step}: record {number} counts as {outcome.outcome}"
                        f" under {outcome.sink_id!r}, and does not stand there; {ended}",
                        LIE,
                    )

    def _recover(self, rounds: Rounds, ill: Ill, step: Step, cause: str) -> None:
        """Once the system is well again, everything ends up in its place."""
        __tracebackhide__ = True
        rounds.calm()
        ledger = rounds.ledger
        left = ledger.settle()
        rounds.rest()
        if left:
            self.broken(f"{ill.name} at {step}; afterwards, all being well: {left}", cause)
        if wrong := ledger.wrong():
            self.broken(f"{ill.name} at {step}; in the end {wrong}", cause)


def _seconds(moment: datetime) -> float:
    return (moment - BEGINNING).total_seconds()
