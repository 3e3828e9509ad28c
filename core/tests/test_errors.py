"""The tree of errors is what its guide draws."""

import re

import pytest

from crosstie import errors
from crosstie.errors import ConfigError, CrosstieError, FlowError, RecordError

EVERY = [
    each
    for each in vars(errors).values()
    if isinstance(each, type) and issubclass(each, CrosstieError)
]
KINDS = [each for each in EVERY if issubclass(each, RecordError) and each is not RecordError]


def drawn() -> dict[str, str]:
    """Each error's parent, as the tree in the module's guide shows them."""
    parents, above = {}, [""]
    for line in (errors.__doc__ or "").splitlines():
        if found := re.match(r"    ([│├└─ ]*)(\w+Error)\b", line):
            depth = len(found[1]) // 4
            above[depth + 1 :] = [found[2]]
            parents[found[2]] = above[depth]
    return parents


def test_the_tree_at_the_top_is_the_tree() -> None:
    parents = {each.__name__: each.__bases__[0].__name__ for each in EVERY}
    assert drawn() == {**parents, "CrosstieError": ""}


@pytest.mark.parametrize("error", EVERY)
def test_every_error_says_when_it_is_raised(error: type[CrosstieError]) -> None:
    assert error.__doc__


def test_exit_codes_say_what_happens_next() -> None:
    codes = {each.__name__: each.exit_code for each in EVERY if each.__bases__[0] is CrosstieError}
    assert codes == {
        "ConfigError": 2,
        "PluginError": 2,
        "StateError": 3,
        "FlowError": 3,
        "WebhookError": 3,
        "RecordError": 1,
    }
    assert {each.exit_code for each in EVERY if issubclass(each, FlowError)} == {3}
    assert {each.exit_code for each in EVERY if issubclass(each, RecordError)} == {1}


def test_every_reason_to_set_aside_has_its_own_name() -> None:
    assert len({each.kind for each in KINDS}) == len(KINDS)


def test_a_config_error_holds_every_mistake() -> None:
    error = ConfigError(["one is wrong", "two is wrong"])
    assert error.mistakes == ("one is wrong", "two is wrong")
    assert str(error) == "one is wrong\ntwo is wrong"
