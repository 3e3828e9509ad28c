"""A PrestaShop to try things on: a small stateful server that speaks the real webservice.

::

    with serve(PrestaShopSandbox(Shop.load(folder))) as server: ...

`Shop` is the world it tells of, `generate` makes one up, `PrestaShopSandbox` speaks for it.
"""

from crosstie_prestashop.sandbox.generate import generate
from crosstie_prestashop.sandbox.keys import DEFAULT_KEY, Key
from crosstie_prestashop.sandbox.shop import Shop
from crosstie_prestashop.sandbox.webservice import PrestaShopSandbox

__all__ = ["DEFAULT_KEY", "Key", "PrestaShopSandbox", "Shop", "generate"]
