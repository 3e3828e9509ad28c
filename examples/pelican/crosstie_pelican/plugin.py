"""The hooks of crosstie-pelican."""

from collections.abc import Sequence
from typing import Any

from crosstie import Action, Connector, hookimpl
from crosstie_pelican.actions import EnterCampaign, SendMessage
from crosstie_pelican.connector import Pelican
from crosstie_pelican.sandbox.command import pelican


@hookimpl
def register_sources() -> Sequence[type[Connector]]:
    """Pelican as a source."""
    return [Pelican]


@hookimpl
def register_sinks() -> Sequence[type[Connector]]:
    """Pelican as a sink."""
    return [Pelican]


@hookimpl
def register_actions() -> Sequence[type[Action]]:
    """What can be done there."""
    return [SendMessage, EnterCampaign]


@hookimpl
def register_commands(cli: Any) -> None:
    """Adds ``crosstie sandbox pelican``."""
    cli.commands["sandbox"].add_command(pelican)
