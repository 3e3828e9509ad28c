"""An office: a made-up shop and register, and the project that ties them."""

import importlib.util
import threading
from collections.abc import Callable, Mapping
from contextlib import closing
from pathlib import Path
from types import ModuleType
from typing import Any

import attrs
import pytest

from crosstie import UnavailableError
from crosstie.options import RunOptions, RunReport
from crosstie.planning import plan
from crosstie.project import Project, open_project
from crosstie.running import run
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

    def state(self) -> Any:
        return closing(self.project.state())

    def outcomes(self, report: RunReport) -> list[Outcome]:
        with self.state() as state:
            return list(state.outcomes_of(report.run))


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
