"""Flat memory: one page at a time, whatever the size of the shop."""

import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest

from crosstie_prestashop.sandbox import Shop

FILES = """
[systems.shop]
use = "prestashop"
url = "{shop}"
key = {{ env = "SHOP_KEY" }}

[systems.files]
use = "files"
folder = "out"
format = "jsonl"

[flows.orders]
read = "shop.orders"
write = "files.orders"
"""

MEASURE = """
import os, subprocess, sys
process = subprocess.Popen(sys.argv[1:], stdout=subprocess.DEVNULL)
_, status, usage = os.wait4(process.pid, 0)
print(usage.ru_maxrss)
sys.exit(os.waitstatus_to_exitcode(status))
"""


def peak(tied: Any) -> int:
    """The peak memory of a run, in kB.

    Linux counts the memory of the process that starts another as that one's own, so that the
    tests' process, with the shop in it, lets a small one start the run.
    """
    command = [*tied.command, "run", "--json"]
    done = subprocess.run(
        [sys.executable, "-c", MEASURE, *command],
        env=tied.environment,
        stdout=subprocess.PIPE,
        check=True,
    )
    return int(done.stdout)


@pytest.mark.parametrize(
    ("small", "large"), [(3000, 6000), pytest.param(5000, 50_000, marks=pytest.mark.full)]
)
def test_more_orders_take_no_more_memory(
    tie: Callable[..., Any], made_up: Callable[..., Shop], small: int, large: int
) -> None:
    peaks = []
    for orders in (small, large):
        tied = tie(made_up(500, orders))
        text = FILES.format(shop=tied.shop_server.url)
        tied.config.write_text(text, encoding="utf-8")
        peaks.append(peak(tied))
        with (tied.folder / "out" / "orders.jsonl").open("rb") as file:
            assert orders == sum(1 for _ in file)
    assert peaks[1] <= 1.1 * peaks[0], peaks
