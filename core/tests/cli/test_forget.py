from typing import Any

import pytest


def test_a_person_is_erased_from_the_state_and_the_rest_is_told(desk: Any) -> None:
    desk.put(p1={"email": "ada@example.com"}, p2={"email": "bob@example.com", "name": "refused"})
    desk.call("run")

    result = desk.call("forget", "Bob@example.com")

    assert result.exit_code == 0
    assert "asides: 1 erased" in result.stdout
    assert "outcomes: 1 erased" in result.stdout
    assert "Not touched: the systems themselves" in result.stdout
    state = b"".join(path.read_bytes() for path in desk.folder.glob("crosstie.db*"))
    assert b"ada@example.com" in state


@pytest.mark.parametrize("text", ["a", "@", "", "example.com"])
def test_what_is_no_address_erases_nothing(desk: Any, text: str) -> None:
    result = desk.call("forget", text)

    assert (result.exit_code, "is no e-mail address" in result.stderr) == (2, True)
