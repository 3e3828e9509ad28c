"""The kit's promises about acting: good actions keep all, each broken one breaks its own."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, ClassVar

import pytest

from crosstie import Clock, Secret
from crosstie.testing import ActionConformance, Rig

from .action_loft import broken
from .action_loft.connector import Loft, Offer, Send, SendKeyed, SendNoted
from .action_loft.sandbox import KEY, LoftSandbox


class AtTheLoft(Rig):
    kind = "loft"
    plugin: ClassVar[object | None] = Offer([Send, SendKeyed, SendNoted])

    def sandbox(self, clock: Clock) -> LoftSandbox:
        return LoftSandbox(clock)

    def settings(self, url: str) -> Mapping[str, Any]:
        return {"url": url, "key": Secret(KEY)}

    def secrets(self, sandbox: Any) -> Iterable[str]:
        return list(sandbox.sessions)


class Messages(AtTheLoft, ActionConformance):
    action: ClassVar[str] = "send"
    parameters: ClassVar[Mapping[str, Any]] = {"to": "ada@example.com", "text": "Hello"}
    wrong: ClassVar[Sequence[Mapping[str, Any]]] = ({"to": 5}, {"to": ""})
    refused: ClassVar[Mapping[str, Any] | None] = {"text": "corn"}
    reason: ClassVar[str] = "pigeons eat what speaks of corn"

    def deeds(self, sandbox: Any) -> Sequence[Any]:
        return list(sandbox.sent)


class TestSend(Messages):
    """It can neither be found nor repeated."""


class TestSendKeyed(Messages):
    action = "send_keyed"


class TestSendNoted(Messages):
    action = "send_noted"


ONCE = "one_once_is_one_deed"
OTHER = "another_once_is_another_deed"
LOST = "a_lost_answer_never_makes_two_deeds[answer lost]"
EMPTY_500 = "a_lost_answer_never_makes_two_deeds[empty 500, but done]"
SENSE = "an_answer_that_makes_no_sense_is_no_success[HTML instead of data]"
REPEATS = "an_action_that_repeats_does_it_once"
LOOK = "a_look_finds_what_was_done_and_nothing_else"
FAILED_LOOK = "a_look_that_fails_finds_no_nothing[HTML instead of data]"
PLAIN = "a_result_is_plain_values"
SECRET = "no_secret_shows"
BUGS = (
    (broken.SendsTwice, ONCE, "2 deeds are there"),
    (broken.IgnoresOnce, REPEATS, "sent as the system's idempotency key"),
    (broken.IgnoresOnce, LOST, "although the system does not look at `once`"),
    (broken.MakesItsOwnKey, OTHER, "send the same idempotency key each time"),
    (broken.TriesAgainByItself, LOST, "send it again by itself"),
    (broken.TakesADoubtForARefusal, EMPTY_500, "and yet it was done"),
    (broken.SwallowsErrors, SENSE, "An error that is caught"),
    (broken.TrustsAnyAnswer, SENSE, "it was told as done, with {'sent': True}; nothing was done"),
    (broken.ExpectsAGoodAnswer, SENSE, "every answer checked before it is used"),
    (
        broken.TakesAllForRefusals,
        "a_system_that_lets_nobody_in_is_told_as_that[401]",
        "UnauthorisedError for 401 and 403",
    ),
    (
        broken.GivesUpOn429,
        "too_many_requests_are_waited_out[seconds]",
        "a client of the action's own",
    ),
    (
        broken.ChecksWhenRunning,
        "bad_parameters_are_refused_before_any_request",
        "by validators of their fields",
    ),
    (
        broken.HidesTheReason,
        "a_refusal_carries_the_systems_reason",
        "with the system's words ('pigeons eat",
    ),
    (broken.CountsInFloats, PLAIN, "price is 0.1, a float"),
    (broken.ForgetsTheZone, PLAIN, "a time without a zone"),
    (broken.ReturnsNothing, PLAIN, "return a mapping"),
    (broken.FindsTheNewest, LOOK, "by `once` alone"),
    (broken.RaisesWhereNothingIs, LOOK, "return None where the system knows of no such deed"),
    (broken.TellsAnotherShape, LOOK, "in the same shape as `run` tells it"),
    (broken.SendsWhileLooking, LOOK, "and `recall` with its `once` told"),
    (broken.TakesAFailureForNothing, FAILED_LOOK, "look at status and shape of the answer"),
    (broken.NamesItsSession, SECRET, "an error: UnauthorisedError: "),
    (broken.KeepsItsSession, SECRET, "the result: "),
    (broken.Chatty, SECRET, "the log: "),
    (broken.Shown, SECRET, "the repr of the connected system: "),
)


def case(bug: Any) -> type[Messages]:
    """The tests of an action, or of a connector, with this bug."""
    if issubclass(bug, Loft):
        return type("Case", (Messages,), {"plugin": Offer([Send], bug)})
    return type(
        "Case", (Messages,), {"plugin": Offer([bug]), "action": vars(bug).get("name", bug.name)}
    )


@pytest.mark.parametrize(
    ("bug", "promise", "cause"),
    BUGS,
    ids=lambda value: value.__name__ if isinstance(value, type) else "",
)
def test_a_broken_action_breaks_the_promise_that_is_meant_for_it(
    judge: Callable[..., dict[str, str]], bug: type, promise: str, cause: str
) -> None:
    name, _, _ = promise.partition("[")

    failed = judge(case(bug), promise)

    assert [name] == list(failed)
    text = " ".join(failed[name].split())
    assert f"promise broken: {name.replace('_', ' ')}" in text
    assert cause in text


def test_every_promise_is_broken_by_somebody() -> None:
    kit = {name for name in dir(ActionConformance) if name.startswith("test_")}
    proven = {f"test_{promise.partition('[')[0]}" for _, promise, _ in BUGS}

    assert {"test_the_same_once_is_the_same_deed"} == kit - proven
