"""Reading: what a client meets that no documentation tells."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from crosstie.sandbox import Server
from crosstie.testing import SimulatedClock
from crosstie_prestashop.sandbox import DEFAULT_KEY, PrestaShopSandbox, Shop

Read = Callable[..., Any]


SUMMER = datetime(2026, 7, 1, 12, tzinfo=UTC)


@pytest.fixture
def read(web: httpx.Client) -> Read:
    """Read JSON: a path, and parameters with ``filter_x`` for ``filter[x]``."""

    def reading(path: str, **parameters: str) -> Any:
        named = {
            f"filter[{name[7:]}]" if name.startswith("filter_") else name: text
            for name, text in parameters.items()
        }
        answer = web.get(f"/api/{path}", params={"output_format": "JSON", **named})
        return answer.json() if answer.content else answer.status_code

    return reading


def ids(answer: Any) -> list[int]:
    return [one["id"] for one in next(iter(answer.values()))] if answer else []


def codes(answer: Any) -> list[int]:
    return [one["code"] for one in answer["errors"]]


def test_every_resource_reads_back_as_it_was_recorded(
    read: Read, answers: dict[str, list[dict[str, Any]]]
) -> None:
    for name, records in answers.items():
        if name not in {"orders", "order_details"}:  # cut down, and not by the same orders
            answer = read(name, display="full", sort="[id_ASC]")
            assert records == (next(iter(answer.values())) if answer else [])


def test_an_empty_list_is_a_bare_array(read: Read) -> None:
    assert [] == read("orders", filter_id="[900000,900001]")
    assert [] == read("orders", limit="0")
    assert [] == read("orders", limit="many")


def test_one_record_drops_what_is_empty_unless_display_is_asked(read: Read) -> None:
    dropped = read("customers/2")["customer"]
    assert {"deleted", "note", "is_guest", "website"}.isdisjoint(dropped)
    assert {"deleted", "note", "is_guest", "website"} <= read("customers/2", display="full")[
        "customers"
    ][0].keys()


def test_one_record_is_complete_in_1_7(shop: Shop, socket: Server, line: httpx.Client) -> None:
    socket.sandbox = PrestaShopSandbox(shop, version="1.7.8.11")
    answer = line.get("/api/customers/2?output_format=JSON").json()
    assert answer["customer"]["deleted"] == "0"


def test_display_gives_fields_in_their_own_order(read: Read) -> None:
    found = read("customers/2", display="[email,id,lastname]")["customers"]
    assert ["id", "lastname", "email"] == list(found[0])
    rows = read("orders/1", display="[order_rows[product_quantity,product_id]]")["orders"][0]
    assert ["product_id", "product_quantity"] == list(rows["associations"]["order_rows"][0])


@pytest.mark.parametrize(
    ("parameters", "code"),
    [
        ({"display": "[nope]"}, 35),
        ({"display": "[order_rows]"}, 35),
        ({"display": "[order_rows[nope]]"}, 35),
        ({"display": "everything"}, 36),
        ({"filter_nope": "1"}, 32),
        ({"filter_date_upd": "[2026-01-01,2026-02-01]"}, 32),
        ({"filter_module": ""}, 33),
        ({"filter_shipping_number": "[x]"}, 34),
        ({"sort": "id"}, 37),
        ({"sort": "[nope_ASC]"}, 38),
        ({"sort": "[date_upd_ASC]"}, 38),
        ({"limit": "1,2,3"}, 39),
        ({"language": "9"}, 81),
        ({"language": "x"}, 79),
        ({"schema": "all"}, 28),
    ],
)
def test_what_is_not_understood_has_its_code(
    read: Read, parameters: dict[str, str], code: int
) -> None:
    assert [code] == codes(read("orders", **parameters))


def test_an_unknown_field_costs_as_much_as_all_records(
    sandbox: PrestaShopSandbox, shop: Shop, line: httpx.Client
) -> None:
    sandbox.row_seconds = 0.01
    begun = datetime.now(UTC)
    line.get("/api/orders?display=[nope]")
    assert datetime.now(UTC) - begun >= timedelta(seconds=0.01 * len(shop["orders"]))


@pytest.mark.parametrize(
    ("filter_", "expected"),
    [
        ("[2,4]", [2, 3, 4]),
        ("[4,2]", [2, 3, 4]),
        ("[1|3|8]", [1, 3, 8]),
        ("[5]", [5]),
        ("5", [5]),
        ("[4,]", [4]),
        ("[,4]", []),
        (">5", []),
        ("[5abc]", [5]),
        ("<[3]", [1, 2]),
        (">[8]", [2002]),
        ("![1|2|3|4|5|6|7]", [8, 2002]),
        ("%[0]%", [2002]),
        ("[2]%", [2, 2002]),
    ],
)
def test_a_filter_on_ids_reads_as_mysql_does(read: Read, filter_: str, expected: list[int]) -> None:
    assert expected == ids(read("customers", filter_id=filter_, sort="[id_ASC]"))


def test_a_filter_with_brackets_of_its_own_vanishes(read: Read, shop: Shop) -> None:
    shop["customers"].change(3, company="ACME [EU]")
    everybody = len(shop["customers"])
    assert everybody == len(ids(read("customers", filter_company="[ACME [EU]]")))
    assert everybody == len(ids(read("customers", filter_company="ACME [EU] x")))


def test_text_is_compared_without_case_accents_and_blanks_at_the_end(
    read: Read, shop: Shop
) -> None:
    shop["customers"].change(3, lastname="Lünser")
    assert [3] == ids(read("customers", filter_lastname="[LUNSER ]"))
    assert [3] == ids(read("customers", filter_lastname="%[üNSE]%"))
    assert [3] == ids(read("customers", filter_lastname="%[l_nser]"))


def test_null_matches_nothing_not_even_its_opposite(read: Read, shop: Shop) -> None:
    assert shop["customers"][5]["note"] is None
    assert [1, 2] == ids(read("customers", filter_note="![x]", sort="[id_ASC]"))


def test_times_filter_in_the_shops_own_writing_only(read: Read) -> None:
    both = "[2026-11-01 02:09:09,2026-11-01 02:22:05]"
    assert [1235, 3585] == ids(read("orders", filter_date_upd=both, date="1", sort="[id_ASC]"))
    iso = both.replace(" ", "T")
    assert [] == read("orders", filter_date_upd=iso, date="1")
    assert [3585] == ids(
        read(
            "orders",
            filter_date_upd=">[2026-11-01 02:22:04]",
            date="1",
            limit="1",
            sort="[date_upd_ASC,id_ASC]",
        )
    )
    assert [] == read("orders", filter_date_upd="[2026-11-01,2026-11-01]", date="1")


def test_texts_come_in_the_asked_languages(read: Read) -> None:
    two = read("order_states/2", display="[name]")["order_states"][0]["name"]
    assert [
        {"id": "1", "value": "Payment accepted"},
        {"id": "2", "value": "Payment accepted"},
    ] == two
    for one in ("1", "[2]", "[2|9]"):
        assert {"name": "Payment accepted"} == read(
            "order_states/2", display="[name]", language=one
        )["order_states"][0]


def test_without_a_sort_the_order_is_a_muddle(read: Read) -> None:
    muddled = ids(read("countries"))
    assert muddled != sorted(muddled)
    assert muddled == ids(read("countries"))
    assert sorted(muddled) == ids(read("countries", sort="[id_ASC]"))
    assert sorted(muddled, reverse=True) == ids(read("countries", sort="id_DESC"))


def test_a_customer_of_no_shop_is_in_no_list_but_has_a_page(read: Read, shop: Shop) -> None:
    shop["customers"].change(3, id_shop="0")
    assert 3 not in ids(read("customers"))
    assert "3" not in json.dumps(read("customers", filter_id="[3]"))
    assert [3] == ids(read("customers/3", display="full"))


def test_a_negative_limit_breaks_php(shop: Shop, web: httpx.Client, socket: Server) -> None:
    assert (500, b"") == (
        (answer := web.get("/api/orders?limit=-1")).status_code,
        answer.content,
    )
    socket.sandbox = PrestaShopSandbox(shop, version="1.7.8.11")
    assert b"[]" == web.get("/api/orders?limit=-1&output_format=JSON").content


def test_the_format_is_asked_for_in_capitals(web: httpx.Client) -> None:
    def type_of(query: str = "", **headers: str) -> str:
        path = f"/api/zones?{query}"
        return web.get(path, headers={"Accept": "application/json", **headers}).headers[
            "content-type"
        ]

    assert type_of().startswith("text/xml")
    assert type_of("output_format=json").startswith("text/xml")
    assert type_of("output_format=JSON") == "application/json"
    assert type_of("io_format=JSON") == "application/json"
    assert type_of(**{"Output-Format": "JSON"}) == "application/json"


def test_a_known_answer_is_not_sent_again(web: httpx.Client) -> None:
    first = web.get("/api/zones?display=full")
    again = web.get(
        "/api/zones?display=full", headers={"Local-Content-Sha1": first.headers["content-sha1"]}
    )
    assert (304, b"") == (again.status_code, again.content)


def test_a_long_line_is_refused_by_the_web_server(web: httpx.Client) -> None:
    def ask(count: int) -> httpx.Response:
        return web.get("/api/orders?filter[id]=[" + "|".join(map(str, range(1, count))) + "]")

    assert 200 == ask(1500).status_code
    refused = ask(2000)
    assert (414, True) == (refused.status_code, refused.text.startswith("<!DOCTYPE HTML"))


@pytest.mark.parametrize("host", ["localhost:8081", "127.0.0.1", "shop.example"])
def test_another_host_leads_to_the_front_page(web: httpx.Client, host: str) -> None:
    answer = web.get("/api/customers?limit=1", headers={"Host": host})
    place = f"http://{web.base_url.netloc.decode()}/?url=customers&limit=1"
    assert (302, place) == (answer.status_code, answer.headers["location"])


@pytest.mark.parametrize("shop_id", ["99", "x"])
def test_an_unknown_shop_leads_to_the_front_page(web: httpx.Client, shop_id: str) -> None:
    assert 302 == web.get(f"/api/customers?id_shop={shop_id}").status_code


def test_the_time_is_the_shops_own(shop: Shop, web: httpx.Client) -> None:
    shop.clock = SimulatedClock(SUMMER)
    shop.skew = timedelta(seconds=90)
    answer = web.get("/api/zones")
    assert int(SUMMER.timestamp()) + 90 == int(answer.headers["access-time"])
    assert "2026-07-01 14:01:30" == shop.now()


def test_version_9_answers_options_and_knows_fewer_resources(
    shop: Shop, socket: Server, web: httpx.Client
) -> None:
    assert 405 == web.options("/api/customers").status_code
    socket.sandbox = PrestaShopSandbox(shop, version="9.0.3")
    assert 200 == web.options("/api/customers").status_code
    assert "9.0.3" == web.head("/api/").headers["psws-version"]
    assert 400 == web.get("/api/supply_orders").status_code
    assert "meta_keywords" not in web.get("/api/products/1?display=full").text


def test_rights_change_at_once(sandbox: PrestaShopSandbox, web: httpx.Client) -> None:
    sandbox.key.deny("orders")
    assert 401 == web.get("/api/orders").status_code
    sandbox.key.grant("orders", ["GET"])
    assert 200 == web.get("/api/orders").status_code
    assert 405 == web.delete("/api/orders/1").status_code
    sandbox.key.active = False
    answer = web.get("/api/orders?output_format=JSON")
    assert (401, [20, 21]) == (answer.status_code, codes(answer.json()))


def test_the_key_may_travel_in_the_query_but_the_header_wins(web: httpx.Client) -> None:
    assert 200 == web.get(f"/api/zones?ws_key={DEFAULT_KEY}", auth=None).status_code
    assert 200 == web.get("/api/zones?ws_key=wrong").status_code


def test_what_surrounds_a_body_can_be_soiled(sandbox: PrestaShopSandbox, web: httpx.Client) -> None:
    sandbox.around = (b"<br />\n<b>Notice</b>: x\n", b" \n")
    answer = web.get("/api/zones?output_format=JSON&filter[id]=[1]")
    assert '<br />\n<b>Notice</b>: x\n{"zones":[{"id":1}]} \n' == answer.text
