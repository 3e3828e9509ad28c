"""The systems of a config that is being written, with what is known of their settings so far.

::

    shop, crm = new_systems(plugins, ["acme", "bolt"])
    shop = shop.with_settings({"url": "https://acme.example", "key": Secret("acme-1")})
"""

from collections.abc import Iterable, Mapping, Sequence
from itertools import chain, count
from pathlib import PurePosixPath
from typing import Any

import attrs

from crosstie.config_values import Values
from crosstie.connectors import Connector
from crosstie.mistakes import Mistakes
from crosstie.plugins import Plugins
from crosstie.settings import Secret, Setting, settings_of

SECRETS = PurePosixPath("secrets")
"""The folder beside the config that has a file for each secret that was typed in."""


@attrs.frozen
class NewSystem:
    """One system; `given` has settings as TOML knows them, and as `Secret`s what was typed in."""

    name: str
    connector: type[Connector]
    given: Mapping[str, Any] = attrs.field(factory=dict)

    @property
    def settings(self) -> Mapping[str, Setting]:
        """All settings that it may have, by name."""
        return {setting.name: setting for setting in settings_of(self.connector)}

    @property
    def required(self) -> list[Setting]:
        """The settings without which it cannot be."""
        return [setting for setting in self.settings.values() if setting.required]

    @property
    def lacking(self) -> list[Setting]:
        """The required settings that are not given."""
        return [setting for setting in self.required if setting.name not in self.given]

    @property
    def typed(self) -> Mapping[str, Secret]:
        """The secrets that were typed in, by setting."""
        return {name: one for name, one in self.given.items() if isinstance(one, Secret)}

    def file_of(self, setting: str) -> PurePosixPath:
        """Where a secret that is typed in will stand, from the config's folder."""
        return SECRETS / f"{self.name}-{setting}"

    def with_settings(self, more: Mapping[str, Any]) -> "NewSystem":
        """The same system with these settings instead of or beside its own."""
        return attrs.evolve(self, given={**self.given, **more})

    def mistakes_in(self, name: str, value: Any, values: Values) -> Sequence[str]:
        """What is wrong with a value for one of the settings, as the config would tell it."""
        mistakes = Mistakes(self.name)
        text = value.reveal() if isinstance(value, Secret) else value
        if isinstance(text, str) and any("\ud800" <= letter <= "\udfff" for letter in text):
            mistakes.add((), name, "this is not UTF-8 text")
            return mistakes.texts
        if isinstance(value, Secret):
            return ()
        found = values.read([self.settings[name]], {name: value}, (), mistakes)
        declared: type = self.connector
        attribute = getattr(attrs.fields(declared), name)
        if name in found and attribute.validator is not None:
            bare: Any = object.__new__(declared)
            try:
                attribute.validator(bare, attribute, found[name])
            except AttributeError:
                pass  # it looks at other settings too: they are judged together when all are known
            except (TypeError, ValueError) as error:
                mistakes.add((), None, str(error.args[0]) if error.args else repr(error))
        return mistakes.texts


def companions(plugins: Plugins, systems: Sequence[NewSystem]) -> list[NewSystem]:
    """The systems that belong into a first config beside `systems`, unless one of them is such."""
    kinds = {system.connector.kind for system in systems}
    wanted = [
        kind
        for kind, connector in sorted(plugins.kinds.items())
        if hasattr(connector, "in_first_config") and kind not in kinds
    ]
    return _named(plugins, wanted, [system.name for system in systems])


def new_systems(plugins: Plugins, kinds: Iterable[str]) -> list[NewSystem]:
    """A system of each kind, under its usual name; raises `PluginError` for an unknown kind."""
    return _named(plugins, kinds, [])


def _named(plugins: Plugins, kinds: Iterable[str], taken: Iterable[str]) -> list[NewSystem]:
    systems: list[NewSystem] = []
    names = list(taken)
    for kind in kinds:
        connector = plugins.connector(kind)
        name = getattr(connector, "usual_name", kind)
        others = (f"{name}-{number}" for number in count(2))
        names.append(next(one for one in chain([name], others) if one not in names))
        systems.append(NewSystem(names[-1], connector))
    return systems
