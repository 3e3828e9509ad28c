"""What a first config should know of a shop: how large it is, and its languages, currencies and
order states; and what its key may do too little or too much.
"""

from collections.abc import Iterator, Mapping

from crosstie import Advice
from crosstie_prestashop.answers import UnreadableError
from crosstie_prestashop.checking import check
from crosstie_prestashop.configuration import CURRENCY
from crosstie_prestashop.selecting import FLAGS
from crosstie_prestashop.shop import Shop

COUNTED = ("customers", "products", "orders")


def introduce(shop: Shop, use: Mapping[str, frozenset[str]]) -> Iterator[Advice]:
    """Look at the shop without changing anything, see `crosstie.Introduces`."""
    shop.webservice.rights()
    yield Advice(f"PrestaShop {shop.webservice.version or '(it does not tell its version)'}")
    refs = shop.currencies.rows().items()
    money = {id_: ref.embedded.code for id_, ref in refs if ref.embedded.active is not False}
    yield from _listed("languages", shop.active_languages(), shop.default_language())
    yield from _listed("currencies", money, shop.configuration.get(CURRENCY))
    yield Advice(f"records: {_size(shop)}")
    for finding in check(shop, use):
        if finding.level != "ok":
            yield Advice(f"note: {finding.text}")
    for flow, needs in use.items():
        if "read:orders" in needs:
            yield from _states(shop, flow)
        if "read:currencies" in needs and len(money) == 1:
            text = "The shop has one currency: what is written in it brings it along."
            yield Advice(text, flow=flow, chosen=False)
    yield from _language(shop)


def _language(shop: Shop) -> Iterator[Advice]:
    """The language to choose, where the shop has several."""
    languages, default = shop.active_languages(), shop.default_language()
    if len(languages) > 1:
        text = "Names and descriptions are told in this language; sending purchases needs one."
        code = next(iter(languages.values()))
        yield Advice(text, "language", code, chosen=default in languages)


def _listed(what: str, codes: Mapping[str, str | None], default: str | None) -> Iterator[Advice]:
    """The codes, with the shop's default first; nothing where the key may not read them."""
    ordered = sorted(codes.items(), key=lambda pair: pair[0] != default)
    told = [f"{code} (the default)" if id_ == default else str(code) for id_, code in ordered]
    if told:
        yield Advice(f"{what}: {', '.join(told)}")


def _size(shop: Shop) -> str:
    return ", ".join(f"{_count(shop, resource)} {resource}" for resource in COUNTED)


def _count(shop: Shop, resource: str) -> str:
    try:
        return f"{sum(len(answer.rows) for answer in shop.webservice.ids(resource, 0, {})):,}"
    except UnreadableError:
        return "?"


def _states(shop: Shop, flow: str) -> Iterator[Advice]:
    """The order states with their flags, and how to choose among them."""
    lines = ["To read orders in some states only, choose by id, by name or by one of the flags:"]
    for id_, state in shop.order_states.rows().items():
        flags = [flag for flag in FLAGS if getattr(state.told, flag)]
        told = f" ({', '.join(flags)})" if flags else ""
        lines.append(f"  {id_} {state.told.name}{told}")
    if len(lines) > 1:
        yield Advice("\n".join(lines), "filters", {"status": ["paid"]}, flow=flow, chosen=False)
