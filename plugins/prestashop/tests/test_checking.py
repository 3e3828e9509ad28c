"""`crosstie check` tells whether a shop answers, and what its key may do too little or too much."""

from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

ORDERS = {"orders": frozenset({"read:orders"})}
PEOPLE = {"people": frozenset({"read:customers"})}


def findings(reach: Any, use: Any = None, **settings: Any) -> list[tuple[str, str]]:
    """What is told, as (level, text)."""
    return [(f.level, f.text) for f in reach.connect(**settings).check(use or {})]


@pytest.fixture
def rightful(reach: Any, seven: tuple[str, ...]) -> str:
    """A key with all rights that orders and customers gain from, and no other."""
    key: str = reach.limit(*seven, "configurations", "languages", "states")
    return key


@pytest.mark.feature("T07", "T08")
def test_a_shop_in_order_is_told_to_be(reach: Any, rightful: str) -> None:
    told = findings(reach, {**ORDERS, **PEOPLE}, key=rightful)
    assert told == [
        ("ok", "http://127.0.0.1:8081 answers, and the key is valid"),
        ("ok", "PrestaShop 8.2.1"),
        ("ok", "the shop's clock agrees with ours"),
        ("ok", "time zone Europe/Paris, from the shop"),
        ("ok", "orders: the key has all rights that it needs"),
        ("ok", "people: the key has all rights that it needs"),
    ]


@pytest.mark.feature("T09")
def test_checking_again_sees_what_was_mended(reach: Any) -> None:
    reach.sandbox.switched_on = False
    live = reach.connect()
    assert [f.level for f in live.check({})] == ["problem"]
    reach.sandbox.switched_on = True
    assert next(iter(live.check({}))).level == "ok"


def test_checking_changes_nothing(reach: Any, rightful: str) -> None:
    findings(reach, ORDERS, key=rightful)
    assert {request.method for request in reach.wire.log} == {"GET"}


def test_each_flow_is_told_which_rights_it_lacks(reach: Any, seven: tuple[str, ...]) -> None:
    key = reach.limit("orders", "configurations", "shops", "customers")
    details = {"read:orders.payments", "read:orders.image"}
    use = {"orders": frozenset({"read:orders", *details}), **PEOPLE}
    lacks, others = (text for _, text in findings(reach, use, key=key)[4:6])
    assert others.startswith("people: unknown for want of the right GET: addresses")
    for resource in ("addresses", "currencies", "order_states", "order_payments (payments)"):
        assert resource in lacks
    assert "products (image)" in lacks
    assert "order_slip" not in lacks


def test_a_flow_that_cannot_run_is_a_problem(reach: Any) -> None:
    key = reach.limit("customers", "configurations")
    told = findings(reach, ORDERS, key=key)
    text = "orders: the key lacks GET on orders; it cannot run"
    assert ("problem", text) in told


DEEDS: dict[str, dict[str, tuple[str, ...]]] = {
    "create_coupon": {"cart_rules": ("GET", "POST", "PATCH")},
    "cancel_coupon": {"cart_rules": ("GET", "PATCH")},
    "set_order_state": {"orders": ("GET",), "order_histories": ("GET", "POST")},
    "add_customer_to_group": {"customers": ("GET", "PATCH"), "groups": ("GET",)},
    "add_order_note": {"orders": ("GET", "PATCH")},
}


@pytest.mark.parametrize("action", DEEDS)
def test_an_action_is_told_which_rights_it_lacks(reach: Any, action: str) -> None:
    may = ("configurations", "languages", "currencies", "order_states")
    key = reach.limit(*may, "customers" if action == "create_coupon" else "configurations")
    use = {"welcome": frozenset({f"do:{action}"})}
    rights = [(resource, one) for resource, methods in DEEDS[action].items() for one in methods]
    lacks = ", ".join(f"{method} on {resource}" for resource, method in rights)
    told = ("problem", f"welcome: the key lacks {lacks}; it cannot run")
    assert told in findings(reach, use, key=key)
    for resource, method in rights:
        reach.sandbox.keys[key].grant(resource, (method,))
    texts = findings(reach, use, key=key)
    assert ("ok", "welcome: the key has all rights that it needs") in texts
    assert not [text for _, text in texts if "may change" in text]


def test_before_8_0_an_action_needs_put_where_later_it_needs_patch(reach: Any) -> None:
    reach.sandbox.version = "1.7.8.11"
    key = reach.limit("cart_rules")
    told = findings(reach, {"off": frozenset({"do:cancel_coupon"})}, key=key)
    assert ("problem", "off: the key lacks PUT on cart_rules; it cannot run") in told


def test_rights_that_no_flow_needs_are_told(reach: Any, seven: tuple[str, ...]) -> None:
    key = reach.limit(*seven, "configurations", "languages", "states", "employees")
    reach.sandbox.keys[key].grant("orders", ("PUT",))
    told = findings(reach, ORDERS, key=key)
    texts = [text for level, text in told if level == "warning"]
    assert texts == [
        "the key may change orders, which nothing configured needs; "
        "take those rights away (Advanced Parameters > Webservice)",
        "the key may read employees, which no flow needs",
    ]


def test_long_lists_of_rights_are_cut_short(reach: Any) -> None:
    texts = [text for level, text in findings(reach, ORDERS) if level == "warning"]
    assert all(" more, " in text and len(text) < 250 for text in texts)


@pytest.mark.parametrize(
    ("version", "level"),
    [
        ("1.7.8.11", "ok"),
        ("8.0.0", "ok"),
        ("9.0.3", "ok"),
        ("1.7.6.9", "warning"),
        ("1.6.1.24", "warning"),
        ("10.0.0", "warning"),
    ],
)
def test_other_versions_are_told_to_be_untested(reach: Any, version: str, level: str) -> None:
    reach.sandbox.version = version
    assert findings(reach)[1][0] == level
    assert version in findings(reach)[1][1]


@pytest.mark.parametrize(
    ("skew", "text"), [(120, "120 s ahead of ours"), (-7200, "7200 s behind ours"), (5, "agrees")]
)
def test_a_clock_that_goes_wrong_is_told(reach: Any, skew: int, text: str) -> None:
    reach.shop.skew = timedelta(seconds=skew)
    assert text in findings(reach)[2][1]


def test_another_zone_in_the_config_than_in_the_shop_is_told(reach: Any) -> None:
    told = findings(reach, time_zone=ZoneInfo("America/New_York"))
    assert told[3][0] == "warning"
    assert "but the shop is set to Europe/Paris" in told[3][1]


def test_a_zone_from_the_config_is_enough_when_the_shop_does_not_tell(
    reach: Any, seven: tuple[str, ...]
) -> None:
    key = reach.limit(*seven)
    told = findings(reach, key=key, time_zone=ZoneInfo("Europe/Rome"))
    assert told[3] == ("ok", "time zone Europe/Rome, from the config")
    assert findings(reach, key=key)[3][0] == "problem"


@pytest.mark.parametrize(
    ("settings", "text"),
    [
        ({"key": "X" * 32}, "does not know this key"),
        ({"key": "short"}, "32 characters"),
        ({"url": "http://localhost:8081"}, "is not the shop's own address"),
        ({"id_shop": 99}, "it has no shop 99"),
    ],
)
def test_a_shop_out_of_reach_is_one_problem(reach: Any, settings: Any, text: str) -> None:
    told = findings(reach, ORDERS, **settings)
    assert [level for level, _ in told] == ["problem"]
    assert text in told[0][1]
