"""`set_order_state`: an order gets another state, as if in the back office, and not twice."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any, ClassVar

import attrs

from crosstie import ConfigError, RejectedError, Row, setting
from crosstie_prestashop.actions.asking import check_id, record_of
from crosstie_prestashop.actions.writing import create
from crosstie_prestashop.connector import LiveShop
from crosstie_prestashop.selecting import states_named
from crosstie_prestashop.shop import Shop
from crosstie_prestashop.values import Raw, moments

HISTORIES = "order_histories"
CANCELLED = frozenset({"cancelled", "canceled"})
"""Words for the one state that the shop's settings call so, whatever its name is."""


@attrs.frozen
class SetOrderState:
    """Gives an order another state, with all that follows: history, invoice, stock, payment."""

    name: ClassVar[str] = "set_order_state"
    on: ClassVar[str] = "prestashop"

    order: str = setting("Id of the order")
    state: str = setting(
        "The state: its name in any language, its id, or paid, shipped, delivered, invoice or"
        " cancelled where one state alone is that"
    )
    mail: bool = setting("Whether the shop sends its own mail about it", default=False)

    @order.validator
    def _check_order(self, _: Any, order: str) -> None:
        check_id("order", order)

    @state.validator
    def _check_state(self, _: Any, state: str) -> None:
        if not state.strip():
            raise ValueError("state is empty: name the state that the order is to get")

    def run(self, system: LiveShop, once: str) -> Row:
        """See `crosstie.Action`; `changed` is false where the order was in that state already.

        An order whose state was set half, as after a deadlock in the shop, is set again.
        """
        shop = system.shop
        state = one_state(self.state, shop)
        order = record_of(shop, "orders", self.order, "[id,current_state]")
        rows = _histories(shop, self.order)
        after = _tried(system, self.order, once)
        if str(order.get("current_state")) == state and after is None:
            same = [row for row in rows if str(row.get("id_order_state")) == state]
            return self._told(shop, state, same[-1] if same else {}, changed=False)
        if after is not None and (row := _entered(rows, state, after)):
            return self._told(shop, state, row, changed=True)
        _note(system, self.order, once, int(rows[-1]["id"]) if rows else 0)
        query = {"sendemail": "1"} if self.mail else {}
        new = {"id_order": self.order, "id_order_state": state}
        row = create(shop.webservice, HISTORIES, new, query)
        return self._told(shop, state, row, changed=True)

    def recall(self, system: LiveShop, once: str) -> Row | None:
        """See `crosstie.Recalls`: an entry in the order's history that came since we tried."""
        after = _tried(system, self.order, once)
        if after is None:
            return None
        shop = system.shop
        state = one_state(self.state, shop)
        row = _entered(_histories(shop, self.order), state, after)
        return None if row is None else self._told(shop, state, row, changed=True)

    def _told(self, shop: Shop, state: str, row: Raw, *, changed: bool) -> Row:
        known = shop.order_states.get(state)
        return {
            "order": self.order,
            "state": state,
            "name": known and known.told.name,
            "changed": changed,
            "since": moments(shop.zone())(row.get("date_add")),
        }


def one_state(word: str, shop: Shop) -> str:
    """The id of the one state that a word stands for; raises `RejectedError` for none or more."""
    shop.refresh()
    site, known = shop.webservice.site, shop.order_states.rows()
    if word.strip().casefold() in CANCELLED:
        ids = frozenset(id_ for id_, one in known.items() if one.told.cancelled)
        if len(ids) == 1:
            return next(iter(ids))
    try:
        named = states_named((word,), shop)
    except ConfigError as error:
        raise RejectedError(str(error)) from error
    ids = frozenset(id_ for id_ in named if id_ not in known or not known[id_].deleted)
    if not ids:
        raise RejectedError(f"{site}: the order state {word!r} was deleted in the shop")
    if len(ids) > 1:
        names = sorted(repr(known[id_].told.name or id_) for id_ in ids)
        listed = ", ".join(names)
        raise RejectedError(f"{site}: {word!r} means several states: name one of {listed}")
    return next(iter(ids))


def _histories(shop: Shop, order: str) -> list[Raw]:
    """The entries of the order's history, oldest first."""
    return shop.webservice.by(HISTORIES, "id_order", [order])


def _entered(rows: list[Raw], state: str, after: int) -> Raw | None:
    """The entry with which the order got the state, among those that came later than one."""
    return next(
        (row for row in rows if int(row["id"]) > after and str(row["id_order_state"]) == state),
        None,
    )


def _note(system: LiveShop, order: str, once: str, after: int) -> None:
    """Remember what the last entry of the history was before this deed was first tried."""
    if _tried(system, order, once) is None:
        noted = {"once": _mark(once), "after": after}
        system.lent.memory.set(_place(order), json.dumps(noted))


def _tried(system: LiveShop, order: str, once: str) -> int | None:
    """The last entry before this deed was first tried; None where it never was."""
    noted: Mapping[str, Any] = json.loads(system.lent.memory.get(_place(order)) or "{}")
    return noted["after"] if noted.get("once") == _mark(once) else None


def _place(order: str) -> str:
    return f"state of order {order}"


def _mark(once: str) -> str:
    return hashlib.sha256(once.encode()).hexdigest()
