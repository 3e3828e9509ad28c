"""The reference of the Python interface, made from signatures and docstrings."""

import ast
import inspect
import re
import sys
from collections.abc import Iterator
from importlib import import_module
from itertools import pairwise
from textwrap import dedent
from types import ModuleType
from typing import Any, Protocol

import attrs
from tests.docs.reference import cell, table

PLACES = re.compile(
    r"\b(?:crosstie(?:\.\w+)*|collections(?:\.abc)?|typing|datetime|decimal|pathlib|logging|"
    r"contextlib|zoneinfo|httpx(?:\.\w+)*)\.(?=[A-Za-z])"
)
QUOTED = re.compile(r"'([A-Z]\w*)'")
FIRST = ("connectors", "abilities", "records", "settings", "hookspecs", "client", "oauth", "token")
"""The groups that an author reads first."""

INDENTED = re.compile(r"(?<=:):\n\n((?:(?: {2,}.*)?\n)+)")


def public_names(module: ModuleType) -> list[str]:
    """What others may import from a module: its `__all__`, else all it defines itself."""
    told: list[str] | None = getattr(module, "__all__", None)
    if told is not None:
        return list(told)
    return [
        name
        for name, thing in vars(module).items()
        if not name.startswith("_")
        and (getattr(thing, "__module__", None) == module.__name__ or name in values(module))
    ]


def page(name: str, title: str) -> str:
    """The page of one module, its names grouped by where they are defined."""
    module = import_module(name)
    parts = [f"# {title}", f"`from {name} import …`"]
    homes: dict[str, list[str]] = {}
    for one in public_names(module):
        homes.setdefault(_home(module, one), []).append(one)
    for home in sorted(homes, key=_place):
        parts += [f"## {home.rpartition('.')[2].capitalize()}"] * (home != name)
        parts.append(_markdown(inspect.getdoc(sys.modules[home])))
        parts += [part for one in homes[home] for part in _told(module, one)]
    return "\n\n".join(parts) + "\n"


def _place(home: str) -> tuple[int, str]:
    last = home.rpartition(".")[2]
    return FIRST.index(last) if last in FIRST else len(FIRST), home


def _home(module: ModuleType, name: str) -> str:
    """The module that defines a name: said by classes and functions, looked for with values."""
    own = getattr(getattr(module, name), "__module__", None)
    if own in {module.__name__, *_modules(module)}:
        return str(own)
    told = (one for one in _modules(module) if name in values(sys.modules[one]))
    return next(told, module.__name__)


def _modules(module: ModuleType) -> list[str]:
    """The modules below one that have been imported."""
    return [name for name in sys.modules if name.startswith(f"{module.__name__}.")]


def values(module: ModuleType) -> dict[str, str]:
    """A module's documented values, each with the text that follows it."""
    try:
        body = ast.parse(inspect.getsource(module)).body
    except (OSError, TypeError):
        return {}
    return {
        target.id: inspect.cleandoc(str(after.value.value))
        for node, after in pairwise(body)
        if isinstance(node, ast.Assign | ast.AnnAssign)
        and isinstance(after, ast.Expr)
        and isinstance(after.value, ast.Constant)
        for target in (node.targets if isinstance(node, ast.Assign) else [node.target])
        if isinstance(target, ast.Name)
    }


def _told(module: ModuleType, name: str) -> Iterator[str]:
    thing = getattr(module, name)
    yield f"### {name}"
    if inspect.isclass(thing):
        yield from _told_class(thing)
    elif inspect.isfunction(thing):
        yield _code(f"def {name}{_signature(thing)}")
        yield _markdown(inspect.getdoc(thing))
    else:
        yield _markdown(_text(module, name))


def _told_class(thing: type) -> Iterator[str]:
    protocol = getattr(thing, "_is_protocol", False)
    sort = "protocol" if protocol else "class"
    over = ", ".join(one.__name__ for one in thing.__bases__ if one not in (object, Protocol))
    yield _code(f"{sort} {thing.__name__}({over})".replace("()", ""))
    yield _markdown(inspect.getdoc(thing))
    if attrs.has(thing):
        rows = [
            (f"`{one.name}`", f"`{cell(_clean(one.type))}`", _default(one))
            for one in attrs.fields(thing)
            if not one.name.startswith("_")
        ]
        if rows:
            yield table(("field", "is", "default"), rows)
    elif protocol:
        own = inspect.get_annotations(thing).items()
        yield from (f"**`{thing.__name__}.{name}`**: `{_clean(kind)}`" for name, kind in own)
    elif not issubclass(thing, BaseException) and "__init__" in vars(thing):
        yield _code(f"{thing.__name__}{_signature(vars(thing)['__init__'])}")
    for name, member in vars(thing).items():
        if not name.startswith("_"):
            yield from _told_member(thing, name, member)


def _told_member(thing: type, name: str, member: Any) -> Iterator[str]:
    told = _markdown(inspect.getdoc(getattr(thing, name, None)))
    if isinstance(member, property):
        answer = inspect.signature(member.fget).return_annotation if member.fget else Any
        yield f"**`{thing.__name__}.{name}`**: `{_clean(answer)}`\n\n{told}"
    elif isinstance(member, classmethod | staticmethod) or inspect.isfunction(member):
        code = _code(f"def {name}{_signature(member)}")
        yield f"**`{thing.__name__}.{name}`**\n\n{code}\n\n{told}"


def _signature(function: Any) -> str:
    function = getattr(function, "__func__", function)
    text = _clean(inspect.signature(function))
    return re.sub(r"\((self|cls)(, )?", "(", text)


def _clean(annotation: Any) -> str:
    text = annotation if isinstance(annotation, str) else inspect.formatannotation(annotation)
    if isinstance(annotation, inspect.Signature):
        text = str(annotation)
    return QUOTED.sub(r"\1", PLACES.sub("", text)).replace("~", "")


def _default(one: "attrs.Attribute[Any]") -> str:
    if one.default is attrs.NOTHING:
        return "required"
    if factory := getattr(one.default, "factory", None):
        return f"`{factory.__name__}()`".replace("<lambda>()", "new")
    if inspect.isfunction(one.default):
        return "a function"
    return f"`{_clean(repr(one.default))}`"


def _code(text: str) -> str:
    return f"```text\n{text}\n```"


def _markdown(docstring: str | None) -> str:
    """A docstring as Markdown: code marked its way, indented examples fenced."""
    parts = INDENTED.split((docstring or "") + "\n")
    for place, part in enumerate(parts):
        if place % 2:
            parts[place] = f"\n\n```python\n{dedent(part).strip()}\n```\n\n"
        else:
            parts[place] = part.replace("``", "`").removesuffix("\n\n")
    return "".join(parts).rstrip()


def undocumented(module: ModuleType) -> list[str]:
    """The public names that no text is about."""
    return [name for name in public_names(module) if not _text(module, name)]


def _text(module: ModuleType, name: str) -> str:
    thing = getattr(module, name)
    if inspect.isclass(thing) or inspect.isfunction(thing):
        return inspect.getdoc(thing) or ""
    return values(sys.modules[_home(module, name)]).get(name, "")
