"""The hooks: files can be written and read."""

from collections.abc import Sequence

from crosstie import Connector, hookimpl
from crosstie_files.connector import Files


@hookimpl
def register_sources() -> Sequence[type[Connector]]:
    """Offer `Files`."""
    return [Files]


@hookimpl
def register_sinks() -> Sequence[type[Connector]]:
    """Offer `Files`."""
    return [Files]
