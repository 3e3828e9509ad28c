"""The flows of a config: each checked against the systems and plugins that it names."""

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import Any, Literal

import attrs

from crosstie.commerce import VOCABULARY
from crosstie.config_plain import shown
from crosstie.config_shapes import FlowTable, Place, shape_text
from crosstie.config_systems import NAME, NAME_RULE
from crosstie.config_values import Values
from crosstie.connectors import Connector
from crosstie.mistakes import Mistakes, suggestion
from crosstie.plugins import Plugins
from crosstie.records import Record, Row
from crosstie.settings import settings_of
from crosstie.templates import Template

KNOWN = ("key", "raw", "record", "row", *VOCABULARY)
KNOWN_TO_FILTERS = ("key", "raw", "record", *VOCABULARY)
KNOWN_WHEN_GONE = ("key",)


@attrs.frozen
class FlowConfig:
    """One flow, ready to run: every name in it exists.

    `stream` of the system `source` is read into `table` of the system `sink`.
    `set` and `mark` give fields by template; `match` names the fields of the natural key, empty
    for the table's own. `reconcile` is None where it is switched off, `every` where the flow runs
    by hand only.
    """

    name: str
    source: str
    stream: str
    sink: str
    table: str
    every: timedelta | None = None
    set: Mapping[str, Template] = attrs.field(factory=dict)
    mapping: Callable[[Record, Row], Row] | None = None
    match: tuple[str, ...] = ()
    on_match: Literal["update", "skip"] = "update"
    once_only: bool = False
    reconcile: timedelta | None = timedelta(hours=24)
    on_delete: Literal["keep", "mark", "delete"] = "keep"
    mark: Mapping[str, Template] = attrs.field(factory=dict)
    filters: Mapping[str, tuple[str, ...]] = attrs.field(factory=dict)
    filter: Template | None = None
    windows: bool = False
    older: bool = False
    again: bool = False


@attrs.frozen
class FlowReader:
    """Reads ``[flows.NAME]`` tables.

    `kinds` has the connector class of every configured system, None where its own table is so
    wrong that the class is not known.
    """

    plugins: Plugins
    kinds: Mapping[str, type[Connector] | None]
    values: Values
    mistakes: Mistakes

    def read(self, name: str, table: Any) -> FlowConfig | None:
        """The flow, or None when mistakes have been noted."""
        if not isinstance(table, Mapping):
            self.mistakes.add(("flows",), name, f"expected a table, found {shown(table)}")
            return None
        before = len(self.mistakes.texts)
        where = ("flows", name)
        if not NAME.fullmatch(name):
            self.mistakes.add(where, None, f"a flow cannot be called that: {NAME_RULE}")
        found = self.values.read(settings_of(FlowTable), table, where, self.mistakes)
        self._check_places(where, found)
        if (chosen := found.get("filter")) is not None:
            self._check_templates(where, {"filter": chosen}, KNOWN_TO_FILTERS)
            if not chosen.is_expression:
                text = f"{shape_text(Template)}, found {shown(table['filter'])}"
                self.mistakes.add(where, "filter", f"expected {text}")
        self._check_templates((*where, "set"), found.get("set", {}), KNOWN)
        self._check_templates((*where, "mark"), found.get("mark", {}), KNOWN_WHEN_GONE)
        self._check_deletion(where, found, table)
        self._check_rest(where, found)
        if len(self.mistakes.texts) > before:
            return None
        return _flow(name, FlowTable(**found), self.plugins)

    def _check_places(self, where: Sequence[str], found: Mapping[str, Any]) -> None:
        """A stream is read from a system that can be read, a table written to one that takes it."""
        for field, able, offered, thing in (
            ("read", self.plugins.sources, "streams_offered", "stream"),
            ("write", self.plugins.sinks, "tables_offered", "table"),
        ):
            place: Place | None = found.get(field)
            if place is None:
                continue
            if place.system not in self.kinds:
                hint = suggestion(place.system, self.kinds)
                self.mistakes.add(where, field, f"unknown system {place.system!r}{hint}")
            elif (connector := self.kinds[place.system]) is not None:
                names = getattr(connector, offered)
                if connector.kind not in able:
                    text = (
                        f"{place.system!r} is a {connector.kind}, which has no {thing}s to {field}"
                    )
                    self.mistakes.add(where, field, text)
                elif names is not None and place.name not in names:
                    text = f"{connector.kind} has no {thing} {place.name!r}"
                    self.mistakes.add(where, field, f"{text}{suggestion(place.name, names)}")

    def _check_templates(
        self, where: Sequence[str], templates: Mapping[str, Template], known: Sequence[str]
    ) -> None:
        """Templates look at what there is; of a record that is gone, only the key is known."""
        for field, template in templates.items():
            for name in sorted(template.variables):
                if name not in known:
                    text = f"{name!r} is not known here{suggestion(name, known)}"
                    self.mistakes.add(where, field, text)
                elif (kind := VOCABULARY.get(name)) is not None:
                    fields = {one.name for one in attrs.fields(kind)}
                    for wrong in sorted(template.attributes(name) - fields):
                        text = f"{kind.__name__} has no {wrong!r}{suggestion(wrong, fields)}"
                        self.mistakes.add(where, field, text)

    def _check_deletion(
        self, where: Sequence[str], found: Mapping[str, Any], table: Mapping[str, Any]
    ) -> None:
        """The fields to mark with are given when, and only when, something is to be marked."""
        marks = found.get("on_delete") == "mark"
        if marks and not table.get("mark"):
            text = 'missing: on_delete = "mark" needs the fields that mark a row'
            self.mistakes.add(where, "mark", text)
        if "mark" in table and not marks and ("on_delete" in found or "on_delete" not in table):
            self.mistakes.add(where, "mark", 'has no effect unless on_delete = "mark"')

    def _check_rest(self, where: Sequence[str], found: Mapping[str, Any]) -> None:
        for field in ("every", "reconcile"):
            if (interval := found.get(field)) is not None and interval == timedelta(0):
                self.mistakes.add(where, field, "expected more than no time at all")
        mapping = found.get("mapping")
        if mapping is not None and mapping not in self.plugins.mappings:
            hint = suggestion(mapping, self.plugins.mappings)
            self.mistakes.add(where, "mapping", f"unknown mapping {mapping!r}{hint}")
            self.mistakes.blame(self.plugins.failures)
        match = found.get("match")
        if match is not None and (not match or len(set(match)) < len(match) or "" in match):
            self.mistakes.add(where, "match", "expected the names of one or more different fields")
        for name, values in found.get("filters", {}).items():
            if not values:
                self.mistakes.add((*where, "filters"), name, "expected at least one value")


def _flow(name: str, table: FlowTable, plugins: Plugins) -> FlowConfig:
    return FlowConfig(
        name=name,
        source=table.read.system,
        stream=table.read.name,
        sink=table.write.system,
        table=table.write.name,
        every=table.every,
        set=table.set,
        mapping=None if table.mapping is None else plugins.mappings[table.mapping],
        match=table.match,
        on_match=table.on_match,
        once_only=table.once_only,
        reconcile=table.reconcile or None,
        on_delete=table.on_delete,
        mark=table.mark,
        filters=table.filters,
        filter=table.filter,
        windows=table.windows,
        older=table.older,
        again=table.again,
    )
