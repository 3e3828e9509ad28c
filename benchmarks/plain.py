"""The script that one would write in an afternoon: sequential, pages of 100, no state.

It reads what Crosstie reads, with customers and addresses looked up a page at a time, and writes
what Crosstie writes, with one look-up and one write per record. It is what `benchmarks` compares
with, so it does nothing needless; it just never does two things at once, and starts from scratch
each time::

    python -m benchmarks.plain read http://127.0.0.1:8081 KEY 1000 orders.jsonl
    python -m benchmarks.plain write http://127.0.0.1:8081 KEY 300 http://127.0.0.1:8082 CRM_KEY
"""

import hashlib
import json
import sys
from collections.abc import Iterable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx

Row = dict[str, Any]
PAGE = 100


class Shop:
    """A PrestaShop's webservice."""

    def __init__(self, url: str, key: str) -> None:
        self._http = httpx.Client(base_url=f"{url}/api/", auth=(key, ""), timeout=60)
        self.countries = {row["id"]: row["iso_code"] for row in self.rows("countries")}

    def rows(self, resource: str, **params: str) -> list[Row]:
        """The rows of one page."""
        asked = {"output_format": "JSON", "display": "full", **params}
        answer = self._http.get(resource, params=asked).raise_for_status().json()
        return list(answer[resource]) if answer else []

    def pages(self, resource: str, limit: int) -> Iterator[list[Row]]:
        """Page after page, up to `limit` rows."""
        for start in range(0, limit, PAGE):
            page = f"{start},{min(PAGE, limit - start)}"
            rows = self.rows(resource, sort="[id_ASC]", limit=page)
            if rows:
                yield rows

    def by_id(self, resource: str, ids: Iterable[str]) -> dict[str, Row]:
        """The rows with these ids."""
        wanted = "|".join(sorted(set(ids)))
        return {str(row["id"]): row for row in self.rows(resource, **{"filter[id]": f"[{wanted}]"})}

    def who_ordered(self, customers: Iterable[Row]) -> set[str]:
        """The ids of those customers who have an order."""
        wanted = "|".join(str(customer["id"]) for customer in customers)
        shown = {"display": "[id_customer]", "filter[id_customer]": f"[{wanted}]"}
        return {row["id_customer"] for row in self.rows("orders", **shown)}

    def orders(self, limit: int) -> Iterator[Row]:
        """Orders with their customer and addresses in them."""
        for page in self.pages("orders", limit):
            customers = self.by_id("customers", (order["id_customer"] for order in page))
            roles = ("id_address_invoice", "id_address_delivery")
            addresses = self.by_id("addresses", (order[role] for order in page for role in roles))
            for address in addresses.values():
                address["country"] = self.countries.get(int(address["id_country"]))
            for order in page:
                order["customer"] = customers[order["id_customer"]]
                order["invoice"] = addresses[order["id_address_invoice"]]
                order["delivery"] = addresses[order["id_address_delivery"]]
                yield order


class Crm:
    """A vtiger's web service."""

    def __init__(self, url: str, key: str) -> None:
        self._http = httpx.Client(base_url=url, timeout=60)
        token = self._get(operation="getchallenge", username="admin")["token"]
        proof = hashlib.md5((token + key).encode(), usedforsecurity=False).hexdigest()
        session = self._post(operation="login", username="admin", accessKey=proof)
        self._session, self._owner = session["sessionName"], session["userId"]
        self._known: dict[tuple[str, str], str] = {}

    def once(self, module: str, field: str, element: Row) -> str:
        """The id of the row with this value in `field`; it is created when there is none."""
        value = element[field]
        if (module, value) not in self._known:
            query = f"SELECT id FROM {module} WHERE {field} = '{value.replace(chr(39), '')}';"
            found = self._get(operation="query", sessionName=self._session, query=query)
            self._known[module, value] = (found or [self._create(module, element)])[0]["id"]
        return self._known[module, value]

    def _create(self, module: str, element: Row) -> Row:
        whole = json.dumps({**element, "assigned_user_id": self._owner})
        asked = {"operation": "create", "elementType": module, "element": whole}
        created: Row = self._post(sessionName=self._session, **asked)
        return created

    def _get(self, **params: str) -> Any:
        return _result(self._http.get("/webservice.php", params=params))

    def _post(self, **form: str) -> Any:
        return _result(self._http.post("/webservice.php", data=form))


def _result(answer: httpx.Response) -> Any:
    told = answer.raise_for_status().json()
    if not told["success"]:
        raise SystemExit(f"vtiger: {told['error']}")
    return told["result"]


def read(shop: Shop, limit: int, file: Path) -> None:
    """Orders into JSON Lines."""
    with file.open("w", encoding="utf-8") as out:
        for order in shop.orders(limit):
            out.write(json.dumps(order, ensure_ascii=False) + "\n")


def write(shop: Shop, limit: int, crm: Crm) -> None:
    """Customers and orders into the CRM, each with what vtiger wants behind it."""
    for page in shop.pages("customers", limit):
        ordered = shop.who_ordered(page)
        for customer in page:
            if str(customer["id"]) in ordered:
                contact(crm, customer)
            else:
                crm.once("Leads", "email", person(customer))
    for order in shop.orders(limit):
        crm.once("SalesOrder", "vtiger_purchaseorder", sale(crm, order))


def person(customer: Row) -> Row:
    """The customer as a person."""
    return {name: customer[name] for name in ("lastname", "firstname", "email")}


def contact(crm: Crm, customer: Row) -> str:
    """Who has ordered, as a person with an account."""
    return crm.once("Contacts", "email", {**person(customer), "account_id": account(crm, customer)})


def account(crm: Crm, customer: Row) -> str:
    """The customer as the account that vtiger wants behind an order; its name must be unique."""
    who = f"{customer['lastname']} {customer['firstname']}"
    name = f"{customer['company'] or who} (#{customer['id']})"
    return crm.once("Accounts", "email1", {"accountname": name, "email1": customer["email"]})


def sale(crm: Crm, order: Row) -> Row:
    """A sales order with its lines, gross and without vtiger's own tax."""
    lines = [line(crm, row) for row in order["associations"]["order_rows"]]
    charges = Decimal(order["total_shipping_tax_incl"]) + Decimal(order["total_wrapping_tax_incl"])
    return {
        "vtiger_purchaseorder": f"shop#{order['id']}",
        "subject": f"Order {order['id']}",
        "sostatus": "Created",
        "invoicestatus": "AutoCreated",
        "account_id": account(crm, order["customer"]),
        "contact_id": contact(crm, order["customer"]),
        "currency_id": "21x1",
        "conversion_rate": "1",
        **address("bill", order["invoice"]),
        **address("ship", order["delivery"]),
        "hdnTaxType": "group",
        "hdnDiscountAmount": order["total_discounts_tax_incl"],
        "hdnS_H_Amount": str(charges),
        "productid": lines[0]["productid"],
        "LineItems": lines,
    }


def line(crm: Crm, row: Row) -> Row:
    """One line; its product is created when it is not there."""
    code = row["product_reference"] or f"#presta_{row['product_id']}"
    product = {"productcode": code, "productname": row["product_name"], "currency_id": "21x1"}
    return {
        "productid": crm.once("Products", "productcode", product),
        "quantity": row["product_quantity"],
        "listprice": row["unit_price_tax_incl"],
        "comment": row["product_name"],
    }


def address(prefix: str, row: Row) -> Row:
    """A billing (``bill``) or shipping (``ship``) address."""
    return {
        f"{prefix}_street": row["address1"],
        f"{prefix}_code": row["postcode"],
        f"{prefix}_city": row["city"],
        f"{prefix}_country": row["country"],
    }


def main(what: str, url: str, key: str, limit: str, *rest: str) -> None:
    """Read or write."""
    shop = Shop(url, key)
    if what == "read":
        read(shop, int(limit), Path(rest[0]))
    else:
        write(shop, int(limit), Crm(*rest))


if __name__ == "__main__":
    main(*sys.argv[1:])
