"""The hooks of crosstie-prestashop."""

from collections.abc import Sequence
from typing import Any

from crosstie import Connector, hookimpl
from crosstie_prestashop.connector import PrestaShop


@hookimpl
def register_sources() -> Sequence[type[Connector]]:
    """The shop as a source."""
    return [PrestaShop]


@hookimpl
def register_commands(cli: Any) -> None:
    """Adds ``crosstie sandbox prestashop``."""
    from crosstie_prestashop.sandbox.command import prestashop  # noqa: PLC0415 (a shop needs none)

    cli.commands["sandbox"].add_command(prestashop)
