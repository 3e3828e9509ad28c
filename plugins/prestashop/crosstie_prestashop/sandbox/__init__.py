"""A PrestaShop to try things on: a small stateful server that speaks the real webservice.

::

    with serve(PrestaShopSandbox(Shop.load(folder))) as server: ...

`Shop` is the world it tells of, `generate` makes one up, `PrestaShopSandbox` speaks for it, and
deeds such as `place_order` change it as life in a shop would.
"""

from crosstie_prestashop.sandbox.coupons import check_coupon, use_coupon
from crosstie_prestashop.sandbox.deeds import DEEDS
from crosstie_prestashop.sandbox.fulfilment import (
    change_state,
    delete_order,
    leave_cart,
    place_order,
    refund,
    remove_order_row,
    track,
)
from crosstie_prestashop.sandbox.generate import generate
from crosstie_prestashop.sandbox.keys import DEFAULT_KEY, Key
from crosstie_prestashop.sandbox.people import (
    add_address,
    change_product,
    change_stock,
    delete_address,
    delete_customer,
    delete_product,
    edit_address,
    edit_customer,
    register_customer,
    subscribe,
)
from crosstie_prestashop.sandbox.shop import Shop
from crosstie_prestashop.sandbox.webservice import PrestaShopSandbox

__all__ = [
    "DEEDS",
    "DEFAULT_KEY",
    "Key",
    "PrestaShopSandbox",
    "Shop",
    "add_address",
    "change_product",
    "change_state",
    "change_stock",
    "check_coupon",
    "delete_address",
    "delete_customer",
    "delete_order",
    "delete_product",
    "edit_address",
    "edit_customer",
    "generate",
    "leave_cart",
    "place_order",
    "refund",
    "register_customer",
    "remove_order_row",
    "subscribe",
    "track",
    "use_coupon",
]
