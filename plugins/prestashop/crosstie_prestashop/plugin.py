"""The hooks of crosstie-prestashop."""

from collections.abc import Sequence
from typing import Any

from crosstie import Action, Connector, hookimpl
from crosstie_prestashop.actions.cancelling import CancelCoupon
from crosstie_prestashop.actions.coupons import CreateCoupon
from crosstie_prestashop.actions.groups import AddCustomerToGroup
from crosstie_prestashop.actions.notes import AddOrderNote
from crosstie_prestashop.actions.states import SetOrderState
from crosstie_prestashop.connector import PrestaShop
from crosstie_prestashop.sandbox.command import prestashop


@hookimpl
def register_sources() -> Sequence[type[Connector]]:
    """The shop as a source."""
    return [PrestaShop]


@hookimpl
def register_actions() -> Sequence[type[Action]]:
    """What can be done in the shop."""
    return [CreateCoupon, CancelCoupon, SetOrderState, AddCustomerToGroup, AddOrderNote]


@hookimpl
def register_commands(cli: Any) -> None:
    """Adds ``crosstie sandbox prestashop``."""
    cli.commands["sandbox"].add_command(prestashop)
