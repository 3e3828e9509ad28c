"""What a selection means to the webservice: filters on the server, and checks of what comes back.

Filters that the webservice does not understand are dropped in silence, so every row is compared
with what was asked for.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from difflib import get_close_matches

import attrs

from crosstie import ConfigError, Selection, UnauthorisedError
from crosstie_prestashop.answers import BACK_OFFICE
from crosstie_prestashop.shop import KnownState, Shop
from crosstie_prestashop.times import span
from crosstie_prestashop.values import Raw, moments

Window = tuple[datetime, datetime]
FLAGS = ("paid", "shipped", "delivered", "invoice")
"""Words that stand for all states with that flag."""


@attrs.frozen
class Wanted:
    """Parameters for the requests, and whether a row that came back was really asked for."""

    params: Mapping[str, str]
    fits: Callable[[Raw], bool]


def wanted(selection: Selection, shop: Shop, stream: str, *, dated: bool) -> Wanted:
    """Understand a selection; raises `ConfigError` for what the stream cannot select by.

    A window is one of dates of creation (`date_add`), which only `dated` streams have.
    """
    unknown = set(selection.filters) - ({"status"} if stream == "orders" else set())
    if unknown:
        names = ", ".join(sorted(unknown))
        only = "it has the filter status" if stream == "orders" else "it has none"
        raise ConfigError([f"{shop.webservice.site}: {stream} has no filter {names}; {only}"])
    params: dict[str, str] = {}
    checks: list[Callable[[Raw], bool]] = []
    if selection.window is not None:
        window = _understood(selection.window, f"{shop.webservice.site}: {stream}", dated=dated)
        params |= _created_in(window, shop)
        checks.append(_was_created_in(window, shop))
    if "status" in selection.filters:
        states = states_named(selection.filters["status"], shop)
        params["filter[current_state]"] = f"[{'|'.join(sorted(states))}]"
        checks.append(lambda row: str(row.get("current_state")) in states)
    return Wanted(params, lambda row: all(check(row) for check in checks))


def states_named(words: tuple[str, ...], shop: Shop) -> frozenset[str]:
    """The ids of the order states that the words stand for.

    A word is an id, a state's name in any of the shop's languages, or, unless a state is named so,
    one of the flags paid, shipped, delivered and invoice. Case does not matter.
    """
    site = shop.webservice.site
    if not words:
        raise ConfigError(
            [f"{site}: status is empty; name one or more order states, or leave it out"]
        )
    known = shop.order_states.rows()
    if not known:
        return _ids_alone(words, shop)
    found: set[str] = set()
    mistakes = []
    for word in words:
        states = _states_of(word.strip().casefold(), known)
        if not states:
            mistakes.append(f"{site}: there is no order state {word!r}{_nearest(word, known)}")
        found |= states
    if mistakes:
        raise ConfigError(mistakes)
    return frozenset(found)


def _states_of(word: str, known: Mapping[str, KnownState]) -> set[str]:
    if word in known:
        return {word}
    named = {id_ for id_, state in known.items() if word in state.names}
    if not named and word in FLAGS:
        named = {id_ for id_, state in known.items() if getattr(state.told, word)}
    return named


def _ids_alone(words: tuple[str, ...], shop: Shop) -> frozenset[str]:
    if all(word.isdecimal() for word in words):
        return frozenset(words)
    raise UnauthorisedError(
        f"{shop.webservice.site}: the names in status cannot be looked up, because the key may not "
        f"read order_states; write the ids of the states, or give the key GET on order_states "
        f"({BACK_OFFICE})"
    )


def _nearest(word: str, known: Mapping[str, KnownState]) -> str:
    names = {state.told.name or id_ for id_, state in known.items()}
    spelt = {name: name for state in known.values() for name in state.names}
    spelt |= {name.casefold(): name for name in (*FLAGS, *names)}
    close = get_close_matches(word.casefold(), spelt, n=3, cutoff=0.6)
    if close:
        return f"; did you mean {' or '.join(repr(spelt[name]) for name in close)}?"
    return f"; there is {', '.join(map(repr, sorted(names)))}, or {', '.join(FLAGS)}"


def _understood(window: Window, what: str, *, dated: bool) -> Window:
    """The window in UTC, because Python compares two times of one zone by their clocks alone."""
    begin, end = (moment.astimezone(UTC) for moment in window)
    if not dated:
        raise ConfigError(
            [
                f"{what} have no date of creation to select by; "
                "run the flow without --since and --until, it always reads all of them"
            ]
        )
    if end < begin:
        raise ConfigError([f"{what}: the range of dates ends ({end}) before it begins ({begin})"])
    return begin, end


def _created_in(window: Window, shop: Shop) -> dict[str, str]:
    return {"filter[date_add]": f"[{','.join(span(*window, shop.zone()))}]", "date": "1"}


def _was_created_in(window: Window, shop: Shop) -> Callable[[Raw], bool]:
    moment = moments(shop.zone())

    def fits(row: Raw) -> bool:
        created = moment(row.get("date_add"))
        return created is not None and window[0] <= created < window[1]

    return fits
