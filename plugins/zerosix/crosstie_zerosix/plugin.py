"""What the ZEROSIX plugin offers."""

from collections.abc import Sequence
from typing import Any

from crosstie import Action, Connector, hookimpl
from crosstie_zerosix.actions import Enroll, FindMember
from crosstie_zerosix.connector import Zerosix
from crosstie_zerosix.sandbox.command import zerosix


@hookimpl
def register_sinks() -> Sequence[type[Connector]]:
    """ZEROSIX as a sink."""
    return [Zerosix]


@hookimpl
def register_actions() -> Sequence[type[Action]]:
    """What can be done in ZEROSIX."""
    return [FindMember, Enroll]


@hookimpl
def register_commands(cli: Any) -> None:
    """Adds ``crosstie sandbox zerosix``."""
    cli.commands["sandbox"].add_command(zerosix)
