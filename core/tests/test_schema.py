"""The JSON Schema accepts what the config reader accepts, and refuses what a schema can refuse."""

import json
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import attrs
import pytest

from crosstie import ConfigError
from crosstie.config import load_config
from crosstie.plugins import Plugins
from crosstie.schema import json_schema
from crosstie.settings import settings_of

TYPES: Mapping[str, Any] = {
    "object": dict,
    "array": list,
    "string": str,
    "integer": int,
    "boolean": bool,
}


@attrs.frozen
class Validator:
    """The part of JSON Schema (draft 2020-12) that our schema uses; any other keyword fails."""

    root: Mapping[str, Any]

    def accepts(self, schema: Mapping[str, Any], value: Any) -> bool:
        return all(self._holds(word, rule, schema, value) for word, rule in schema.items())

    def _holds(self, word: str, rule: Any, schema: Mapping[str, Any], value: Any) -> bool:  # noqa: PLR0911 (a keyword each)
        match word:
            case "$schema" | "$defs" | "title" | "description" | "default" | "then":
                return True
            case "if":
                return not self.accepts(rule, value) or self.accepts(schema["then"], value)
            case "allOf":
                return all(self.accepts(one, value) for one in rule)
            case "$ref":
                return self.accepts(self.root["$defs"][rule.removeprefix("#/$defs/")], value)
            case "type":
                names = [rule] if isinstance(rule, str) else rule
                return any(self._is(name, value) for name in names)
            case "const" | "enum":
                choices = [rule] if word == "const" else rule
                return any(value == one and type(value) is type(one) for one in choices)
            case "anyOf" | "oneOf":
                passing = sum(self.accepts(one, value) for one in rule)
                return passing == 1 if word == "oneOf" else passing > 0
            case "pattern":
                return not isinstance(value, str) or re.search(rule, value) is not None
            case "minimum" | "maximum":
                least = word == "minimum"
                return bool(
                    not self._is("integer", value) or (value >= rule if least else value <= rule)
                )
            case "items" | "minItems":
                return not isinstance(value, list) or self._list_holds(word, rule, value)
        return not isinstance(value, dict) or self._table_holds(word, rule, schema, value)

    def _is(self, name: str, value: Any) -> bool:
        return isinstance(value, TYPES[name]) and (name == "boolean") == isinstance(value, bool)

    def _list_holds(self, word: str, rule: Any, value: list[Any]) -> bool:
        if word == "minItems":
            return bool(len(value) >= rule)
        return all(self.accepts(rule, one) for one in value)

    def _table_holds(
        self, word: str, rule: Any, schema: Mapping[str, Any], value: dict[str, Any]
    ) -> bool:
        match word:
            case "properties":
                return all(self.accepts(rule[name], value[name]) for name in rule if name in value)
            case "required":
                return set(rule) <= set(value)
            case "minProperties" | "maxProperties":
                return bool(len(value) >= rule if word == "minProperties" else len(value) <= rule)
            case "propertyNames":
                return all(self.accepts(rule, name) for name in value)
            case "additionalProperties":
                others = [value[name] for name in value if name not in schema.get("properties", {})]
                return not others if rule is False else all(self.accepts(rule, o) for o in others)
        raise AssertionError(f"the schema has the keyword {word}, which is not checked here")


SHOP = """
[systems.shop]
use = "acme"
url = "https://shop.example"
token = { env = "TOKEN" }
"""
GOOD = (
    'state = "a.db"\nkeep_outcomes = "7d"\n'
    + SHOP
    + """
pages = 5
strict = true
rate = "10.50"
timeout = "2m"
workers = 4
zone = "Europe/Paris"
folder = "out"
mode = "fast"
tags = ["a", "b"]
headers = { X-One = "1", X-Url = { env = "TOKEN" } }
[systems.drop]
use = "drop"
[flows.orders]
read = "shop.orders"
write = "drop.Orders"
every = "5m"
reconcile = false
match = ["number"]
set = { total = "{{ order.total }}", count = 5, on = true }
on_delete = "mark"
mark = { gone = "yes" }
filters = { status = ["shipped"] }
[automations.orders]
on = "shop.order_placed"
when = "{{ order.total > 10 }}"
entry = "7d"
every = "5m"
from = "beginning"
stop = "shop.order_status_changed"
[[automations.orders.steps]]
do = "shop.create_coupon"
with = { percent = "{{ order.total }}" }
save = "coupon"
when = "{{ customer.newsletter }}"
otherwise = [{ wait = "2h" }]
[[automations.orders.steps]]
wait_until = "{{ event.at | plus('2d') }}"
[[automations.orders.steps]]
do = "shop.create_coupon"
with = { percent = 10 }
[[automations.orders.steps]]
emit = "bought"
with = { email = "{{ customer.email }}", many = [1, true] }
"""
)


@pytest.fixture
def validator(acme: Plugins) -> Validator:
    return Validator(json_schema(acme))


def test_a_config_with_everything_in_it_is_valid(
    validator: Validator, acme: Plugins, tmp_path: Path
) -> None:
    path = tmp_path / "crosstie.toml"
    path.write_text(GOOD)
    config = load_config(path, acme, {"TOKEN": "x"})
    assert config.flows["orders"].table == "Orders"
    assert len(config.automations["orders"].steps) == 5
    assert validator.accepts(validator.root, tomllib.loads(GOOD))


@pytest.mark.parametrize(
    "wrong",
    [
        "",
        "stat = 'x'\n" + SHOP,
        "keep_outcomes = 90\n" + SHOP,
        SHOP.replace("acme", "acne"),
        SHOP.replace('use = "acme"', ""),
        SHOP.replace('{ env = "TOKEN" }', '"plain"'),
        SHOP.replace('{ env = "TOKEN" }', "{}"),
        SHOP.replace('{ env = "TOKEN" }', '{ env = "A", file = "B" }'),
        SHOP.replace("systems.shop", 'systems."a b"'),
        SHOP.replace("url", "ulr"),
        SHOP + "pages = 5.9",
        SHOP + "pages = '5'",
        SHOP + "pages = true",
        SHOP + "strict = 1",
        SHOP + "rate = 10.5",
        SHOP + "rate = '10,5'",
        SHOP + "timeout = 30",
        SHOP + "timeout = '1h30m'",
        SHOP + "workers = 0",
        SHOP + "mode = 'quick'",
        SHOP + "tags = 'a'",
        SHOP + "headers = { a = 1 }",
        SHOP + "[flows.x]\nread = 'shop.orders'",
        SHOP + "[flows.x]\nread = 'shop'\nwrite = 'shop.orders'",
        SHOP + "[flows.x]\nread = 'shop.orders'\nwrite = 'shop.orders'\nevry = '5m'",
        SHOP + "[flows.x]\nread = 'shop.orders'\nwrite = 'shop.orders'\nreconcile = true",
        SHOP + "[flows.x]\nread = 'shop.orders'\nwrite = 'shop.orders'\nset.a = 1.5",
        SHOP + "[flows.x]\nread = 'shop.orders'\nwrite = 'shop.orders'\nfilters.a = []",
        *(
            SHOP + "[automations.x]\non = 'shop.order_placed'\n" + wrong
            for wrong in (
                "",
                "steps = []",
                "steps = [{}]",
                "steps = [{ wait = '1h', emit = 'x' }]",
                "steps = [{ wait = '1h' }]\nentry = 'once'",
                "steps = [{ wait = '1h' }]\nfrom = 'start'",
                "steps = [{ wait = '1h' }]\nwhen = 5",
                "steps = [{ wait = { env = 'TOKEN' } }]",
                "steps = [{ wiat = '1h' }]",
                "steps = [{ wait = '1h', when = '{{ key }}', otherwise = [{ wait = 1 }] }]",
                "steps = [{ do = 'shop.create_coupon' }]",
                "steps = [{ do = 'shop.create_coupon', with = { percent = '10%' } }]",
                "steps = [{ do = 'shop.create_coupon', with = { prcent = '10' } }]",
                "steps = [{ do = 'shop.create_coupon', with = { percent = { env = 'TOKEN' } } }]",
            )
        ),
        SHOP + "[flows.'a b']\nread = 'shop.orders'\nwrite = 'shop.orders'",
    ],
)
def test_a_mistake_that_no_other_table_decides_is_refused(
    validator: Validator, acme: Plugins, tmp_path: Path, wrong: str
) -> None:
    path = tmp_path / "crosstie.toml"
    path.write_text(wrong)
    with pytest.raises(ConfigError):
        load_config(path, acme, {"TOKEN": "x"})
    assert not validator.accepts(validator.root, tomllib.loads(wrong))


def test_every_installed_connector_is_in_it_with_its_documentation(acme: Plugins) -> None:
    definitions = json_schema(acme)["$defs"]
    assert {f"system-{kind}" for kind in acme.kinds} <= set(definitions)
    for kind, connector in acme.kinds.items():
        properties = definitions[f"system-{kind}"]["properties"]
        assert properties.pop("use") == {"const": kind}
        documented = {name: value["description"] for name, value in properties.items()}
        assert documented == {setting.name: setting.doc for setting in settings_of(connector)}


def test_it_is_json(acme: Plugins) -> None:
    schema = json_schema(acme)
    assert json.loads(json.dumps(schema)) == schema
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"


def test_a_core_without_plugins_has_a_schema_too(acme: Plugins) -> None:
    bare = attrs.evolve(acme, sources={}, sinks={})
    schema = json_schema(bare)
    assert schema["properties"]["systems"]["additionalProperties"] == {"type": "object"}
