"""The README says what the code does."""

import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from crosstie import Live
from crosstie.settings import settings_of
from crosstie_vtiger.connector import Vtiger

README = (Path(__file__).parents[1] / "README.md").read_text("utf-8")


def test_every_table_is_told_with_its_key(crm: Live) -> None:
    tables: Mapping[str, Any] = crm.tables()
    for name, table in tables.items():
        modules = getattr(table, "module", "Contacts, Leads or Accounts")
        line = f"| `{name}` | {modules} | `{table.key[0]}` | {table.accepts.__name__} |"
        assert line in README


def test_the_examples_are_toml_with_settings_that_are_there() -> None:
    config: dict[str, Any] = {}
    for block in re.findall(r"```toml\n(.*?)```", README, re.DOTALL):
        config |= tomllib.loads(block).get("systems", {}).get("crm", {})
    names = {setting.name for setting in settings_of(Vtiger)} | {"use"}
    assert {"use", "url", "username", "access_key", "defaults"} == set(config)
    assert set(config) <= names
