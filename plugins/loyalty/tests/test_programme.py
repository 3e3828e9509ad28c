"""Each merchant says what is collected; what cannot be meant is told in a sentence."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from crosstie_loyalty.programme import Programme
from crosstie_loyalty.terms import Purchase, PurchaseLine, terms_of

ONE = Decimal(1)


def purchase(**told: Any) -> Purchase:
    """Two mugs of 20.50 and a card of 9.00, each with 20 % tax on top."""
    lines = tuple(
        PurchaseLine(amount=Decimal(a), amount_with_tax=Decimal(a) * 6 / 5, code=c, category=k)
        for a, c, k in [
            ("20.50", "MUG", "kitchen"),
            ("20.50", "MUG", None),
            ("9.00", "CARD", "gifts"),
        ]
    )
    return Purchase(**{"source": "shop", "order": "1", "lines": lines, **told})


def earned(told: Purchase, **settings: Any) -> Decimal:
    programme = Programme(**{"currency": "EUR", "per_amount": ONE, **settings})
    return programme.terms.earns(told, ONE)


@pytest.mark.feature("Z02")
@pytest.mark.parametrize(
    ("settings", "points"),
    [
        ({}, "60"),
        ({"per_amount": Decimal("0.1")}, "6"),
        ({"tax": False}, "50"),
        ({"shipping": True}, "64"),
        ({"shipping": True, "rounding": "half_up"}, "65"),
        ({"shipping": True, "digits": 2}, "64.80"),
        ({"factors": {"MUG": "2"}}, "109"),
        ({"factors": {"gifts": "0", "MUG": "0.5"}}, "24"),
        ({"factors": {"kitchen": "3", "CARD": "0"}}, "98"),
        ({"collects": "kitty", "per_amount": None, "percent": Decimal(5)}, "3.00"),
    ],
)
def test_a_purchase_earns_as_the_programme_says(settings: dict[str, Any], points: str) -> None:
    told = purchase(shipping=Decimal(4), shipping_with_tax=Decimal("4.80"))
    assert Decimal(points) == earned(told, **settings)


def test_discounts_lower_what_counts() -> None:
    lowered = {"discounts": Decimal(25), "discounts_with_tax": Decimal(30)}
    assert [30, 25] == [earned(purchase(**lowered)), earned(purchase(**lowered), tax=False)]
    assert 0 == earned(purchase(discounts_with_tax=Decimal(100)))


def test_what_is_refunded_earns_nothing() -> None:
    assert [45, 0, 0] == [
        earned(purchase(refunded=Decimal(15))),
        earned(purchase(refunded=Decimal(60))),
        earned(purchase(refunded=Decimal(99))),
    ]
    assert 0 == earned(purchase(cancelled=True))


def test_terms_are_kept_as_a_text_that_makes_them_again() -> None:
    settings = {"per_amount": Decimal("1.50"), "factors": {"MUG": "2.0", "ß": "0"}, "digits": 2}
    terms = Programme(currency="EUR", **settings).terms  # type: ignore[arg-type]  # as a config
    assert terms == terms_of(terms.text())
    other = Programme(currency="EUR", **{**settings, "per_amount": Decimal("1.5")})  # type: ignore[arg-type]  # as a config
    assert terms.text() == other.terms.text()


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"currency": "euro"}, "currency is an ISO 4217 code such as \"EUR\", not 'euro'"),
        ({"per_amount": None}, 'per_amount is missing: what a programme that collects "points"'),
        ({"per_amount": Decimal(0)}, "per_amount is more than 0, not 0"),
        ({"percent": Decimal(5)}, 'percent says nothing where collects is "points": leave it out'),
        ({"collects": "kitty"}, "percent is missing"),
        (
            {"collects": "kitty", "per_amount": None, "percent": Decimal(101)},
            "percent is at most 100, not 101",
        ),
        ({"factors": {"MUG": "two"}}, 'factors.MUG is a decimal number such as "1.5", 0 or more'),
        ({"factors": {"MUG": "-1"}}, "factors.MUG"),
        ({"factors": {"MUG": "1e3"}}, "factors.MUG"),
        ({"factors": {"MUG": " 1"}}, "factors.MUG"),
        ({"factors": {"MUG": "٣"}}, "factors.MUG"),
        ({"factors": {" ": "1"}}, "factors: a name is empty"),
        ({"rewards": {"a mug": "0"}}, 'rewards.a mug is a decimal number such as "1.5", more than'),
        ({"tiers": {"a": "5", "b": "5.0"}}, "tiers: two of them have the same threshold"),
        ({"multipliers": {"gold": "2"}}, "multipliers: there is no tier 'gold' (none)"),
        ({"welcome": Decimal("-1")}, "welcome is at least 0"),
        ({"welcome": Decimal("0.5")}, "welcome is at least 0 and has at most 0 decimals"),
        ({"digits": 7}, "digits is 0 to 6, not 7"),
        ({"expires": timedelta(0)}, "expires is more than no time at all: leave it out for ever"),
    ],
)
def test_what_cannot_be_meant_is_told(settings: dict[str, Any], told: str) -> None:
    with pytest.raises(ValueError) as refused:  # noqa: PT011 (its text is looked at)
        Programme(**{"currency": "EUR", "per_amount": ONE, **settings})
    assert told in str(refused.value)


def test_all_mistakes_are_told_at_once() -> None:
    with pytest.raises(ValueError, match=r"currency is .*; digits is .*; rewards\.x is "):
        Programme(currency="", per_amount=ONE, digits=-1, rewards={"x": "y"})
