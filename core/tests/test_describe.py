"""A connector is described from its own declarations."""

from pathlib import Path

import pytest

from crosstie import PluginError
from crosstie.describe import describe_kind
from crosstie.plugins import Plugins, load_plugins
from crosstie.settings import settings_of

DROP = """\
drop: A place that is only written to, with tables of any name.

Tables to write
  those that the system itself has"""


def test_a_description_is_complete(acme: Plugins) -> None:
    text = describe_kind(acme, "acme")
    assert text.startswith("acme: A shop and CRM in one, for tests.\n")
    for setting in settings_of(acme.sources["acme"]):
        assert f"  {setting.name}: " in text
        assert f"    {setting.doc}\n" in text
    assert "  url: text; required\n    Address of the service, with https://\n" in text
    assert '  timeout: a duration such as "30s", "5m", "24h" or "2d"; default "45s"\n' in text
    assert "  mode: one of 'fast', 'careful'; default \"careful\"\n" in text
    assert '  zone: a time zone such as "Europe/Paris"; optional\n' in text
    assert "\nStreams to read\n  customers\n  orders\n" in text
    assert "\nTables to write\n  customers\n  orders\n" in text
    assert (
        "\nEvents\n  customer_registered: noticed by looking at customers\n"
        "  customer_updated: noticed by looking at customers\n"
        "  order_placed: noticed by looking at orders\n"
        "  order_status_changed: noticed by looking at orders\n"
    ) in text
    assert text.endswith(
        "\nAction acme.create_coupon\n"
        "  Create a coupon.\n"
        '  percent: a decimal number in quotes, such as "10.5", or a whole number; required\n'
        "    What is taken off, in percent"
    )


def test_what_a_connector_does_not_have_is_left_out(acme: Plugins) -> None:
    assert describe_kind(acme, "drop") == DROP


def test_an_unknown_kind_is_told_with_the_nearest(acme: Plugins) -> None:
    with pytest.raises(PluginError, match="did you mean 'acme'"):
        describe_kind(acme, "amce")


def test_events_that_a_system_sends_itself_are_told() -> None:
    fair = load_plugins(Path(__file__).parent / "fair")

    assert describe_kind(fair, "bell").endswith(
        "\nEvents\n  rung: received\n  order_placed: received"
    )
    assert describe_kind(fair, "letterbox").endswith("\nEvents\n  of any name: received")
