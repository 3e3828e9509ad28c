"""What a command works on: a config, and what is loaded with it when it is asked for."""

import os
import threading
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path

import attrs
import click

from crosstie.acting import connected
from crosstie.connectors import Live
from crosstie.errors import PluginError
from crosstie.plugins import Plugins, load_plugins
from crosstie.project import Project, open_project

CONFIG = "crosstie.toml"


@attrs.define
class Session:
    """One call of the command line. `stop` asks what it started to end cleanly."""

    path: Path
    stop: threading.Event = attrs.field(factory=threading.Event)
    _project: Project | None = None
    _plugins: Plugins | None = None
    _broken: str | None = None

    @property
    def project(self) -> Project:
        """The project; raises `ConfigError` with every mistake, or `PluginError`."""
        if self._project is None:
            self._project = self.reopen()
        return self._project

    def work_on(self, project: Project) -> None:
        """Work on a project whose config is not in a file yet, and keep its secrets."""
        self._project = project

    def reopen(self) -> Project:
        """Read config and plugins anew; when that fails, all stays as it was."""
        self._project = open_project(self.path, os.environ, self.stop)
        return self._project

    @property
    def plugins(self) -> Plugins:
        """All usable plugins, with the one beside the config; raises `PluginError` if it fails."""
        usable = self.usable_plugins
        if self._broken is not None:
            raise PluginError(self._broken)
        return usable

    @property
    def usable_plugins(self) -> Plugins:
        """All usable plugins, also when the one beside the config is not among them."""
        if self._plugins is None:
            try:
                self._plugins = load_plugins(self.path.parent)
            except PluginError as error:
                self._plugins, self._broken = load_plugins(), str(error)
        return self._plugins

    @property
    def failures(self) -> list[str]:
        """Why some plugins cannot be used, one sentence each."""
        found = list(map(str, self.usable_plugins.failures))
        return found if self._broken is None else [*found, self._broken]

    @contextmanager
    def connected(self, names: Iterable[str]) -> Iterator[Mapping[str, Live]]:
        """Systems of the config, connected as for a flow, by name: for plugins' own commands."""
        with (
            closing(self.project.state()) as state,
            closing(connected(self.project, state)) as pools,
        ):
            yield {name: pools.writer(name).live() for name in names}

    def redact(self, text: str) -> str:
        """The text without the config's secrets, as far as they have been read."""
        return text if self._project is None else self._project.redact(text)


def path_of(ctx: click.Context) -> Path:
    """The config's path, also while a command line is only being completed."""
    given = ctx.find_root().params.get("config") or os.environ.get("CROSSTIE_CONFIG")
    return Path(given or CONFIG)


pass_session = click.make_pass_decorator(Session)
