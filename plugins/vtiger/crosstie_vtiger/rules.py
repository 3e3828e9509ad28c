"""What the settings say about how a shop's world becomes vtiger's."""

from collections.abc import Mapping
from typing import Literal

import attrs


@attrs.frozen(kw_only=True)
class Rules:
    """See the settings of the same names in `crosstie_vtiger.connector`.

    `order_account` is the id of the one Account of all orders, None where each customer has one.
    `currencies` maps ISO codes to ids in vtiger.
    """

    create_account: Literal["never", "company", "always"] = "never"
    share_accounts: bool = False
    order_account: str | None = None
    create_potential: bool = False
    create_invoice: bool = True
    order_prefix: str = ""
    potential_prefix: str = ""
    currencies: Mapping[str, str] = attrs.field(factory=dict)
