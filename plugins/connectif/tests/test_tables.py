"""Contacts and products: what the conformance kit cannot know of Connectif."""

from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from crosstie import (
    ConfigError,
    Record,
    Ref,
    RejectedError,
    UnavailableError,
    UncertainError,
    Write,
    Written,
)
from crosstie.commerce import Address, Currency, Customer, Product
from crosstie.sandbox import Reply, Server
from crosstie_connectif.connector import ConnectifLive
from crosstie_connectif.products import plain_text
from crosstie_connectif.sandbox import EDGE_IS_DOWN, ConnectifSandbox

Connect = Callable[..., ConnectifLive]
JSON = {"Content-Type": "application/json"}


def mapped(live: ConnectifLive, table: str, key: str, data: Any) -> Mapping[str, Any]:
    place: Any = live.tables()[table]
    row: Mapping[str, Any] = place.map(Record(key, data), "shop")
    return row


def written(live: ConnectifLive, table: str, row: Mapping[str, Any], id: str | None = None) -> Any:  # noqa: A002
    (answer,) = live.tables()[table].write([Write(id=id, row=row, key="1", once="1")])
    return answer


@pytest.fixture
def ada() -> Customer:
    return Customer(
        email="Ada.O'Neil+shop@Example.com",
        firstname="Ada",
        lastname="O'Neil",
        birthday=date(1815, 12, 10),
        mobile="06 12 34 56 78",
        newsletter=True,
        address=Address(country="FR"),
    )


def test_a_customer_is_a_contact(live: ConnectifLive, ada: Customer) -> None:
    expected = {
        "email": "Ada.O'Neil+shop@Example.com",
        "_name": "Ada",
        "_surname": "O'Neil",
        "_birthdate": date(1815, 12, 10),
        "_mobilePhone": "+33612345678",
    }
    assert expected == mapped(live, "contacts", "17", ada)


@pytest.mark.parametrize(
    ("newsletter", "expected"), [(True, "subscribed"), (False, "unsubscribed"), (None, None)]
)
def test_subscriptions_follow_the_shop_where_that_is_chosen(
    connect: Connect, newsletter: bool | None, expected: str | None
) -> None:
    customer = Customer(email="ada@example.com", newsletter=newsletter)
    row = mapped(connect(newsletter="follow"), "contacts", "17", customer)
    assert expected == row.get("_newsletterSubscriptionStatus")


def test_who_unsubscribed_in_connectif_stays_so(
    live: ConnectifLive, connectif: ConnectifSandbox, ada: Customer
) -> None:
    status = {"_newsletterSubscriptionStatus": "unsubscribed"}
    connectif.store.patch_contact(str(ada.email), status)
    written(live, "contacts", mapped(live, "contacts", "17", ada), id=ada.email)
    (contact,) = connectif.told("contacts").values()
    assert ("Ada", "unsubscribed") == (contact["_name"], contact["_newsletterSubscriptionStatus"])


def test_a_customer_without_e_mail_is_refused(live: ConnectifLive) -> None:
    with pytest.raises(RejectedError, match="customer 17 has no e-mail"):
        mapped(live, "contacts", "17", Customer(lastname="Nobody"))


def test_the_id_is_the_e_mail_as_connectif_keeps_it(
    live: ConnectifLive, connectif: ConnectifSandbox, ada: Customer
) -> None:
    kept = connectif.store.patch_contact("ada.o'neil+shop@example.com", {})
    expected = Written("ada.o'neil+shop@example.com", also={"connectif": kept["id"]})
    assert expected == written(live, "contacts", mapped(live, "contacts", "17", ada))
    assert [["ada.o'neil+shop@example.com"]] == live.tables()["contacts"].find(
        [{"email": ada.email}]
    )


def test_whoever_has_another_e_mail_is_another_contact(
    live: ConnectifLive, connectif: ConnectifSandbox
) -> None:
    first = mapped(live, "contacts", "17", Customer(email="ada@example.com", lastname="King"))
    later = mapped(live, "contacts", "17", Customer(email="ada@example.org", lastname="King"))
    before = written(live, "contacts", first)
    assert "ada@example.org" == written(live, "contacts", later, id=before.id).id
    assert {"ada@example.com", "ada@example.org"} == set(connectif.told("contacts"))


def test_a_contact_that_was_deleted_there_is_whole_again(
    live: ConnectifLive, connectif: ConnectifSandbox, ada: Customer
) -> None:
    row = mapped(live, "contacts", "17", ada)
    before = written(live, "contacts", row)
    connectif.store.contacts.clear()
    assert before.id == written(live, "contacts", row, id=before.id).id
    (contact,) = connectif.told("contacts").values()
    assert ("Ada", "+33612345678") == (contact["_name"], contact["_mobilePhone"])


def test_a_custom_field_is_written_by_its_id(
    live: ConnectifLive, connectif: ConnectifSandbox
) -> None:
    unknown = written(live, "contacts", {"email": "ada@example.com", "tier": "gold"})
    assert "tier: is unknown" in str(unknown)
    connectif.store.custom = frozenset({"tier"})
    written(live, "contacts", {"email": "ada@example.com", "tier": "gold"})
    assert "gold" == connectif.store.contact("ada@example.com")["tier"]


def test_an_account_tells_the_contact_rather_than_a_guest(live: ConnectifLive) -> None:
    table: Any = live.tables()["contacts"]
    guest = table.rank(Record("20", Customer(email="ada@example.com", guest=True)))
    older = table.rank(Record("9", Customer(email="ada@example.com")))
    newer = table.rank(Record("17", Customer(email="ada@example.com")))
    assert guest < older < newer


def test_a_product_is_told_with_what_is_known(live: ConnectifLive) -> None:
    product = Product(
        name="Tea",
        description="<p>Green &amp; <b>fine</b></p>",
        manufacturer="Tea & Co",
        price=Decimal("16.66"),
        currency=Ref("currencies", "1", Currency(code="EUR", rate=Decimal(1))),
        stock=-2,
        url="https://shop.example/tea",
        image="https://shop.example/tea.jpg",
    )
    expected = {
        "productId": "7",
        "name": "Tea",
        "description": "Green & fine",
        "brand": "Tea & Co",
        "unitPriceWithoutVAT": Decimal("16.66"),
        "availability": "outofstock",
        "inStockUnits": 0,
        "productDetailUrl": "https://shop.example/tea",
        "imageUrl": "https://shop.example/tea.jpg",
    }
    assert expected == mapped(live, "products", "7", product)


@pytest.mark.parametrize(
    ("product", "expected"),
    [
        (Product(stock=3), "instock"),
        (Product(stock=0), "outofstock"),
        (Product(stock=3, active=False), "outofstock"),
        (Product(active=True), None),
    ],
)
def test_availability_follows_stock(
    live: ConnectifLive, product: Product, expected: str | None
) -> None:
    assert expected == mapped(live, "products", "7", product).get("availability")


def test_a_price_in_another_currency_is_not_told(live: ConnectifLive) -> None:
    dollars = Ref("currencies", "2", Currency(code="USD", rate=Decimal("1.2")))
    product = Product(name="Tea", price=Decimal(20), currency=dollars)
    assert {"productId": "7", "name": "Tea"} == mapped(live, "products", "7", product)


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<p>One</p><p>Two<br>three</p>", "One\nTwo\nthree"),
        ("plain &lt;b&gt; text", "plain <b> text"),
        ("<style>p {}</style><script>alert(1)</script>  left   over ", "left over"),
        ("<ul><li>a</li><li>b</li></ul>", "a\nb"),
        ("1 < 2", "1 < 2"),
        ("<p> </p>", None),
        (None, None),
    ],
)
def test_a_description_has_no_markup(html: str | None, text: str | None) -> None:
    assert text == plain_text(html)


def test_rows_are_found_by_their_own_key_only(live: ConnectifLive) -> None:
    with pytest.raises(ConfigError, match="by email only"):
        live.tables()["contacts"].find([{"_name": "Ada"}])


def test_an_answer_about_somebody_else_is_not_believed(live: ConnectifLive, server: Server) -> None:
    other = Reply(200, b'{"_email": "eve@example.com"}', JSON)
    server.fail("answer", reply=other)
    with pytest.raises(UnavailableError, match=r"asked for ada@example\.com"):
        live.tables()["contacts"].find([{"email": "ada@example.com"}])
    server.fail("answer", reply=other)
    assert isinstance(written(live, "contacts", {"email": "ada@example.com"}), UncertainError)


def test_an_empty_success_confirms_what_was_asked_for(live: ConnectifLive, server: Server) -> None:
    server.fail("answer-after", reply=Reply(204))
    assert Written("ada@example.com") == written(live, "contacts", {"email": "ada@example.com"})


def test_another_api_at_this_address_is_not_taken_for_connectif(
    live: ConnectifLive, server: Server
) -> None:
    server.fail("answer", reply=Reply(404, b'{"error": "no such page"}', JSON))
    with pytest.raises(UnavailableError, match="is the url the API's address"):
        live.tables()["contacts"].find([{"email": "ada@example.com"}])
    server.fail("answer", reply=Reply(404, b'{"status": 404, "detail": "no route"}', JSON))
    with pytest.raises(UnavailableError, match="is the url right"):
        written(live, "contacts", {"email": "ada@example.com"})


def test_a_read_that_keeps_making_no_sense_is_a_system_that_is_down(
    live: ConnectifLive, server: Server
) -> None:
    server.fail("answer", times=100, reply=Reply(200, b"<html>", {"Content-Type": "text/html"}))
    with pytest.raises(UnavailableError, match="asked 4 times"):
        live.tables()["products"].find([{"productId": "7"}])
    assert 4 == len(server.log or ())


def test_a_write_whose_answer_makes_no_sense_is_uncertain(
    live: ConnectifLive, server: Server
) -> None:
    for reply in (EDGE_IS_DOWN, Reply(500), Reply(200, b"[]", JSON), Reply(200, b"{", JSON)):
        server.fail("answer-after", reply=reply)
        assert isinstance(written(live, "products", {"productId": "7"}), UncertainError)
