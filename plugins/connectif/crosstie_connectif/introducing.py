"""What a first config should know of Connectif, for `crosstie init`."""

from collections.abc import Iterator, Mapping

from crosstie import Advice
from crosstie_connectif.api import Api
from crosstie_connectif.checking import LOOKED_AT

PURCHASES = """\
A run sends the orders of some dates and some states, at most a year at a time; one that is there
already is left as it is and reported:
  crosstie run {flow} --since 2026-01-01 --until 2026-06-30 --status shipped
To have `crosstie serve` send what is new, in the states that `filters` names, it needs besides
every = "30m", windows = true and older = true."""


def advice(api: Api, use: Mapping[str, frozenset[str]]) -> Iterator[Advice]:
    """Look at the store without changing anything, see `crosstie.Introduces`."""
    limit = api.limit(LOOKED_AT["contacts"][1])
    yield Advice(f"Connectif, {limit or 'an unknown number of'} requests a minute")
    yield Advice(
        "Who unsubscribed in Connectif stays so; to have subscriptions follow the shop:",
        "newsletter",
        "follow",
        chosen=False,
    )
    for flow, needs in use.items():
        if "write:purchases" in needs:
            yield Advice(
                "Connectif wants a picture for each product of a purchase; for those without:",
                "no_image",
                "https://shop.example/no-picture.jpg",
                chosen=False,
            )
            yield Advice(PURCHASES.format(flow=flow), flow=flow)
