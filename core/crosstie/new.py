"""A connector of one's own, begun from the template that works already.

::

    new_connector("acme", Path("crosstie-acme"), load_plugins())
"""

import keyword
import re
from pathlib import Path
from tempfile import TemporaryDirectory

from crosstie.errors import ConfigError
from crosstie.plugins import Plugins
from crosstie.skeleton import template_files, template_folder

NAME = re.compile(r"[a-z][a-z0-9]*")
TEMPLATES_OWN = "quill"
SPELLINGS = (str.lower, str.capitalize, str.upper)
ANY_SPELLING = re.compile("|".join(spell(TEMPLATES_OWN) for spell in SPELLINGS))


def new_connector(name: str, folder: Path, plugins: Plugins) -> None:
    """Copy the template into `folder`, renamed; afterwards it is there as a whole, or not at all.

    Raises `ConfigError` for a name that cannot be used or is taken by one of the plugins, and for
    a folder that has something in it or cannot be written.
    """
    if mistake := _name_mistake(name, plugins):
        raise ConfigError([mistake])
    try:
        if folder.exists() and (folder.samefile(Path.cwd()) or not _is_empty(folder)):
            raise ConfigError([f"{folder}: is there already, and new overwrites nothing"])
        folder.parent.mkdir(parents=True, exist_ok=True)
        with TemporaryDirectory(prefix=f".{folder.name}-", dir=folder.parent) as beside:
            made = Path(beside) / folder.name
            _copy(template_folder(), made, name)
            made.rename(folder)
    except OSError as error:
        raise ConfigError([f"{folder}: cannot be written: {error.strerror}"]) from error


def renamed(text: str, name: str) -> str:
    """The text with the template's own name replaced, in its three spellings."""
    spelt = {spell(TEMPLATES_OWN): spell(name) for spell in SPELLINGS}
    return ANY_SPELLING.sub(lambda found: spelt[found[0]], text)


def _name_mistake(name: str, plugins: Plugins) -> str | None:
    """What is wrong with the name of a new kind, if anything."""
    if not NAME.fullmatch(name):
        return (
            f"{name!r} cannot be the name: it must be one word of small letters a to z and digits,"
            " such as acme, because it becomes part of names in Python"
        )
    if keyword.iskeyword(name):
        return f"{name!r} cannot be the name: it is a word of Python's own"
    if name in plugins.origins:
        return f"the name {name!r} is taken by an installed plugin, {plugins.origins[name]}"
    if name in plugins.kinds:
        package = plugins.kinds[name].__module__.partition(".")[0]
        return f"the name {name!r} is taken: the installed plugin {package} offers this kind"
    return None


def _is_empty(folder: Path) -> bool:
    return folder.is_dir() and not any(folder.iterdir())


def _copy(template: Path, made: Path, name: str) -> None:
    for path in template_files(template):
        text = (template / path).read_bytes().decode()
        file = made / renamed(str(path), name)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(renamed(text, name).encode())
