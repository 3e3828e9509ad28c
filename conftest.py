"""What holds for the tests of all members."""

from hypothesis import settings

# All members' folders of that name are one package, before pytest takes the first for the whole.
import tests  # noqa: F401

# How long an example takes depends on what else the machine does; slow code is for `benchmarks/`.
settings.register_profile("crosstie", deadline=None)
settings.load_profile("crosstie")
