"""What holds for the tests of all members."""

from hypothesis import settings

# How long an example takes depends on what else the machine does; slow code is for `benchmarks/`.
settings.register_profile("crosstie", deadline=None)
settings.load_profile("crosstie")
