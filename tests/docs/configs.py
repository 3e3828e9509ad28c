"""Configs in pages: each is checked as `crosstie check` would, a part of one with what it adds to.

A part, such as ``[flows.customers.set]``, is completed with the page's last whole config, and where
there is none with one that ties the shop and the CRM of all pages.
"""

import json
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import attrs

from crosstie.project import open_project

SECRET = "whsec_" + "x" * 32
"""A text that every kind of secret may be, those of webhooks too."""

Table = dict[str, Any]
USUAL: Table = tomllib.loads("""
[systems.shop]
use = "prestashop"
url = "https://shop.example"
key = { env = "SHOP_KEY" }

[systems.crm]
use = "vtiger"
url = "https://crm.example"
username = "sync"
access_key = { env = "CRM_KEY" }

[systems.out]
use = "files"
folder = "export"

[flows.customers]
read = "shop.customers"
write = "crm.customers"

[flows.orders]
read = "shop.orders"
write = "crm.orders"
""")


@attrs.define
class Configs:
    """The configs of one page."""

    _last: Table = attrs.field(factory=lambda: USUAL)

    def check(self, text: str, folder: Path) -> None:
        """Check a block, with the plugins in this folder; raises `ConfigError` for a mistake."""
        told = tomllib.loads(text)
        if not {"systems", "flows", "automations"} & told.keys():
            return
        whole = told if _is_whole(told) else _completed(self._last, told)
        path = folder / "checked.toml"
        path.write_text(_toml(whole), encoding="utf-8")
        environ = dict.fromkeys(_named(whole, "env"), SECRET)
        for name in _named(whole, "file"):
            (folder / name).write_text(SECRET, encoding="utf-8")
        try:
            open_project(path, environ)
        finally:
            path.unlink()
        self._last = whole


def _is_whole(told: Table) -> bool:
    """Whether it stands by itself: every system that a flow or automation names is in it."""
    flows, automations = told.get("flows", {}).values(), told.get("automations", {}).values()
    places = [flow.get(end, "") for flow in flows for end in ("read", "write")]
    places += [automation.get("on", "") for automation in automations]
    steps = [step for automation in automations for step in automation.get("steps", ())]
    places += [step["do"] for step in steps if "do" in step]
    systems = {*told.get("systems", {}), "crosstie"}
    return bool(places) and {place.partition(".")[0] for place in places} <= systems


def _completed(last: Table, told: Table) -> Table:
    """A part with what it adds to; a table that it tells in full is a new one."""
    whole = {**last, **told}
    for tables, begins in (("systems", "use"), ("flows", "read"), ("automations", "on")):
        known, given = last.get(tables, {}), told.get(tables, {})
        added = {
            name: table if begins in table else {**known.get(name, {}), **table}
            for name, table in given.items()
        }
        whole[tables] = {**known, **added}
    return whole


def _named(value: Any, source: str) -> list[str]:
    """The names of the environment's variables, or of the files, that secrets are taken from."""
    if isinstance(value, list):
        return [name for one in value for name in _named(one, source)]
    if not isinstance(value, Mapping):
        return []
    if value.keys() == {source}:
        return [value[source]]
    return [name for one in value.values() for name in _named(one, source)]


def _toml(table: Table) -> str:
    return "".join(f"{json.dumps(name)} = {_value(value)}\n" for name, value in table.items())


def _value(value: Any) -> str:
    if isinstance(value, Mapping):
        pairs = ", ".join(f"{json.dumps(name)} = {_value(one)}" for name, one in value.items())
        return f"{{ {pairs} }}"
    if isinstance(value, list):
        return f"[{', '.join(map(_value, value))}]"
    return json.dumps(value, ensure_ascii=False)
