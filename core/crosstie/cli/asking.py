"""Asking for the settings of a system on a terminal, one after the other."""

import json
import os
import re
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import click

from crosstie.cli.arguments import from_text
from crosstie.cli.printing import clean
from crosstie.config_values import Values
from crosstie.new_systems import NewSystem
from crosstie.settings import Secret, Setting, type_text

VARIABLE = re.compile(r"\$([A-Z_][A-Z0-9_]*)")


def on_terminal() -> bool:
    """Whether somebody is there who can be asked."""
    return sys.stdin.isatty() and sys.stdout.isatty()


def asked(system: NewSystem, settings: Sequence[Setting], folder: Path) -> NewSystem:
    """The system with what is answered for these settings; each wrong answer is asked for again.

    What it has already is offered as the answer. `folder` is where its config will stand.
    """
    click.echo(f"\n{click.style(system.name, bold=True)}, of kind {system.connector.kind}")
    for setting in settings:
        system = system.with_settings({setting.name: _answer(system, setting, folder)})
    return system


def _answer(system: NewSystem, setting: Setting, folder: Path) -> Any:
    secret = setting.type is Secret
    click.echo(f"  {clean(setting.doc)}{_hint(setting)}")
    while True:
        text = _prompted(setting, system.given)
        given: Any
        if secret and (variable := VARIABLE.fullmatch(text)):
            given = {"env": variable[1]}
        elif text:
            given = Secret(text) if secret else from_text(setting.type, text)
        elif secret and setting.name in system.given:
            given = system.given[setting.name]
        else:
            continue  # nothing but blanks
        mistakes = system.mistakes_in(setting.name, given, Values(folder, os.environ))
        if not mistakes:
            return given
        for mistake in mistakes:
            click.secho(f"  {clean(mistake.removeprefix(f'{system.name}: '))}", fg="red")


def _prompted(setting: Setting, given: Mapping[str, Any]) -> str:
    """What is typed; nothing for a secret that stays as it is."""
    secret = setting.type is Secret
    known = given.get(setting.name)
    default = None if known is None else "" if secret else _shown(known)
    label = f"  {setting.name}" + (" [unchanged]" if secret and known is not None else "")
    answer: str = click.prompt(
        label, default=default, hide_input=secret, show_default=not secret, type=str
    )
    return answer.strip()


def _hint(setting: Setting) -> str:
    if setting.type is Secret:
        return " (not shown; or $NAME takes it from the environment)"
    if setting.type is str:
        return ""
    as_json = ", as JSON" if setting.type in {tuple[str, ...], dict[str, str]} else ""
    return f" ({type_text(setting.type)}{as_json})"


def _shown(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)
