"""Coupons from the command line: made, used, cancelled, and never twice."""

import json
import subprocess
from collections.abc import Callable
from typing import Any

import pytest

from crosstie_prestashop.sandbox import Shop, check_coupon, use_coupon

WELCOME = ("name=Welcome", "percent=10", "expires_after=24h", "minimum_spend=20")


def do(tied: Any, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [*tied.command, "do", *arguments, "--json"]
    return subprocess.run(
        command, env=tied.environment, capture_output=True, text=True, check=False, timeout=120
    )


@pytest.mark.feature("F02", "F07", "F38")
def test_a_coupon_is_made_used_and_cancelled_by_hand(
    tie: Callable[..., Any], made_up: Callable[..., Shop]
) -> None:
    tied = tie(made_up(5, 5))
    made = json.loads(do(tied, "shop.create_coupon", *WELCOME, "--once", "one").stdout)
    code = made["result"]["code"]
    assert check_coupon(tied.shop, code, [(1, 2)])["valid"]
    assert use_coupon(tied.shop, 1, code, [(1, 2)])

    asked = sum(tied.shop_server.requests.values())
    again = json.loads(do(tied, "shop.create_coupon", *WELCOME, "--once", "one").stdout)
    assert (made, asked) == (again, sum(tied.shop_server.requests.values()))

    other = json.loads(do(tied, "shop.create_coupon", *WELCOME, "--once", "two").stdout)
    off = do(tied, "shop.cancel_coupon", f"code={other['result']['code']}")
    assert 0 == off.returncode
    told = check_coupon(tied.shop, other["result"]["code"], [(1, 2)])
    assert "it is switched off" == told["reason"]


@pytest.mark.feature("F15", "F19")
def test_nonsense_is_refused_before_the_shop_is_asked(
    tie: Callable[..., Any], made_up: Callable[..., Shop]
) -> None:
    tied = tie(made_up(5, 5))
    asked = sum(tied.shop_server.requests.values())
    for wrong, sentence in (
        ("percent=150", "percent must be over 0 and up to 100, not 150"),
        ("amount=5", "percent and amount are both given"),
        ("expires_on=2030-01-31", "give either expires_after or expires_on"),
    ):
        given = {one.partition("=")[0]: one for one in (*WELCOME, wrong)}
        refused = do(tied, "shop.create_coupon", *given.values())
        assert 2 == refused.returncode
        assert sentence in refused.stderr
    assert asked == sum(tied.shop_server.requests.values())
