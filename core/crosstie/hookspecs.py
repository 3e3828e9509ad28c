"""The hooks, one sentence each; all are optional and all return lists or nothing.

A plugin is a module (an entry point in the group ``crosstie``, or the file
``crosstie_plugins.py`` beside the config) with functions of these names marked `@hookimpl`.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pluggy

from crosstie.actions import Action
from crosstie.connectors import Connector
from crosstie.records import Record, Row

NAME = "crosstie"
PluginManager = pluggy.PluginManager
hookspec = pluggy.HookspecMarker(NAME)
hookimpl = pluggy.HookimplMarker(NAME)
"""Marks a plugin's function as the implementation of the hook of its name."""


@hookspec
def register_sources() -> Sequence[type[Connector]]:
    """Return the connector classes whose streams can be read."""
    raise AssertionError  # pluggy calls the implementations, never this


@hookspec
def register_sinks() -> Sequence[type[Connector]]:
    """Return the connector classes whose tables can be written."""
    raise AssertionError  # pluggy calls the implementations, never this


@hookspec
def register_actions() -> Sequence[type[Action]]:
    """Return the action classes."""
    raise AssertionError  # pluggy calls the implementations, never this


@hookspec
def register_mappings() -> Mapping[str, Callable[[Record, Row], Row]]:
    """Return functions by name that turn a record, and the row mapped so far, into a row."""
    raise AssertionError  # pluggy calls the implementations, never this


@hookspec
def register_commands(cli: Any) -> None:
    """Add click commands to the command line, or to its groups such as ``sandbox``."""


@hookspec
def register_schema() -> Sequence[Callable[[Any], None]]:
    """Return the migrations of this plugin's own state tables, oldest first."""
    raise AssertionError  # pluggy calls the implementations, never this


@hookspec
def register_apps() -> Mapping[str, Any]:
    """Return ASGI applications by the path under which the web plugin mounts them."""
    raise AssertionError  # pluggy calls the implementations, never this
