"""How a webhook is given to a connected system, and what it may make of it."""

import sysconfig
import traceback
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, ClassVar

import pytest

from crosstie.abilities import Receives
from crosstie.errors import WebhookError
from crosstie.incoming import Event, Request
from crosstie.testing.conformance import Conformance
from crosstie.testing.rig import Bench
from crosstie.testing.tampering import as_it_comes

PYTHON = sysconfig.get_path("stdlib")
Outcome = Sequence[Event] | Exception


class Receiving(Conformance):
    """What an author says about a system's webhooks, and how the kit plays with them.

    `kinds` are the kinds of event that `delivery` tells.
    `signature` is the header that carries the signature.
    `tolerance` is how old a delivery may be, and how far in the future; None where what the
    system signs has no time in it.
    """

    kinds: ClassVar[tuple[str, ...]]
    signature: ClassVar[str]
    tolerance: ClassVar[timedelta | None] = timedelta(minutes=5)

    def delivery(self, sandbox: Any, number: int, at: datetime) -> Request:
        """A genuine, signed request about record `number`, sent at this time."""
        raise NotImplementedError

    def signed(self, sandbox: Any, body: bytes, at: datetime) -> Request | None:
        """Any body with a genuine signature: lets the kit look behind the check of signatures."""
        return None

    def forged(self, sandbox: Any, number: int, at: datetime) -> Request | None:
        """What `delivery` makes, signed with another secret."""
        return None

    def unknown(self, sandbox: Any, at: datetime) -> Request | None:
        """A genuine request about a kind of event that the connector does not know."""
        return None

    def _genuine(self, bench: Bench, number: int = 1, late: timedelta = timedelta(0)) -> Request:
        """A delivery as the core hands it over, sent now or so much earlier."""
        request = as_it_comes(self.delivery(bench.sandbox, number, bench.clock.now() - late))
        if self.signature.lower() not in request.headers:
            pytest.fail(f"`delivery` makes no header {self.signature!r}, see `signature`", False)
        return request

    def _tolerance(self) -> timedelta:
        if self.tolerance is None:
            pytest.skip("what the system signs has no time in it: `tolerance` is None")
        return self.tolerance

    def _given(self, request: Request | None, name: str) -> Request:
        if request is None:
            pytest.skip(f"{type(self).__name__} has no `{name}`: write it to prove this")
        return as_it_comes(request)

    @contextmanager
    def _receiving(self, bench: Bench) -> Iterator[Receives]:
        with bench.live() as live:
            if not isinstance(live, Receives):
                self.broken(
                    f"{type(live).__name__} has no method `receive`",
                    "the connected system, which `connect` returns: see `crosstie.Receives`",
                )
            yield live

    def _outcomes(self, bench: Bench, *requests: Request) -> list[Outcome]:
        """What one connected system makes of each request."""
        with self._receiving(bench) as live:
            return [_outcome(live, request) for request in requests]

    def _events(self, outcome: Outcome) -> Sequence[Event]:
        """The events of a genuine delivery."""
        if isinstance(outcome, WebhookError):
            self.broken(f"it is refused: {outcome}", "how the signature or the time is read")
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    def _check_error(self, outcome: Outcome, told: str) -> None:
        """An error is a `WebhookError` and nothing else."""
        if isinstance(outcome, Exception) and not isinstance(outcome, WebhookError):
            self.broken(
                f"{told}: {type(outcome).__name__}: {str(outcome)[:200]} ({_place(outcome)})",
                "what that line raises: make it a `WebhookError`",
            )

    def _check_refused(self, bench: Bench, requests: Mapping[str, Request]) -> None:
        outcomes = self._outcomes(bench, *requests.values())
        for told, outcome in zip(requests, outcomes, strict=True):
            self._check_error(outcome, told)
            if not isinstance(outcome, Exception):
                self.broken(
                    f"{told}: it is believed, {len(outcome)} events are told",
                    "what is left out of the check of the signature or of the time",
                )

    def _check_events(self, events: Iterable[Event], told: str) -> None:
        for event in events:
            if wrong := list(_wrong(event, self.kinds)):
                self.broken(f"{told}: {'; '.join(wrong)}", "fields taken as JSON has them")


def _outcome(live: Receives, request: Request) -> Outcome:
    try:
        return list(live.receive(request))
    except Exception as error:  # noqa: BLE001 (what it is, is judged)
        return error


def _place(error: Exception) -> str:
    """The last line that is not Python's own."""
    frames = traceback.extract_tb(error.__traceback__)
    own = [
        frame
        for frame in frames
        if "site-packages" in frame.filename or not frame.filename.startswith(PYTHON)
    ]
    return f"{Path(own[-1].filename).name}, line {own[-1].lineno}"


def _wrong(event: Any, kinds: Sequence[str]) -> Iterator[str]:
    """What is not as `Event` says."""
    if not isinstance(event, Event):
        yield f"{event!r} is no Event"
        return
    if event.kind not in kinds:
        yield f"the kind {event.kind!r} is none of {', '.join(kinds)}"
    for name, value in (("key", event.key), ("version", event.version)):
        if not isinstance(value, str) or value in {"", "None", "null"}:
            yield f"the {name} is {value!r}"
    if event.at is not None and (not isinstance(event.at, datetime) or event.at.tzinfo is None):
        yield f"its time is {event.at!r}"
