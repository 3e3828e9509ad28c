"""Whether the plugin is packaged, declared and documented as the core relies on."""

from decimal import Decimal

from crosstie.testing import PackageConformance


class TestPackage(PackageConformance):
    package = "crosstie_loyalty"
    examples = {"currency": "EUR", "per_amount": Decimal(1)}  # noqa: RUF012
