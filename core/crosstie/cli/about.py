"""`crosstie plugins`, `describe` and `schema`: what there is to be used."""

import importlib.metadata
import json
from collections.abc import Iterator, Mapping
from typing import Any

import click

from crosstie.cli.arguments import complete_kinds
from crosstie.cli.session import Session, pass_session
from crosstie.describe import describe_kind
from crosstie.plugins import Plugins
from crosstie.schema import json_schema


@click.command
@pass_session
def plugins(session: Session) -> None:
    """List the plugins and what each offers.

    For those that cannot be used, the reason is told.
    """
    click.echo(f"crosstie {importlib.metadata.version('crosstie')}")
    usable = session.usable_plugins
    for name, origin in usable.origins.items():
        click.echo(f"{name} ({origin})")
        for line in _offers(usable, name):
            click.echo(f"  {line}")
    for failure in session.failures:
        click.secho(failure, fg="red")


@click.command
@click.argument("kind", shell_complete=complete_kinds)
@pass_session
def describe(session: Session, kind: str) -> None:
    """Explain a kind of system.

    Its settings, streams, tables, events and actions are listed.
    """
    click.echo(describe_kind(session.plugins, kind))


@click.command
@pass_session
def schema(session: Session) -> None:
    """Print the JSON Schema of the config.

    Editors complete and check crosstie.toml with it.
    """
    click.echo(json.dumps(json_schema(session.plugins), indent=2))


def _offers(usable: Plugins, name: str) -> Iterator[str]:
    """What one plugin brings, a line for each sort of thing."""
    plugin = usable.manager.get_plugin(name)
    for title, hook, offered in (
        ("reads", "register_sources", usable.sources),
        ("writes", "register_sinks", usable.sinks),
        ("actions", "register_actions", usable.actions),
        ("mappings", "register_mappings", usable.mappings),
    ):
        things = _answer(usable, plugin, hook)
        own = list(things.values()) if isinstance(things, Mapping) else list(things)
        if names := [kind for kind, thing in offered.items() if thing in own]:
            yield f"{title}: {', '.join(names)}"
    hooks = {caller.name for caller in usable.manager.get_hookcallers(plugin) or ()}
    if "register_commands" in hooks:
        yield "adds commands, see crosstie --help"


def _answer(usable: Plugins, plugin: Any, hook: str) -> Any:
    others = [other for other in usable.manager.get_plugins() if other is not plugin]
    answers = usable.manager.subset_hook_caller(hook, others)()
    return answers[0] if answers else ()
