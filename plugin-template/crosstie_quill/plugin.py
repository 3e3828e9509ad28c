"""What Crosstie may use of this package; it finds this module by the entry point `crosstie`.

Each function is a hook; `crosstie.hookspecs` shows all of them on one screen.
"""

from collections.abc import Sequence
from typing import Any

from crosstie import Action, Connector, hookimpl

from crosstie_quill.actions import SendLetter
from crosstie_quill.command import sandbox_quill
from crosstie_quill.connector import QuillConnector


@hookimpl
def register_sources() -> Sequence[type[Connector]]:
    return [QuillConnector]


@hookimpl
def register_sinks() -> Sequence[type[Connector]]:
    return [QuillConnector]


@hookimpl
def register_actions() -> Sequence[type[Action]]:
    return [SendLetter]


@hookimpl
def register_commands(cli: Any) -> None:
    cli.commands["sandbox"].add_command(sandbox_quill)
