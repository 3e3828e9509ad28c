"""What the connectif plugin offers."""

from collections.abc import Sequence
from typing import Any

from crosstie import Connector, hookimpl
from crosstie_connectif.connector import Connectif
from crosstie_connectif.sandbox.command import connectif


@hookimpl
def register_sinks() -> Sequence[type[Connector]]:
    """Connectif as a sink."""
    return [Connectif]


@hookimpl
def register_commands(cli: Any) -> None:
    """Adds ``crosstie sandbox connectif``."""
    cli.commands["sandbox"].add_command(connectif)
