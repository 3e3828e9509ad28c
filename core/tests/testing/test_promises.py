"""Every promise of the kit is explained, and the page of promises is made from it."""

import re

from crosstie.testing import kit
from crosstie.testing.conformance import Promises
from crosstie.testing.promise import PAGE, Promise
from crosstie.testing.promises import cases, page, promises, sentences

EVERY = [promise for case in cases() for promise in promises(case)]


def test_every_conformance_class_is_offered_and_told() -> None:
    offered = {one for one in kit.__all__ if one.endswith("Conformance")}
    assert offered == {case.__name__ for case in cases()}
    assert all(promises(case) for case in cases())


def test_every_promise_is_explained() -> None:
    explained = {promise.page: sentences(promise.explanation) for promise in EVERY}
    assert [] == [link for link, told in explained.items() if len(told) < 2]


def test_every_link_leads_to_its_promise() -> None:
    told = page()
    for promise in EVERY:
        address, _, mark = promise.page.partition("#")
        assert address == PAGE.as_uri()
        heading = rf'<a id="{mark}"></a>\n\n### {promise.sentence}\n'
        assert len(re.findall(heading, told, re.IGNORECASE)) == 1


def test_the_page_is_made_from_the_docstrings() -> None:
    remedy = "python -m crosstie.testing.promises > core/crosstie/testing/promises.md"
    assert page() == PAGE.read_text(encoding="utf-8"), f"it is behind them: run {remedy}"


def test_a_promise_of_the_authors_own_has_no_mark() -> None:
    class Own(Promises):
        def test_it(self) -> None:
            """It. Is."""

    assert PAGE.as_uri() == Promise.of(Own.test_it, Own).page
