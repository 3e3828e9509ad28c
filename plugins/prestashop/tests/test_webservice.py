"""The client keeps to what the shop can manage, and notices when it is told something else."""

import json
import logging
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crosstie import Http, UnavailableError
from crosstie_prestashop.answers import Site
from crosstie_prestashop.webservice import IDS_AT_ONCE, LONGEST_LIST, Pace, Webservice

Asked = list[dict[str, str]]
ids = st.integers(1, 10**9).map(str)
references = st.text("ABCÉ- ", min_size=1, max_size=9)
OURS = {"X-Powered-By": "PrestaShop Webservice", "PSWS-Version": "8.2.1"}


@pytest.fixture
def asked() -> Asked:
    """The queries that were sent."""
    return []


@pytest.fixture
def webservice_of(clock: Any, asked: Asked) -> Callable[..., Webservice]:
    """A client whose shop answers each query with what `answer` makes of it."""

    def make(
        answer: Callable[[dict[str, str]], Any], *, page: int = 500, **headers: str
    ) -> Webservice:
        def respond(request: httpx.Request) -> httpx.Response:
            query = dict(request.url.params)
            asked.append(query)
            return httpx.Response(200, json=answer(query), headers={**OURS, **headers})

        http = Http(
            "https://shop.example/api/",
            clock=clock,
            log=logging.getLogger("crosstie.shop"),
            transport=httpx.MockTransport(respond),
        )
        return Webservice(http, Site("shop", "https://shop.example"), clock, page)

    return make


def test_many_ids_are_listed_in_several_answers(
    webservice_of: Callable[..., Webservice], asked: Asked
) -> None:
    def listed(query: dict[str, str]) -> Any:
        after = int(query.get("filter[id]", ">[0]")[2:-1])
        ids = range(after + 1, min(after + IDS_AT_ONCE, 12_000) + 1)
        return {"orders": [{"id": id_} for id_ in ids]} if ids else []

    answers = list(webservice_of(listed).ids("orders", 0, {}))
    assert [len(answer.rows) for answer in answers] == [5000, 5000, 2000]
    assert [query.get("filter[id]") for query in asked] == [None, ">[5000]", ">[10000]"]


def test_a_list_of_ids_that_starts_over_is_not_read_forever(
    webservice_of: Callable[..., Webservice],
) -> None:
    same = {"orders": [{"id": id_} for id_ in range(1, IDS_AT_ONCE + 1)]}
    with pytest.raises(UnavailableError, match="ignores the filter on id of orders"):
        list(webservice_of(lambda _: same).ids("orders", 0, {}))


def test_rows_that_were_not_asked_for_are_left_out(
    webservice_of: Callable[..., Webservice],
) -> None:
    everything = {"customers": [{"id": id_} for id_ in range(1, 100)]}
    found = webservice_of(lambda _: everything).by("customers", "id", {"7", "8"})
    assert found == [{"id": 7}, {"id": 8}]


@pytest.mark.parametrize("value", ["[x]", "a|b", "1,2", "50%"])
def test_a_value_that_cannot_be_asked_for_is_not(
    webservice_of: Callable[..., Webservice], asked: Asked, value: str
) -> None:
    service = webservice_of(lambda _: [])
    assert service.by("order_payments", "order_reference", {value}) == []
    assert asked == []


@given(values=st.sets(ids | references, max_size=80), page=st.integers(1, 40))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_every_value_is_asked_for_in_portions_that_fit(
    webservice_of: Callable[..., Webservice], asked: Asked, values: set[str], page: int
) -> None:
    asked.clear()
    webservice_of(lambda _: [], page=page).by("things", "x", values)
    portions = [query["filter[x]"] for query in asked]
    assert sorted(one for portion in portions for one in portion[1:-1].split("|")) == sorted(values)
    assert all(portion.count("|") < page for portion in portions)
    assert all(len(quote(portion)) < LONGEST_LIST + 20 for portion in portions)


@pytest.mark.parametrize(
    ("headers", "unix"),
    [
        ({"Access-Time": "1795294983", "Date": "Sat, 21 Nov 2026 20:00:00 GMT"}, 1795294983),
        ({"Date": "Sat, 21 Nov 2026 21:03:03 GMT"}, 1795294983),
        ({"Date": "yesterday"}, 1795348800),
        ({}, 1795348800),
    ],
)
def test_the_servers_clock_is_told_by_the_best_there_is(
    webservice_of: Callable[..., Webservice], headers: dict[str, str], unix: int
) -> None:
    assert webservice_of(lambda _: [], **headers).rows("orders", {}).at == unix


def test_the_version_comes_with_every_answer(webservice_of: Callable[..., Webservice]) -> None:
    service = webservice_of(lambda _: [])
    assert service.version is None
    service.rows("orders", {})
    assert service.version == "8.2.1"


@given(st.integers(1, 500), st.lists(st.booleans(), max_size=40))
def test_a_pace_stays_within_its_bounds(most: int, turns: list[bool]) -> None:
    pace = Pace(most)
    for managed in turns:
        if managed:
            pace.faster(pace.size)
        else:
            pace.slower(pace.size)
        assert 1 <= pace.size <= most


def test_json_is_asked_for_in_capitals(
    webservice_of: Callable[..., Webservice], asked: Asked
) -> None:
    webservice_of(lambda _: json.loads("[]")).rows("orders", {})
    assert asked[0]["output_format"] == "JSON"
