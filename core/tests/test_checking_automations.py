"""`crosstie check` asks each system that an automation uses, with what is needed of it."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from crosstie import Finding
from crosstie.checking import check
from crosstie.project import open_project

SYSTEMS = """
[systems.shop]
use = "stand"
[systems.post]
use = "post"
[systems.bell]
use = "bell"
[systems.web]
use = "letterbox"
[systems.files]
use = "archive"
"""
CART = """
[automations.cart]
on = "shop.cart_abandoned"
after = "2h"
stop = "bell.rung"
[[automations.cart.steps]]
do = "post.send"
with = { to = "{{ customer.email }}", text = "{{ cart.lines | length }}" }
[[automations.cart.steps]]
emit = "reminded"
[automations.after]
on = "crosstie.reminded"
steps = [{ wait = "1h" }]
"""

Found = Callable[[str], dict[str, list[Finding]]]


@pytest.fixture
def found(tmp_path: Path) -> Found:
    """What checking the fair finds, by name."""
    shutil.copy(Path(__file__).parent / "fair" / "crosstie_plugins.py", tmp_path)

    def look(text: str) -> dict[str, list[Finding]]:
        path = tmp_path / "crosstie.toml"
        path.write_text(SYSTEMS + text)
        findings: dict[str, list[Finding]] = {}
        for name, finding in check(open_project(path, {})):
            findings.setdefault(name, []).append(finding)
        return findings

    return look


def test_each_system_is_asked_with_what_automations_need_of_it(found: Found) -> None:
    findings = found(CART)

    assert findings["shop"] == [
        Finding("ok", "cart may read:carts and read:carts.lines and read:orders")
    ]
    assert findings["post"] == [Finding("ok", "cart may do:send")]
    assert "bell" not in findings
    assert {name for name in findings if name not in {"config", "plugins", "state"}} == {
        "shop",
        "post",
    }


def test_it_says_how_each_event_comes_to_be_known(found: Found) -> None:
    told = [finding.text for finding in found(CART)["config"] if finding.level == "ok"]

    assert told[0].endswith("crosstie.toml: 5 systems, 0 flows, 2 automations")
    assert told[1:] == [
        "cart: shop.cart_abandoned is noticed by looking at carts and orders",
        "cart: bell.rung is received by `crosstie serve`",
        "after: crosstie.reminded is emitted by an automation",
    ]


def test_a_system_that_only_an_automation_uses_is_in_use(found: Found) -> None:
    told = [finding.text for finding in found(CART)["config"] if finding.level == "warning"]

    assert told == [
        "no flow or automation uses the system web",
        "no flow or automation uses the system files",
    ]


def test_an_event_that_cannot_come_from_its_system_is_a_problem(found: Found) -> None:
    findings = found(
        """
        [automations.a]
        on = "files.order_placed"
        steps = [{ wait = "1h" }]
        [automations.b]
        on = "web.survey"
        steps = [{ wait = "1h" }]
        """
    )

    assert findings["files"][-1] == Finding(
        "problem", "a: there is no stream 'orders'; there is 'customers'"
    )
    assert findings["web"] == [Finding("problem", "b: it receives no events")]
