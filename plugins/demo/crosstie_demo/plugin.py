"""The hooks of crosstie-demo."""

from typing import Any

from crosstie import hookimpl
from crosstie_demo.command import demo


@hookimpl
def register_commands(cli: Any) -> None:
    """Adds ``crosstie demo``."""
    cli.add_command(demo)
