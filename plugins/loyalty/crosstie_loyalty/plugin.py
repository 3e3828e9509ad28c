"""What the loyalty plugin offers."""

from collections.abc import Callable, Sequence
from typing import Any

from crosstie import Action, Connector, hookimpl
from crosstie_loyalty.actions import AddPoints, RemovePoints
from crosstie_loyalty.actions_members import MEMBER_ACTIONS
from crosstie_loyalty.command import loyalty
from crosstie_loyalty.connector import Loyalty
from crosstie_loyalty.members_schema import MEMBERS
from crosstie_loyalty.schema import LEDGER


@hookimpl
def register_sources() -> Sequence[type[Connector]]:
    """The programme's ledger, to be read."""
    return [Loyalty]


@hookimpl
def register_sinks() -> Sequence[type[Connector]]:
    """The programme, to which purchases are told."""
    return [Loyalty]


@hookimpl
def register_actions() -> Sequence[type[Action]]:
    """What is done with points, members and cards by hand."""
    return [AddPoints, RemovePoints, *MEMBER_ACTIONS]


@hookimpl
def register_commands(cli: Any) -> None:
    """Adds ``crosstie loyalty``."""
    cli.add_command(loyalty)


@hookimpl
def register_schema() -> Sequence[Callable[[Any], None]]:
    """The tables of the ledger, then those of members; what is added later follows these."""
    return [*LEDGER, *MEMBERS]
