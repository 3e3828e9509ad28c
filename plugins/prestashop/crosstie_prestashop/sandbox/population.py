"""The customers of a made-up shop and their addresses."""

from datetime import datetime, timedelta
from random import Random

from crosstie_prestashop.sandbox.people import new_customer
from crosstie_prestashop.sandbox.resources import Record, blank
from crosstie_prestashop.sandbox.shop import Shop
from crosstie_prestashop.sandbox.words import (
    COMPANIES,
    LATIN_FIRST,
    LATIN_LAST,
    NOTES,
    PEOPLE,
    PLACES,
)


def stamp(moment: datetime) -> str:
    """A moment as the shop writes it."""
    return moment.strftime("%Y-%m-%d %H:%M:%S")


class Population:
    """Adds people one by one, oldest first, each a little different from the one before.

    Among them, from the first dozens on: guests (some with an e-mail that a customer has, in
    another case), companies, names in several scripts, soft-deleted and inactive ones, notes that
    hurt XML. `addresses` has, by customer, those that an order may go to.
    """

    def __init__(self, shop: Shop, random: Random, until: datetime) -> None:
        self.shop = shop
        self.random = random
        self.until = until
        self.addresses: dict[int, list[int]] = {}
        self._countries = {
            shop["countries"].value(key, "iso_code"): str(key) for key in shop["countries"]
        }
        self._registered: list[str] = []

    def add(self, number: int, joined: datetime) -> int:
        """One more customer, with zero to three addresses."""
        first, last = self._name(number)
        guest = number % 9 == 8
        when = stamp(joined)
        company = self.random.choice(COMPANIES) if number % 8 == 5 else ""
        email = self._email(number, guest)
        key = self.shop["customers"].insert(
            new_customer(email, when, guest=guest, salt=number)
            | self._traits(number, joined)
            | {"lastname": last, "firstname": first, "company": company}
        )
        count = 1 if guest else self.random.choice((0, 1, 1, 1, 1, 1, 2, 2, 3))
        where = [self._address(key, number + n, when, company) for n in range(count)]
        self.addresses[key] = [address for address, deleted in where if not deleted]
        return key

    def _traits(self, number: int, joined: datetime) -> Record:
        newsletter = self.random.random() < 0.4
        changed = joined + timedelta(days=9) if number % 4 == 0 else joined
        return {
            "id_lang": "1" if number % 3 else "2",
            "newsletter_date_add": stamp(joined) if newsletter else None,
            "newsletter": "1" if newsletter else "0",
            "deleted": "1" if number % 67 == 66 else "0",
            "id_gender": str(number % 3),
            "birthday": f"19{60 + number % 40}-05-15" if number % 5 == 1 else "0000-00-00",
            "optin": "1" if number % 6 == 2 else "0",
            "active": "0" if number % 50 == 49 else "1",
            "note": NOTES[number // 7 % len(NOTES)] if number % 7 == 3 else None,
            "date_upd": stamp(min(changed, self.until)),
        }

    def _name(self, number: int) -> tuple[str, str]:
        if number < len(PEOPLE) or number % 11 == 0:
            return PEOPLE[number % len(PEOPLE)]
        return self.random.choice(LATIN_FIRST), self.random.choice(LATIN_LAST)

    def _email(self, number: int, guest: bool) -> str:
        if guest and number % 2 == 0 and self._registered:
            known = self.random.choice(self._registered)
            return known.upper() if number % 4 == 0 else known
        email = f"person{number + 1}@example.com"
        if not guest:
            self._registered.append(email)
        return email

    def address_for(self, customer: int, when: datetime) -> int:
        """An address to order to; somebody without one gives one now."""
        mine = self.addresses.setdefault(customer, [])
        if not mine:
            mine.append(self._address(customer, customer, stamp(when), "")[0])
        return mine[-1]

    def _address(self, customer: int, number: int, when: str, company: str) -> tuple[int, bool]:
        person: Record = self.shop["customers"].plain(customer)
        city, postcode, country, street = PLACES[number % len(PLACES)]
        deleted = number % 23 == 22
        key = self.shop["addresses"].insert(
            blank("addresses")
            | {
                "id_customer": str(customer),
                "id_country": self._countries.get(country, "8"),
                "id_state": "32" if country == "US" else "",
                "alias": "Maison" if number % 2 else "Home",
                "company": company,
                "lastname": person["lastname"],
                "firstname": person["firstname"],
                "vat_number": f"FR{10000000000 + number}" if company else "",
                "address1": f"{1 + number % 190} {street}",
                "address2": "Bât. C" if number % 10 == 4 else "",
                "postcode": postcode,
                "city": city,
                "phone": f"+33 1 {number % 10_000:08}" if number % 3 else "",
                "phone_mobile": f"06{number % 10_000:08}" if number % 4 else "",
                "deleted": "1" if deleted else "0",
                "date_add": when,
                "date_upd": when,
            }
        )
        return key, deleted
