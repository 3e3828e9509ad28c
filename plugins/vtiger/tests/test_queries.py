"""Look-ups: within vtiger's limits, and never trusting its idea of equality."""

from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crosstie import Live, Secret, UnavailableError, Write
from crosstie.sandbox import Reply, Request, Server, serve
from crosstie_vtiger.connector import Vtiger
from crosstie_vtiger.queries import batches, quoted
from crosstie_vtiger.sandbox import VtigerSandbox, operation

texts = st.text(
    st.characters(min_codepoint=32, max_codepoint=0x2FFF, exclude_categories=["Cs"]), min_size=1
)


@pytest.fixture
def leads(crm: Live) -> Any:
    return crm.tables()["Leads"]


def create(table: Any, **row: Any) -> str:
    [answer] = table.write([Write(None, row, "1", "once")])
    return str(answer.id)


def test_quotes_and_backslashes_are_doubled() -> None:
    assert "'O''Brien \\\\ Sons'" == quoted("O'Brien \\ Sons")


@given(st.lists(texts, max_size=300))
def test_batches_keep_every_value_and_every_limit(values: list[str]) -> None:
    made = list(batches(values))
    assert values == [value for batch in made for value in batch]
    for batch in made:
        asked = quote(",".join(map(quoted, batch)), safe="")
        assert len(batch) <= 100
        assert len(asked) <= 6000 or len(batch) == 1


@pytest.mark.parametrize(
    "name",
    ["O'Brien", "back\\slash", "a;b,c(d)", "100%_sure", "semi''colon", 'say "hi"', "x' or 'y", "Ǆ"],
)
def test_any_name_is_found_again(leads: Any, name: str) -> None:
    row_id = create(leads, lastname=name)
    create(leads, lastname="somebody else")
    assert leads.find([{"lastname": name}]) == [[row_id]]


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=60))
def test_what_was_created_is_found(leads: Any, text: str) -> None:
    name = text.strip()
    if not name or "&" in name or "<" in name or ">" in name:  # entities are decoded
        return
    row_id = create(leads, lastname=name)
    assert row_id in leads.find([{"lastname": name}])[0]


def test_case_and_outer_blanks_make_no_difference_but_accents_do(leads: Any) -> None:
    """The database would take all of them for one."""
    upper = create(leads, lastname="MÜLLER")
    plain = create(leads, lastname="Muller")
    assert leads.find([{"lastname": " müller "}, {"lastname": "muller"}]) == [[upper], [plain]]


def test_an_emoji_is_found_as_what_the_database_made_of_it(
    leads: Any, caplog: pytest.LogCaptureFixture
) -> None:
    row_id = create(leads, lastname="Ada 😀")
    create(leads, lastname="Bob 😀")
    assert ["emoji become question marks in most of vtiger's databases"] == caplog.messages
    assert leads.find([{"lastname": "Ada 😀"}]) == [[row_id]]


def test_all_rows_that_match_are_found(leads: Any, sandbox: VtigerSandbox) -> None:
    ids = [create(leads, lastname="Smith") for _ in range(230)]
    sandbox.operations.clear()
    assert leads.find([{"lastname": "smith"}, {"lastname": "none"}]) == [ids, []]
    assert sandbox.operations == {"query": 4}


def test_a_short_page_is_not_the_last_one(leads: Any, server: Server) -> None:
    """Rows that we may not read are dropped from a page after it was cut to 100."""
    create(leads, lastname="Smith")
    last = create(leads, lastname="Smith")
    rows = b'{"success":true,"result":[{"id":"10x1","lastname":"Smith"}]}'
    server.fail("answer", matches=operation("query"), reply=Reply(200, rows))
    found = leads.find([{"lastname": "Smith"}])
    assert ["10x1", last] == [found[0][0], found[0][-1]]


def test_a_page_that_comes_again_is_not_followed_for_ever(leads: Any, server: Server) -> None:
    rows = b'{"success":true,"result":[{"id":"10x1","lastname":"Smith"}]}'
    server.fail("answer", matches=operation("query"), times=9, reply=Reply(200, rows))
    with pytest.raises(UnavailableError, match="repeats a page of Leads"):
        leads.find([{"lastname": "Smith"}])


def test_a_hundred_long_keys_stay_within_the_address(leads: Any, server: Server) -> None:
    names = [f"{'ñ' * 70} {number}" for number in range(100)]
    server.log = []
    assert leads.find([{"lastname": name} for name in names]) == [[]] * 100
    targets = [request.target for request in server.log]
    assert max(map(len, targets)) < 6300
    assert 5 < len(targets) < 15


def test_an_empty_answer_costs_one_request_for_a_hundred_keys(
    leads: Any, sandbox: VtigerSandbox
) -> None:
    leads.find([{"lastname": "x"}])
    sandbox.operations.clear()
    leads.find([{"lastname": f"name{number}"} for number in range(100)])
    assert sandbox.operations == {"query": 1}


def test_a_server_with_a_shorter_limit_is_asked_for_less_at_a_time(env: Any) -> None:
    class Narrow(VtigerSandbox):
        def respond(self, request: Request) -> Reply:
            if len(request.target) > 1500:
                return Reply(414, b"<html>414</html>", {"Content-Type": "text/html"})
            return super().respond(request)

    with serve(Narrow(access_key="k")) as server:
        live = Vtiger(url=server.url, username="admin", access_key=Secret("k")).connect(env)
        leads = live.tables()["Leads"]
        row_id = create(leads, lastname="needle")
        keys = [{"lastname": f"{'hay' * 9} {number}"} for number in range(99)]
        assert leads.find([*keys, {"lastname": "needle"}]) == [*([[]] * 99), [row_id]]
        live.close()


def test_rows_can_be_matched_by_several_fields(leads: Any) -> None:
    ada = create(leads, lastname="Lovelace", firstname="Ada", company="A")
    create(leads, lastname="Lovelace", firstname="Bob", company="A")
    anna = create(leads, lastname="Smith", firstname="Anna", company="A")
    keys = [
        {"company": "A", "lastname": "LOVELACE", "firstname": "ada"},
        {"company": "A", "lastname": "Lovelace", "firstname": "Zoe"},
        {"company": "A", "lastname": "Smith", "firstname": "Anna"},
    ]
    assert leads.find(keys) == [[ada], [], [anna]]


@pytest.mark.parametrize("kind", ["integer", "double", "string"])
def test_numbers_match_whatever_zeros_their_column_adds(
    leads: Any, sandbox: VtigerSandbox, kind: str
) -> None:
    sandbox.add_field("Leads", "cf_shop_id", type_={"name": kind})
    row_id = create(leads, lastname="Ada", cf_shop_id="1042")
    assert leads.find([{"cf_shop_id": "1042"}, {"cf_shop_id": "104"}]) == [[row_id], []]


def test_text_keys_with_leading_zeros_stay_apart(leads: Any, sandbox: VtigerSandbox) -> None:
    sandbox.add_field("Leads", "cf_card")
    long = create(leads, lastname="Ada", cf_card="0012345")
    short = create(leads, lastname="Bob", cf_card="12345")
    assert leads.find([{"cf_card": "0012345"}, {"cf_card": "12345"}]) == [[long], [short]]
