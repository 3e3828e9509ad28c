"""Products by their code, currencies by their ISO code."""

from decimal import Decimal
from typing import Any

import attrs
import pytest

from crosstie import Record, Ref, RejectedError, Row, Write, Written
from crosstie.commerce import Currency, Product
from crosstie_vtiger.sandbox import VtigerSandbox

D = Decimal
EUR = Currency(code="EUR", name="Euro", symbol="€", rate=D(1))
USD = Currency(code="USD", name="US Dollar", symbol="$", rate=D("1.1"))
PEN = Product(
    code="PEN-1",
    name="Pen",
    price=D("4.900000"),
    currency=Ref("currencies", "1", EUR),
    active=True,
    manufacturer="Studio",
    url="https://shop.example/pen",
)


@pytest.fixture
def products(crm: Any) -> Any:
    return crm.tables()["products"]


@pytest.fixture
def currencies(crm: Any) -> Any:
    return crm.tables()["currencies"]


def mapped(table: Any, data: Any, key: str = "7") -> Row:
    row: Row = table.map(Record(key, data), "shop")
    return row


@pytest.mark.feature("V18")
def test_a_product_has_its_basic_information(products: Any) -> None:
    assert mapped(products, PEN) == {
        "productcode": "PEN-1",
        "productname": "Pen",
        "unit_price": "4.90",
        "currency_id": Ref("currencies", "1", None, "currencies"),
        "discontinued": "1",
        "manufacturer": "Studio",
        "website": "https://shop.example/pen",
    }


@pytest.mark.feature("V16", "V20")
@pytest.mark.parametrize("code", [None, "", "  "])
def test_a_product_without_a_code_gets_one_of_its_key(
    clerk: Any, products: Any, sandbox: VtigerSandbox, code: str | None
) -> None:
    nameless = attrs.evolve(PEN, code=code)
    assert isinstance(clerk.put("products", "77", nameless), Written)
    assert isinstance(clerk.put("products", "77", nameless), Written)
    assert ["#presta_77"] == [record["productcode"] for record in sandbox.records("Products")]
    assert products.find([{"productcode": "#presta_77"}]) == [[clerk.links["products", "77"]]]


def test_a_code_is_never_cut(products: Any) -> None:
    with pytest.raises(RejectedError, match="the product code has 41 characters"):
        mapped(products, attrs.evolve(PEN, code="x" * 41))


def test_codes_keep_their_zeros_and_case(clerk: Any, sandbox: VtigerSandbox) -> None:
    for key, code in (("1", "0012345"), ("2", "12345"), ("3", "aB-1")):
        clerk.put("products", key, attrs.evolve(PEN, code=code))
    codes = [record["productcode"] for record in sandbox.records("Products")]
    assert codes == ["0012345", "12345", "aB-1"]


def test_a_product_without_a_name_is_called_by_its_code(products: Any) -> None:
    assert mapped(products, attrs.evolve(PEN, name=None))["productname"] == "PEN-1"


def test_an_address_that_vtiger_cannot_hold_is_left_out(products: Any) -> None:
    long = attrs.evolve(PEN, url="https://shop.example/" + "x" * 100)
    assert "website" not in mapped(products, long)


def test_a_product_keeps_its_currency(clerk: Any, products: Any, sandbox: VtigerSandbox) -> None:
    """A revise without the currency would reset it to the user's own."""
    dollars = attrs.evolve(PEN, currency=Ref("currencies", "2", USD))
    clerk.put("products", "7", dollars)
    clerk.put("products", "7", attrs.evolve(dollars, price=D(6), currency=None))
    row_id, usd = clerk.links["products", "7"], clerk.links["currencies", "2"]
    [record] = products.show([row_id])
    assert (usd, "6.00") == (record["currency_id"], record["unit_price"])
    raw = clerk.live.tables()["Products"]
    raw.write([Write(row_id, {"productname": "Fountain pen"}, "7", "once")])
    assert products.show([row_id])[0]["currency_id"] == usd


def test_a_product_is_shown_as_it_was_written(clerk: Any, products: Any) -> None:
    clerk.put("products", "7", PEN)
    row = clerk.row("products", "7", PEN)
    [shown, none] = products.show([clerk.links["products", "7"], "14x999"])
    assert none is None
    assert row == {name: shown[name] for name in row}


@pytest.mark.feature("V26", "V82")
def test_a_currency_that_is_there_is_linked_by_its_iso_code(
    clerk: Any, sandbox: VtigerSandbox
) -> None:
    answer = clerk.put("currencies", "1", attrs.evolve(EUR, code="eur", name="Shop's euro"))
    assert Written("21x1") == answer
    assert [("Euro", "€")] == [
        (record["currency_name"], record["currency_symbol"])
        for record in sandbox.records("Currency")
    ]
    assert sandbox.operations["revise"] == 0


@pytest.mark.feature("V27")
def test_a_missing_currency_is_created_active(clerk: Any, sandbox: VtigerSandbox) -> None:
    clerk.put("currencies", "2", USD)
    record = sandbox.records("Currency")[1]
    names = ["currency_name", "currency_code", "currency_symbol", "conversion_rate"]
    assert ["US Dollar", "USD", "$", "1.10000"] == [record[name] for name in names]
    assert ("Active", "0", "0") == (
        record["currency_status"],
        record["defaultid"],
        record["deleted"],
    )


@pytest.mark.feature("V28")
def test_an_inactive_currency_is_activated_and_follows_the_shops_rate(
    clerk: Any, sandbox: VtigerSandbox
) -> None:
    theirs = {
        "currency_name": "Dollars",
        "currency_code": "USD",
        "currency_symbol": "US$",
        "conversion_rate": "1.3",
        "currency_status": "Inactive",
        "defaultid": "0",
        "deleted": "0",
    }
    [made] = clerk.live.tables()["Currency"].write([Write(None, theirs, "1", "once")])
    assert made == clerk.put("currencies", "2", USD)
    record = sandbox.records("Currency")[1]
    names = ["currency_status", "conversion_rate", "currency_name", "currency_symbol"]
    assert ["Active", "1.10000", "Dollars", "US$"] == [record[name] for name in names]


def test_the_rate_of_the_currency_that_vtiger_counts_in_is_left_alone(
    clerk: Any, sandbox: VtigerSandbox
) -> None:
    clerk.put("currencies", "1", attrs.evolve(EUR, rate=D("0.91")))
    assert sandbox.records("Currency")[0]["conversion_rate"] == "1.00000"


@pytest.mark.parametrize("code", ["", "euro", "E1R", "€"])
def test_a_code_that_is_none_is_rejected(currencies: Any, code: str) -> None:
    with pytest.raises(RejectedError, match="is no currency's code as in ISO 4217"):
        mapped(currencies, attrs.evolve(EUR, code=code))


def test_a_deleted_currency_is_not_found(currencies: Any, sandbox: VtigerSandbox) -> None:
    gone = {
        **mapped(currencies, USD),
        "defaultid": "0",
        "deleted": "1",
    }
    raw = currencies.crm.create("Currency", gone)
    assert raw["deleted"] == "1"
    assert currencies.find([{"currency_code": "USD"}, {"currency_code": "EUR"}]) == [[], ["21x1"]]


def test_many_currencies_are_all_read(currencies: Any) -> None:
    for number in range(120):
        currencies.crm.create(
            "Currency", {"currency_code": f"C{number}", "defaultid": "0", "deleted": "0"}
        )
    assert [["21x121"]] == [list(ids) for ids in currencies.find([{"currency_code": "c119"}])]
