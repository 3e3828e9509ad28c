"""The promises about a deed where all is well, and about one that is not allowed."""

from collections.abc import Iterator, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest

from crosstie.errors import ConfigError, RejectedError
from crosstie.testing.action.case import ActionCase, Scene, Stage, shortened

IGNORED = (
    "does `run` decide by its parameters, instead of by `once`, whether something is done already,"
    " or does it send the same idempotency key each time? Where a second deed of that kind changes"
    " nothing, say in `other` what makes it another one."
)


class Doing(ActionCase):
    """One deed for each `once`, with a result that others can use."""

    def test_one_once_is_one_deed(self, stage: Stage) -> None:
        """What a customer gets, she gets once; and what is told as done, is done.

        Usually the request is sent twice by a loop of the action's own, or an answer is taken for
        a success before anybody has looked at its status.
        """
        scene = stage.scene()
        result = self.done(scene)
        if scene.deeds != 1:
            self.broken(
                f"it was told as done, with {shortened(result)}, and {scene.deeds} deeds are there",
                "is the request sent exactly once, is its answer looked at, and does `deeds` tell"
                " of each deed once?",
            )

    def test_the_same_once_is_the_same_deed(self, stage: Stage) -> None:
        """A step that is begun again after a restart must not give a second coupon.

        The core keeps what came of a deed under its `once`, and tells that the next time, without
        asking the system. Usually broken by a result that cannot be kept as it is.
        """
        scene = stage.scene()
        result = self.done(scene)
        before = scene.requests
        again = self.done(scene)
        if again != result or scene.deeds != 1 or scene.requests != before:
            self.broken(
                f"first {shortened(result)}, then {shortened(again)}, {scene.deeds} deeds, and"
                f" {scene.requests - before} requests the second time",
                "does the result hold only plain values, which are the same when they are kept?",
            )

    def test_another_once_is_another_deed(self, stage: Stage) -> None:
        """Two customers who are given the same thing get two.

        Usually the action keeps what it did under its parameters, or sends a key of its own in
        place of `once`, so that the second customer gets nothing, or the first one's coupon.
        """
        scene = stage.scene()
        self.done(scene)
        self.done(scene, "kit 2", **self.other)
        if scene.deeds != 2:
            self.broken(f"after two deeds with a once each, {scene.deeds} are there", IGNORED)

    def test_a_result_is_plain_values(self, stage: Stage) -> None:
        """Later steps write the result into texts and conditions, perhaps after a restart.

        Text, int, bool, Decimal, dates, times with a zone, None, and lists or mappings of these
        are kept as they are. Usually an amount comes as a float out of `json.loads` (0.1 + 0.2),
        a time without its zone, or the answer is returned as an object.
        """
        scene = stage.scene()
        action = scene.prepared()
        with scene.bench.live() as live:
            result: object = action.run(live, "kit 1")
        if not isinstance(result, Mapping):
            self.broken(
                f"`run` returned {shortened(result)}",
                "return a mapping: what a later step may want to know, or an empty one",
            )
        if wrong := list(_not_plain("", result)):
            self.broken(
                f"{'; '.join(wrong[:3])}, in {shortened(result)}",
                "read numbers with json.loads(…, parse_float=Decimal), give times their zone, and"
                " return fields instead of objects",
            )

    def test_bad_parameters_are_refused_before_any_request(self, stage: Stage) -> None:
        """A mistake is told to whoever made it, when he makes it, and not to the system.

        Unknown, missing and wrongly typed parameters are refused by the core. What else is wrong
        is for the attrs validators of the action's fields, which raise ValueError.
        Usually broken by checks that stand in `run`.
        """
        for parameters, what in self._bad(stage.scene()):
            scene = stage.scene()
            ended = scene.attempt(parameters=parameters)
            if isinstance(ended.error, ConfigError) and not scene.requests:
                continue
            self.broken(
                f"{what}: {ended}; the system got {scene.requests} requests",
                "check parameters by validators of their fields, not in `run`:"
                " @text.validator, which raises ValueError and says what is expected",
            )

    def _bad(self, scene: Scene) -> Iterator[tuple[Mapping[str, Any], str]]:
        """Parameters that must be refused, each with what is bad about them."""
        unknown = "no_such_parameter"
        yield {**self.parameters, unknown: "x"}, f"{unknown}, which there is not"
        for setting in scene.settings():
            if setting.required:
                left = {name: v for name, v in self.parameters.items() if name != setting.name}
                yield left, f"without {setting.name}"
        for wrong in self.wrong:
            yield {**self.parameters, **wrong}, f"with {shortened(dict(wrong))}"

    def test_a_refusal_carries_the_systems_reason(self, stage: Stage) -> None:
        """What the system says no to can only be mended by somebody who knows why.

        Such a deed raises `RejectedError` with the system's own words, nothing is done, and the
        same `once` may be tried again. Usually the text is ``HTTP 422`` and the body is thrown
        away, or a refusal is taken for a system that is down.
        """
        if self.refused is None:
            pytest.skip("nothing is said in `refused`")
        scene = stage.scene()
        parameters = {**self.parameters, **self.refused}
        for _ in range(2):
            before = scene.requests
            ended = scene.attempt(parameters=parameters)
            said = isinstance(ended.error, RejectedError) and self.reason in str(ended.error)
            if not said or scene.deeds:
                self.broken(
                    f"with {shortened(dict(self.refused))}: {ended}; {scene.deeds} deeds are there",
                    f"raise RejectedError with the system's words{self._expected()} where it"
                    " refuses, and only there",
                )
            if scene.requests == before:
                self.broken(
                    "the system was not asked again, although nothing was done the first time",
                    "does the action itself remember that it was refused?",
                )

    def _expected(self) -> str:
        return f" ({self.reason!r})" if self.reason else ""


def _not_plain(name: str, value: Any) -> Iterator[str]:
    """What in a result is no plain value, each with its place."""
    if isinstance(value, Mapping):
        for key, inner in value.items():
            if not isinstance(key, str):
                yield f"{name or 'the result'} has the name {key!r}, which is no text"
            yield from _not_plain(f"{name}.{key}".lstrip("."), inner)
    elif isinstance(value, list | tuple):
        for number, inner in enumerate(value):
            yield from _not_plain(f"{name}[{number}]", inner)
    elif isinstance(value, datetime) and value.tzinfo is None:
        yield f"{name} is {value!r}, a time without a zone"
    elif value is not None and not isinstance(value, str | int | Decimal | date):
        yield f"{name} is {value!r}, a {type(value).__name__}"
