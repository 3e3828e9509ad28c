"""Finds the plugins, and collects what they offer::

    plugins = load_plugins(Path("."))
    plugins.connector("acme")

A plugin is an entry point in the group ``crosstie``, or the file `crosstie_plugins.py` beside
the config. One that cannot be used is refused by name and kept in `failures`, so that a broken
plugin that nobody asks for stops nobody; the config fails only where it asks for a name that is
not there. The file beside the config is the user's own: a mistake in it is raised at once.
"""

import importlib.metadata
import importlib.util
import inspect
import re
import sys
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import Any

import attrs
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from crosstie import hookspecs
from crosstie.actions import Action
from crosstie.connectors import Connector
from crosstie.errors import PluginError
from crosstie.mistakes import suggestion
from crosstie.offers import RefusedError, check_action, check_connector
from crosstie.records import Record, Row

FILE = "crosstie_plugins.py"
VERBS = ("register_", "prepare_")
HOOKS = frozenset(name for name in vars(hookspecs) if name.startswith(VERBS))
NONE: Mapping[str, object] = {}
MACHINERY = re.compile(r"\b(importlib|pluggy)\b")


@attrs.frozen
class Plugins:
    """What all usable plugins offer, by name, and why the others cannot be used.

    `sources` and `sinks` are by kind, `actions` by ``<on>.<name>``.
    `origins` tells where each usable plugin comes from, such as ``crosstie-acme 1.2``.
    """

    manager: hookspecs.PluginManager
    sources: Mapping[str, type[Connector]]
    sinks: Mapping[str, type[Connector]]
    actions: Mapping[str, type[Action]]
    mappings: Mapping[str, Callable[[Record, Row], Row]]
    failures: Sequence[PluginError]
    origins: Mapping[str, str]

    @property
    def kinds(self) -> Mapping[str, type[Connector]]:
        """Every connector by kind, whether it is read or written."""
        return {**self.sources, **self.sinks}

    def connector(self, kind: str) -> type[Connector]:
        """The connector of this kind.

        Raises `PluginError` if there is none, with the nearest name and the plugins that cannot
        be used, since one of them may be the one that is meant.
        """
        kinds = self.kinds
        if kind not in kinds:
            unknown = f"no plugin offers {kind!r}{suggestion(kind, kinds)}"
            raise PluginError("\n".join([unknown, *map(str, self.failures)]))
        return kinds[kind]


@attrs.frozen
class _Offer:
    """One thing that one plugin offers; `space` is what its name must be unique in."""

    space: str
    hook: str
    name: str
    thing: Any
    plugin: str


def load_plugins(folder: Path | None = None, more: Mapping[str, object] = NONE) -> Plugins:
    """Load every installed plugin, `crosstie_plugins.py` in `folder` if there is one, and `more`.

    `more` holds plugins that are not installed by their names: any objects with marked hooks.
    Raises `PluginError` for a mistake in these or in that file; others are in `failures`.
    """
    loading = _Loading()
    failures: list[PluginError] = []
    points = importlib.metadata.entry_points(group=hookspecs.NAME)
    for point in sorted(points, key=lambda point: (point.name, _origin(point))):
        try:
            loading.load(point.name, _origin(point), partial(_import, point))
        except PluginError as error:
            failures.append(error)
    if folder is not None and (folder / FILE).is_file():
        loading.load(FILE, str(folder / FILE), partial(_run, folder / FILE))
    for name, plugin in more.items():
        loading.load(name, "given", partial(_given, plugin))
    kept, clashes = _settle_names(loading.offers)
    by_hook = {
        hook: {offer.name: offer.thing for offer in kept if offer.hook == hook} for hook in HOOKS
    }
    return Plugins(
        manager=loading.manager,
        sources=by_hook["register_sources"],
        sinks=by_hook["register_sinks"],
        actions=by_hook["register_actions"],
        mappings=by_hook["register_mappings"],
        failures=(*failures, *clashes),
        origins=loading.origins,
    )


class _Loading:
    """The plugins loaded so far, and what they offer."""

    def __init__(self) -> None:
        self.manager = hookspecs.PluginManager(hookspecs.NAME)
        self.manager.add_hookspecs(hookspecs)
        self.offers: list[_Offer] = []
        self.origins: dict[str, str] = {}

    def load(self, name: str, origin: str, make: Callable[[], Any]) -> None:
        """Register one plugin and note its offers, or raise `PluginError` and leave no trace."""
        label = f"plugin {name!r} ({origin})"
        if name in self.origins:
            raise PluginError(f"{label} cannot be used: its name is taken by {self.origins[name]}")
        try:
            plugin = make()
            _check_hooks(plugin)
            self.manager.register(plugin, name)
            self.offers += list(_offers(self.manager, plugin, label))
        except Exception as error:  # whatever a plugin raises, the others go on
            if self.manager.has_plugin(name):
                self.manager.unregister(name=name)
            reason = str(error) if isinstance(error, RefusedError) else _reason(error)
            raise PluginError(f"{label} cannot be used: {reason}") from error
        self.origins[name] = origin


def _origin(point: importlib.metadata.EntryPoint) -> str:
    return f"{point.dist.name} {point.dist.version}" if point.dist else point.value


def _import(point: importlib.metadata.EntryPoint) -> Any:
    """Import a plugin whose distribution says that it fits this core."""
    version = importlib.metadata.version(hookspecs.NAME)
    for text in (point.dist and point.dist.requires) or ():
        need = Requirement(text)
        if canonicalize_name(need.name) != hookspecs.NAME:
            continue
        if need.marker is not None and not need.marker.evaluate({"extra": ""}):
            continue
        if not need.specifier.contains(version, prereleases=True):
            raise RefusedError(
                f"it requires {need}, and this is {hookspecs.NAME} {version};"
                f" install a version of it that fits"
            )
    return point.load()


def _given(plugin: object) -> object:
    return plugin


def _run(file: Path) -> ModuleType:
    """Run the file beside the config as a module."""
    spec = importlib.util.spec_from_file_location(file.stem, file)
    if spec is None or spec.loader is None:
        raise RefusedError(f"{file} is not a Python file")
    module = importlib.util.module_from_spec(spec)
    sys.modules[file.stem] = module  # so that its classes can resolve their annotations
    try:
        spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[file.stem]
        raise
    return module


def _reason(error: Exception) -> str:
    """What went wrong and on which line, without a traceback."""
    frames = [
        frame
        for frame in traceback.extract_tb(error.__traceback__)
        if frame.filename != __file__ and not MACHINERY.search(frame.filename)
    ]
    place = f" ({Path(frames[-1].filename).name}, line {frames[-1].lineno})" if frames else ""
    return f"{type(error).__name__}: {error}{place}"


def _check_hooks(plugin: Any) -> None:
    """Refuse a function that is meant to be a hook and would never be called."""
    for name, function in inspect.getmembers(plugin, inspect.isroutine):
        marked = hasattr(function, f"{hookspecs.NAME}_impl")
        own = getattr(function, "__module__", None) == getattr(plugin, "__name__", None)
        if name not in HOOKS and (marked or (own and name.startswith(VERBS))):
            raise RefusedError(f"unknown hook {name!r}{suggestion(name, HOOKS)}")
        if name in HOOKS and not marked:
            raise RefusedError(f"{name} is not marked with @hookimpl, so it would not be called")


def _offers(manager: hookspecs.PluginManager, plugin: Any, label: str) -> Iterator[_Offer]:
    """What one plugin offers, checked."""
    others = [other for other in manager.get_plugins() if other is not plugin]

    def call(hook: str) -> Any:
        answers = manager.subset_hook_caller(hook, others)()
        return answers[0] if answers else ()

    for hook in ("register_sources", "register_sinks"):
        for connector in call(hook):
            check_connector(connector)
            yield _Offer("kind", hook, connector.kind, connector, label)
    for action in call("register_actions"):
        check_action(action)
        name = f"{action.on}.{action.name}"
        yield _Offer("action", "register_actions", name, action, label)
    for name, mapping in dict(call("register_mappings")).items():
        if not callable(mapping):
            raise RefusedError(f"mapping {name!r} is not a function")
        yield _Offer("mapping", "register_mappings", name, mapping, label)


def _settle_names(offers: Sequence[_Offer]) -> tuple[list[_Offer], list[PluginError]]:
    """The offers whose names are theirs alone, and a `PluginError` for each name that is not.

    A connector may be a source and a sink at once. Where the file beside the config is a party,
    the error is raised.
    """
    parties: dict[tuple[str, str], list[_Offer]] = {}
    for offer in offers:
        known = parties.setdefault((offer.space, offer.name), [])
        if all(offer.thing is not other.thing or offer.hook == other.hook for other in known):
            known.append(offer)
    clashes = []
    for (space, name), claims in parties.items():
        if len(claims) > 1:
            names = " and by ".join(claim.plugin for claim in claims)
            clash = PluginError(f"{space} {name!r} is offered by {names}: remove one of them")
            if any(FILE in claim.plugin for claim in claims):
                raise clash
            clashes.append(clash)
    return [offer for offer in offers if len(parties[offer.space, offer.name]) == 1], clashes
