"""Products by their code, currencies by their ISO code."""

from decimal import Decimal
from typing import Any

import attrs
import pytest

from crosstie import Record, Ref, RejectedError, Row, Write, Written
from crosstie.commerce import Currency, Product
from crosstie.sandbox import Reply, Server
from crosstie_vtiger.sandbox import VtigerSandbox, operation

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


@pytest.mark.feature("V18", "V19")
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


def dollars(sandbox: VtigerSandbox, **told: Any) -> str:
    """A dollar of vtiger's own; returns its id."""
    usual = {"currency_name": "Dollars", "currency_code": "USD", "currency_symbol": "$"}
    flags = {"currency_status": "Active", "conversion_rate": "1.3", "defaultid": "0", "deleted": 0}
    return sandbox.seed("Currency", {**usual, **flags, **told})


class TestTheSettingCurrencies:
    """It says which of vtiger's currencies stands for a code."""

    @pytest.mark.feature("V83")
    def test_it_chooses_between_currencies_of_one_code(
        self, connect: Any, clerk: Any, sandbox: VtigerSandbox
    ) -> None:
        dollars(sandbox)
        chosen = dollars(sandbox, currency_name="Dollars of the shop")
        live = connect(currencies={"usd": chosen})
        assert [[chosen]] == live.tables()["currencies"].find([{"currency_code": "USD"}])
        later = attrs.evolve(clerk, live=live)
        assert Written(chosen) == later.put("currencies", "2", USD)

    @pytest.mark.feature("V83")
    def test_it_may_name_one_with_another_code_or_one_that_is_inactive(
        self, connect: Any, clerk: Any, sandbox: VtigerSandbox
    ) -> None:
        chosen = dollars(sandbox, currency_code="US$", currency_status="Inactive")
        later = attrs.evolve(clerk, live=connect(currencies={"USD": chosen}))
        assert Written(chosen) == later.put("currencies", "2", USD)
        record = sandbox.records("Currency")[1]
        assert ("Active", "US$") == (record["currency_status"], record["currency_code"])
        assert 2 == sandbox.count("Currency")

    def test_one_that_is_not_there_sets_what_needs_it_aside(
        self, connect: Any, sandbox: VtigerSandbox
    ) -> None:
        currencies = connect(currencies={"USD": "21x9"}).tables()["currencies"]
        assert [[]] == currencies.find([{"currency_code": "USD"}])
        [answer] = currencies.write([Write(None, mapped(currencies, USD), "2", "once")])
        assert isinstance(answer, RejectedError)
        assert "`currencies` names 21x9 for USD, and vtiger's currencies are 21x1 EUR" == str(
            answer
        )
        assert 1 == sandbox.count("Currency")

    def test_one_that_was_linked_before_gives_way(
        self, connect: Any, clerk: Any, sandbox: VtigerSandbox
    ) -> None:
        clerk.put("currencies", "2", USD)
        before = clerk.links["currencies", "2"]
        chosen = dollars(sandbox, currency_name="Dollars of the shop")
        later = attrs.evolve(clerk, live=connect(currencies={"USD": chosen}))
        answer = later.put("currencies", "2", USD)
        assert Written(chosen, moved={before: chosen}) == answer
        wrong = attrs.evolve(clerk, live=connect(currencies={"USD": "21x9"}))
        assert isinstance(wrong.put("currencies", "2", USD), RejectedError)


@pytest.mark.parametrize("status", ["Inactive", None])
def test_a_currency_that_the_user_may_not_create_or_activate_concerns_itself_only(
    currencies: Any, server: Server, sandbox: VtigerSandbox, status: str | None
) -> None:
    if status:
        dollars(sandbox, currency_status=status)
    denied = b'{"success":false,"error":{"message":"denied","code":"ACCESS_DENIED"}}'
    deed = "revise" if status else "create"
    server.fail("answer", matches=operation(deed), reply=Reply(200, denied))
    writes = [Write(None, mapped(currencies, one), "1", "once") for one in (USD, EUR)]
    refused, linked = currencies.write(writes)
    assert isinstance(refused, RejectedError)
    assert "user 'admin' may neither create nor activate one" in str(refused)
    assert "Settings > Configuration > Currencies" in str(refused)
    assert Written("21x1") == linked


@pytest.mark.feature("V15", "V17")
def test_codes_that_differ_in_case_are_one_product(
    products: Any, clerk: Any, sandbox: VtigerSandbox
) -> None:
    """vtiger compares them so, and a product is recorded if its code is not there yet."""
    clerk.put("products", "1", attrs.evolve(PEN, code="aB-1"))
    [[found]] = products.find([{"productcode": "AB-1 "}])
    assert clerk.links["products", "1"] == found
    assert isinstance(clerk.put("products", "2", attrs.evolve(PEN, code="AB-1")), Written)
    assert ["AB-1"] == [record["productcode"] for record in sandbox.records("Products")]


def test_of_products_with_one_code_the_one_on_sale_tells_it_and_then_the_newest(
    products: Any,
) -> None:
    def rank(key: str, active: bool | None) -> str:
        told: str = products.rank(Record(key, attrs.evolve(PEN, active=active)))
        return told

    assert rank("9", True) < rank("10", True)
    assert rank("100", False) < rank("9", True)
    assert rank("100", None) < rank("9", True)


@pytest.mark.parametrize("length", [40, 41])
def test_a_code_of_forty_characters_is_kept_and_a_longer_one_set_aside(
    clerk: Any, products: Any, sandbox: VtigerSandbox, length: int
) -> None:
    long = attrs.evolve(PEN, code="x" * length)
    if length > 40:
        with pytest.raises(RejectedError, match="vtiger keeps 40"):
            mapped(products, long)
        return
    clerk.put("products", "1", long)
    assert "x" * 40 == sandbox.records("Products")[0]["productcode"]
