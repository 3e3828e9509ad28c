"""What a deed would do can be seen before, where its action can tell."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from typing import Any, ClassVar

import attrs
import pytest

from crosstie import ConfigError, RejectedError, Row, hookimpl, setting
from crosstie.acting import preview
from crosstie.pools import Pools


@attrs.frozen
class Board:
    """A board for slips, which nobody may touch here."""

    kind: ClassVar[str] = "board"
    streams_offered: ClassVar[tuple[str, ...]] = ()
    tables_offered: ClassVar[tuple[str, ...]] = ()

    def connect(self, env: Any) -> "Board":
        return self

    def streams(self) -> Mapping[str, Any]:
        return {}

    def tables(self) -> Mapping[str, Any]:
        return {}

    def close(self) -> None:
        """It stays."""


@attrs.frozen
class Hide:
    """Put something behind it."""

    name: ClassVar[str] = "hide"
    on: ClassVar[str] = "board"
    text: str = setting("What stands on it")

    def run(self, system: Board, once: str) -> Row:
        raise AssertionError("it was done")


@attrs.frozen
class Pin(Hide):
    """Pin a slip to it."""

    name: ClassVar[str] = "pin"

    def preview(self, system: Board) -> str:
        if self.text == "rude":
            raise RejectedError("not on this board")
        return f"[{self.text}] on a {system.kind}"


class BoardPlugin:
    @hookimpl
    def register_sinks(self) -> Sequence[type[Any]]:
        return [Board]

    @hookimpl
    def register_actions(self) -> Sequence[type[Any]]:
        return [Hide, Pin]


@pytest.fixture
def pools(project: Any) -> Iterator[Pools]:
    opened = project('[systems.hall]\nuse = "board"\n', board=BoardPlugin())
    with closing(opened.scratch()) as state, closing(Pools(opened, state)) as pools:
        yield pools


def test_a_preview_is_what_the_action_tells_of_the_connected_system(pools: Pools) -> None:
    assert "[hello] on a board" == preview(pools, "hall.pin", {"text": "hello"})


def test_a_preview_raises_what_doing_it_would(pools: Pools) -> None:
    with pytest.raises(RejectedError, match="not on this board"):
        preview(pools, "hall.pin", {"text": "rude"})


@pytest.mark.parametrize(
    ("place", "parameters", "told"),
    [
        ("hall.hide", {"text": "hello"}, r"hall\.hide: this action cannot show what it would do"),
        ("hall.pin", {}, "text: missing"),
        ("hall.pine", {"text": "hello"}, "did you mean 'hall.pin'"),
    ],
)
def test_what_cannot_be_shown_is_told(
    pools: Pools, place: str, parameters: dict[str, Any], told: str
) -> None:
    with pytest.raises(ConfigError, match=told):
        preview(pools, place, parameters)
