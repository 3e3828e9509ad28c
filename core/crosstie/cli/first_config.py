"""The first config that `crosstie init` writes, made from what the plugins declare."""

from collections.abc import Iterator, Sequence
from typing import Literal, get_args, get_origin

from crosstie.connectors import Connector
from crosstie.plugins import Plugins
from crosstie.settings import Secret, Setting, settings_of, type_text

HEAD = """\
# What Crosstie ties to what. When this is filled in: crosstie check, crosstie plan, crosstie run.
# Secrets stay outside: { env = "NAME" } takes a text from the environment, { file = "path" }
# from a file.
# Installed kinds of systems: {kinds}; `crosstie describe KIND` explains each."""

EXAMPLE = """\
# [systems.shop]
# use = "KIND"

# [systems.crm]
# use = "KIND"

# [flows.customers]
# read  = "shop.customers"
# write = "crm.customers"
# every = "30m"      # how often `crosstie serve` runs it"""


def first_config(plugins: Plugins, source: str | None, sink: str | None) -> str:
    """A config with comments: general, or for reading the one kind and writing the other.

    Raises `PluginError` for a kind that nobody offers.
    """
    kinds = ", ".join(sorted(plugins.kinds)) or "none, install a plugin first"
    parts = [HEAD.replace("{kinds}", kinds)]
    wanted = [kind for kind in (source, sink) if kind is not None]
    names = [
        kind if wanted.index(kind) == place else f"{kind}-2" for place, kind in enumerate(wanted)
    ]
    connectors = [plugins.connector(kind) for kind in wanted]
    parts += [_system(*both) for both in zip(names, connectors, strict=True)]
    if len(names) == 2:
        parts += _flows(names, connectors)
    if len(parts) == 1:
        parts.append(EXAMPLE)
    return "\n\n".join(parts) + "\n"


def _system(name: str, connector: type[Connector]) -> str:
    settings = settings_of(connector)
    lines = [f"[systems.{name}]", f'use = "{connector.kind}"']
    for setting in settings:
        if setting.required:
            lines += [f"# {setting.doc}", _placeholder(name, setting)]
    more = [setting.name for setting in settings if not setting.required]
    if more:
        lines.append(f"# more settings: {', '.join(more)}; see crosstie describe {connector.kind}")
    return "\n".join(lines)


def _placeholder(system: str, setting: Setting) -> str:
    """A line for a required setting; `check` names those that have not been filled in."""
    if setting.type is Secret:
        variable = f"{system}_{setting.name}".upper().replace("-", "_")
        return f'{setting.name} = {{ env = "{variable}" }}'
    if get_origin(setting.type) is Literal:
        return f'# {setting.name} = "{get_args(setting.type)[0]}"'
    example = "0" if setting.type is int else '""'
    return f"# {setting.name} = {example}      # {type_text(setting.type)}"


def _flows(names: Sequence[str], connectors: Sequence[type[Connector]]) -> Iterator[str]:
    """A flow for each stream that has a table of the same name."""
    (source, sink), (reads, writes) = names, connectors
    known: tuple[str, ...] = getattr(writes, "tables_known", ())
    tables = writes.tables_offered or known
    # Where any name is a table, all flows are offered, to be chosen from.
    mark = "" if tables else "# "
    for stream in reads.streams_offered:
        if stream in tables or not tables:
            lines = (
                f"[flows.{stream}]",
                f'read  = "{source}.{stream}"',
                f'write = "{sink}.{stream}"',
                'every = "30m"      # how often `crosstie serve` runs it',
            )
            yield "\n".join(f"{mark}{line}" for line in lines)
