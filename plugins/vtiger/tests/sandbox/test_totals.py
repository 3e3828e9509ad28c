"""The arithmetic of orders, against fractions."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crosstie_vtiger.sandbox.totals import totals

PRICE = st.decimals("-1000", "100000", places=8)
QUANTITY = st.decimals("-10", "1000", places=3)
PERCENT = st.decimals("0", "100", places=3)
NOTHING = st.just(Decimal(0))
LINE = st.fixed_dictionaries(
    {
        "listprice": PRICE,
        "quantity": QUANTITY,
        "discount_amount": NOTHING | st.decimals("0", "50", places=8),
        "discount_percent": NOTHING | PERCENT,
        "tax1": NOTHING | PERCENT,
        "tax2": NOTHING,
        "tax3": NOTHING | PERCENT,
    }
)
HEADER = st.fixed_dictionaries(
    {
        "hdnTaxType": st.sampled_from(["group", "individual", None]),
        "hdnDiscountAmount": st.none() | st.decimals("0", "50", places=2),
        "hdnDiscountPercent": st.none() | PERCENT,
        "hdnS_H_Amount": st.decimals("0", "50", places=2),
        "txtAdjustment": st.decimals("-5", "5", places=2),
    }
)


def texts(values: dict[str, Decimal | str | None]) -> dict[str, str | None]:
    return {name: None if value is None else str(value) for name, value in values.items()}


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(lines=st.lists(LINE, max_size=6), header=HEADER)
def test_the_sums_are_those_of_exact_fractions(
    lines: list[dict[str, Decimal]], header: dict[str, Decimal | str | None]
) -> None:
    exact = [{name: Fraction(value) for name, value in line.items()} for line in lines]
    subtotal = Fraction(0)
    for line in exact:
        gross = line["listprice"] * line["quantity"]
        subtotal += gross - (line["discount_amount"] or gross * line["discount_percent"] / 100)
    amount = Fraction(header["hdnDiscountAmount"] or 0)
    percent = Fraction(header["hdnDiscountPercent"] or 0)
    taxable = subtotal - (amount or subtotal * percent / 100)
    pre_tax = taxable + Fraction(header["hdnS_H_Amount"] or 0)
    rate = sum((exact[0][f"tax{at}"] for at in (1, 2, 3)), Fraction(0)) if lines else Fraction(0)
    tax = Fraction(0) if header["hdnTaxType"] == "individual" else taxable * rate / 100
    grand = pre_tax + tax + Fraction(header["txtAdjustment"] or 0)

    made = totals([texts(dict(line)) for line in lines], texts(header), Decimal)
    for actual, expected in (
        (made.subtotal, subtotal),
        (made.pre_tax, pre_tax),
        (made.grand, grand),
    ):
        assert abs(Fraction(actual) - expected) < Fraction(1, 10**9)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(lines=st.lists(LINE, max_size=6), header=HEADER)
def test_binary_sums_are_the_same_to_the_cent(
    lines: list[dict[str, Decimal]], header: dict[str, Decimal | str | None]
) -> None:
    told = [texts(dict(line)) for line in lines]
    exact, binary = totals(told, texts(header), Decimal), totals(told, texts(header), float)
    assert binary.grand == pytest.approx(float(exact.grand), abs=0.001)
