"""The reference of the command line, made from the commands themselves."""

import inspect
from collections.abc import Iterator

import click
from tests.docs.reference import cell, table

from crosstie.cli.root import command_line

EXAMPLES = ("crosstie_pelican", "crosstie_quill")
"""Packages that show how a connector is made: their commands are told where they are."""


def commands() -> str:
    """Every command, with its usage, help and options."""
    parts = [part for _, command in all_commands() for part in _told(command)]
    return "\n\n".join(parts)


def all_commands() -> list[tuple[str, click.Context]]:
    """Every command with its full name, our own and those of the plugins."""
    root = command_line()
    context = click.Context(root, info_name="crosstie")
    return [(one.command_path, one) for one in _below(context)]


def _below(context: click.Context) -> Iterator[click.Context]:
    if getattr(context.command.callback, "__module__", "").startswith(EXAMPLES):
        return
    yield context
    if isinstance(context.command, click.Group):
        for name in context.command.list_commands(context):
            command = context.command.get_command(context, name)
            if command is not None:
                yield from _below(click.Context(command, info_name=name, parent=context))


def _told(context: click.Context) -> Iterator[str]:
    command = context.command
    usage = command.get_usage(context).removeprefix("Usage: ")
    yield f"{'#' * (1 + len(context.command_path.split()))} {context.command_path}"
    yield f"```text\n{' '.join(usage.split())}\n```"
    for paragraph in inspect.cleandoc(command.help or "").replace("``", "`").split("\n\n"):
        yield f"```text\n{paragraph[2:]}\n```" if paragraph.startswith("\b\n") else paragraph
    options = [_option(context, one) for one in command.params if isinstance(one, click.Option)]
    if options:
        yield table(("option", "meaning", "default"), options)


def _option(context: click.Context, option: click.Option) -> tuple[str, str, str]:
    value = "" if option.is_flag or option.count else f" {option.make_metavar(context)}"
    default = f"`{option.default}`" if option.show_default and not option.is_flag else ""
    names = cell(", ".join(option.opts) + value).replace(" RANGE", "")
    return f"`{names}`", cell(option.help or ""), default
