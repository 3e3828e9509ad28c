"""The systems of a config: each a connector with its settings."""

import re
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

import attrs

from crosstie.config_plain import shown
from crosstie.config_values import Values
from crosstie.connectors import Connector
from crosstie.happening import OWN
from crosstie.mistakes import Mistakes, suggestion
from crosstie.plugins import Plugins
from crosstie.settings import identity_of, settings_of

NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,62}")
NAME_RULE = "a name is 1 to 63 letters, digits, - and _, and begins with a letter"
MOST_WORKERS = 64


@attrs.frozen
class SystemConfig:
    """One configured system; `identity` says whose keys its records carry."""

    name: str
    kind: str
    connector: Connector
    identity: str


@attrs.frozen
class SystemReader:
    """Reads ``[systems.NAME]`` tables."""

    plugins: Plugins
    values: Values
    mistakes: Mistakes

    def kind(self, name: str, table: Any) -> type[Connector] | None:
        """The connector class that the table's `use` names, or None with mistakes noted."""
        where = ("systems", name)
        if not NAME.fullmatch(name):
            self.mistakes.add(where, None, f"a system cannot be called that: {NAME_RULE}")
        if name == OWN:
            text = f"a system cannot be called that: {OWN}.NAME is an event that automations emit"
            self.mistakes.add(where, None, text)
        if not isinstance(table, Mapping):
            self.mistakes.add(("systems",), name, f"expected a table, found {shown(table)}")
            return None
        use = table.get("use")
        kinds = self.plugins.kinds
        if not isinstance(use, str):
            found = f"found {shown(use)}" if "use" in table else "found nothing"
            listed = ", ".join(sorted(kinds)) or "none is installed"
            self.mistakes.add(where, "use", f"expected the kind of system ({listed}), {found}")
        elif use not in kinds:
            self.mistakes.add(where, "use", f"no plugin offers {use!r}{suggestion(use, kinds)}")
            self.mistakes.blame(self.plugins.failures)
        else:
            return kinds[use]
        return None

    def read(
        self, name: str, table: Mapping[str, Any], connector: type[Connector]
    ) -> SystemConfig | None:
        """The system, or None when mistakes have been noted."""
        before = len(self.mistakes.texts)
        where = ("systems", name)
        given = {field: value for field, value in table.items() if field != "use"}
        found = self.values.read(settings_of(connector), given, where, self.mistakes)
        self._check_conventions(where, found)
        if len(self.mistakes.texts) > before:
            return None
        try:
            live = connector(**found)
        except (TypeError, ValueError) as error:  # the connector's own validators
            self.mistakes.add(where, None, str(error.args[0]) if error.args else repr(error))
            return None
        return SystemConfig(name, connector.kind, live, identity_of(live, name))

    def _check_conventions(self, where: Sequence[str], found: Mapping[str, Any]) -> None:
        """The settings that mean the same for every connector are within reason."""
        if found.get("timeout") == timedelta(0):
            self.mistakes.add(where, "timeout", "expected more than no time at all")
        workers = found.get("workers")
        if workers is not None and not 1 <= workers <= MOST_WORKERS:
            text = f"expected 1 to {MOST_WORKERS}, found {shown(workers)}"
            self.mistakes.add(where, "workers", text)
        if found.get("identity") == "":
            self.mistakes.add(where, "identity", "expected a name, found an empty text")
