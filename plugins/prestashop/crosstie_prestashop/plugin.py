"""The hooks of crosstie-prestashop."""

from collections.abc import Sequence
from typing import Any

from crosstie import Connector, hookimpl
from crosstie_prestashop.connector import PrestaShop
from crosstie_prestashop.sandbox.command import prestashop


@hookimpl
def register_sources() -> Sequence[type[Connector]]:
    """The shop as a source."""
    return [PrestaShop]


@hookimpl
def register_commands(cli: Any) -> None:
    """Adds ``crosstie sandbox prestashop``."""
    cli.commands["sandbox"].add_command(prestashop)
