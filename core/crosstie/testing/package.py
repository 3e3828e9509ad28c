"""Whether a connector is a package that others can install, read and rely on."""

import importlib.metadata
import importlib.util
import sys
from collections.abc import Iterable
from pathlib import Path

import pytest

from crosstie.plugins import load_plugins
from crosstie.testing.declarations import Declarations
from crosstie.testing.imports import Sources, is_public, set_off
from crosstie.testing.installed import GROUP, bounds, library, mypy, top

OTHER_HOOKS = {"register_mappings", "register_commands", "register_schema", "register_apps"}


class PackageConformance(Declarations):
    """How a connector is packaged, declared and documented; its package has to be installed.

    `package` is the importable name, such as ``"crosstie_acme"``; nothing else has to be given.
    """

    def test_the_plugin_is_found_by_its_entry_point(self) -> None:
        """Crosstie finds plugins by the entry-point group ``crosstie`` and loads each of them.

        The table ``[project.entry-points.crosstie]`` in pyproject.toml names the module with the
        hooks; after a change there the package has to be installed again. A plugin that is found
        and cannot be used is refused with a reason, which `crosstie plugins` also shows.
        """
        failures = [str(failure) for failure in load_plugins().failures]
        for distribution in self._installed().distributions:
            label = f"({distribution.name} {distribution.version})"
            if told := [failure for failure in failures if label in failure]:
                self.broken(_listed(told), "what this reason names")

    def test_it_requires_this_core_within_bounds(self) -> None:
        """A plugin says which versions of Crosstie it is made for: ``crosstie>=0.1,<0.2``.

        Without the lower bound an installer may pick a core that lacks what the plugin imports;
        without the upper bound it is loaded by a core that nobody has tried it with. Where the
        bounds do not hold, the plugin is refused by name before it does harm.
        """
        for distribution in self._installed().distributions:
            signs = bounds(distribution)
            if not ({">=", ">", "~=", "=="} & signs and {"<", "<=", "~=", "=="} & signs):
                found = " and ".join(sorted(signs)) or "none"
                self.broken(
                    f"the bounds of crosstie that {distribution.name} requires are: {found}",
                    "the dependencies in pyproject.toml: write `crosstie>=0.1,<0.2`",
                )

    def test_it_offers_something(self) -> None:
        """Installing a plugin changes what can be configured, or adds a command.

        A plugin without hooks is loaded and does nothing. Usually the entry point names the
        package instead of the module in which the functions marked with `hookimpl` are.
        """
        installed = self._installed()
        more = {hook for plugin in installed.plugins() for hook in OTHER_HOOKS & {*dir(plugin)}}
        if not more and not installed.connectors and not installed.actions:
            self.broken(
                "no hook returns anything",
                "the entry point: it names the module with the hooks; or an empty list in them",
            )

    def test_it_imports_only_public_names(self) -> None:
        """A plugin imports what `crosstie`, `crosstie.commerce` and `crosstie.sandbox` offer.

        All else of the core is rearranged without notice, and a plugin that imports it breaks
        with the next release. Names are imported one by one (``from crosstie import Record``), so
        that it can be seen which are used; tests may import `crosstie.testing` besides.
        """
        imports = self._sources().imports()
        if wrong := [one for one in imports if one.top == GROUP and not is_public(one)]:
            self.broken(
                _listed(wrong),
                "a name taken from the module in which it is defined; `from crosstie import …`"
                " has every public one",
            )

    def test_it_imports_no_other_plugin(self) -> None:
        """Plugins know the core and not each other, so that each can be installed alone.

        Two systems are tied to each other in the config, never in code. What two plugins share
        is copied, or becomes a library that is no plugin.
        """
        others = self._installed().others
        for one in self._sources().imports():
            ours = one.top.startswith(f"{GROUP}_") and one.top != top(self.package)
            if ours or one.top in others:
                self.broken(str(one), "code that two plugins share")

    def test_it_imports_only_declared_libraries(self) -> None:
        """Every library that the code imports stands in the dependencies of its own pyproject.toml.

        One that is there only because something else requires it vanishes one day, and the
        plugin fails on import. Python's own modules need no declaration.
        """
        declared = self._installed().libraries
        known = {GROUP, top(self.package), *sys.stdlib_module_names}
        bringing = importlib.metadata.packages_distributions()
        wrong = [
            one
            for one in self._sources().imports()
            if one.top not in known
            and not one.top.startswith(f"{GROUP}_")  # another promise
            and not declared & {library(name) for name in bringing.get(one.top, [one.top])}
        ]
        if wrong:
            self.broken(_listed(wrong), "a dependency that pyproject.toml does not name")

    def test_importing_it_starts_nothing(self) -> None:
        """Every command imports every installed plugin, also those that no config uses.

        So the import must not reach for the network, write files or start threads and programs:
        that belongs into `connect` or later. Usual are a client or a cache made at the top of a
        module. What an imported library does by itself is not counted.
        """
        modules = sorted({point.module for point in self._installed().points})
        if done := set_off(modules, self._sources()):
            self.broken(_listed(done), "what stands at the top of a module, outside functions")

    def test_its_types_are_published(self) -> None:
        """A file ``py.typed`` in the package tells type checkers to trust its annotations.

        Without it every name imported from the package is of the type Any for whoever uses it,
        and mypy says nothing about mistakes. The file is empty and belongs into the wheel.
        """
        sources = self._sources()
        if not (sources.is_package and (sources.folder / "py.typed").is_file()):
            self.broken(
                f"there is no {sources.folder / 'py.typed'}",
                "an empty file that nobody has made, or that the wheel leaves out",
            )

    def test_mypy_finds_no_mistake(self, pytestconfig: pytest.Config, tmp_path: Path) -> None:
        """The whole package passes ``mypy --strict``, with the settings of its own project.

        The protocols of the core are typed: most misunderstandings of what a method gets and
        returns show here first. Usual are functions without annotations and values that may be
        None.
        """
        if importlib.util.find_spec("mypy") is None:
            pytest.skip("mypy is not installed: pip install 'crosstie[testing]'")
        cache = getattr(pytestconfig, "cache", None)  # the plugin that has it may be off
        folder = cache.mkdir("crosstie-mypy") if cache else tmp_path
        ran = mypy(self._sources(), folder, pytestconfig.rootpath)
        if ran.returncode:
            self.broken((ran.stdout + ran.stderr).strip(), "the lines that mypy names")

    def _sources(self) -> Sources:
        sources = Sources.of(self.package)
        if sources is None:
            self.broken(f"there is no module {self.package}", "`package` in the test class")
        return sources


def _listed(things: Iterable[object]) -> str:
    return "\n        ".join(map(str, things))
