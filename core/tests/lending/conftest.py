"""Systems that are only lent to: two of a kind that does nothing, in one project."""

import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

import pytest

from crosstie.lending import LentEnv
from crosstie.project import Project, open_project
from crosstie.state import State

PLUGIN = '''
from typing import Any, ClassVar

import attrs

from crosstie import Env, Secret, hookimpl, setting


@attrs.frozen
class Idle:
    """A system that does nothing."""

    kind: ClassVar[str] = "idle"
    streams_offered: ClassVar[tuple[str, ...]] = ("none",)
    tables_offered: ClassVar[tuple[str, ...]] = ()
    key: Secret | None = setting("A secret", default=None)

    def connect(self, env: Env) -> Any:
        raise NotImplementedError


@hookimpl
def register_sources() -> list[Any]:
    return [Idle]
'''
CONFIG = """
[systems.shop]
use = "idle"
key = { env = "SHOP_KEY" }

[systems.crm]
use = "idle"
"""


@pytest.fixture
def stop() -> threading.Event:
    return threading.Event()


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """The config file, with its plugin beside it."""
    (tmp_path / "crosstie_plugins.py").write_text(PLUGIN, encoding="utf-8")
    path = tmp_path / "crosstie.toml"
    path.write_text(CONFIG, encoding="utf-8")
    return path


@pytest.fixture
def project(config: Path, clock: Any, stop: threading.Event) -> Project:
    return open_project(config, {"SHOP_KEY": "configured-key"}, stop, clock=clock)


@pytest.fixture
def lend(project: Project) -> Iterator[Callable[..., LentEnv]]:
    """Lend to a system as another process would: on a connection to the state of its own."""
    with ExitStack() as stack:

        def make(system: str = "shop", *, dry: bool = False) -> LentEnv:
            opened: State = project.scratch() if dry else project.state()
            state = stack.enter_context(closing(opened))
            env = LentEnv(project.config.systems[system], project, state)
            return stack.enter_context(closing(env))

        yield make


@pytest.fixture
def env(lend: Callable[..., LentEnv]) -> LentEnv:
    return lend()
