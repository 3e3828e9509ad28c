"""Where a command begins, and where every error ends: the one place that prints them."""

import importlib.metadata
import os
import sys
import traceback
from pathlib import Path
from typing import Any

import click
from click.exceptions import Exit

from crosstie.cli.about import describe, plugins, schema
from crosstie.cli.allocation import give_back_large_buffers, spare_the_collector
from crosstie.cli.arm import arm
from crosstie.cli.aside import aside
from crosstie.cli.check import check
from crosstie.cli.completion import completion
from crosstie.cli.do import do
from crosstie.cli.explain import explain
from crosstie.cli.fields import fields
from crosstie.cli.forget import forget
from crosstie.cli.history import history
from crosstie.cli.init import init
from crosstie.cli.journeys import journeys
from crosstie.cli.logs import logging_to_stderr
from crosstie.cli.new import new
from crosstie.cli.plan import plan
from crosstie.cli.printing import clean
from crosstie.cli.report import report
from crosstie.cli.run import run
from crosstie.cli.serve import serve
from crosstie.cli.session import CONFIG, Session, path_of
from crosstie.errors import CrosstieError, PluginError

SECTIONS = {
    "Begin": (init, check, describe, fields, plugins, schema, completion),
    "Move records": (plan, run, serve),
    "Act": (do, arm),
    "See what happened": (history, report, journeys, aside, explain, forget),
    "Write a connector": (new,),
}
SANDBOX = "sandbox"
ABORTED = 130
PIPE_CLOSED = 141
OUR_BUG = 70
CLICKS_OWN = (click.ClickException, Exit)


class OpenGroup(click.Group):
    """A group that plugins add to, but in which they replace nothing."""

    def add_command(self, cmd: click.Command, name: str | None = None) -> None:
        """Add a command; raises `PluginError` when there is one of that name."""
        name = name or cmd.name or ""
        if name in self.commands:
            raise PluginError(f"there is a command {name!r} already")
        super().add_command(cmd, name)


class CommandLine(OpenGroup):
    """The root: loads the plugins' commands when they are needed, and ends every error."""

    def __init__(self, **settings: Any) -> None:
        own = {command.name or "": command for some in SECTIONS.values() for command in some}
        super().__init__("crosstie", commands=own, **settings)
        self.add_command(
            OpenGroup(SANDBOX, help="Play a system, to try things without a real one.")
        )
        self._refused: list[str] | None = None

    def session(self, ctx: click.Context) -> Session:
        """What the commands of this call work on."""
        if ctx.obj is None:
            ctx.obj = Session(path_of(ctx))
        session: Session = ctx.obj
        return session

    def list_commands(self, ctx: click.Context) -> list[str]:
        """All commands, the plugins' after our own."""
        self._extend(ctx)
        return [name for name in self.commands if name != SANDBOX or self._plays]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command; plugins are loaded only when it is not one of our own."""
        if cmd_name == SANDBOX or cmd_name not in self.commands:
            self._extend(ctx)
        return self.commands.get(cmd_name)

    @property
    def _plays(self) -> bool:
        sandbox = self.commands[SANDBOX]
        return isinstance(sandbox, click.Group) and bool(sandbox.commands)

    def _extend(self, ctx: click.Context) -> None:
        """Let each plugin add its commands; one that fails stops only its own."""
        if self._refused is not None:
            return
        self._refused = []
        session = self.session(ctx)
        manager = session.usable_plugins.manager
        for name, plugin in manager.list_name_plugin():
            others = [other for other in manager.get_plugins() if other is not plugin]
            try:
                manager.subset_hook_caller("register_commands", others)(cli=self)
            except Exception as error:  # noqa: BLE001 (whatever a plugin raises, the others go on)
                self._refused.append(f"plugin {name!r}: its commands cannot be used: {error}")
        self._refused += session.failures

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command; an unknown one may belong to a plugin that cannot be used."""
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError as error:
            if not self._refused:
                raise
            told = "\n".join([error.format_message(), *self._refused])
            raise click.UsageError(told, ctx) from error

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands by what they are for."""
        names = self.list_commands(ctx)
        own = {command.name for some in SECTIONS.values() for command in some}
        sections = {title: [c.name for c in some] for title, some in SECTIONS.items()}
        sections["From plugins"] = [name for name in names if name not in own]
        width = max(map(len, names))
        for title, listed in sections.items():
            commands = [(name, self.commands[name]) for name in listed if name in names]
            rows = [
                (name.ljust(width), command.get_short_help_str(formatter.width - width - 6))
                for name, command in commands
            ]
            if rows:
                with formatter.section(title):
                    formatter.write_dl(rows)

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command, exit with the code that it returns, and print what went wrong."""
        session = self.session(ctx)
        try:
            code = super().invoke(ctx)
        except CrosstieError as error:
            for line in session.redact(str(error)).splitlines():
                click.secho(clean(line), fg="red", err=True)
            code = error.exit_code
        except click.NoSuchOption as error:
            if not any(error.option_name in param.opts for param in self.params):
                raise
            told = f"{error.option_name} goes before the command: crosstie {error.option_name} …"
            raise click.UsageError(told, error.ctx) from error
        except CLICKS_OWN:
            raise
        except (click.Abort, KeyboardInterrupt, EOFError):
            click.echo("\naborted", err=True)
            code = ABORTED
        except BrokenPipeError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            code = PIPE_CLOSED
        except Exception:  # noqa: BLE001 (shown in full, without secrets)
            click.echo(session.redact(traceback.format_exc()), err=True, nl=False)
            click.echo("This is a bug, of Crosstie or of a plugin: please report it.", err=True)
            code = OUR_BUG
        ctx.exit(code if isinstance(code, int) else 0)


def command_line() -> CommandLine:
    """A new command line, to which plugins have not yet added theirs."""
    version = importlib.metadata.version("crosstie")
    return CommandLine(
        callback=_begin,
        help="Tie a shop to the systems around it: what to tie stands in crosstie.toml.",
        epilog="Exit codes: 0 all is well, 1 done but records were set aside, "
        "2 wrong usage or config, 3 a flow stopped.",
        context_settings={"help_option_names": ["-h", "--help"]},
        params=[
            click.Option(
                ["-c", "--config"],
                type=click.Path(path_type=Path),
                envvar="CROSSTIE_CONFIG",
                default=CONFIG,
                show_default=True,
                show_envvar=True,
                is_eager=True,
                help="The config.",
            ),
            click.Option(["-v", "--verbose"], count=True, help="Log more; twice: log all."),
            _version_option(f"crosstie {version}"),
        ],
    )


def _version_option(text: str) -> click.Option:
    def show(ctx: click.Context, param: click.Parameter, wanted: bool) -> None:
        if wanted and not ctx.resilient_parsing:
            click.echo(text)
            ctx.exit()

    return click.Option(
        ["--version"],
        is_flag=True,
        is_eager=True,
        expose_value=False,
        callback=show,
        help="Show the version.",
    )


@click.pass_context
def _begin(ctx: click.Context, config: Path, verbose: int) -> None:
    session: Session = ctx.obj
    ctx.with_resource(logging_to_stderr(verbose, session.redact))


def main() -> None:
    """The entry point."""
    give_back_large_buffers()
    started = command_line()
    spare_the_collector()
    started(prog_name="crosstie")
