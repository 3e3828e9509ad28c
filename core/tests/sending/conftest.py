"""An office: a made-up shop and register, and the project that ties them."""

import copy
import importlib.util
import sqlite3
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from types import ModuleType
from typing import Any

import attrs
import pytest

from crosstie import ConfigError, UnavailableError
from crosstie.choosing import Window
from crosstie.options import RunOptions, RunReport
from crosstie.planning import plan
from crosstie.project import Project, open_project
from crosstie.running import chosen, run
from crosstie.sinks import Planned
from crosstie.state import Outcome
from crosstie.testing import SimulatedClock

CONFIG = """
[systems.shop]
use = "shop"
[systems.register]
use = "register"
[flows.purchases]
read = "shop.orders"
write = "register.{table}"
{settings}
"""
PAID = 'filters = { status = ["paid"] }\n'


def _module() -> ModuleType:
    spec = importlib.util.spec_from_file_location("made_up", Path(__file__).parent / "made_up.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


MADE_UP = _module()


@attrs.define
class Office:
    """The project in `folder`; `shop` and `register` can be looked into and changed at any time."""

    folder: Path
    shop: Any = attrs.field(factory=MADE_UP.Shop)
    register: Any = attrs.field(factory=MADE_UP.Register)
    clock: SimulatedClock = attrs.field(factory=lambda: SimulatedClock(MADE_UP.NOW))
    stop: threading.Event = attrs.field(factory=threading.Event)
    _project: Project | None = None

    def config(self, settings: str = "", table: str = "purchases", more: str = "") -> None:
        """The flow's further settings, its table, and further tables of the file."""
        text = CONFIG.format(settings=settings, table=table) + more
        (self.folder / "crosstie.toml").write_text(text, encoding="utf-8")
        self._project = None

    @property
    def project(self) -> Project:
        """The project, read again when its config has been written again."""
        if self._project is None:
            self._project = open_project(
                self.folder / "crosstie.toml",
                {},
                self.stop,
                clock=self.clock,
                plugins={"made-up": MADE_UP.plugin(self.shop, self.register)},
            )
        return self._project

    @property
    def down(self) -> Exception:
        """What the register raises while it is closed."""
        return UnavailableError("the register is closed")

    def run(self, tell: Callable[[Any], None] = lambda _: None, **options: Any) -> RunReport:
        (report,) = run(self.project, ["purchases"], RunOptions(**options), tell=tell)
        return report

    def plan(self, **options: Any) -> tuple[list[Planned], RunReport]:
        told: list[Planned] = []
        (report,) = plan(self.project, ["purchases"], RunOptions(**options), tell=told.append)
        return told, report

    def windows(self, **options: Any) -> Sequence[Window]:
        """The windows of a run with these options."""
        ((_, choice),) = chosen(self.project, [], RunOptions(**options))
        return choice.windows

    def refused(self, **options: Any) -> list[str]:
        """All that is wrong with a run with these options; nothing when it is allowed."""
        try:
            chosen(self.project, [], RunOptions(**options))
        except ConfigError as error:
            return list(error.mistakes)
        return []

    def state(self) -> Any:
        return closing(self.project.state())

    def outcomes(self, report: RunReport) -> list[Outcome]:
        with self.state() as state:
            return list(state.outcomes_of(report.run))


@attrs.frozen
class Instant:
    """What a kill at some instant leaves behind: the state file and the register."""

    state: Path
    rows: Any
    known: Any
    made: int
    moment: Any


@attrs.define
class Camera:
    """Keeps the instants of an office's run: before and after the effect of each request, and after
    each page."""

    office: Office
    folder: Path
    instants: list[Instant] = attrs.field(factory=list)

    def install(self) -> None:
        self.office.register.before = self.take
        self.office.register.after = self.take

    def take(self, *_: object) -> None:
        copied = self.folder / f"{len(self.instants)}.db"
        with (
            closing(sqlite3.connect(self.office.folder / "crosstie.db")) as state,
            closing(sqlite3.connect(copied)) as copy_of_state,
        ):
            state.backup(copy_of_state)
        register = self.office.register
        kept = copy.deepcopy((register.rows, register.known))
        self.instants.append(Instant(copied, *kept, register.made, self.office.clock.now()))

    def restore(self, instant: Instant) -> None:
        """Make the office what a kill at that instant left, when the lease has run out."""
        register = self.office.register
        register.before = register.after = lambda: None
        register.rows, register.known = copy.deepcopy((instant.rows, instant.known))
        register.made = instant.made
        with (
            closing(sqlite3.connect(instant.state)) as kept,
            closing(sqlite3.connect(self.office.folder / "crosstie.db")) as state,
        ):
            kept.backup(state)
        self.office.clock.move(instant.moment)
        self.office.clock.sleep(61)


@pytest.fixture
def office(tmp_path: Path) -> Office:
    """An office with an empty shop and an empty register."""
    made = Office(tmp_path)
    made.config()
    return made


@pytest.fixture(scope="session")
def offices(tmp_path_factory: pytest.TempPathFactory) -> Callable[[], Office]:
    """Makes an office, for tests that share one or need many."""
    return lambda: Office(tmp_path_factory.mktemp("office"))


@pytest.fixture
def counts() -> Callable[[RunReport], Mapping[str, int]]:
    """The counts of a report that are not zero."""
    return lambda report: {name: count for name, count in report.counts.items() if count}


@pytest.fixture
def narrow(office: Office) -> Office:
    """An office whose flow keeps to the table's limits, with the statuses chosen."""
    office.config(PAID)
    return office


@pytest.fixture(scope="module")
def wide(offices: Callable[[], Office]) -> Office:
    """An office whose flow may send any dates."""
    made = offices()
    made.config(f"windows = true\nolder = true\n{PAID}")
    return made


@pytest.fixture
def photograph(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Office], Camera]:
    """Sets up a camera in an office."""

    def install(office: Office) -> Camera:
        made = Camera(office, tmp_path_factory.mktemp("photos"))
        made.install()
        return made

    return install
