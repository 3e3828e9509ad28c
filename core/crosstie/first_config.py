"""The text of a first config, from what connectors declare and systems tell.

::

    text = first_config(plugins, new_systems(plugins, ["acme", "bolt"]))
"""

import json
import textwrap
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Literal, get_args, get_origin

from crosstie.abilities import Advice
from crosstie.event_kinds import polled_kinds
from crosstie.mistakes import BARE_KEY
from crosstie.new_systems import NewSystem, companions
from crosstie.plugins import Plugins
from crosstie.settings import Secret, Setting, settings_of, type_text

HEAD = """\
# What Crosstie ties to what. {then}: crosstie check, crosstie plan, crosstie run.
# Secrets stay outside: {{ env = "NAME" }} takes a text from the environment, {{ file = "path" }}
# from a file."""

EVERY = 'every = "30m"      # how often `crosstie serve` runs it'
EXAMPLE = """\
# [systems.shop]
# use = "KIND"

# [systems.crm]
# use = "KIND"

# [flows.customers]
# read  = "shop.customers"
# write = "crm.customers"
# every = "30m"      # how often `crosstie serve` runs it"""

COUPON = """\
# An automation, to begin with: who leaves a cart behind for two hours gets a coupon by mail.
# Take the "# " away from the lines below.

# [automations.come-back]
# on = "SHOP.cart_abandoned"
# after = "2h"                                  # how long the cart has to rest
# when = "{{ customer.newsletter }}"            # who did not subscribe gets none
# entry = "30d"                                 # nobody gets one more often

# [[automations.come-back.steps]]
# do = "SHOP.create_coupon"
# with = { name = "Come back", percent = "10", expires_after = "48h" }
# save = "coupon"

# [[automations.come-back.steps]]
# do = "MAIL.send"

# [automations.come-back.steps.with]
# to = "{{ customer.email }}"
# subject = "Your cart is waiting"
# body = "With the code {{ coupon.code }} it costs 10 % less, for two days."
"""

WIDTH = 97


def first_config(
    plugins: Plugins,
    systems: Sequence[NewSystem],
    advice: Mapping[str, Sequence[Advice]] | None = None,
    order: Sequence[str] = (),
) -> str:
    """A config with comments: a general one without systems; with two, there are flows between.
    Beside systems there are those that belong into every first config.

    `advice` is by the name of the system that gave it; `order` names the flows in the order in
    which they are wanted, if it is not that of the streams.
    """
    told = advice or {}
    kinds = ", ".join(sorted(plugins.kinds)) or "none, install a plugin first"
    filled = systems and not any(system.lacking for system in systems)
    then = "Next" if filled else "When this is filled in"
    about = f"Installed kinds of systems: {kinds}; `crosstie describe KIND` explains each."
    parts = ["\n".join([HEAD.format(then=then), *_comment(about)])]
    parts += [part for one in systems for part in _system(one, told.get(one.name, ()))]
    beside = companions(plugins, systems) if systems else []
    for one in beside:
        parts += _system(one, getattr(one.connector, "in_first_config", ()))
    if len(systems) == 2:
        source, sink = systems
        parts += _flows(source, sink, [one for some in told.values() for one in some], order)
    parts += _automation(plugins, [*systems, *beside])
    if len(parts) == 1:
        parts.append(EXAMPLE)
    return "\n\n".join(parts) + "\n"


def toml(value: Any) -> str:
    """A value as TOML writes it, on one line."""
    if isinstance(value, Mapping):
        inner = ", ".join(f"{_key(name)} = {toml(one)}" for name, one in value.items())
        return f"{{ {inner} }}" if inner else "{}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(toml, value))}]"
    text = json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    return text.encode(errors="replace").decode()  # a system may tell what no file can hold


def _key(name: str) -> str:
    return name if BARE_KEY.fullmatch(name) else toml(name)


def _system(system: NewSystem, told: Iterable[Advice]) -> Iterator[str]:
    """The system's table, then those of its settings that are tables themselves."""
    own = [one for one in told if one.flow is None and one.setting not in system.given]
    advised = {one.setting for one in own if one.chosen}
    kind = system.connector.kind
    lines = [line for one in own if one.setting is None for line in _comment(one.text)]
    lines += [f"[systems.{system.name}]", f'use = "{kind}"']
    for name, setting in system.settings.items():
        if name in system.given:
            lines += [*_comment(setting.doc), f"{name} = {_given(system, name)}"]
        elif setting.required and name not in advised:
            lines += [*_comment(setting.doc), _placeholder(system.name, setting)]
    tables: dict[str, list[str]] = {}
    for one in own:
        if isinstance(one.value, Mapping):
            tables.setdefault(str(one.setting), []).extend(_advised(one, one.value))
        elif one.setting is not None:
            lines += _advised(one, {one.setting: one.value})
    told_of = {*system.given, *(one.setting for one in own)}
    more = [s.name for s in system.settings.values() if not s.required and s.name not in told_of]
    if more:
        lines += _comment(f"more settings: {', '.join(more)}; see crosstie describe {kind}")
    yield "\n".join(lines)
    for name, entries in tables.items():
        yield "\n".join([f"[systems.{system.name}.{name}]", *entries])


def _given(system: NewSystem, name: str) -> str:
    value = system.given[name]
    return toml({"file": str(system.file_of(name))} if isinstance(value, Secret) else value)


def _advised(advice: Advice, settings: Mapping[str, Any]) -> list[str]:
    """A comment, and below it the settings, which are comments as well unless they are chosen."""
    mark = "" if advice.chosen else "# "
    lines = [f"{mark}{_key(name)} = {toml(value)}" for name, value in settings.items()]
    return [*_comment(advice.text), *lines]


def _comment(text: str) -> list[str]:
    """A text as lines of comment that can be seen; what is indented stays so."""
    lines = []
    for line in text.splitlines():
        plain = "".join(letter if letter.isprintable() else "�" for letter in line)
        blanks = plain[: len(plain) - len(plain.lstrip())]
        broken = textwrap.wrap(
            plain, WIDTH, subsequent_indent=f"{blanks}  " if blanks else "", break_long_words=False
        )
        lines += [f"# {one}" for one in broken]
    return lines


def _placeholder(system: str, setting: Setting) -> str:
    """A line for a required setting; `check` names those that have not been filled in."""
    if setting.type is Secret:
        variable = f"{system}_{setting.name}".upper().replace("-", "_")
        return f'{setting.name} = {{ env = "{variable}" }}'
    if get_origin(setting.type) is Literal:
        return f'# {setting.name} = "{get_args(setting.type)[0]}"'
    example = "0" if setting.type is int else '""'
    return f"# {setting.name} = {example}      # {type_text(setting.type)}"


def _flows(
    source: NewSystem, sink: NewSystem, told: Sequence[Advice], order: Sequence[str]
) -> Iterator[str]:
    """A flow for each stream that has a table, of the same name or as the sink says."""
    reads, writes = source.connector, sink.connector
    known: tuple[str, ...] = getattr(writes, "tables_known", ())
    tables = writes.tables_offered or known
    usual: Mapping[str, str] = getattr(writes, "usual_tables", {})
    limited: tuple[str, ...] = getattr(writes, "tables_limited", ())
    named = {usual.get(stream, stream): stream for stream in reads.streams_offered or ()}
    ranks = {name: rank for rank, name in enumerate(order)}
    for name in sorted(named, key=lambda name: ranks.get(name, len(ranks))):
        if name in tables or not tables:
            own = [one for one in told if one.flow == name]
            # Where any name is a table, all flows are offered, to be chosen from.
            needless = not tables or any(one.setting is None and not one.chosen for one in own)
            lines = [
                *(line for one in own if one.setting is None for line in _comment(one.text)),
                f"[flows.{name}]",
                f'read  = "{source.name}.{named[name]}"',
                f'write = "{sink.name}.{name}"',
                *([] if name in limited else [EVERY]),
            ]
            for one in own:
                if one.setting is not None:
                    lines += _advised(one, {one.setting: one.value})
            marked = (line if line.startswith("#") else f"# {line}" for line in lines)
            yield "\n".join(marked if needless else lines)


def _automation(plugins: Plugins, systems: Sequence[NewSystem]) -> Iterator[str]:
    """An automation in a comment, valid without it, where the systems can do what it needs."""
    shop = next((one for one in systems if _is_shop(plugins, one)), None)
    mail = next((one for one in systems if _does(plugins, one, "send", "to subject body")), None)
    if shop is not None and mail is not None:
        yield COUPON.replace("SHOP", shop.name).replace("MAIL", mail.name).rstrip()


def _is_shop(plugins: Plugins, system: NewSystem) -> bool:
    """Whether it has carts that may be abandoned, and coupons."""
    streams = system.connector.streams_offered or ()
    return "cart_abandoned" in polled_kinds(streams) and _does(
        plugins, system, "create_coupon", "name percent expires_after"
    )


def _does(plugins: Plugins, system: NewSystem, action: str, parameters: str) -> bool:
    """Whether a system has an action with these parameters."""
    found = plugins.actions.get(f"{system.connector.kind}.{action}")
    return found is not None and set(parameters.split()) <= {p.name for p in settings_of(found)}
