"""What a plugin declares: connectors, their settings, the parameters of its actions."""

import inspect
import json
import re
from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, ClassVar, get_args
from zoneinfo import ZoneInfo

import attrs

from crosstie.describe import describe_kind
from crosstie.event_kinds import received_kinds
from crosstie.hosts import is_host
from crosstie.plugins import load_plugins
from crosstie.schema import json_schema
from crosstie.settings import Secret, Setting, is_setting_type, settings_of
from crosstie.testing.conformance import Promises
from crosstie.testing.installed import GROUP, Installed

FILLING = {"a", "an", "its", "my", "of", "one", "our", "that", "the", "this", "your"}
SECRETS = {
    *("apikey", "credential", "credentials", "key", "passphrase", "passwd", "password"),
    *("pin", "pwd", "secret", "token"),
}
HIDDEN = "kit-text-that-nobody-may-see"
EXAMPLES: Mapping[Any, Any] = {
    str: "https://kit.example",
    int: 1,
    bool: True,
    Decimal: Decimal(1),
    timedelta: timedelta(seconds=30),
    Path: Path("kit"),
    ZoneInfo: ZoneInfo("UTC"),
    Secret: Secret(HIDDEN),
    tuple[str, ...]: ("kit",),
    dict[str, str]: {"kit": "kit"},
}


class Declarations(Promises):
    """The half of `PackageConformance` that looks at classes and their fields.

    `package` is the importable name, such as ``"crosstie_acme"``.
    `plain` names settings that sound like a secret and are none, such as a ``sort_key``.
    `examples` has values by setting, where the connector refuses the ones that the kit makes up.
    """

    package: ClassVar[str]
    plain: ClassVar[tuple[str, ...]] = ()
    examples: ClassVar[Mapping[str, Any]] = {}

    def test_every_setting_can_be_written_in_a_config(self) -> None:
        """Settings and parameters have the types that ``crosstie.toml`` can say.

        These are text, int, bool, Decimal, timedelta, Path, ZoneInfo, Secret, a Literal of texts,
        ``tuple[str, ...]``, ``dict[str, str]``, or one of them with ``| None``. A float is none
        of them, because it is not exact: money and rates are Decimal.
        """
        for owner, setting in self._installed().settings():
            if not is_setting_type(setting.type):
                self.broken(
                    f"{owner.__name__}.{setting.name} has the type {setting.type}",
                    "a type of one's own, or float: take one that the documentation lists",
                )

    def test_every_setting_is_documented(self) -> None:
        """Each setting and each parameter says in one line what it is, with its unit.

        The line is shown by `crosstie describe`, by editors and in messages about a missing
        setting. It says what the name does not: where the value is found, what it does, in which
        unit it counts. Declare it with ``setting("…")``.
        """
        for owner, setting in self._installed().settings():
            if not _says_more(setting.doc, setting.name) or "\n" in setting.doc:
                self.broken(
                    f"{owner.__name__}.{setting.name} is documented as {setting.doc!r}",
                    "a text that repeats the name, has several lines or is missing",
                )

    def test_a_secret_is_declared_as_one(self) -> None:
        """A setting called key, token, password or secret has the type `Secret`.

        Only then is it kept out of the config file, of logs, errors and reports. A setting that
        merely sounds like a secret, such as a ``sort_key``, is named in `plain`.
        """
        for connector in self._installed().connectors:
            for setting in settings_of(connector):
                last = re.findall(r"[a-z]+", setting.name.lower())[-1:]
                sounds = SECRETS.intersection(last) and setting.name not in self.plain
                if sounds and setting.type is str:
                    self.broken(
                        f"{connector.__name__}.{setting.name} is a plain str",
                        f"its type: write `{setting.name}: Secret`, and `reveal()` where it is"
                        " sent",
                    )

    def test_a_connector_shows_no_secret(self) -> None:
        """What prints a connector must not print what it may keep to itself.

        A `Secret` shows as ``***``; a text made of it (a header, a URL with a token) does not,
        unless its field has ``repr=False``. A `__repr__` of one's own is the other usual cause.
        """
        for connector in self._installed().connectors:
            settings = settings_of(connector)
            if not all(is_setting_type(one.type) for one in settings):
                continue  # another promise
            try:
                made = connector(**{one.name: self._example(one) for one in settings})
            except (TypeError, ValueError) as error:
                self.broken(
                    f"{connector.__name__} refuses the values that the kit makes up: {error}",
                    "a validator: give values that pass, as `examples` in the test class",
                )
            if HIDDEN in repr(made):
                self.broken(
                    repr(made).replace(HIDDEN, "<the secret>"),
                    "a field that holds a revealed secret: give it `repr=False`",
                )

    def test_what_is_offered_has_names(self) -> None:
        """A connector says which streams and tables a config may use before it is connected.

        Editors and `crosstie check` complete and check names by `streams_offered` and
        `tables_offered`. Both are tuples of different names, or None where nobody but the system
        knows them. What is read has a stream, what is written a table; what only has actions is
        registered as a sink, what only sends events or serves as a source, and offers none.
        """
        installed = self._installed()
        acted_on = {action.on for action in installed.actions}
        for hook, attribute in (
            ("register_sources", "streams_offered"),
            ("register_sinks", "tables_offered"),
        ):
            for connector in installed.offered(hook):
                names = getattr(connector, attribute, ())
                if hook == "register_sinks":
                    does_else = connector.kind in acted_on
                else:
                    does_else = received_kinds(connector) != () or is_host(connector)
                if names == () and does_else:
                    continue
                if names is not None and not _are_names(names):
                    self.broken(
                        f"{connector.__name__}.{attribute} is {names!r}",
                        f"the class: `{attribute}` is a tuple of names, each once; a connector"
                        f" without any is not returned by {hook}",
                    )

    def test_what_is_offered_is_documented(self) -> None:
        """Connectors and actions say in the first line of their docstring what they are.

        `crosstie describe` and the reference documentation begin with it. A docstring that is
        inherited from a protocol says nothing about this class, and is not counted.
        """
        installed = self._installed()
        for thing in (*installed.connectors, *installed.actions):
            first = (inspect.cleandoc(thing.__doc__ or "").splitlines() or [""])[0]
            if not _says_more(first, thing.__name__):
                self.broken(
                    f"the docstring of {thing.__name__} begins with {first!r}",
                    "a docstring that is missing, or repeats the name",
                )

    def test_describe_and_the_schema_can_tell_it(self) -> None:
        """`crosstie describe KIND` and `crosstie schema` can be made from the declarations.

        People read the one, editors the other. What stands in the way is mostly a default that
        is no value of its setting's type, and so cannot be written down.
        """
        plugins = load_plugins()
        connectors = self._installed().connectors
        own = {kind: one for kind, one in plugins.kinds.items() if one in connectors}
        for kind, connector in own.items():
            told = describe_kind(plugins, kind)
            missing = [one.name for one in settings_of(connector) if f"  {one.name}: " not in told]
            if missing:
                self.broken(f"the description lacks {', '.join(missing)}", "their declaration")
        json.dumps(json_schema(attrs.evolve(plugins, sources=own, sinks=own)))

    def _installed(self) -> Installed:
        """The package; where no entry point leads to it, the promise under test is broken."""
        installed = Installed.of(self.package)
        if not installed.points:
            self.broken(
                f"no entry point in the group {GROUP!r} leads into {self.package}",
                "[project.entry-points.crosstie] in pyproject.toml; or the package is not"
                " installed, or not installed again since (pip install -e .)",
            )
        return installed

    def _example(self, setting: Setting) -> Any:
        """A value for a setting; every secret is the same text."""
        if setting.name in self.examples:
            return self.examples[setting.name]
        if setting.type is not Secret and not setting.required:
            return setting.default
        return EXAMPLES[setting.type] if setting.type in EXAMPLES else get_args(setting.type)[0]


def _says_more(text: str, name: str) -> bool:
    """Whether a text has other words than the name that it explains, such as AccessKey."""
    inner = {word.lower() for word in re.findall(r"[A-Z]?[a-z0-9]+|[A-Z]+", name)}
    return bool(set(re.findall(r"\w+", text.lower())) - FILLING - inner - {name.lower()})


def _are_names(names: Any) -> bool:
    """Whether this is a tuple of different names, and not an empty one."""
    if not isinstance(names, tuple) or not names or len(set(names)) < len(names):
        return False
    return all(isinstance(name, str) and re.fullmatch(r"\S+", name) for name in names)
