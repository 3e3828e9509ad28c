"""What an automation's step gives to its action, checked as far as it is known beforehand."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import attrs

from crosstie.actions import Action
from crosstie.config_values import Values
from crosstie.mistakes import Mistakes
from crosstie.settings import Setting, settings_of
from crosstie.steps import render_tree, templates_in

TABLES = (object, dict[str, str], dict[str, tuple[str, ...]])


def check_parameters(
    action: type[Action],
    trees: Mapping[str, tuple[Any, Any]],
    where: Sequence[str],
    mistakes: Mistakes,
    folder: Path,
) -> None:
    """Note what the action would refuse whatever the event is.

    `trees` has each value with its templates, None for those that are wrong.
    What stands for itself is read as the action's parameter and checked with its own validators;
    what is filled in later only has to be wanted.
    """
    settings = {setting.name: setting for setting in settings_of(action)}
    before = len(mistakes.texts)
    given = _given(trees, settings, where, mistakes)
    later = trees.keys() - given.keys()
    wanted = [setting for name, setting in settings.items() if name not in later]
    unknown = {name: trees[name][0] for name in later if name not in settings}
    values = Values(folder, None, word="parameter")
    found = values.read(wanted, {**given, **unknown}, where, mistakes)
    refused = list(_refusals(action, wanted, found))
    if not refused and not later and len(mistakes.texts) == before:
        try:
            action(**found)
        except (TypeError, ValueError) as error:
            refused = [_text(error)]
    for text in refused:
        mistakes.add(where, None, text)


def _given(
    trees: Mapping[str, tuple[Any, Any]],
    settings: Mapping[str, Setting],
    where: Sequence[str],
    mistakes: Mistakes,
) -> dict[str, Any]:
    """The values that are the same for every event; None stands for leaving one out."""
    given = {}
    for name, (value, tree) in trees.items():
        if tree is None or any(template.variables for template in templates_in(tree)):
            continue
        if not check_here(value, settings.get(name), where, name, mistakes):
            continue
        try:
            given[name] = render_tree(tree, {})
        except ValueError as error:
            mistakes.add(where, name, str(error))
    return {name: value for name, value in given.items() if value is not None}


def check_here(
    value: Any, setting: Setting | None, where: Sequence[str], field: str, mistakes: Mistakes
) -> bool:
    """Whether a value stands in the config itself; one from elsewhere is noted as a mistake."""
    elsewhere = isinstance(value, Mapping) and len(value) == 1 and {"env", "file"} >= set(value)
    if not elsewhere or (setting is not None and setting.type in TABLES):
        return True
    text = "is not possible in steps, which are kept with each journey and hold no secrets"
    mistakes.add(where, field, f"{{ {next(iter(value))} = … }} {text}")
    return False


def _refusals(
    action: type[Action], settings: Sequence[Setting], found: Mapping[str, Any]
) -> Iterator[str]:
    """What the validators of single parameters say, as far as `settings` are known."""
    kind: Any = action
    blank = kind.__new__(kind)
    fields = {field.alias: field for field in attrs.fields(kind)}
    defaults = {setting.name: setting.default for setting in settings if not setting.required}
    for name, value in {**defaults, **found}.items():
        object.__setattr__(blank, fields[name].name, value)
    for name, value in found.items():
        if (validator := fields[name].validator) is None:
            continue
        try:
            validator(blank, fields[name], value)
        except AttributeError:  # it looks at another parameter, which is not known yet
            continue
        except (TypeError, ValueError) as error:
            yield _text(error)


def _text(error: Exception) -> str:
    return str(error.args[0]) if error.args else repr(error)
