"""Settings are declared once, and read back for everything that needs them."""

from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal
from zoneinfo import ZoneInfo

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crosstie import Secret, setting
from crosstie.config_shapes import TopTable
from crosstie.config_values import Values
from crosstie.mistakes import Mistakes
from crosstie.settings import (
    TYPE_TEXTS,
    as_written,
    identity_of,
    is_setting_type,
    settings_of,
    settle_of,
    timeout_of,
    type_text,
    workers_of,
)


@attrs.frozen
class Plain:
    """A connector without any convention."""


@attrs.frozen
class Tuned:
    """A connector with all conventions."""

    timeout: timedelta | None = setting("t", default=timedelta(seconds=10))
    settle: timedelta | None = setting("s", default=None)
    workers: int | None = setting("w", default=None)
    identity: str | None = setting("i", default=None)


def test_a_connector_without_conventions_gets_the_defaults() -> None:
    connector = Plain()
    assert (timeout_of(connector), settle_of(connector)) == (30.0, 30.0)
    assert (workers_of(connector), identity_of(connector, "shop")) == (1, "shop")


def test_settling_takes_as_long_as_the_time_out_unless_told() -> None:
    assert settle_of(Tuned()) == 10.0
    assert settle_of(Tuned(settle=timedelta(0))) == 0.0
    assert settle_of(Tuned(timeout=None)) == 30.0


def test_a_connectors_own_conventions_hold() -> None:
    connector = Tuned(timeout=timedelta(minutes=1), workers=4, identity="shops")
    assert (timeout_of(connector), workers_of(connector)) == (60.0, 4)
    assert identity_of(connector, "shop") == "shops"
    assert workers_of(Tuned()) == 1


def test_a_secret_shows_nowhere_but_where_it_is_revealed() -> None:
    secret = Secret("hush")
    assert secret.reveal() == "hush"
    assert "hush" not in f"{secret} {secret!r} {[secret]} {attrs.asdict(Plain())}"


def test_settings_are_read_back_as_they_were_declared() -> None:
    @attrs.frozen
    class Declared:
        url: str = setting("Where")
        pages: int | None = setting("How many", default=5)
        headers: dict[str, str] = setting("What", default=attrs.Factory(dict))
        derived: str = attrs.field(init=False, default="x")
        title: str = setting("Called name", default="", alias="name")

    assert [attrs.astuple(one) for one in settings_of(Declared)] == [
        ("url", str, True, None, "Where"),
        ("pages", int, False, 5, "How many"),
        ("headers", dict[str, str], False, {}, "What"),
        ("name", str, False, "", "Called name"),
    ]


@pytest.mark.parametrize("declared", [*TYPE_TEXTS, Literal["a", "b"]])
def test_each_documented_type_can_be_a_setting(declared: Any) -> None:
    assert is_setting_type(declared)
    assert type_text(declared) != "a value"


@pytest.mark.parametrize(
    "declared", [float, list[str], tuple[str, str], dict[str, int], Literal[1, 2], str | int, Any]
)
def test_no_other_type_can_be_a_setting(declared: Any) -> None:
    assert not is_setting_type(declared)


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (timedelta(0), "0s"),
        (timedelta(seconds=90), "90s"),
        (timedelta(minutes=90), "90m"),
        (timedelta(hours=36), "36h"),
        (timedelta(hours=24), "1d"),
        (Decimal("10.50"), "10.50"),
        (Path("a/b"), "a/b"),
        (ZoneInfo("Europe/Paris"), "Europe/Paris"),
        (("a", "b"), ["a", "b"]),
        (True, True),
        (None, None),
    ],
)
def test_a_value_is_written_as_a_config_writes_it(value: object, written: object) -> None:
    assert as_written(value) == written


@given(st.integers(0, 3650 * 86400) | st.integers(0, 10_000).map(lambda number: number / 1000))
def test_a_duration_is_read_as_it_is_written(seconds: float) -> None:
    duration = timedelta(seconds=seconds)
    mistakes = Mistakes(Path("crosstie.toml"))
    given = {"keep_outcomes": as_written(duration)}
    found = Values(Path(), {}).read(settings_of(TopTable), given, (), mistakes)
    assert (found, mistakes.texts) == ({"keep_outcomes": duration}, ())
