"""`crosstie serve`."""

import logging

import attrs
import click

from crosstie import serving
from crosstie.automating import PassReport
from crosstie.cli.session import Session, pass_session
from crosstie.cli.signals import ending_cleanly
from crosstie.cli.telling import Telling
from crosstie.errors import ConfigError, CrosstieError
from crosstie.options import RunReport
from crosstie.project import Project

LOG = logging.getLogger("crosstie.serve")


@click.command
@pass_session
def serve(session: Session) -> int:
    """Run each flow when it is due, and automations, until told to end.

    A flow is due by its `every`. Automations begin when their events come in or are noticed.
    Systems that are servers, such as one of the kind `web`, take events in.
    SIGTERM and Ctrl-C end it cleanly, also in the middle of a run.
    SIGHUP makes it read the config again; a config with mistakes is told and not used.
    """
    project = session.project
    config = project.config
    if not config.automations and all(flow.every is None for flow in config.flows.values()):
        told = 'no flow says how often it runs, and there is no automation: add every = "30m"'
        raise ConfigError([f"{config.path}: {told} to a flow"])
    reloading = Reloading(session)
    telling = Telling()

    def heard(report: RunReport) -> None:
        telling.report(report, project.clock.now())

    def automated(report: PassReport) -> None:
        telling.automated(report, project.clock.now())

    def listening(address: str) -> None:
        click.echo(f"listening on {address}")

    with ending_cleanly(session.stop, reloading.ask):
        serving.serve(
            project, reloading.reload, heard=heard, automated=automated, listening=listening
        )
    return 0


@attrs.define
class Reloading:
    """Reads the config again when it was asked to, and keeps the old one if that fails."""

    session: Session
    _asked: bool = False

    def ask(self) -> None:
        """Reload at the next chance; called by a signal's handler."""
        self._asked = True

    def reload(self) -> Project | None:
        """The new project, or None to go on with the one there is."""
        if not self._asked:
            return None
        self._asked = False
        try:
            project = self.session.reopen()
        except CrosstieError as error:
            for line in str(error).splitlines():
                click.secho(line, fg="red", err=True)
            click.echo("the config has mistakes: going on with the old one", err=True)
            return None
        click.echo(f"{project.config.path}: read again", err=True)
        return project
