"""What the vtiger plugin offers."""

from collections.abc import Sequence
from typing import Any

from crosstie import Connector, hookimpl
from crosstie_vtiger.connector import Vtiger
from crosstie_vtiger.sandbox.command import vtiger


@hookimpl
def register_sinks() -> Sequence[type[Connector]]:
    return [Vtiger]


@hookimpl
def register_commands(cli: Any) -> None:
    cli.commands["sandbox"].add_command(vtiger)
