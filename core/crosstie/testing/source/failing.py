"""Promises about a system that fails: nothing is lost, and nothing is passed over in silence."""

import time

import pytest

from crosstie.errors import FlowError, UnauthorisedError
from crosstie.settings import settings_of
from crosstie.testing.faults import FOREVER, REFUSED, SPOILED, Ill, too_many
from crosstie.testing.source.origin import Origin, SourceCase
from crosstie.testing.source.told import Told

MOST_PLACES = 6
REST = 77
SHORT_TIMEOUT = "200ms"
A_WHILE, FOR_EVER = 0.3, 10.0


class FailingPromises(SourceCase):
    """A read is complete, or it says that it is not."""

    @pytest.mark.parametrize("ill", SPOILED, ids=lambda ill: ill.name)
    def test_a_spoiled_answer_makes_no_read_short(self, origin: Origin, ill: Ill) -> None:
        """One answer of a hundred is an error page, half a body or none at all.

        Each request of a read is spoiled in turn, once, and the first and the last for good.
        Then either everything is told all the same, or a `FlowError` is raised, and reading on
        from the last checkpoint tells the rest.
        Usually broken by an answer that is taken for an empty list, because nobody looked at its
        status or shape, by an error that is caught and ends the loop, and by a KeyError or
        ValueError of the answer, which looks like a bug of ours.
        """
        origin.fill()
        total = self._requests(origin)
        for place in _spread(total):
            self._survives(origin, ill, place, times=1)
        for place in sorted({0, total - 1}):
            self._survives(origin, ill, place, times=FOREVER)

    def _survives(self, origin: Origin, ill: Ill, place: int, times: int) -> None:
        told = self._spoiled(origin, ill, place, times)
        where = f"{ill.name}, {'from' if times > 1 else 'at'} request {place + 1} of a read"
        if told.error is None:
            if missed := origin.missed(told.records):
                self.broken(
                    f"{where}: it ended without an error, and {origin.shown(missed)} were not told",
                    "an answer that is taken for an empty list or the last page, or an error that "
                    "is caught: raise UnavailableError for whatever is not what was asked for",
                )
            return
        if not isinstance(told.error, FlowError):
            self.broken(
                f"{where}: {type(told.error).__name__}: {told.error}",
                "an error of another kind: a stream that cannot be read raises a FlowError, "
                "mostly UnavailableError",
            )
        rest = origin.read(told.end)
        if missed := origin.missed(told.records, rest.records):
            self.broken(
                f"{where}: {told.error}; then, from the checkpoint {told.end!r}, "
                f"{origin.shown(missed)} were not told",
                "a checkpoint that was yielded before all records before it were",
            )

    @pytest.mark.parametrize("ill", REFUSED, ids=lambda ill: ill.name)
    def test_a_refusal_is_told_as_one(self, origin: Origin, ill: Ill) -> None:
        """A key that ran out or lacks a right is for the user to mend; waiting does not help.

        401 and 403 are raised as `UnauthorisedError`, whose text says which right is missing.
        Usually broken by treating every status from 400 as a system that is down, and by a client
        that signs in again and again.
        """
        origin.fill()
        for place in sorted({0, self._requests(origin) - 1}):
            told = self._spoiled(origin, ill, place, FOREVER)
            if told.error is None and not origin.missed(told.records):
                continue
            if not isinstance(told.error, UnauthorisedError):
                said = f"{type(told.error).__name__}: {told.error}" if told.error else "no error"
                self.broken(
                    f"{ill.name} from request {place + 1} of a read: {said}",
                    "the status of the answer: raise UnauthorisedError for 401 and 403",
                )

    @pytest.mark.parametrize("dated", [False, True], ids=["seconds", "date"])
    def test_a_429_is_waited_for(self, origin: Origin, dated: bool) -> None:
        """Who asks again at once is locked out for longer, and takes the others' share.

        Where ``Retry-After`` (in seconds, or as a date) says how long to rest, reading goes on
        after that time and tells everything.
        Usually broken by a client of the connector's own: `Env.http` waits by itself.
        """
        origin.fill()
        for place in _spread(self._requests(origin))[:3]:
            now = origin.bench.clock.now()
            slept = len(origin.bench.simulated.sleeps)
            told = self._spoiled(origin, too_many(REST, now=now if dated else None), place, times=1)
            waited = sum(origin.bench.simulated.sleeps[slept:])
            if waited < REST - 1:
                self.broken(
                    f"request {place + 1} was answered 429 with Retry-After {REST} s, and the "
                    f"connector waited {waited:g} s on the clock it is lent",
                    "a client of the connector's own, or one that waits on another clock: use "
                    "Env.http, which waits by itself",
                )
            if told.error is not None or origin.missed(told.records):
                self.broken(
                    f"request {place + 1} was answered 429 once; then: "
                    f"{told.error or origin.shown(origin.missed(told.records)) + ' were not told'}",
                    "429 means later, not never: the same request has to be sent again",
                )

    def test_a_slow_answer_is_read_and_an_endless_one_given_up(self, origin: Origin) -> None:
        """A busy shop answers slowly, byte by byte, and a broken one never comes to an end.

        The one has to be waited for, the other must not hold the flow for ever: `timeout`, where
        the connector has that setting, is honoured.
        Usually broken by a client of the connector's own, which has no time-out, and by a time-out
        that is taken for the end of the list.
        """
        origin.fill()
        middle = self._requests(origin) // 2
        connector = origin.bench.project().config.systems["system"].connector
        patient = any(setting.name == "timeout" for setting in settings_of(type(connector)))
        options = {"timeout": SHORT_TIMEOUT} if patient else {}
        for seconds in (A_WHILE, FOR_EVER) if patient else (A_WHILE,):
            origin.bench.server.fail("drip", skip=middle, seconds=seconds)
            began = time.monotonic()
            told = origin.attempt(**options)
            took = time.monotonic() - began
            origin.bench.server.faults.clear()
            if told.error is None and (missed := origin.missed(told.records)):
                self.broken(
                    f"an answer came in small bits, over {seconds:g} s, and the read ended without "
                    f"an error; {origin.shown(missed)} were not told",
                    "an answer that is used before it is complete, or a time-out that is caught "
                    "and taken for the end",
                )
        if took > FOR_EVER / 2:
            self.broken(
                f"timeout was {SHORT_TIMEOUT}, and an answer in small bits held the read for "
                f"{took:.0f} s",
                "a client of the connector's own: Env.http honours the setting",
            )

    def _spoiled(self, origin: Origin, ill: Ill, place: int, times: int) -> Told:
        """Read while the request at this place, and some after it, are answered so."""
        ill.strike(origin.bench.server, skip=place, times=times)
        told = origin.attempt()
        origin.bench.server.faults.clear()
        return told

    def _requests(self, origin: Origin) -> int:
        """How many requests a full read takes, once the connector knows the system."""
        origin.read()
        before = origin.requests
        origin.read()
        if origin.requests == before:
            pytest.skip("reading makes no request")
        return origin.requests - before


def _spread(total: int) -> list[int]:
    """Some places among so many, the first and the last with them."""
    if total <= MOST_PLACES:
        return list(range(total))
    return sorted({round(step * (total - 1) / (MOST_PLACES - 1)) for step in range(MOST_PLACES)})
