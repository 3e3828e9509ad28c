"""What the loyalty plugin offers."""

from collections.abc import Callable, Sequence
from typing import Any

from crosstie import hookimpl
from crosstie_loyalty.schema import LEDGER


@hookimpl
def register_schema() -> Sequence[Callable[[Any], None]]:
    """The ledger's tables."""
    return [*LEDGER]
