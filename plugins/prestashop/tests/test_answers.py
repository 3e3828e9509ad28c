"""Every oddity of the webservice's answers becomes rows, or an error that says what to do."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from crosstie import FlowError, Response, UnauthorisedError, UnavailableError
from crosstie_prestashop.answers import (
    BrokenAnswerError,
    Site,
    UnreadableError,
    rights_in,
    rows_in,
)

SITE = Site("shop", "https://shop.example")
OURS = {"x-powered-by": "PrestaShop Webservice", "psws-version": "8.2.1"}
RECORDED = Path(__file__).parent / "recorded"


def answer(body: str | bytes, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    content = body.encode() if isinstance(body, str) else body
    return Response(
        status, OURS if headers is None else headers, content, "https://shop.example/api/orders"
    )


@pytest.fixture
def recorded() -> Callable[[str], Response]:
    """A recorded answer as it came from the real shop."""

    def load(name: str) -> Response:
        text = (RECORDED / name).read_bytes().replace(b"\r\n", b"\n")
        head, _, body = text[text.index(b"\n\n") + 2 :].partition(b"\n\n")
        first, *lines = head.decode().splitlines()
        headers = {k.lower(): v for k, _, v in (line.partition(": ") for line in lines)}
        return Response(int(first.split()[1]), headers, body, "https://shop.example/api/orders")

    return load


@pytest.mark.parametrize(
    "body",
    [
        '{"orders":[{"id":1}]}',
        '\n\n  {"orders":[{"id":1}]}\n',
        '﻿{"orders":[{"id":1}]}',
        '<br />\n<b>Warning</b>: Undefined array key [0] in <b>x.php</b>\n{"orders":[{"id":1}]}',
        '{"orders":[{"id":1}]}<!-- served from cache -->',
    ],
)
def test_rows_are_found_with_html_or_blanks_around_them(body: str) -> None:
    assert rows_in(answer(body), "orders", SITE) == [{"id": 1}]


@pytest.mark.parametrize("body", ["[]", "\n[]\n", "<b>Notice</b>: x\n[]", '{"orders":[]}'])
def test_an_empty_list_is_no_rows(body: str) -> None:
    assert rows_in(answer(body), "orders", SITE) == []


def test_credit_slips_come_under_another_name() -> None:
    assert rows_in(answer('{"order_slips":[{"id":3}]}'), "order_slip", SITE) == [{"id": 3}]


def test_a_row_that_was_deleted_meanwhile_is_left_out() -> None:
    assert rows_in(answer('{"orders":[{"id":null},{"id":2}]}'), "orders", SITE) == [{"id": 2}]


def test_rows_without_the_field_id_stay() -> None:
    body = '{"orders":[{"id_customer":"5"}]}'
    assert rows_in(answer(body), "orders", SITE) == [{"id_customer": "5"}]


def test_an_empty_list_that_somebody_else_sent_is_not_believed() -> None:
    with pytest.raises(UnavailableError, match="no PrestaShop webservice answers"):
        rows_in(answer("[]", headers={"server": "nginx"}), "orders", SITE)


def test_rows_are_believed_though_a_proxy_took_the_headers_away() -> None:
    assert rows_in(answer('{"orders":[{"id":1}]}', headers={}), "orders", SITE) == [{"id": 1}]


@pytest.mark.parametrize(
    "body",
    [
        '{"orders":[{"id":1},{"id":2,"associations":{"order_rows":[]',
        '{"orders":[{"id":1},{"id":2',
        '{"customers":[{"id":1}]}',
        '{"orders":"none"}',
        '{"orders":[1,2]}',
        "",
        '{"orders":' + "[" * 100_000,
    ],
)
def test_an_answer_that_breaks_off_or_holds_something_else_may_be_asked_for_again(
    body: str,
) -> None:
    with pytest.raises(BrokenAnswerError):
        rows_in(answer(body), "orders", SITE)


@pytest.mark.parametrize("body", ["", "<html>database down</html>"])
def test_a_failure_without_a_code_may_be_asked_for_again(body: str) -> None:
    with pytest.raises(BrokenAnswerError, match=r"HTTP 500.*PHP error log"):
        rows_in(answer(body, 500, {"x-powered-by": "PHP/8.2"}), "orders", SITE)


def test_a_failure_with_a_code_is_permanent_and_its_text_is_plain() -> None:
    body = '{"errors":[{"code":85,"message":"Property Customer-&gt;email is not valid"}]}'
    with pytest.raises(UnavailableError, match=r"Customer->email is not valid \(code 85\)") as told:
        rows_in(answer(body, 500), "orders", SITE)
    assert not isinstance(told.value, BrokenAnswerError)


@pytest.mark.parametrize(
    ("name", "kind", "text"),
    [
        ("86-err-302-wrong-host.txt", UnavailableError, "redirects to http://127.0.0.1:8081/"),
        ("70-err-401-no-credentials.txt", UnauthorisedError, "pass the Authorization header on"),
        ("72-err-401-invalid-key.json.txt", UnauthorisedError, "does not know this key"),
        ("73-err-401-key-bad-length.json.txt", UnauthorisedError, "has 32 characters"),
        ("74-err-401-resource-not-permitted.json.txt", UnreadableError, "GET on orders"),
        ("75-err-405-method-not-permitted.json.txt", UnreadableError, "GET on orders"),
        ("76-err-403-key-not-for-shop.json.txt", UnauthorisedError, "not valid for this shop"),
        ("78-err-400-unknown-filter.json.txt", UnavailableError, r"refuses.*\(code 32\)"),
        ("85-err-500-empty-body.txt", BrokenAnswerError, "HTTP 500 with an empty page"),
        ("90-err-503-webservice-disabled.json.txt", UnavailableError, "is switched off"),
    ],
)
def test_what_the_real_shop_refuses_is_said_with_a_remedy(
    recorded: Callable[[str], Response], name: str, kind: type[FlowError], text: str
) -> None:
    with pytest.raises(kind, match=text) as told:
        rows_in(recorded(f"prestashop-8.2.1/{name}"), "orders", SITE)
    assert str(told.value).startswith("shop (https://shop.example)")


def test_a_redirect_in_spite_of_the_right_host_means_an_unknown_shop() -> None:
    site = Site("shop", "https://shop.example", id_shop=99)
    there = {"location": "https://shop.example/?url=orders&ws_key=secret"}
    with pytest.raises(UnavailableError, match="it has no shop 99") as told:
        rows_in(answer("", 302, there), "orders", site)
    assert "secret" not in str(told.value)


def test_a_resource_of_a_newer_version_counts_as_unreadable() -> None:
    body = '{"errors":[{"code":27,"message":"Resource of type \\"x\\" does not exists."}]}'
    with pytest.raises(UnreadableError, match="this version of PrestaShop has no order_cart_rules"):
        rows_in(answer(body, 400), "order_cart_rules", SITE)


@pytest.mark.parametrize("status", [200, 404, 410])
def test_a_page_of_another_program_is_told_apart(status: int) -> None:
    page = answer("<html>Welcome to nginx</html>", status, {"server": "nginx"})
    with pytest.raises(UnavailableError, match=f"no PrestaShop webservice .* \\(HTTP {status}\\)"):
        rows_in(page, "orders", SITE)


def test_a_firewall_that_keeps_us_out_is_named() -> None:
    page = answer("<html>Forbidden</html>", 403, {"server": "nginx"})
    with pytest.raises(UnauthorisedError, match="does a firewall or a password protect the shop"):
        rows_in(page, "orders", SITE)


@pytest.mark.parametrize("errors", ["[]", '["oops"]', '[{"message":"x"}]', '[{"code":"?"}]'])
def test_errors_in_an_odd_shape_are_errors_all_the_same(errors: str) -> None:
    with pytest.raises(UnavailableError, match="refuses"):
        rows_in(answer(f'{{"errors":{errors}}}', 400), "orders", SITE)


@pytest.mark.parametrize(
    "version", ["prestashop-8.2.1/01-api-root.xml", "prestashop-1.7.8.11/api-root.xml"]
)
def test_the_rights_of_a_key_are_read_from_the_root(
    recorded: Callable[[str], Response], version: str
) -> None:
    rights = rights_in(recorded(version), SITE)
    assert {"get", "post", "put", "delete", "head"} <= rights["customers"]


def test_a_limited_key_shows_only_what_it_may(recorded: Callable[[str], Response]) -> None:
    reads = frozenset({"get", "head"})
    expected = {"customers": reads, "orders": reads, "order_states": reads}
    name = "prestashop-8.2.1/02-api-root-limited-key.xml"
    assert rights_in(recorded(name), SITE) == expected


def test_a_wrong_key_is_recognised_in_xml_too(recorded: Callable[[str], Response]) -> None:
    with pytest.raises(UnauthorisedError, match="does not know this key"):
        rights_in(recorded("prestashop-8.2.1/71-err-401-invalid-key.xml"), SITE)


@pytest.mark.parametrize(
    "body",
    [
        b"<prestashop><api>",
        b"<prestashop/>",
        b'<!DOCTYPE x [<!ENTITY a "aaa">]><prestashop><api>&a;</api></prestashop>',
        b"",
    ],
)
def test_xml_that_is_broken_or_hostile_is_not_taken(body: bytes) -> None:
    with pytest.raises(BrokenAnswerError):
        rights_in(answer(body), SITE)


@pytest.mark.parametrize(
    "name", ["13-customers-full.json.txt", "21-orders-full.json.txt", "30-addresses.json.txt"]
)
def test_recorded_lists_give_their_rows(recorded: Callable[[str], Response], name: str) -> None:
    told = recorded(f"prestashop-8.2.1/{name}")
    resource, rows = next(iter(json.loads(told.content).items()))
    assert rows_in(told, resource, SITE) == rows
