"""All that `crosstie.testing` offers; it imports this when the first of these names is used."""

from crosstie.testing.clock import SimulatedClock
from crosstie.testing.package import PackageConformance
from crosstie.testing.promise import BrokenPromiseError
from crosstie.testing.rig import Bench, Rig
from crosstie.testing.surroundings import Notes, Surroundings

__all__ = [
    "Bench",
    "BrokenPromiseError",
    "Notes",
    "PackageConformance",
    "Rig",
    "SimulatedClock",
    "Surroundings",
]
