"""A project: one config with the plugins it uses, ready to be run."""

import threading
from collections.abc import Mapping, Sequence
from pathlib import Path

import attrs

from crosstie.clock import Clock, SystemClock
from crosstie.config import Config, load_config
from crosstie.plugins import NONE, Plugins, load_plugins
from crosstie.redaction import Redaction
from crosstie.state import Migration, SqliteState, open_state, scratch_state


@attrs.frozen
class Project:
    """What every command works on. `stop` asks running work to end cleanly.

    `redact` takes every secret out of a text: those of the config, and those that its connectors
    learned while running.
    """

    config: Config
    plugins: Plugins
    clock: Clock
    stop: threading.Event
    redact: Redaction = attrs.field(init=False, repr=False, eq=False)

    @redact.default
    def _secrets(self) -> Redaction:
        return Redaction(self.config.secrets)

    def state(self) -> SqliteState:
        """Open the state file; the caller closes it."""
        return open_state(self.config.state, self.clock, self._migrations())

    def scratch(self) -> SqliteState:
        """A copy of the state in memory, for dry runs."""
        return scratch_state(self.config.state, self.clock, self._migrations())

    def _migrations(self) -> dict[str, Sequence[Migration]]:
        named = self.plugins.manager.list_name_plugin()
        return {
            name: plugin.register_schema()
            for name, plugin in named
            if hasattr(plugin, "register_schema")
        }


def open_project(
    path: Path,
    environ: Mapping[str, str],
    stop: threading.Event | None = None,
    *,
    clock: Clock | None = None,
    plugins: Mapping[str, object] = NONE,
) -> Project:
    """Load the plugins and the config beside which `crosstie_plugins.py` may lie.

    `clock` stands in for the machine's, and `plugins` are some that are not installed, by name.
    Raises `ConfigError` with all mistakes, or `PluginError`.
    """
    stop = stop or threading.Event()
    loaded = load_plugins(path.parent, plugins)
    config = load_config(path, loaded, environ)
    return Project(config=config, plugins=loaded, clock=clock or SystemClock(stop), stop=stop)
