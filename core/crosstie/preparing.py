"""What an action is asked to do, checked before any system is connected."""

from collections.abc import Mapping
from typing import Any

import attrs

from crosstie.actions import Action
from crosstie.canonical import canonical
from crosstie.config import SystemConfig
from crosstie.config_values import Values
from crosstie.errors import ConfigError
from crosstie.mistakes import Mistakes, suggestion
from crosstie.project import Project
from crosstie.settings import as_written, settings_of


@attrs.frozen
class Prepared:
    """An action with its parameters, checked; nothing was asked of the system yet.

    `written` is the parameters as canonical text, without those that have their default.
    """

    place: str
    system: SystemConfig
    action: Action
    written: str


def offered(project: Project) -> dict[str, type[Action]]:
    """Every action of the configured systems, by ``system.name``."""
    return {
        f"{system.name}.{action.name}": action
        for system in project.config.systems.values()
        for action in project.plugins.actions.values()
        if action.on == system.kind
    }


def action_of(project: Project, place: str) -> type[Action]:
    """The action that ``system.name`` means; raises `ConfigError`, which lists those there are."""
    known = offered(project)
    if place in known:
        return known[place]
    hint = suggestion(place, known, else_all=False)
    listed = f"; there is {', '.join(sorted(known))}" if known else "; no system has any"
    raise ConfigError([f"there is no action {place!r}{hint}{listed}"])


def prepare(project: Project, place: str, parameters: Mapping[str, Any]) -> Prepared:
    """Check an action's name and parameters; raises `ConfigError` with every mistake.

    Parameters are as a config gives them; besides, a Decimal may be one already, and None says
    the same as leaving out a parameter that may be unknown.
    """
    kind = action_of(project, place)
    settings = settings_of(kind)
    defaults = {one.name: one.default for one in settings if not one.required}
    given = {
        name: value
        for name, value in parameters.items()
        if value is not None or defaults.get(name, "") is not None
    }
    mistakes = Mistakes(place)
    values = Values(project.config.path.parent, None, word="parameter")
    found = values.read(settings, given, (), mistakes)
    if mistakes.texts:
        raise ConfigError(mistakes.texts)
    try:
        action: Action = kind(**found)
    except (TypeError, ValueError) as error:  # the action's own validators
        mistakes.add((), None, str(error.args[0]) if error.args else repr(error))
        raise ConfigError(mistakes.texts) from error
    told = {
        name: as_written(value)
        for name, value in found.items()
        if name not in defaults or value != defaults[name]
    }
    system = project.config.systems[place.partition(".")[0]]
    return Prepared(place, system, action, canonical(told))
