"""Writing: what the real one does with POST, PUT, PATCH and DELETE, wanted or not."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from crosstie.sandbox import Server
from crosstie_prestashop.sandbox import PrestaShopSandbox, Shop

Write = Callable[..., httpx.Response]
PERSON = "<passwd>Secret-123</passwd><lastname>Hopper</lastname><firstname>Grace</firstname>"


@pytest.fixture
def write(web: httpx.Client) -> Write:
    """Send fields as XML: a method, a path and what stands inside the entity."""

    def writing(method: str, path: str, inside: str) -> httpx.Response:
        body = f"<prestashop><anything>{inside}</anything></prestashop>"
        return web.request(method, f"/api/{path}?output_format=JSON", content=body.encode())

    return writing


def codes(answer: httpx.Response) -> list[int]:
    return [one["code"] for one in answer.json()["errors"]]


def test_a_post_leaves_bad_defaults(write: Write, shop: Shop) -> None:
    answer = write("POST", "customers", PERSON + "<email>grace@example.com</email>")
    key = int(answer.json()["customer"]["id"])
    stored = shop["customers"][key]
    assert ("0", "0") == (stored["active"], stored["id_default_group"])
    assert "associations" not in stored
    assert stored["passwd"].startswith("$2y$10$")


def test_an_email_is_taken_whatever_its_case(write: Write, shop: Shop) -> None:
    person = PERSON + "<email>PUB@prestashop.com</email>"
    answer = write("POST", "customers", person)
    assert (500, [140, 46]) == (answer.status_code, codes(answer))
    shop["customers"].change(2, is_guest="1")
    assert 201 == write("POST", "customers", person).status_code
    answer = write("PATCH", "customers/3", "<id>3</id><email>pub@prestashop.com</email>")
    assert (500, [141, 46]) == (answer.status_code, codes(answer))


def test_the_id_in_the_body_counts(write: Write, shop: Shop) -> None:
    assert 200 == write("PATCH", "customers/2", "<id>3</id><note>here</note>").status_code
    assert ("", "here") == (shop["customers"][2]["note"], shop["customers"][3]["note"])


def test_a_patch_changes_what_it_brings_and_the_time(write: Write, shop: Shop) -> None:
    before = shop["customers"][3]
    write("PATCH", "customers/3", "<id>3</id><note>a</note>")
    after = shop["customers"][3]
    changed = {name for name in before if before[name] != after[name]}
    assert {"note", "date_upd"} == changed


def test_a_patch_checks_what_it_does_not_touch(write: Write, shop: Shop) -> None:
    shop["customers"].change(3, company="Legacy <SARL>")
    answer = write("PATCH", "customers/3", "<id>3</id><note>a</note>")
    assert (400, [85]) == (answer.status_code, codes(answer))
    assert "Property Customer-&gt;company is not valid" in answer.text


def test_a_put_wipes_the_rest_and_hides_the_customer(write: Write, web: httpx.Client) -> None:
    person = PERSON + "<email>seed3@example.com</email>"
    assert 200 == write("PUT", "customers/3", "<id>3</id>" + person).status_code
    listed = web.get("/api/customers?output_format=JSON&filter[id]=[3]").json()
    assert [] == listed
    page = web.get("/api/customers/3?output_format=JSON&display=full").json()["customers"][0]
    assert ("0", "0", "") == (page["id_shop"], page["active"], page["secure_key"])


@pytest.mark.parametrize(
    ("method", "inside", "status", "code"),
    [
        ("POST", "<id>9</id>" + PERSON, 400, 91),
        ("PUT", PERSON, 400, 90),
        ("PATCH", "<note>x</note>", 400, 90),
        ("PATCH", "<id>900</id>", 404, 92),
        ("PUT", "<id>3</id><firstname>Zed</firstname>", 400, 41),
        ("POST", PERSON.replace("Grace", "R2D2") + "<email>a@b.cd</email>", 400, 85),
        ("POST", PERSON.replace("Grace", "G" * 256) + "<email>a@b.cd</email>", 400, 85),
        ("POST", PERSON + "<email>a@b.cd</email><birthday>1.1.2000</birthday>", 400, 85),
    ],
)
def test_what_is_refused_has_its_code(
    write: Write, method: str, inside: str, status: int, code: int
) -> None:
    answer = write(method, "customers/3" if method != "POST" else "customers", inside)
    assert (status, [code]) == (answer.status_code, codes(answer))


def test_an_unknown_association_is_refused_after_the_record_is_made(
    write: Write, shop: Shop
) -> None:
    before = len(shop["customers"])
    inside = "<email>a@b.cd</email><associations><friends/></associations>"
    answer = write("POST", "customers", PERSON + inside)
    assert (400, [86], before + 1) == (answer.status_code, codes(answer), len(shop["customers"]))


def test_associations_are_set_as_given_and_kept_when_absent(write: Write, shop: Shop) -> None:
    groups = "<groups><group><id>1</id></group><group><id>2</id></group></groups>"
    write("PATCH", "customers/3", f"<id>3</id><associations>{groups}</associations>")
    assert [{"id": "1"}, {"id": "2"}] == shop["customers"][3]["associations"]["groups"]
    write("PATCH", "customers/3", "<id>3</id><note>x</note>")
    assert [{"id": "1"}, {"id": "2"}] == shop["customers"][3]["associations"]["groups"]
    write("PATCH", "customers/3", "<id>3</id><associations><groups/></associations>")
    assert "associations" not in shop["customers"][3]


@pytest.mark.parametrize("body", ["", "{}", "<a>", '<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'])
def test_what_is_no_xml_is_an_error_of_the_server(web: httpx.Client, body: str) -> None:
    answer = web.post("/api/customers?output_format=JSON", content=body)
    assert (500, [127]) == (answer.status_code, codes(answer))


def test_1_7_adds_phps_warnings_and_does_not_escape(
    shop: Shop, socket: Server, line: httpx.Client
) -> None:
    socket.sandbox = PrestaShopSandbox(shop, version="1.7.8.11")
    path = "/api/customers?output_format=JSON"
    assert [3, 127] == codes(line.post(path, content="{}"))
    bad = f"<prestashop><customer>{PERSON}<email>bad</email></customer></prestashop>"
    assert "Customer->email" in line.post(path, content=bad).text


def test_nothing_inside_creates_nothing(web: httpx.Client, shop: Shop) -> None:
    before = len(shop["customers"])
    answer = web.post("/api/customers?output_format=JSON", content="<prestashop/>")
    assert (201, [], before) == (answer.status_code, answer.json(), len(shop["customers"]))


def test_several_are_all_created_but_only_the_last_is_told(web: httpx.Client, shop: Shop) -> None:
    two = "".join(f"<c>{PERSON}<email>{name}@b.cd</email></c>" for name in ("a", "b"))
    answer = web.post(
        "/api/customers?output_format=JSON", content=f"<prestashop>{two}</prestashop>"
    )
    assert "b@b.cd" == answer.json()["customer"]["email"]
    assert [2003, 2004] == [key for key in shop["customers"] if key > 2002]


def test_a_coupon_code_is_not_unique(write: Write, shop: Shop) -> None:
    rule = (
        "<code>TWICE</code><name><language id='1'>Twice</language></name>"
        "<date_from>2026-01-01</date_from><date_to>2027-01-01 10:00:00</date_to>"
    )
    assert [201, 201] == [write("POST", "cart_rules", rule).status_code for _ in range(2)]
    stored = shop["cart_rules"][2]
    assert ("0", "2026-01-01 00:00:00") == (stored["quantity"], stored["date_from"])
    assert ["Twice", "Twice"] == [text["value"] for text in stored["name"]]


@pytest.mark.parametrize(
    ("field", "value"), [("reduction_percent", "150"), ("reduction_amount", "5,5")]
)
def test_amounts_are_checked(write: Write, field: str, value: str) -> None:
    rule = (
        f"<{field}>{value}</{field}><name><language id='1'>x</language></name>"
        "<date_from>2026-01-01</date_from><date_to>2027-01-01</date_to>"
    )
    assert [85] == codes(write("POST", "cart_rules", rule))


def test_read_only_fields_are_refused_by_name(write: Write) -> None:
    answer = write("PATCH", "products/1", "<id>1</id><quantity>5</quantity>")
    assert (400, [93]) == (answer.status_code, codes(answer))


def test_an_address_in_use_is_marked_an_unused_one_is_gone(web: httpx.Client, shop: Shop) -> None:
    assert [200, 200] == [web.delete(f"/api/addresses/{key}").status_code for key in (5, 2)]
    assert ("1", False) == (shop["addresses"][5]["deleted"], 2 in shop["addresses"])


def test_deleting_several_is_all_or_none(web: httpx.Client, shop: Shop) -> None:
    answer = web.delete("/api/customers?id=[3,900]&output_format=JSON")
    assert (404, [87], True) == (answer.status_code, codes(answer), 3 in shop["customers"])
    assert 200 == web.delete("/api/customers?id=[3,4]").status_code
    assert {3, 4}.isdisjoint(shop["customers"])


def test_deleting_an_order_leaves_its_details(web: httpx.Client, shop: Shop) -> None:
    rows = shop.details_of(3)
    web.delete("/api/orders/3")
    assert (404, True) == (
        web.get("/api/orders/3").status_code,
        all(key in shop["order_details"] for key in rows),
    )


def test_a_state_brings_invoice_payment_and_history(write: Write, shop: Shop) -> None:
    write("POST", "order_histories", "<id_order>2</id_order><id_order_state>2</id_order_state>")
    order = shop["orders"][2]
    assert ("2", "1", "169.900000") == (
        order["current_state"],
        order["valid"],
        order["total_paid_real"],
    )
    assert order["invoice_number"] != "0"
    payment = shop["order_payments"][shop["order_payments"].last_id]
    assert (order["reference"], "169.900000") == (payment["order_reference"], payment["amount"])


def test_the_same_state_twice_is_another_history_row(write: Write, shop: Shop) -> None:
    before = len(shop["order_histories"])
    for _ in range(2):
        write("POST", "order_histories", "<id_order>2</id_order><id_order_state>2</id_order_state>")
    assert (before + 2, 1) == (len(shop["order_histories"]), len(shop["order_invoices"]))


def test_a_patched_state_is_a_history_row_once(write: Write, shop: Shop) -> None:
    before = len(shop["order_histories"])
    for _ in range(2):
        write("PATCH", "orders/3", "<id>3</id><current_state>2</current_state>")
    assert before + 1 == len(shop["order_histories"])


def cart(write: Write, quantity: int = 3) -> str:
    row = "<id_product>8</id_product><id_product_attribute>0</id_product_attribute>"
    rows = f"<cart_rows><cart_row>{row}<quantity>{quantity}</quantity></cart_row></cart_rows>"
    inside = f"<id_currency>1</id_currency><id_lang>1</id_lang><associations>{rows}</associations>"
    return str(write("POST", "carts", inside).json()["cart"]["id"])


def order(cart_id: str, paid: str, state: str = "10") -> str:
    fields: dict[str, Any] = {
        **dict.fromkeys(("id_address_delivery", "id_address_invoice"), 5),
        "id_cart": cart_id,
        **dict.fromkeys(("id_currency", "id_lang", "id_carrier", "conversion_rate"), 1),
        "id_customer": 2,
        "module": "ps_wirepayment",
        "payment": "Bank wire",
        **dict.fromkeys(("total_paid", "total_paid_real"), paid),
        **dict.fromkeys(("total_products", "total_products_wt"), "1.00"),
        "current_state": state,
    }
    return "".join(f"<{name}>{value}</{name}>" for name, value in fields.items())


@pytest.mark.parametrize(("paid", "state"), [("42.84", "11"), ("42.83", "8")])
def test_an_orders_state_follows_from_what_was_paid(
    write: Write, shop: Shop, paid: str, state: str
) -> None:
    key = write("POST", "orders", order(cart(write), paid)).json()["order"]["id"]
    stored = shop["orders"][key]
    assert (state, f"{paid}0000") == (stored["current_state"], stored["total_paid_real"])
    assert ("42.840000", "35.700000") == (stored["total_products_wt"], stored["total_products"])


def test_a_cart_makes_one_order_only(write: Write) -> None:
    mine = cart(write)
    assert 201 == write("POST", "orders", order(mine, "42.84")).status_code
    again = write("POST", "orders", order(mine, "42.84"))
    assert (500, "text/html; charset=utf-8") == (again.status_code, again.headers["content-type"])
    assert again.text.startswith("Cart cannot be loaded")


def test_a_tracking_number_can_be_set_but_not_searched(write: Write, web: httpx.Client) -> None:
    write("PATCH", "orders/3", "<id>3</id><shipping_number>0042</shipping_number>")
    page = web.get("/api/orders/3?output_format=JSON").json()["order"]
    assert "0042" == page["shipping_number"]
    assert [34] == codes(web.get("/api/orders?output_format=JSON&filter[shipping_number]=[0042]"))


def test_a_post_may_stand_for_another_method(web: httpx.Client, shop: Shop) -> None:
    assert 200 == web.post("/api/customers/3?ps_method=DELETE").status_code
    assert 3 not in shop["customers"]
