"""A customer is told with their addresses and, where it is asked for, whether they have ordered."""

from datetime import date
from typing import Any

import attrs
import pytest

PERSON = {
    "firstname": "Zoé",
    "lastname": "李",
    "email": "Zoe@Example.com",
    "id_gender": "2",
    "birthday": "1985-02-03",
    "id_lang": "2",
    "newsletter": "1",
    "optin": "0",
    "is_guest": "1",
    "active": "1",
    "deleted": "0",
    "company": "",
    "note": "]]> 🎂",
    "id_shop": "1",
    "date_add": "2026-01-02 03:04:05",
    "date_upd": "2026-01-02 03:04:06",
    "passwd": "$2y$10$secret",
    "secure_key": "0123456789abcdef",
    "associations": {"groups": [{"id": "2"}, {"id": "3"}]},
}
PLACE = {
    "id_customer": "1",
    "id_country": "8",
    "id_state": "0",
    "company": "",
    "firstname": "Zoé",
    "lastname": "李",
    "address1": "1 rue Neuve",
    "address2": "",
    "postcode": "01000",
    "city": "Bourg ",
    "phone": "+33 4 00",
    "phone_mobile": "",
    "vat_number": "",
    "deleted": "0",
    "date_add": "2026-01-02 03:04:05",
    "date_upd": "2026-01-02 03:04:05",
}


@pytest.fixture
def person(bare: Any) -> Any:
    """A shop with one person, and how that person is told now."""
    bare.shop["customers"].insert(PERSON)

    def told(*uses: str) -> Any:
        return bare.read("customers", uses=uses).by_key["1"]

    return told


def test_a_person_is_told_field_by_field(bare: Any, person: Any) -> None:
    found = person().data
    assert (found.firstname, found.lastname, found.email) == ("Zoé", "李", "Zoe@Example.com")
    assert (found.title, found.birthday, found.language) == ("mrs", date(1985, 2, 3), "fr")
    assert (found.newsletter, found.partner_offers, found.guest, found.active) == (
        True,
        False,
        True,
        True,
    )
    assert (found.company, found.note, found.groups) == (None, "]]> 🎂", ("2", "3"))
    assert (found.shop, found.created.isoformat()) == ("RealShop", "2026-01-02T03:04:05+01:00")
    assert person().version == "2026-01-02 03:04:06"


def test_the_newest_address_in_use_is_the_one(bare: Any, person: Any) -> None:
    addresses = bare.shop["addresses"]
    addresses.insert({**PLACE, "city": "old"})
    addresses.insert({**PLACE, "city": "new", "date_upd": "2026-05-01 00:00:00"})
    addresses.insert({**PLACE, "city": "gone", "date_upd": "2026-06-01 00:00:00", "deleted": "1"})
    addresses.insert({**PLACE, "city": "other's", "id_customer": "2"})
    found = person().data
    assert [address.city for address in found.addresses] == ["new", "old"]
    assert found.address == found.addresses[0]


def test_of_addresses_changed_together_the_last_made_is_the_newest(bare: Any, person: Any) -> None:
    for number in range(3):
        bare.shop["addresses"].insert({**PLACE, "city": f"city {number}"})
    assert person().data.address.city == "city 2"


def test_an_address_keeps_its_leading_zeros_and_names_its_country(bare: Any, person: Any) -> None:
    bare.shop["addresses"].insert({**PLACE, "id_country": "21", "id_state": "32"})
    found = person().data.address
    state = bare.shop["states"].value(32, "iso_code")
    assert (found.postcode, found.country, found.state, found.city) == (
        "01000",
        "US",
        state,
        "Bourg ",
    )
    assert (found.street2, found.mobile, found.vat_number) == (None, None, None)


def test_phones_and_the_company_come_from_the_address(bare: Any, person: Any) -> None:
    bare.shop["addresses"].insert({**PLACE, "company": "ACME", "phone_mobile": "06 00"})
    found = person().data
    assert (found.phone, found.mobile, found.company) == ("+33 4 00", "06 00", "ACME")


def test_the_accounts_own_company_counts_more(bare: Any, person: Any) -> None:
    bare.shop["customers"].change(1, company="Own & Sons")
    bare.shop["addresses"].insert({**PLACE, "company": "ACME"})
    assert person().data.company == "Own & Sons"


def test_somebody_without_an_address_is_known_to_have_none(person: Any) -> None:
    assert (person().data.address, person().data.addresses) == (None, ())


def test_whether_somebody_has_ordered_is_told_only_where_it_is_used(reach: Any) -> None:
    buyers = {str(reach.shop["orders"].value(key, "id_customer")) for key in reach.shop["orders"]}
    asked = reach.read("customers", uses=("has_ordered",))
    assert {r.key: r.data.has_ordered for r in asked.records} == {
        key: key in buyers for key in asked.keys
    }
    assert {r.data.has_ordered for r in reach.read("customers").records} == {None}


@pytest.mark.parametrize("title", ["0", "3", "", None])
def test_a_gender_that_the_shop_made_up_is_unknown(bare: Any, person: Any, title: Any) -> None:
    bare.shop["customers"].change(1, id_gender=title)
    assert person().data.title is None


def test_a_birthday_of_noughts_is_unknown(bare: Any, person: Any) -> None:
    bare.shop["customers"].change(1, birthday="0000-00-00")
    assert person().data.birthday is None


def test_a_deleted_customer_is_told_as_deleted(bare: Any, person: Any) -> None:
    assert person().deleted is False
    bare.shop["customers"].change(1, deleted="1")
    assert person().deleted is True


def test_somebody_without_an_email_is_told_all_the_same(bare: Any, person: Any) -> None:
    bare.shop["customers"].change(1, email="", firstname="", lastname="x" * 300)
    found = person().data
    assert (found.email, found.firstname, len(found.lastname)) == (None, None, 300)


def test_the_customers_of_an_order_are_the_customers_of_the_stream(reach: Any) -> None:
    people = {
        r.key: r.data
        for r in reach.read("customers").records
        if len(r.data.addresses) == 1 and not r.deleted
    }
    orders = [record.data for record in reach.read("orders").records]
    alike = [
        (order.customer.embedded, people[order.customer.key])
        for order in orders
        if order.customer.key in people
        and order.invoice_address == people[order.customer.key].address
    ]
    assert len(alike) > 5
    for embedded, person in alike:
        assert embedded == attrs.evolve(person, addresses=None)
