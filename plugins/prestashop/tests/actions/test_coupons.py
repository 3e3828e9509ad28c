"""Coupons: what the shop gets for each option, and what is refused before it gets anything."""

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from crosstie import RejectedError, UnauthorisedError
from crosstie_prestashop.actions.cancelling import CancelCoupon
from crosstie_prestashop.actions.coupons import CreateCoupon
from crosstie_prestashop.sandbox import check_coupon, use_coupon

Rules = Callable[[str], list[dict[str, Any]]]
DAY = timedelta(hours=24)
Make: Any = CreateCoupon
"""Its parameter is called `name`, which mypy cannot know."""


def coupon(**options: Any) -> Any:
    """A coupon of 10 % for a day, unless the options say otherwise."""
    if "percent" not in options and "amount" not in options:
        options["percent"] = Decimal(10)
    if "expires_on" not in options:
        options.setdefault("expires_after", DAY)
    return Make(**{"name": "Welcome", **options})


@pytest.fixture
def create(reach: Any) -> Callable[..., Mapping[str, Any]]:
    """Make a coupon in the shop, and tell what came of it."""

    def made(once: str = "1", **options: Any) -> Mapping[str, Any]:
        told: Mapping[str, Any] = coupon(**options).run(reach.connect(), once)
        return told

    return made


@pytest.mark.feature("F02", "F07", "F11", "F14", "F37", "F41")
def test_a_percentage_can_be_used_in_the_shop_at_once(reach: Any, create: Any) -> None:
    told = create(percent=Decimal("12.5"))
    buyer = int(reach.read("customers").keys[0])
    assert check_coupon(reach.shop, told["code"], [(1, 2)], buyer) == {
        "valid": True,
        "reason": None,
        "discount": "3.57",
    }
    order = use_coupon(reach.shop, buyer, told["code"], [(1, 2)])
    assert reach.shop["orders"].value(order, "total_discounts") == "3.570000"


@pytest.mark.feature("F22")
def test_the_result_has_what_a_message_says_of_a_coupon(create: Any) -> None:
    told = create(prefix="WELCOME", minimum_spend=Decimal(30))
    assert {**told, "code": told["code"][:8], "id": ""} == {
        "code": "WELCOME-",
        "id": "",
        "name": "Welcome",
        "percent": Decimal(10),
        "amount": None,
        "currency": "EUR",
        "free_shipping": False,
        "expires": datetime(2026, 11, 23, 12, tzinfo=UTC),
        "max_uses": 1,
        "minimum_spend": Decimal(30),
        "customer": None,
    }


@pytest.mark.feature("F12")
def test_the_name_is_shown_in_all_languages(create: Any, rules: Rules) -> None:
    told = create(name="Tom & Zoë 🎁")
    (rule,) = rules(told["code"])
    assert rule["name"] == [{"id": id_, "value": "Tom & Zoë 🎁"} for id_ in ("1", "2")]


@pytest.mark.feature("F13")
@pytest.mark.parametrize(
    ("currency", "tax", "kept"), [(None, "included", "11"), ("usd", "excluded", "20")]
)
def test_a_fixed_amount_has_its_currency_and_tax(
    create: Any, rules: Rules, currency: str | None, tax: str, kept: str
) -> None:
    told = create(amount=Decimal("5.50"), currency=currency, tax=tax)
    (rule,) = rules(told["code"])
    assert (rule["reduction_amount"], rule["reduction_percent"]) == ("5.500000", "0.00")
    assert rule["reduction_currency"] + rule["reduction_tax"] == kept
    assert told["currency"] == (currency or "eur").upper()


@pytest.mark.feature("F13")
def test_a_fixed_amount_is_taken_off_with_tax(reach: Any, create: Any) -> None:
    told = create(amount=Decimal("5.50"))
    assert check_coupon(reach.shop, told["code"], [(1, 2)])["discount"] == "5.50"
    assert check_coupon(reach.shop, told["code"], [(1, 2)], 0, 2)["discount"] != "5.50"


@pytest.mark.feature("F16")
def test_free_shipping_comes_on_top_or_alone(reach: Any, create: Any) -> None:
    plain = create("1")
    more = create("2", free_shipping=True)
    alone = create("3", percent=None, amount=None, free_shipping=True)
    off = [check_coupon(reach.shop, one["code"], [(1, 2)])["discount"] for one in (plain, more)]
    assert Decimal(off[1]) - Decimal(off[0]) == Decimal("8.40")
    assert check_coupon(reach.shop, alone["code"], [(1, 2)])["discount"] == "8.40"


@pytest.mark.feature("F17")
@pytest.mark.parametrize("ahead", [0, 7200, -7200])
def test_a_period_counts_from_creation_by_the_shops_clock(
    reach: Any, create: Any, rules: Rules, ahead: int
) -> None:
    reach.shop.skew = timedelta(seconds=ahead)
    told = create(expires_after=DAY)
    (rule,) = rules(told["code"])
    assert rule["date_from"] == reach.shop.now()
    assert rule["date_to"] == reach.shop.now(DAY)
    assert told["expires"] == reach.clock.now() + reach.shop.skew + DAY
    assert check_coupon(reach.shop, told["code"], [(1, 1)])["valid"]
    reach.clock.sleep(DAY.total_seconds() + 1)
    assert check_coupon(reach.shop, told["code"], [(1, 1)])["reason"] == "it has expired"


@pytest.mark.feature("F17")
@pytest.mark.parametrize("begun", ["2026-10-24T12:00", "2026-10-25T00:30", "2026-10-25T01:30"])
def test_a_period_is_as_long_where_the_clock_is_set_back(reach: Any, begun: str) -> None:
    moment = datetime.fromisoformat(f"{begun}+00:00")
    reach.clock.sleep((moment - reach.clock.now()).total_seconds())
    action, live = coupon(), reach.connect()
    told = action.run(live, "1")
    assert told["expires"] == moment + DAY
    assert action.recall(live, "1") == told


@pytest.mark.feature("F18")
@pytest.mark.parametrize("zone", ["Europe/Paris", "Pacific/Auckland", "America/Los_Angeles"])
def test_a_date_lasts_to_the_end_of_that_day_in_the_shop(reach: Any, zone: str) -> None:
    reach.shop.rezone(zone)
    told = coupon(expires_on=date(2026, 12, 31)).run(reach.connect(), "1")
    rule = reach.shop["cart_rules"][int(told["id"])]
    assert rule["date_to"] == "2026-12-31 23:59:59"
    assert told["expires"] == datetime(2026, 12, 31, 23, 59, 59, tzinfo=reach.shop.zone)


@pytest.mark.feature("F18")
def test_today_is_a_date_to_come_and_yesterday_is_not_by_the_shops_calendar(reach: Any) -> None:
    reach.shop.rezone("Pacific/Auckland")  # where it is the 23rd already
    live = reach.connect()
    assert coupon(expires_on=date(2026, 11, 23)).run(live, "1")["code"]
    with pytest.raises(RejectedError, match="is 2026-11-22, and in the shop it is 2026-11-23"):
        coupon(expires_on=date(2026, 11, 22)).run(live, "2")
    assert [one.method for one in reach.wire.log].count("POST") == 1


@pytest.mark.feature("F20")
def test_uses_are_counted_in_total_and_per_customer(reach: Any, create: Any, rules: Rules) -> None:
    told = create(max_uses=3, uses_per_customer=1)
    ann, bob, *_ = map(int, reach.read("customers").keys)
    use_coupon(reach.shop, ann, told["code"], [(1, 1)])
    with pytest.raises(ValueError, match="this customer has used it up"):
        use_coupon(reach.shop, ann, told["code"], [(1, 1)])
    use_coupon(reach.shop, bob, told["code"], [(1, 1)])
    (rule,) = rules(create("2", max_uses=3)["code"])
    assert (rule["quantity"], rule["quantity_per_user"]) == ("3", "3")


@pytest.mark.feature("F20")
def test_one_use_is_one_use_whoever_has_the_code(reach: Any, create: Any) -> None:
    told = create()
    ann, bob, *_ = map(int, reach.read("customers").keys)
    use_coupon(reach.shop, ann, told["code"], [(1, 1)])
    with pytest.raises(ValueError, match="it is used up"):
        use_coupon(reach.shop, bob, told["code"], [(1, 1)])


@pytest.mark.feature("F21")
def test_a_minimum_is_kept_in_its_currency(reach: Any, create: Any, rules: Rules) -> None:
    told = create(minimum_spend=Decimal(28), minimum_spend_tax="included")
    reasons = [check_coupon(reach.shop, told["code"], [(1, count)])["reason"] for count in (1, 2)]
    assert reasons == ["the cart is below its minimum", None]
    more = create("2", minimum_spend=Decimal(28), minimum_spend_tax="excluded", currency="USD")
    (rule,) = rules(more["code"])
    assert (rule["minimum_amount_tax"], rule["minimum_amount_currency"]) == ("0", "2")
    with_shipping = create("3", minimum_spend=Decimal(20), minimum_spend_shipping="included")
    assert check_coupon(reach.shop, with_shipping["code"], [(1, 1)])["valid"]


@pytest.mark.feature("F08")
def test_a_personal_coupon_is_for_one_customer_and_can_be_shown(
    reach: Any, create: Any, rules: Rules
) -> None:
    ann, bob, *_ = map(int, reach.read("customers").keys)
    told = create(customer=str(ann), highlight=True)
    (rule,) = rules(told["code"])
    assert (rule["id_customer"], rule["highlight"], rule["active"]) == (str(ann), "1", "1")
    reasons = [
        check_coupon(reach.shop, told["code"], [(1, 1)], who)["reason"] for who in (ann, bob, 0)
    ]
    assert reasons == [None, "it is for another customer", "it is for another customer"]
    with pytest.raises(RejectedError, match="there is no 9999 among the customers"):
        create("2", customer="9999")


@pytest.mark.feature("F15", "F19", "F21")
@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"percent": Decimal(5), "amount": Decimal(5)}, "percent and amount are both given"),
        ({"percent": None, "amount": None}, "give percent or amount, or free_shipping = true"),
        ({"percent": Decimal(0)}, "percent must be over 0 and up to 100, not 0"),
        ({"percent": Decimal(150)}, "percent must be over 0 and up to 100, not 150"),
        ({"percent": Decimal("1.005")}, "percent can have two decimals"),
        ({"amount": Decimal(0)}, "amount must be over 0"),
        ({"amount": Decimal(-5)}, "amount must be over 0"),
        ({"minimum_spend": Decimal(0)}, "minimum_spend must be over 0"),
        ({"expires_on": date(2030, 1, 1), "expires_after": DAY}, "either expires_after or"),
        ({"expires_after": None}, "give either expires_after or expires_on"),
        ({"expires_after": timedelta(0)}, "expires_after must be one or more whole seconds"),
        ({"max_uses": 0}, "max_uses must be from 1"),
        ({"uses_per_customer": 0}, "uses_per_customer must be from 1"),
        ({"uses_per_customer": 2}, "2 is more than max_uses, 1"),
        ({"currency": "euro"}, "currency must be an ISO code such as EUR"),
        ({"customer": "ann@example.com"}, "customer must be an id of the shop"),
        ({"prefix": "VERY NICE"}, "prefix must be up to 30 letters and digits"),
        ({"code_length": 9}, "code_length must be from 10 to 40"),
        ({"name": "  "}, "name is empty"),
        ({"name": "<b>Welcome</b>"}, "which the shop takes for HTML"),
        ({"name": "a\x00b"}, r"XML cannot carry \(U\+0000\)"),
        ({"name": "x" * 255}, "name has 255 characters, and 254 are allowed"),
        ({"description": "\ud800"}, r"XML cannot carry \(U\+D800\)"),
    ],
)
def test_what_makes_no_sense_is_refused_in_a_sentence(
    options: Mapping[str, Any], sentence: str
) -> None:
    with pytest.raises(ValueError, match=sentence):
        coupon(**options)


def test_a_currency_that_the_shop_does_not_sell_in_is_refused(reach: Any, create: Any) -> None:
    reach.shop["currencies"].change(3, active="0")
    for code in ("JPY", "GBP"):
        with pytest.raises(RejectedError, match=f"does not sell in {code}; it has EUR, USD$"):
            create(amount=Decimal(5), currency=code)


@pytest.mark.feature("F25")
def test_each_deed_has_its_own_code_and_the_same_deed_the_same(create: Any, rules: Rules) -> None:
    codes = [create(once)["code"] for once in ("1", "2", "3", "1")]
    assert len(set(codes)) == 3
    assert codes[0] == codes[3]
    assert len(rules(codes[0])) == 1


def test_a_code_that_somebody_else_gave_is_left_alone(reach: Any, create: Any) -> None:
    told = create()
    table = reach.shop["cart_rules"]
    table.change(int(told["id"]), reduction_percent="50.00", name=[{"id": "1", "value": "Mine"}])
    before = table[int(told["id"])]
    with pytest.raises(RejectedError, match=f"{told['code']} is taken by another cart rule"):
        create()
    assert table[int(told["id"])] == before
    assert coupon().recall(reach.connect(), "1") is None


@pytest.mark.parametrize(
    "field", ["minimum_amount", "quantity", "id_customer", "reduction_percent"]
)
def test_a_coupon_that_came_out_differently_is_switched_off(
    reach: Any, create: Any, rules: Rules, misunderstood: Any, field: str
) -> None:
    misunderstood(pattern=f"<{field}>.*</{field}>")
    buyer = reach.read("customers").keys[0]
    with pytest.raises(RejectedError, match=f"{field} is .* in place of .* it is switched off"):
        create(minimum_spend=Decimal(30), customer=buyer)
    table = reach.shop["cart_rules"]
    assert table.value(table.last_id, "active") == "0"


def test_a_coupon_that_came_out_differently_unseen_is_switched_off_when_tried_again(
    reach: Any, create: Any, misunderstood: Any
) -> None:
    table = reach.shop["cart_rules"]
    told = create(minimum_spend=Decimal(30))
    table.change(int(told["id"]), minimum_amount="0.000000")
    assert coupon(minimum_spend=Decimal(30)).recall(reach.connect(), "1") is None
    with pytest.raises(RejectedError, match=r"minimum_amount is '0\.000000' in place of 30"):
        create(minimum_spend=Decimal(30))
    assert table.value(int(told["id"]), "active") == "0"


def test_of_two_that_landed_only_the_first_works(
    create: Any, rules: Rules, misunderstood: Any
) -> None:
    misunderstood(times=2)
    told = create()
    assert [rule["active"] for rule in rules(told["code"])] == ["1", "0"]
    assert create() == told


def test_a_coupon_is_found_after_some_of_its_uses(reach: Any, create: Any) -> None:
    told = create(max_uses=3)
    use_coupon(reach.shop, int(reach.read("customers").keys[0]), told["code"], [(1, 1)])
    assert coupon(max_uses=3).recall(reach.connect(), "1") == told


@pytest.mark.parametrize("version", ["1.7.8.11", "8.2.1", "9.0.3"])
@pytest.mark.parametrize("languages", [1, 2])
def test_a_coupon_can_be_made_and_cancelled_in_all_versions(
    reach: Any, reach_of: Any, version: str, languages: int
) -> None:
    if languages == 1:
        reach.shop["languages"].remove(2)
    live = reach_of(reach.shop, version=version).connect()
    told = coupon(name="Tom & Zoë").run(live, "1")
    for _ in range(2):
        off = CancelCoupon(code=told["code"].lower()).run(live, "2")
        assert off == {"code": told["code"].lower(), "ids": [told["id"]]}
    assert check_coupon(reach.shop, told["code"], [(1, 1)])["reason"] == "it is switched off"
    rule = reach.shop["cart_rules"][int(told["id"])]
    assert (rule["reduction_percent"], rule["code"]) == ("10.00", told["code"])
    assert {name["value"] for name in rule["name"]} == {"Tom & Zoë"}


def test_a_code_that_nobody_gave_cannot_be_cancelled(reach: Any) -> None:
    with pytest.raises(RejectedError, match="there is no coupon 'NOBODYS'"):
        CancelCoupon(code="NOBODYS").run(reach.connect(), "1")


@pytest.mark.parametrize(
    ("rights", "sentence"),
    [
        ({"cart_rules": ("GET",)}, "give it the right POST on cart_rules"),
        ({"cart_rules": ("POST",)}, "give it the right GET on cart_rules"),
        ({}, "may not read cart_rules"),
    ],
)
def test_a_right_that_is_missing_is_named(
    reach: Any, rights: Mapping[str, Any], sentence: str
) -> None:
    key = reach.limit("configurations", "languages")
    for resource, methods in rights.items():
        reach.sandbox.keys[key].grant(resource, methods)
    with pytest.raises(UnauthorisedError, match=sentence):
        coupon().run(reach.connect(key=key), "1")


def test_the_right_to_switch_off_is_named_too(reach: Any, create: Any) -> None:
    told = create()
    key = reach.limit("cart_rules")
    with pytest.raises(UnauthorisedError, match="give it the right PATCH on cart_rules"):
        CancelCoupon(code=told["code"]).run(reach.connect(key=key), "2")


def test_without_the_right_to_languages_the_name_is_in_the_default_one(
    reach: Any, rules: Rules
) -> None:
    key = reach.limit("configurations")
    reach.sandbox.keys[key].grant("cart_rules")
    told = coupon().run(reach.connect(key=key), "1")
    (rule,) = rules(told["code"])
    assert {one["value"] for one in rule["name"]} == {"Welcome"}
    with pytest.raises(UnauthorisedError, match="give it GET on currencies"):
        coupon(amount=Decimal(5)).run(reach.connect(key=key), "2")
