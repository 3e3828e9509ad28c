"""All that `crosstie.testing` offers; it imports this when the first of these names is used."""

from crosstie.testing.action import ActionConformance
from crosstie.testing.clock import SimulatedClock
from crosstie.testing.package import PackageConformance
from crosstie.testing.promise import BrokenPromiseError
from crosstie.testing.rig import Bench, Rig
from crosstie.testing.source import SourceConformance
from crosstie.testing.state import StateConformance
from crosstie.testing.surroundings import Notes, Surroundings
from crosstie.testing.table import TableConformance
from crosstie.testing.texts import TEXTS
from crosstie.testing.webhook import WebhookConformance

__all__ = [
    "TEXTS",
    "ActionConformance",
    "Bench",
    "BrokenPromiseError",
    "Notes",
    "PackageConformance",
    "Rig",
    "SimulatedClock",
    "SourceConformance",
    "StateConformance",
    "Surroundings",
    "TableConformance",
    "WebhookConformance",
]
