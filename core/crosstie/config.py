"""The config: `crosstie.toml` read, checked as a whole, and turned into what the runner needs.

::

    config = load_config(Path("crosstie.toml"), load_plugins(Path(".")), os.environ)
    config.flows["customers"].stream

Every mistake in the file is told at once, each with its file, table and field.
The file is the user's: it is read and never written.
"""

import tomllib
from collections.abc import Iterable, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import attrs

from crosstie.config_automations import AutomationConfig, AutomationReader
from crosstie.config_flows import FlowConfig, FlowReader
from crosstie.config_plain import shown
from crosstie.config_shapes import TopTable
from crosstie.config_systems import SystemConfig, SystemReader
from crosstie.config_values import Values
from crosstie.connectors import Connector
from crosstie.errors import ConfigError
from crosstie.mistakes import Mistakes, suggestion
from crosstie.plugins import Plugins
from crosstie.redaction import forms
from crosstie.settings import settings_of

__all__ = ["Config", "FlowConfig", "SystemConfig", "load_config", "read_config"]

STATE = "crosstie.db"
LARGEST = 1024 * 1024


@attrs.frozen
class Config:
    """A config without mistakes.

    `secrets` are the texts that must not be seen, for redaction: each secret as it is and as URLs
    and JSON write it, the longest first.
    `keep_outcomes` is how long the outcome of each record is kept.
    """

    path: Path
    systems: Mapping[str, SystemConfig]
    flows: Mapping[str, FlowConfig]
    state: Path
    secrets: tuple[str, ...] = attrs.field(repr=False)
    keep_outcomes: timedelta = timedelta(days=90)
    automations: Mapping[str, AutomationConfig] = attrs.field(factory=dict)


def load_config(path: Path, plugins: Plugins, environ: Mapping[str, str]) -> Config:
    """Read and check a config; raises `ConfigError` with every mistake in it."""
    return read_config(_content(path), path, plugins, environ)


def read_config(content: bytes, path: Path, plugins: Plugins, environ: Mapping[str, str]) -> Config:
    """Check what stands in a config, or will stand in it; see `load_config`."""
    document = _parse(content, path)
    mistakes = Mistakes(path)
    values = Values(path.parent, environ)
    top = _top(document, values, mistakes)
    systems = _systems(_table(document, "systems", mistakes), plugins, values, mistakes)
    kinds = {name: kind for name, (kind, _) in systems.items()}
    reader = FlowReader(plugins, kinds, values, mistakes)
    tables = _table(document, "flows", mistakes)
    flows = [reader.read(name, table) for name, table in tables.items()]
    tables = _table(document, "automations", mistakes)
    automations = AutomationReader(plugins, kinds, values, mistakes, path.parent).read(tables)
    if top is None or mistakes.texts:
        raise ConfigError(mistakes.texts)
    return Config(
        path=path,
        systems={name: system for name, (_, system) in systems.items() if system is not None},
        flows={flow.name: flow for flow in flows if flow is not None},
        state=top.state or path.parent / STATE,
        secrets=_hidden(values.secrets),
        keep_outcomes=top.keep_outcomes,
        automations=automations,
    )


def _hidden(secrets: Iterable[str]) -> tuple[str, ...]:
    """The forms in which secrets could show up; the longest first, so that none leaves a rest."""
    hidden = {form for secret in secrets for form in forms(secret)}
    return tuple(sorted(hidden, key=lambda form: (-len(form), form)))


def _content(path: Path) -> bytes:
    """What stands in the file; raises `ConfigError` when it cannot be read."""
    try:
        return path.read_bytes()
    except FileNotFoundError:
        raise ConfigError([f"{path}: there is no such file; `crosstie init` writes one"]) from None
    except OSError as error:
        raise ConfigError([f"{path}: cannot be read: {error.strerror}"]) from error


def _parse(content: bytes, path: Path) -> dict[str, Any]:
    """The file as TOML; raises `ConfigError` when it is none."""
    if len(content) > LARGEST:
        raise ConfigError([f"{path}: larger than {LARGEST} bytes, so it is hardly a config"])
    try:
        text = content.decode("utf-8-sig")
        return tomllib.loads(text)
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise ConfigError([f"{path}: line {line} is not UTF-8 text: save it as UTF-8"]) from None
    except tomllib.TOMLDecodeError as error:
        lines = text.rstrip().splitlines() or [""]
        end = f"at line {len(lines)}, column {len(lines[-1]) + 1}, where the text ends"
        told = str(error).replace("at end of document", end)
        raise ConfigError([f"{path}: not TOML: {told}"]) from None


def _top(document: Mapping[str, Any], values: Values, mistakes: Mistakes) -> TopTable | None:
    """What stands above all tables; unknown tables are mistakes."""
    settings = settings_of(TopTable)
    tables = ("systems", "flows", "automations")
    known = {setting.name for setting in settings}
    for name, value in document.items():
        if name not in known and name not in tables:
            hint = suggestion(name, [*known, *tables])
            if isinstance(value, Mapping):
                mistakes.add((name,), None, f"unknown table{hint}")
            else:
                mistakes.add((), name, f"unknown setting{hint}")
    given = {name: value for name, value in document.items() if name in known}
    before = len(mistakes.texts)
    found = values.read(settings, given, (), mistakes)
    return TopTable(**found) if len(mistakes.texts) == before else None


def _table(document: Mapping[str, Any], name: str, mistakes: Mistakes) -> Mapping[str, Any]:
    """The tables under ``[systems]``, ``[flows]`` or ``[automations]`` by name."""
    table = document.get(name, {})
    if isinstance(table, Mapping):
        return table
    mistakes.add((), name, f"expected tables [{name}.NAME], found {shown(table)}")
    return {}


def _systems(
    tables: Mapping[str, Any], plugins: Plugins, values: Values, mistakes: Mistakes
) -> dict[str, tuple[type[Connector] | None, SystemConfig | None]]:
    """Each system's connector class and the system itself, None for what is not known."""
    if not tables:
        text = 'there are no systems: each one is a table [systems.NAME] with use = "KIND"'
        mistakes.add((), None, text)
    reader = SystemReader(plugins, values, mistakes)
    systems: dict[str, tuple[type[Connector] | None, SystemConfig | None]] = {}
    for name, table in tables.items():
        kind = reader.kind(name, table)
        systems[name] = (kind, None if kind is None else reader.read(name, table, kind))
    return systems
