"""Whether what a plugin offers can be used: it is of the right shape, and a config can name it."""

import re
from datetime import timedelta
from typing import Any

import attrs

from crosstie.settings import Secret, Setting, is_setting_type, settings_of

KIND = re.compile(r"[a-z][a-z0-9_-]*")
CONVENTIONS = {"timeout": timedelta, "settle": timedelta, "workers": int, "identity": str}


class RefusedError(Exception):
    """A plugin does not keep to the hook specs; the text is a sentence without its name."""


def check_connector(connector: Any) -> None:
    """Refuse a class that is no connector, or whose settings could not be written in a config."""
    if not _is_attrs_class(connector):
        raise RefusedError(f"connector {connector!r} is not an attrs class")
    for name in ("kind", "streams_offered", "tables_offered", "connect"):
        if not hasattr(connector, name):
            raise RefusedError(f"connector {connector.__name__} has no `{name}`")
    if not (isinstance(connector.kind, str) and KIND.fullmatch(connector.kind)):
        raise RefusedError(f"the kind {connector.kind!r} is not one word in small letters")
    for name in ("streams_offered", "tables_offered", "events_offered"):
        if isinstance(getattr(connector, name, None), str):
            raise RefusedError(f"`{name}` of {connector.__name__} is one text, not a tuple of them")
    for setting in settings_of(connector):
        where = f"setting {setting.name!r} of {connector.__name__}"
        if setting.name == "use":
            raise RefusedError(f"{where}: the name `use` is the config's own")
        _check_declaration(where, setting)
        wanted = CONVENTIONS.get(setting.name, setting.type)
        if wanted != setting.type:
            raise RefusedError(f"{where} must be of type {wanted.__name__}")


def check_action(action: Any) -> None:
    """Refuse a class that is no action, or whose parameters nobody could give."""
    if not (_is_attrs_class(action) and hasattr(action, "on") and hasattr(action, "name")):
        raise RefusedError(f"action {action!r} is not an attrs class with `on` and `name`")
    if not (isinstance(action.name, str) and KIND.fullmatch(action.name)):
        raise RefusedError(f"the action's name {action.name!r} is not one word in small letters")
    if not callable(getattr(action, "run", None)):
        raise RefusedError(f"action {action.__name__} has no `run`")
    for parameter in settings_of(action):
        where = f"parameter {parameter.name!r} of {action.__name__}"
        _check_declaration(where, parameter)
        if parameter.type is Secret:
            raise RefusedError(f"{where} is a secret: deeds are written down, systems have those")


def _check_declaration(where: str, setting: Setting) -> None:
    """Refuse a setting or parameter of a type that no config has, or without documentation."""
    if not is_setting_type(setting.type):
        raise RefusedError(f"{where} has the type {setting.type}, see crosstie.settings")
    if not setting.doc:
        raise RefusedError(f"{where} has no documentation, declare it with `setting`")


def _is_attrs_class(thing: Any) -> bool:
    return isinstance(thing, type) and attrs.has(thing)
