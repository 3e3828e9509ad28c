"""Writing: the XML that is sent, and what each answer means."""

from typing import Any

import pytest
from defusedxml.ElementTree import fromstring  # type: ignore[import-untyped]  # it has no types
from hypothesis import given
from hypothesis import strategies as st

from crosstie import (
    CrosstieError,
    RejectedError,
    UnauthorisedError,
    UnavailableError,
    UncertainError,
)
from crosstie.sandbox import Reply, Request
from crosstie_prestashop.actions.writing import UNWRITABLE, change, create, document

JSON = {"Content-Type": "application/json", "PSWS-Version": "8.2.1"}
TEXTS = st.text().filter(lambda text: not UNWRITABLE.search(text) and "\r\n" not in text)


@given(text=TEXTS)
def test_any_text_arrives_as_it_is(text: str) -> None:
    root = fromstring(document("order", {"note": text, "name": {"2": text}}))
    assert (root[0].findtext("note") or "") == text
    assert (root[0].findtext("name/language") or "") == text


@pytest.mark.parametrize("text", ["]]>", "</note>", "&amp;", "<!ENTITY x>", "a\rb\tc\nd", "😀"])
def test_hostile_texts_are_texts(reach: Any, text: str) -> None:
    live = reach.connect()
    change(live.shop.webservice, "orders", "1", {"note": text})
    assert reach.shop["orders"].value(1, "note") == text


@pytest.mark.parametrize("text", ["\x00", "\x1b", "\ufffe", "\ud800"])
def test_what_xml_cannot_carry_is_refused(text: str) -> None:
    with pytest.raises(RejectedError, match="XML cannot carry"):
        document("order", {"note": text})


def refusal(code: int) -> bytes:
    return b'{"errors":[{"code":%d,"message":"Property A-&gt;b is not valid"}]}' % code


@pytest.mark.parametrize(
    ("reply", "kind", "sentence"),
    [
        (Reply(400, refusal(85), JSON), RejectedError, "Property A->b is not valid"),
        (Reply(500, refusal(140), JSON), RejectedError, "code 140"),
        (Reply(500, refusal(2), JSON), UncertainError, "went wrong half-way"),
        (Reply(400, refusal(86), JSON), UncertainError, "went wrong half-way"),
        (Reply(405, refusal(25), JSON), UnauthorisedError, "right POST on cart_rules"),
        (Reply(401, refusal(26), JSON), UnauthorisedError, "right POST on cart_rules"),
        (Reply(401, refusal(20), JSON), UnauthorisedError, "does not know this key"),
        (Reply(503, refusal(22), JSON), UnavailableError, "switched off"),
        (Reply(401, b"no", {}), UnauthorisedError, "does not reach PrestaShop"),
        (Reply(302, b"", {"Location": "http://a.example/"}), UnavailableError, "a.example"),
        (Reply(500, b"", {}), UncertainError, "tells nothing"),
        (Reply(200, b"<html>", {}), UncertainError, "tells nothing"),
        (Reply(201, b"[]", JSON), UncertainError, "tells nothing"),
        (Reply(201, b'{"cart_rule":{}}', JSON), UncertainError, "tells nothing"),
    ],
)
def test_an_answer_means_what_it_says(
    reach: Any, reply: Reply, kind: type[CrosstieError], sentence: str
) -> None:
    def spoil(request: Request) -> Reply | None:
        return reply if request.method == "POST" else None

    reach.wire.spoil = spoil
    with pytest.raises(kind, match=sentence):
        create(reach.connect().shop.webservice, "cart_rules", {"code": "A"})
    assert [one.method for one in reach.wire.log] == ["POST"]


def test_warnings_of_php_around_an_answer_do_no_harm(reach: Any) -> None:
    reach.sandbox.around = (b"<b>Warning</b>: something\n", b"\n")
    new = {"id_order": "1", "id_order_state": "2"}
    assert create(reach.connect().shop.webservice, "order_histories", new)["id"]


def test_a_multishop_is_told_which_shop_is_meant(reach: Any) -> None:
    change(reach.connect(id_shop=1).shop.webservice, "orders", "1", {"note": "x"})
    assert reach.wire.log[-1].query["id_shop"] == "1"


def test_before_8_0_the_whole_record_is_sent_back(reach: Any, reach_of: Any, changed: Any) -> None:
    old = reach_of(reach.shop, version="1.7.8.11")
    live = old.connect()
    for resource in ("customers", "orders", "cart_rules"):
        key = next(iter(reach.shop[resource]))
        live.shop.webservice.by(resource, "id", [str(key)])
        before = reach.shop[resource][key]
        field = "note" if resource != "cart_rules" else "priority"
        change(live.shop.webservice, resource, str(key), {field: "7"})
        after = reach.shop[resource][key]
        assert changed(before, after) <= {field, "date_upd"}
        assert after[field] == "7"
    assert [one.method for one in old.wire.log if one.method != "GET"] == ["PUT"] * 3


def test_before_8_0_a_text_that_breaks_the_shops_xml_is_told(reach: Any, reach_of: Any) -> None:
    reach.shop["orders"].change(1, note="]]>")
    live = reach_of(reach.shop, version="1.7.8.11").connect()
    live.shop.webservice.by("orders", "id", ["1"])
    with pytest.raises(RejectedError, match=r"orders 1 cannot be changed: .* holds ]]>"):
        change(live.shop.webservice, "orders", "1", {"note": "x"})
