"""The JSON Schema of `crosstie.toml`, with every installed connector in it, for editors.

Made from the same declarations by which the config is read; what depends on other tables
(whether a system exists, whether it has that stream) is checked by `crosstie check` only.
"""

import inspect
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal, get_args, get_origin
from zoneinfo import ZoneInfo

from crosstie.actions import Action
from crosstie.config_shapes import (
    DEEDS,
    AutomationTable,
    Entry,
    FlowTable,
    Interval,
    Place,
    StepTable,
    TopTable,
    settings_in,
)
from crosstie.config_systems import MOST_WORKERS, NAME
from crosstie.plugins import Plugins
from crosstie.settings import Secret, Setting, as_written, settings_of
from crosstie.templates import Template

DIALECT = "https://json-schema.org/draft/2020-12/schema"
Schema = dict[str, Any]

TEXT: Schema = {"type": "string"}
ELSEWHERE: Schema = {"$ref": "#/$defs/elsewhere"}
DURATION: Schema = {"type": "string", "pattern": "^[0-9]{1,12}(ms|[smhd])$"}
TEMPLATE: Schema = {"type": ["string", "integer", "boolean"]}
TEXTS: Schema = {"type": "array", "items": TEXT}
DECIMAL: Schema = {"type": "string", "pattern": r"^-?[0-9]+(\.[0-9]+)?$"}
PLACE: Schema = {"type": "string", "pattern": r"^[^.]+\..+$"}


STEPS: Schema = {"type": "array", "items": {"$ref": "#/$defs/step"}, "minItems": 1}
FILLED_IN: Schema = {"type": "string", "pattern": r"\{[{%#]"}


def _or_elsewhere(schema: Schema) -> Schema:
    return {"anyOf": [*schema.get("anyOf", [schema]), ELSEWHERE]}


PARAMETERS: dict[Any, Schema] = {
    str: TEXT,
    int: {"type": "integer"},
    bool: {"type": "boolean"},
    Decimal: {"anyOf": [{"type": "integer"}, DECIMAL]},
    timedelta: DURATION,
    date: {"type": "string", "format": "date"},
    datetime: {"type": "string", "format": "date-time"},
    Path: TEXT,
    ZoneInfo: TEXT,
    tuple[str, ...]: TEXTS,
    object: {},
    dict[str, str]: {"type": "object", "additionalProperties": TEXT},
    dict[str, tuple[str, ...]]: {
        "type": "object",
        "additionalProperties": {**TEXTS, "minItems": 1},
    },
}
"""What stands in the config itself."""

FROM_ELSEWHERE = (str, Decimal, timedelta, date, datetime, Path, ZoneInfo)
SCHEMAS: dict[Any, Schema] = {
    **PARAMETERS,
    **{declared: _or_elsewhere(PARAMETERS[declared]) for declared in FROM_ELSEWHERE},
    dict[str, str]: {"type": "object", "additionalProperties": _or_elsewhere(TEXT)},
    Secret: ELSEWHERE,
    Place: PLACE,
    Interval: {"anyOf": [{"const": False}, DURATION, ELSEWHERE]},
    Entry: {"anyOf": [{"enum": ["event", "customer"]}, DURATION, ELSEWHERE]},
    Template: TEXT,
    dict[str, Template]: {"type": "object", "additionalProperties": TEMPLATE},
    tuple[StepTable, ...]: STEPS,
    dict[str, object]: {"type": "object"},
}


def json_schema(plugins: Plugins) -> Schema:
    """The schema, as JSON's own types."""
    kinds = sorted({*plugins.sources, *plugins.sinks})
    systems = [{"$ref": f"#/$defs/system-{kind}"} for kind in kinds]
    top = _table(settings_of(TopTable))
    top["properties"] |= {
        "systems": _named({"oneOf": systems} if systems else {"type": "object"}),
        "flows": _named({"$ref": "#/$defs/flow"}),
        "automations": _named({"$ref": "#/$defs/automation"}),
    }
    return {
        "$schema": DIALECT,
        "title": "crosstie.toml",
        **top,
        "required": ["systems"],
        "$defs": {
            "elsewhere": _elsewhere(),
            "flow": _table(settings_of(FlowTable)),
            "automation": _table(settings_in(AutomationTable)),
            "step": _step(plugins),
            **{f"system-{kind}": _system(plugins, kind) for kind in kinds},
        },
    }


def _named(schema: Schema) -> Schema:
    """Tables of a form by names that the user chooses."""
    pattern = f"^{NAME.pattern}$"
    return {"type": "object", "propertyNames": {"pattern": pattern}, "additionalProperties": schema}


def _elsewhere() -> Schema:
    return {
        "description": "A text from an environment variable, or from a file beside the config",
        "type": "object",
        "properties": {"env": TEXT, "file": TEXT},
        "additionalProperties": False,
        "minProperties": 1,
        "maxProperties": 1,
    }


def _system(plugins: Plugins, kind: str) -> Schema:
    connector = plugins.connector(kind)
    schema = _table(settings_of(connector))
    schema["description"] = (inspect.getdoc(connector) or kind).splitlines()[0]
    schema["properties"] = {"use": {"const": kind}, **schema["properties"]}
    schema["required"] = ["use", *schema["required"]]
    return schema


def _step(plugins: Plugins) -> Schema:
    """A step is one deed; one that does an action takes the parameters that one of this name has,
    on whatever kind of system.
    """
    schema = _table(settings_in(StepTable))
    schema["properties"] |= {"wait": DURATION, "emit": TEXT, "save": TEXT}
    schema["oneOf"] = [{"required": [deed]} for deed in DEEDS]
    by_name: dict[str, list[type[Action]]] = {}
    for action in plugins.actions.values():
        by_name.setdefault(action.name, []).append(action)
    schema["allOf"] = [
        {
            "if": {"required": ["do"], "properties": {"do": {"pattern": rf"^[^.]+\.{name}$"}}},
            "then": {"anyOf": [_doing(action) for action in actions]},
        }
        for name, actions in sorted(by_name.items())
    ]
    return schema


def _doing(action: type[Action]) -> Schema:
    """A step that does this action."""
    parameters = settings_of(action)
    given = _table(parameters)
    given["properties"] = {one.name: _parameter(one) for one in parameters}
    return {"properties": {"with": given}, "required": ["with"] if given["required"] else []}


def _parameter(setting: Setting) -> Schema:
    """A parameter, or a template that becomes one."""
    if get_origin(setting.type) is Literal:
        schema: Schema = {"enum": list(get_args(setting.type))}
    else:
        schema = PARAMETERS[setting.type]
    either = schema.get("anyOf", [schema])
    return {"anyOf": [*either, FILLED_IN], "description": setting.doc}


def _table(settings: Iterable[Setting]) -> Schema:
    listed = list(settings)
    return {
        "type": "object",
        "properties": {setting.name: _value(setting) for setting in listed},
        "required": [setting.name for setting in listed if setting.required],
        "additionalProperties": False,
    }


def _value(setting: Setting) -> Schema:
    """One setting: its type, its documentation and what it is when it is left out."""
    if get_origin(setting.type) is Literal:
        schema = _or_elsewhere({"enum": list(get_args(setting.type))})
    else:
        schema = dict(SCHEMAS[setting.type])
    if setting.name == "workers":
        schema |= {"minimum": 1, "maximum": MOST_WORKERS}
    schema["description"] = setting.doc
    if setting.default is not None:
        schema["default"] = as_written(setting.default)
    return schema
