"""What `crosstie check` tells of a shop: whether it answers, and what the key may do."""

from collections.abc import Iterable, Iterator, Mapping

import attrs

from crosstie import CrosstieError, Finding
from crosstie_prestashop.actions.rights import RIGHTS
from crosstie_prestashop.answers import BACK_OFFICE
from crosstie_prestashop.shop import Shop

SUPPORTED = ("1.7.8", "8.", "9.")
KNOWN = "1.7.8, 8 and 9 are supported"
WRITES = ("post", "put", "patch", "delete")
SKEW = 30
"""Seconds between the shop's clock and ours that are worth a word."""

LISTED = 8


@attrs.frozen
class Needs:
    """The resources behind a stream: those it `must` read, and what stays unknown without others.

    `details` are those that are read only when a flow uses them.
    """

    must: str
    may: Mapping[str, str]
    details: Mapping[str, str] = attrs.field(factory=dict)


PLACES = {"countries": "the countries of addresses", "states": "the states of addresses"}
GENERAL = {"languages": "the languages of people", "shops": "the shop's name"}
MONEY = {"currencies": "the currencies of amounts"}
SETTINGS = {"configurations": "the shop's time zone, default language and default currency"}
NEEDS = {
    "customers": Needs(
        "customers",
        {"addresses": "where people live, and their phones", **PLACES, **GENERAL, **SETTINGS},
        {"has_ordered": "orders"},
    ),
    "products": Needs("products", {**MONEY, **SETTINGS}, {"stock": "stock_availables"}),
    "orders": Needs(
        "orders",
        {
            "customers": "who ordered",
            "addresses": "where it goes",
            "order_states": "the names and meaning of order states",
            **MONEY,
            **PLACES,
            **GENERAL,
            **SETTINGS,
        },
        {
            "payments": "order_payments",
            "discounts": "order_cart_rules",
            "slips": "order_slip",
            "image": "products",
        },
    ),
    "carts": Needs(
        "carts",
        {
            "customers": "whose cart it is",
            "products": "what is in the cart",
            **MONEY,
            **GENERAL,
            **SETTINGS,
        },
    ),
    "order_states": Needs("order_states", SETTINGS),
    "currencies": Needs("currencies", SETTINGS),
    "credit_slips": Needs("order_slip", {"orders": "the currencies of slips", **MONEY, **SETTINGS}),
}


def check(shop: Shop, use: Mapping[str, frozenset[str]]) -> Iterator[Finding]:
    """Look at the shop without changing anything, see `crosstie.Checks`."""
    webservice = shop.webservice
    try:
        rights, at = webservice.rights()
    except CrosstieError as error:
        yield Finding("problem", str(error))
        return
    yield Finding("ok", f"{webservice.site.url} answers, and the key is valid")
    yield _version(webservice.version)
    yield _clock(at - round(shop.clock.now().timestamp()))
    yield from _zone(shop)
    for flow, needs in use.items():
        yield from _lacks(flow, needs, rights, webservice.version)
    yield from _excess(use, rights, webservice.version)


def _version(version: str | None) -> Finding:
    if version is None:
        return Finding("warning", f"the shop does not tell its version; {KNOWN}")
    if version.startswith(SUPPORTED):
        return Finding("ok", f"PrestaShop {version}")
    return Finding("warning", f"PrestaShop {version} is untested; {KNOWN}")


def _clock(ahead: int) -> Finding:
    if abs(ahead) <= SKEW:
        return Finding("ok", "the shop's clock agrees with ours")
    way = "ahead of" if ahead > 0 else "behind"
    return Finding(
        "warning",
        f"the shop's clock is {abs(ahead)} s {way} ours; nothing is lost, because only the shop's "
        "counts, but its dates will be wrong by as much",
    )


def _zone(shop: Shop) -> Iterator[Finding]:
    chosen = shop.options.time_zone
    try:
        own = shop.configuration.zone()
    except CrosstieError as error:
        if chosen is None:
            yield Finding("problem", str(error))
        else:
            yield Finding("ok", f"time zone {chosen.key}, from the config")
        return
    if chosen is None or chosen.key == own.key:
        yield Finding("ok", f"time zone {own.key}, from the shop")
    else:
        yield Finding(
            "warning",
            f"the config says time_zone = {chosen.key!r}, but the shop is set to {own.key}; "
            "unless that is on purpose, leave time_zone out",
        )


def _lacks(
    flow: str, uses: frozenset[str], rights: Mapping[str, frozenset[str]], version: str | None
) -> Iterator[Finding]:
    """What the key lacks for one flow or automation, and what it costs."""

    def readable(resource: str) -> bool:
        return "get" in rights.get(resource, ())

    missing, unknown = [], []
    for stream, details in _streams(uses).items():
        needs = NEEDS[stream]
        if not readable(needs.must):
            missing.append(f"GET on {needs.must}")
        lost = {name: told for name, told in needs.may.items() if not readable(name)}
        lost |= {name: detail for detail, name in details.items() if not readable(name)}
        unknown += [f"{name} ({told})" for name, told in lost.items()]
    for action in _actions(uses):
        missing += RIGHTS[action].lacking(rights, version)
        lost = {name: told for name, told in RIGHTS[action].may.items() if not readable(name)}
        unknown += [f"{name} ({told})" for name, told in lost.items()]
    if missing:
        lacks = ", ".join(dict.fromkeys(missing))
        yield Finding("problem", f"{flow}: the key lacks {lacks}; it cannot run")
    if unknown:
        what = ", ".join(dict.fromkeys(unknown))
        yield Finding("warning", f"{flow}: unknown for want of the right GET: {what}")
    if not missing and not unknown:
        yield Finding("ok", f"{flow}: the key has all rights that it needs")


def _excess(
    use: Mapping[str, frozenset[str]], rights: Mapping[str, frozenset[str]], version: str | None
) -> Iterator[Finding]:
    """What the key may do and no flow needs."""
    needed, written = set(), set()
    for uses in use.values():
        for action in _actions(uses):
            for resource, methods in RIGHTS[action].methods(version).items():
                needed.add(resource)
                written |= {(resource, method.lower()) for method in methods}
            needed |= set(RIGHTS[action].may)
        for stream, details in _streams(uses).items():
            needs = NEEDS[stream]
            needed |= {needs.must, *needs.may, *details.values()}
    writable = [
        name
        for name, verbs in rights.items()
        if any((name, verb) not in written for verb in verbs & set(WRITES))
    ]
    idle = [name for name, verbs in rights.items() if "get" in verbs and name not in needed]
    if writable:
        yield Finding(
            "warning",
            f"the key may change {_listed(writable)}, which nothing configured needs; "
            f"take those rights away ({BACK_OFFICE})",
        )
    if idle and use:
        yield Finding("warning", f"the key may read {_listed(idle)}, which no flow needs")


def _streams(uses: frozenset[str]) -> dict[str, dict[str, str]]:
    """Stream to its costly details in use (detail to resource), from ``read:orders.payments``."""
    found: dict[str, dict[str, str]] = {}
    for use in sorted(uses):
        verb, _, what = use.partition(":")
        stream, _, detail = what.partition(".")
        if verb == "read" and stream in NEEDS:
            details = found.setdefault(stream, {})
            if resource := NEEDS[stream].details.get(detail):
                details[detail] = resource
    return found


def _actions(uses: frozenset[str]) -> list[str]:
    """The actions in use, from ``do:create_coupon``."""
    named = (use.partition(":") for use in sorted(uses))
    return [action for verb, _, action in named if verb == "do" and action in RIGHTS]


def _listed(names: Iterable[str]) -> str:
    ordered = sorted(names)
    more = f" and {len(ordered) - LISTED} more" if len(ordered) > LISTED else ""
    return ", ".join(ordered[:LISTED]) + more
