"""Orders are selected by their status in the shop's words, on the shop's side."""

from typing import Any

import pytest

from crosstie import ConfigError, UnauthorisedError


def states(reach: Any, *words: str, **settings: Any) -> set[str]:
    """The states of the orders that these words select."""
    told = reach.read("orders", filters={"status": words}, **settings)
    return {str(reach.shop["orders"].value(int(key), "current_state")) for key in told.keys}


def present(reach: Any, *wanted: str) -> set[str]:
    """Those of the wanted states that any order is in."""
    orders = reach.shop["orders"]
    return {str(orders.value(key, "current_state")) for key in orders} & set(wanted)


def test_a_status_is_a_name_in_any_language_an_id_or_a_flag(reach: Any) -> None:
    french = [{"id": "1", "value": "Canceled"}, {"id": "2", "value": "Annulé"}]
    reach.shop["order_states"].change(6, name=french)
    assert states(reach, "annulé") == present(reach, "6")
    assert states(reach, "CANCELED ") == present(reach, "6")
    assert states(reach, "6", "delivered") == present(reach, "6", "5")
    assert states(reach, "paid") == present(reach, "2", "3", "4", "5", "9", "11")


def test_a_states_own_name_counts_more_than_a_flag(reach: Any) -> None:
    assert states(reach, "shipped") == present(reach, "4")
    for key in (4, 5):
        reach.shop["order_states"].change(key, name=[{"id": "1", "value": f"Step {key}"}])
    assert states(reach, "shipped") == present(reach, "4", "5")


def test_two_states_of_one_name_are_both_meant(reach: Any) -> None:
    for key in (2, 5):
        reach.shop["order_states"].change(key, name=[{"id": "1", "value": "Done"}])
    assert states(reach, "done") == present(reach, "2", "5")


@pytest.mark.feature("N03", "N13")
def test_a_state_that_was_switched_off_still_selects_its_orders(reach: Any) -> None:
    reach.shop["order_states"].change(5, deleted="1")
    found = {*present(reach, "5")}
    assert (states(reach, "5"), states(reach, "delivered")) == (found, found)
    assert states(reach, "paid") == present(reach, "2", "3", "4", "5", "9", "11")


def test_the_shop_does_the_selecting(reach: Any) -> None:
    reach.read("orders", filters={"status": ("5", "6")})
    asked = [r.query for r in reach.wire.log if r.path == "/api/orders"]
    assert {query["filter[current_state]"] for query in asked} == {"[5|6]"}


def test_an_incremental_read_selects_too(reach: Any) -> None:
    cursor = reach.read("orders", filters={"status": ("5",)}).cursors[-1]
    reach.clock.sleep(3600)
    reach.shop["orders"].change(3, current_state="5", date_upd=reach.shop.now())
    reach.shop["orders"].change(4, current_state="6", date_upd=reach.shop.now())
    assert reach.read("orders", since=cursor, filters={"status": ("5",)}).keys == ["3"]


def test_rows_that_do_not_fit_are_dropped_though_the_shop_sent_them(reach: Any) -> None:
    def spoil(request: Any) -> Any:
        request.query.pop("filter[current_state]", None)

    reach.wire.spoil = spoil
    assert states(reach, "5") == present(reach, "5")


@pytest.mark.parametrize(
    ("word", "hint"),
    [
        ("Payment acepted", "did you mean 'Payment accepted'"),
        ("deliverd", "did you mean 'Delivered'"),
        ("payed", "did you mean 'paid'"),
        ("99", "there is 'Awaiting Cash On Delivery validation', .*or paid, shipped"),
    ],
)
def test_an_unknown_status_is_refused_with_the_nearest_names(
    reach: Any, word: str, hint: str
) -> None:
    with pytest.raises(ConfigError, match=f"there is no order state '{word}'.*{hint}"):
        states(reach, word)


def test_all_unknown_words_are_told_at_once(reach: Any) -> None:
    with pytest.raises(ConfigError) as told:
        states(reach, "foo", "Delivered", "bar")
    assert len(told.value.mistakes) == 2


def test_no_status_at_all_is_refused(reach: Any) -> None:
    with pytest.raises(ConfigError, match="status is empty"):
        states(reach)


def test_names_that_cannot_be_looked_up_are_refused_but_ids_do(reach: Any, seven: Any) -> None:
    key = reach.limit(*(name for name in seven if name != "order_states"))
    settings = {"key": key, "time_zone": reach.shop.zone}
    with pytest.raises(UnauthorisedError, match="write the ids of the states"):
        states(reach, "Delivered", **settings)
    assert states(reach, "5", **settings) == present(reach, "5")


@pytest.mark.parametrize(
    ("name", "filters", "text"),
    [
        ("orders", {"color": ("red",)}, "orders has no filter color; it has the filter status"),
        ("customers", {"status": ("5",)}, "customers has no filter status; it has none"),
        ("order_states", {"status": ("5",)}, "order_states has no filter status"),
    ],
)
def test_an_unknown_filter_is_refused(reach: Any, name: str, filters: Any, text: str) -> None:
    with pytest.raises(ConfigError, match=text):
        reach.read(name, filters=filters)
