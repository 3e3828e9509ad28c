"""How the kit plays a system: the author says it once, in a class that the test classes share::

class Acme(Rig):
    kind = "acme"

    def sandbox(self, clock):
        return AcmeSandbox(clock)

    def settings(self, url):
        return {"url": url, "token": Secret("acme-token-1")}
"""

import json
import threading
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import Any, ClassVar

import attrs

from crosstie.clock import Clock
from crosstie.config import load_config
from crosstie.connectors import Live
from crosstie.options import RunOptions, RunReport
from crosstie.plugins import Plugins, load_plugins
from crosstie.pools import Pools
from crosstie.project import Project
from crosstie.running import run
from crosstie.sandbox import Sandbox, Server
from crosstie.settings import Secret
from crosstie.testing.clock import SimulatedClock
from crosstie.testing.counterparts import Counterparts, Script, Shelf


class Rig:
    """One kind of system, played by its sandbox.

    `kind` is the connector's.
    `plugin` is the module (or object) with the hooks where the plugin is not installed.
    `page` names the setting that says how many records are asked for at once; None where there is
    none, then `page_size` says how many come.
    """

    kind: ClassVar[str]
    plugin: ClassVar[object | None] = None
    page: ClassVar[str | None] = "page"
    page_size: ClassVar[int] = 100

    def sandbox(self, clock: Clock) -> Sandbox:
        """A new system without records, whose time is `clock`'s."""
        raise NotImplementedError

    def settings(self, url: str) -> Mapping[str, Any]:
        """The connector's settings for a sandbox at this address, as a config would give them.

        A secret is given as `Secret`; the kit hands it over through the environment.
        """
        raise NotImplementedError

    def secrets(self, sandbox: Any) -> Iterable[str]:
        """Further texts that nobody may see: session names, tokens that the sandbox gave out."""
        return ()


@attrs.define
class Bench:
    """The system of a rig, served on a real socket, between the kit's own source and sink.

    `script` is what the kit's source ``kit.<name>`` tells (more of them in `scripts`), `shelf`
    keeps what is written to ``shelf.rows``; the system is called ``system`` in the config.
    All of `sources` tell the same, as systems of their own.
    """

    rig: Rig
    folder: Path
    clock: Clock
    server: Server
    flows: dict[str, str] = attrs.field(factory=dict)
    scripts: dict[str, Script] = attrs.field(factory=lambda: {"records": Script()})
    shelf: Shelf = attrs.field(factory=Shelf)
    stop: threading.Event = attrs.field(factory=threading.Event)
    sources: tuple[str, ...] = ("kit",)
    _plugins: dict[tuple[str, ...], Plugins] = attrs.field(factory=dict)

    @property
    def sandbox(self) -> Any:
        """The author's sandbox."""
        return self.server.sandbox

    @property
    def simulated(self) -> SimulatedClock:
        """The clock, where it is a simulated one."""
        assert isinstance(self.clock, SimulatedClock)
        return self.clock

    @property
    def script(self) -> Script:
        """The kit's own source, where one is enough."""
        return next(iter(self.scripts.values()))

    def secrets(self) -> list[str]:
        """Every text that nobody may see."""
        given = self.rig.settings(self.server.url).values()
        known = [value.reveal() for value in given if isinstance(value, Secret)]
        return [*known, *self.rig.secrets(self.sandbox)]

    def flow(self, name: str, read: str, write: str, **settings: Any) -> None:
        """Add a flow to the config."""
        lines = [f"[flows.{name}]", *_lines({"read": read, "write": write, **settings})]
        self.flows[name] = "\n".join(lines)

    def project(self, **settings: Any) -> Project:
        """The project as it stands, with the rig's settings and these instead of or beside them."""
        given = {**self.rig.settings(self.server.url), **settings}
        environ = {
            f"KIT_{name.upper()}": value.reveal()
            for name, value in given.items()
            if isinstance(value, Secret)
        }
        parts = [f'[systems.system]\nuse = "{self.rig.kind}"', *_lines(given)]
        parts += [f'[systems.{name}]\nuse = "kit-source"' for name in self.sources]
        parts.append('[systems.shelf]\nuse = "kit-sink"')
        self.folder.mkdir(exist_ok=True)
        config = self.folder / "crosstie.toml"
        config.write_text("\n".join([*parts, *self.flows.values(), ""]), encoding="utf-8")
        plugins = self._loaded()
        loaded = load_config(config, plugins, environ)
        return Project(config=loaded, plugins=plugins, clock=self.clock, stop=self.stop)

    def _loaded(self) -> Plugins:
        """The plugins there are; finding them takes longer than a run, so it is done once."""
        offered = tuple(self.scripts)
        if offered not in self._plugins:
            more: dict[str, object] = {"crosstie-kit": Counterparts(self.scripts, self.shelf)}
            if self.rig.plugin is not None:
                more["rig"] = self.rig.plugin
            self._plugins[offered] = load_plugins(self.folder, more)
        return self._plugins[offered]

    @contextmanager
    def live(self, **settings: Any) -> Iterator[Live]:
        """The system, connected as the core connects it, for the length of a `with` block."""
        project = self.project(**settings)
        with ExitStack() as stack:
            state = stack.enter_context(closing(project.state()))
            pools = stack.enter_context(closing(Pools(project, state)))
            yield pools.reader("system").live()

    def run(self, *flows: str, **options: Any) -> dict[str, RunReport]:
        """Run flows (all, without names) as the command line does; options are `RunOptions`'."""
        settings = options.pop("settings", {})
        reports = run(self.project(**settings), flows, RunOptions(**options))
        return {report.flow: report for report in reports}


def _lines(settings: Mapping[str, Any]) -> list[str]:
    """Settings as lines of TOML; None is left out."""
    return [
        f"{name} = {_value(name, value)}" for name, value in settings.items() if value is not None
    ]


def _value(name: str, value: Any) -> str:
    if isinstance(value, Secret):
        return f'{{ env = "KIT_{name.upper()}" }}'
    if isinstance(value, Mapping):
        inner = ", ".join(f"{json.dumps(key)} = {_value(key, one)}" for key, one in value.items())
        return f"{{ {inner} }}"
    return json.dumps(list(value) if isinstance(value, tuple) else value, ensure_ascii=False)
