"""The steps of an automation: each checked against the actions and names that it uses."""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import attrs

from crosstie.actions import Action
from crosstie.config_events import Names, check_expression, check_names
from crosstie.config_parameters import check_here, check_parameters
from crosstie.config_plain import shorten, shown
from crosstie.config_shapes import DEEDS, Place, StepTable, settings_in
from crosstie.config_systems import NAME, NAME_RULE
from crosstie.config_values import Values
from crosstie.connectors import Connector
from crosstie.mistakes import Mistakes, suggestion
from crosstie.plugins import Plugins
from crosstie.steps import compile_tree, templates_in
from crosstie.templates import compile_template

SETTINGS = settings_in(StepTable)
VARIABLE = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
JINJAS_OWN = ("loop", "self")


@attrs.frozen
class Saved:
    """The names that steps have saved where a step begins, each with the step's label.

    `always` are there on every path that leads there, `perhaps` on some only.
    """

    always: Mapping[str, str] = attrs.field(factory=dict)
    perhaps: Mapping[str, str] = attrs.field(factory=dict)

    def with_name(self, name: str, label: str) -> "Saved":
        """One more."""
        return attrs.evolve(self, always={**self.always, name: label})

    def either(self, other: "Saved") -> "Saved":
        """Where two paths meet."""
        always = {name: at for name, at in self.always.items() if name in other.always}
        every = {**other.always, **other.perhaps, **self.always, **self.perhaps}
        return Saved(always, {name: at for name, at in every.items() if name not in always})


@attrs.define
class StepReader:
    """Reads the steps of one automation; what they name is found where `FlowReader` finds it.

    `known` is what templates know of the event, None where that cannot be known.
    """

    plugins: Plugins
    kinds: Mapping[str, type[Connector] | None]
    mistakes: Mistakes
    folder: Path
    known: Names | None
    _values: Values = attrs.field(init=False)
    _savers: Mapping[str, str] = attrs.field(factory=dict, init=False)

    def __attrs_post_init__(self) -> None:
        """Steps are kept with each journey: they take nothing from elsewhere."""
        self._values = Values(self.folder, None)

    def read(self, tables: Sequence[Any], where: Sequence[str]) -> None:
        """Note every mistake in the steps, which stand at `where`."""
        self._savers = dict(_savers(tables, ""))
        self._sequence(tables, where, Saved())

    def _sequence(self, tables: Sequence[Any], where: Sequence[str], saved: Saved) -> Saved:
        for number, table in enumerate(tables, 1):
            at = (*where, str(number))
            if isinstance(table, Mapping):
                saved = self._step(table, at, saved)
            else:
                self.mistakes.add(at, None, f"expected a table, found {shown(table)}")
        return saved

    def _step(self, table: Mapping[str, Any], where: Sequence[str], saved: Saved) -> Saved:
        """Check one step; returns what is saved after it."""
        found = self._values.read(SETTINGS, table, where, self.mistakes)
        self._check_form(table, where)
        for field in ("when", "wait_until"):
            if field in found:
                check_expression(self.mistakes, where, field, found[field], table[field])
                self._check_names(where, field, found[field], saved)
        if found.get("wait") == timedelta(0):
            self.mistakes.add(where, "wait", "expected more than no time at all")
        trees = self._trees(found.get("with", {}), (*where, "with"), saved)
        if "do" in found:
            self._check_do(found["do"], trees, where)
        if "emit" in found:
            self._check_emit(found["emit"], trees, where)
        own = saved
        if "save" in found:
            self._check_save(found["save"], where, saved)
            own = saved.with_name(found["save"], _label(where))
        instead = self._sequence(found.get("otherwise", ()), (*where, "otherwise"), saved)
        return own.either(instead) if "when" in table else own

    def _check_form(self, table: Mapping[str, Any], where: Sequence[str]) -> None:
        """It is one deed, with what belongs to it."""
        deeds = [name for name in DEEDS if name in table]
        if len(deeds) != 1:
            told = f"found {' and '.join(deeds) or 'none of them'}"
            self.mistakes.add(where, None, f"expected one of {', '.join(DEEDS)}, {told}")
            return
        if "with" in table and deeds[0] not in {"do", "emit"}:
            self.mistakes.add(where, "with", f"has no effect on {deeds[0]}: do and emit take it")
        if "save" in table and deeds[0] != "do":
            self.mistakes.add(where, "save", f"has no effect on {deeds[0]}: nothing comes of it")
        if "otherwise" in table and "when" not in table:
            self.mistakes.add(where, "otherwise", "has no effect without when")

    def _trees(
        self, given: Mapping[str, Any], where: Sequence[str], saved: Saved
    ) -> dict[str, tuple[Any, Any]]:
        """What `with` holds, each value with its templates; None for those that are wrong."""
        trees: dict[str, tuple[Any, Any]] = {}
        for name, value in given.items():
            try:
                tree = compile_tree(value)
            except ValueError as error:
                told = f", in the template '{shorten(value)}'" if isinstance(value, str) else ""
                self.mistakes.add(where, name, f"{error}{told}")
                tree = None
            trees[name] = (value, tree)
            self._check_names(where, name, tree, saved)
        return trees

    def _check_names(self, where: Sequence[str], field: str, tree: Any, saved: Saved) -> None:
        if self.known is None:
            return
        names = {**self.known, **dict.fromkeys(saved.always)}
        reasons = {
            name: f"is not known here: step {label} saves it, and may come later or not at all"
            for name, label in self._savers.items()
        }
        for name, label in saved.perhaps.items():
            reasons[name] = (
                f"may be missing here: step {label} saves it on one way only; save it under the "
                "same name on the other way, in `otherwise`"
            )
        check_names(self.mistakes, where, field, templates_in(tree), names, reasons=reasons)

    def _check_save(self, name: str, where: Sequence[str], saved: Saved) -> None:
        """The name can stand in templates, and means nothing else there."""
        taken = {**saved.perhaps, **saved.always}
        if name in (self.known or {}):
            self.mistakes.add(where, "save", f"{name!r} is taken: the event is known by it")
        elif name in taken:
            self.mistakes.add(where, "save", f"{name!r} is taken by step {taken[name]}")
        elif not _is_variable(name):
            text = "expected a name of letters, digits and _, as templates have it"
            self.mistakes.add(where, "save", f"{text}, found {shown(name)}")

    def _check_do(
        self, place: Place, trees: Mapping[str, tuple[Any, Any]], where: Sequence[str]
    ) -> None:
        """The action exists, and takes what it is given."""
        if place.system not in self.kinds:
            hint = suggestion(place.system, self.kinds)
            self.mistakes.add(where, "do", f"unknown system {place.system!r}{hint}")
        elif (connector := self.kinds[place.system]) is not None:
            actions = self._actions(connector.kind)
            if place.name in actions:
                kind, at = actions[place.name], (*where, "with")
                check_parameters(kind, trees, at, self.mistakes, self.folder)
                return
            text = f"{place.system!r} is a {connector.kind}, which has no actions"
            if actions:
                hint = suggestion(place.name, actions)
                text = f"{connector.kind} has no action {place.name!r}{hint}"
            self.mistakes.add(where, "do", text)
            self.mistakes.blame(self.plugins.failures)

    def _check_emit(
        self, name: str, trees: Mapping[str, tuple[Any, Any]], where: Sequence[str]
    ) -> None:
        if not NAME.fullmatch(name):
            self.mistakes.add(where, "emit", f"an event cannot be called that: {NAME_RULE}")
        for field, (value, _) in trees.items():
            check_here(value, None, (*where, "with"), field, self.mistakes)

    def _actions(self, kind: str) -> dict[str, type[Action]]:
        return {one.name: one for one in self.plugins.actions.values() if one.on == kind}


def _label(where: Sequence[str]) -> str:
    """What people call a step: ``2``, or ``2.otherwise.1``."""
    return ".".join(where[3:])


def _savers(tables: Any, within: str) -> Iterator[tuple[str, str]]:
    """Every name that any step saves, with that step's label."""
    for number, table in enumerate(tables if isinstance(tables, list | tuple) else (), 1):
        if isinstance(table, Mapping):
            if isinstance(table.get("save"), str):
                yield table["save"], f"{within}{number}"
            yield from _savers(table.get("otherwise"), f"{within}{number}.otherwise.")


def _is_variable(name: str) -> bool:
    return (
        VARIABLE.fullmatch(name) is not None
        and name not in JINJAS_OWN
        and _variables(name) == {name}
    )


def _variables(name: str) -> frozenset[str]:
    try:
        return compile_template(f"{{{{ {name} }}}}").variables
    except ValueError:
        return frozenset()
