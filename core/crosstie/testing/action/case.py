"""What an author says about an action, and the stage on which the kit has it done."""

import traceback
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any, ClassVar

import attrs
import pytest

from crosstie.acting import act, connected, settle
from crosstie.actions import Action
from crosstie.errors import UncertainError
from crosstie.incoming import Request
from crosstie.plugins import Plugins
from crosstie.pools import Pools
from crosstie.preparing import prepare
from crosstie.records import Row
from crosstie.sandbox import Reply, Sandbox, Server
from crosstie.settings import Setting, settings_of, settle_of
from crosstie.testing.clock import SimulatedClock
from crosstie.testing.conformance import Conformance
from crosstie.testing.rig import Bench

ONCE = "kit 1"


@attrs.frozen
class Outcome:
    """What came of one call: a result, or what was raised."""

    result: Row | None = None
    error: Exception | None = None

    def __str__(self) -> str:
        if self.error is None:
            return f"it was told as done, with {shortened(self.result)}"
        return f"{type(self.error).__name__}: {self.error}"

    @property
    def trace(self) -> str:
        """All that was raised, with what led to it."""
        return "".join(traceback.format_exception(self.error)) if self.error else ""


@attrs.frozen
class Scene:
    """A new system, whose state lasts while projects and connections are opened anew."""

    case: "ActionCase"
    bench: Bench
    sandbox: Any

    @property
    def deeds(self) -> int:
        """How many were done there."""
        return len(self.case.deeds(self.sandbox))

    @property
    def requests(self) -> int:
        """How many the system was asked so far."""
        return sum(self.bench.server.requests.values())

    @property
    def place(self) -> str:
        """The action, as a config says it."""
        return f"system.{self.case.action}"

    def attempt(self, once: str = ONCE, parameters: Mapping[str, Any] | None = None) -> Outcome:
        """Have it done, in a project of its own."""
        given = self.case.parameters if parameters is None else parameters
        return self._call(lambda pools, state: act(pools, state, self.place, given, once))

    def finish(self) -> Outcome:
        """Have it done to the end, now that all is well; a doubt is settled as a user would."""
        ended = self.attempt()
        if not isinstance(ended.error, UncertainError):
            return ended
        done = self.deeds > 0
        return self._call(lambda pools, state: settle(pools, state, self.place, ONCE, done=done))

    def _call(self, call: Callable[[Pools, Any], Row]) -> Outcome:
        project = self.bench.project()
        try:
            with closing(project.state()) as state, closing(connected(project, state)) as pools:
                return Outcome(call(pools, state))
        except Exception as error:  # noqa: BLE001 (the caller judges it)
            return Outcome(error=error)

    def prepared(self, parameters: Mapping[str, Any] | None = None) -> Action:
        """The action with these parameters."""
        given = self.case.parameters if parameters is None else parameters
        return prepare(self.bench.project(), self.place, given).action

    def status(self) -> str:
        """What the state says of the deed."""
        with closing(self.bench.project().state()) as state:
            deed = state.deed("system", ONCE)
        return deed.status if deed else "unknown"

    @property
    def settles(self) -> float:
        """Seconds for which what was sent may still land."""
        return settle_of(self.bench.project().config.systems["system"].connector)

    def calm(self) -> None:
        """From now on all is well; what was on its way has landed."""
        self.bench.server.faults.clear()
        self.bench.clock.sleep(self.settles + 1)

    def settings(self) -> tuple[Setting, ...]:
        """The action's parameters as they are declared."""
        return settings_of(type(self.prepared()))


@attrs.define
class Stage:
    """Gives a new scene for each trial."""

    case: "ActionCase"
    folder: Path
    clock: SimulatedClock
    serve: Callable[[Sandbox], Server]
    _scenes: int = 0

    def scene(self) -> Scene:
        """A new system, and nothing known of it."""
        self._scenes += 1
        server = self.serve(self.case.sandbox(self.clock))
        server.log = []
        folder = self.folder / f"scene{self._scenes}"
        bench = Bench(self.case, folder, self.clock, server, plugins=self.case._loaded)
        return Scene(self.case, bench, server.sandbox)

    def rehearsed(self) -> list[Reply]:
        """The answers to the requests that one deed makes where all is well."""
        if not self.case._replies:
            scene = self.scene()
            listening = _Listening(scene.sandbox)
            scene.bench.server.sandbox = listening
            self.case.done(scene)
            self.case._replies.extend(listening.replies)
        return self.case._replies


@attrs.frozen
class _Listening:
    """Stands before a sandbox and notes its answers."""

    sandbox: Sandbox
    replies: list[Reply] = attrs.field(factory=list)

    def respond(self, request: Request) -> Reply:
        """See `Sandbox`."""
        self.replies.append(self.sandbox.respond(request))
        return self.replies[-1]


class ActionCase(Conformance):
    """One action of a rig's system.

    `action` is its name, as a config says it after the dot.
    `parameters` are what it is done with, as a config gives them.
    `wrong` holds parameters, each in place of some of these, that must be refused unasked.
    `other` is what to change for another deed, where doing the same again would change nothing.
    `refused` is what to change so that the system says no, and `reason` a part of what it says.

    What the deed needs in the system (an order, a customer) is put there by `sandbox`.
    """

    action: ClassVar[str]
    parameters: ClassVar[Mapping[str, Any]]
    wrong: ClassVar[Sequence[Mapping[str, Any]]] = ()
    other: ClassVar[Mapping[str, Any]] = {}
    refused: ClassVar[Mapping[str, Any] | None] = None
    reason: ClassVar[str] = ""
    _loaded: ClassVar[dict[tuple[str, ...], Plugins]]
    _replies: ClassVar[list[Reply]]

    def __init_subclass__(cls) -> None:
        """Find the plugins, and rehearse, once for all tests of a class."""
        super().__init_subclass__()
        cls._loaded, cls._replies = {}, []

    def deeds(self, sandbox: Any) -> Sequence[Any]:
        """What was done in the sandbox by this action: one entry for each deed."""
        raise NotImplementedError

    @pytest.fixture
    def stage(
        self, tmp_path: Path, clock: SimulatedClock, serve: Callable[[Sandbox], Server]
    ) -> Stage:
        """New systems, as many as a test needs."""
        return Stage(self, tmp_path, clock, serve)

    def done(self, scene: Scene, once: str = ONCE, **changes: Any) -> Row:
        """Have it done where all is well, or break the promise."""
        __tracebackhide__ = True
        ended = scene.attempt(once, {**self.parameters, **changes})
        if ended.result is None:
            self.broken(
                f"all being well, {ended}",
                "does it work at all with these parameters, and on this sandbox?",
            )
        return ended.result


def shortened(value: Any) -> str:
    """A value for a message, not too long."""
    text = repr(value)
    return text if len(text) <= 200 else f"{text[:199]}…"
