"""What writing requests do."""

from crosstie_prestashop.sandbox.call import Call
from crosstie_prestashop.sandbox.refusals import BrokenError
from crosstie_prestashop.sandbox.resources import Resource
from crosstie_prestashop.sandbox.shop import Shop
from crosstie_prestashop.sandbox.showing import Showing


class Writing:
    """Writes what a request brings into the shop."""

    def __init__(self, shop: Shop, showing: Showing, major: int) -> None:
        self.shop = shop
        self.showing = showing
        self.major = major

    def answer(self, call: Call, resource: Resource) -> tuple[int, bytes]:
        raise BrokenError("")
