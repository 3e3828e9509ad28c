"""Rows of which the first has to be written before the others."""

from typing import Any

import attrs

from crosstie.candidates import Candidate
from crosstie.sending import waves
from crosstie.state import LinkKey


@attrs.frozen
class Named:
    """A table in which equal names share a lane."""

    name: str = "named"
    key: tuple[str, ...] = ("email",)

    def lane(self, row: Any) -> str | None:
        return None if row["name"] is None else str(row["name"])

    def find(self, keys: Any) -> Any:
        return [[] for _ in keys]

    def write(self, writes: Any) -> Any:
        return []


def row(email: str, name: str | None) -> Candidate:
    link = LinkKey("shop", "customers", f"{email}/{name}", "crm", "named")
    return Candidate(link, {"name": name}, "", "", email, {"email": email})


def test_no_wave_has_two_rows_of_one_group_and_the_first_of_a_lane_goes_ahead() -> None:
    groups = [
        [row("a", "Smith"), row("a", "Jones")],
        [row("b", "Smith")],
        [row("c", None)],
        [row("d", "Jones"), row("d", None)],
        [row("e", "Smith")],
    ]
    made = [[candidate.key.key for _, candidate in wave] for wave in waves(Named(), groups)]
    assert [
        ["a/Smith", "c/None"],
        ["a/Jones", "b/Smith", "e/Smith"],
        ["d/Jones"],
        ["d/None"],
    ] == made
