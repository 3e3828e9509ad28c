"""What the kit cannot know about Quill.

`clock`, `serve`, `project` and `run` are the kit's fixtures: a simulated clock, a sandbox on a
real socket, a project from a config, and its flows. A second system is another sandbox.
"""

from collections.abc import Callable
from contextlib import closing
from typing import Any

import pytest
from crosstie import Finding, Secret
from crosstie.sandbox import Server
from crosstie.testing import SimulatedClock, Surroundings

from crosstie_quill.connector import QuillConnector, QuillLive
from crosstie_quill.sandbox import TOKEN, QuillSandbox

CONFIG = """\
[systems.old]
use = "quill"
url = "{old}"
token = {{ env = "QUILL_TOKEN" }}

[systems.new]
use = "quill"
url = "{new}"
token = {{ env = "QUILL_TOKEN" }}

[flows.subscribers]
read = "old.subscribers"
write = "new.subscribers"
"""


@pytest.fixture
def old(clock: SimulatedClock) -> QuillSandbox:
    """An account that is read, with five people in it."""
    sandbox = QuillSandbox(clock)
    sandbox.fill(5)
    return sandbox


@pytest.fixture
def new(clock: SimulatedClock) -> QuillSandbox:
    """An empty account, that is written."""
    return QuillSandbox(clock)


@pytest.fixture
def move(
    old: QuillSandbox,
    new: QuillSandbox,
    serve: Callable[..., Server],
    project: Callable[..., Any],
    run: Callable[..., Any],
) -> Callable[[], Any]:
    """Run the flow, as ``crosstie run`` does, and return its counts."""
    config = CONFIG.format(old=serve(old).url, new=serve(new).url)
    made = project(config, {"QUILL_TOKEN": TOKEN})
    return lambda: run(made)["subscribers"].counts


def test_names_in_any_script_arrive_and_a_second_run_writes_nothing(
    move: Callable[[], Any], old: QuillSandbox, new: QuillSandbox
) -> None:
    assert move()["created"] == 5
    assert move()["unchanged"] == 5

    names = [[one["last_name"] for one in it.subscribers.values()] for it in (old, new)]
    assert names[0] == names[1]


def test_whoever_signed_up_twice_arrives_once(
    move: Callable[[], Any], old: QuillSandbox, new: QuillSandbox
) -> None:
    old.add("reader1@example.com", first_name="Countess")

    assert move()["created"] == 5
    assert new.subscribers[1]["first_name"] == "Countess"


def test_check_names_the_right_that_a_token_lacks(serve: Callable[..., Server]) -> None:
    server = serve(QuillSandbox(rights=("read",)))
    with closing(Surroundings()) as env:
        live = QuillConnector(url=server.url, token=Secret(TOKEN)).connect(env)
        assert isinstance(live, QuillLive)
        found = list(live.check({"letters": frozenset({"write:subscribers"})}))

    assert found == [
        Finding("ok", "the token opens the account 'Sandbox'"),
        Finding("problem", "flow letters: the token lacks the right to write, see Settings > API"),
    ]
