"""Killed at any instant and continued, as if nothing had happened."""

import random
import signal
import time
from collections.abc import Callable
from typing import Any

import pytest

from crosstie_prestashop.sandbox import Shop


@pytest.mark.parametrize("kills", [8, pytest.param(50, marks=pytest.mark.full)])
def test_killed_at_random_instants_the_outcome_is_that_of_an_undisturbed_run(
    tie: Callable[..., Any], made_up: Callable[..., Shop], kills: int
) -> None:
    customers, orders = 8 * kills, 16 * kills
    calm, killed = tie(made_up(customers, orders)), tie(made_up(customers, orders))
    calm.run()
    killed.crm_server.latency = 0.004
    chance = random.Random(20261121)
    still_running = 0
    for _ in range(kills):
        process = killed.start("run")
        time.sleep(0.4 + chance.random() * 0.8)
        still_running += process.poll() is None
        process.send_signal(signal.SIGKILL)
        process.communicate()
    process = killed.start("run")
    output, errors = process.communicate(timeout=300)
    assert process.returncode in (0, 1), output + errors
    assert still_running >= kills // 4
    assert calm.outcomes() == killed.outcomes()
    assert calm.content() == killed.content()
