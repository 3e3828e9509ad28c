"""What the webservice knows of each resource: its fields in order, their types, its associations.

The knowledge itself is `resources.txt`, written down from a real 8.2.1; `catalogue(major)` reads
it for one version.
"""

from functools import cache
from importlib.resources import files
from typing import Any

import attrs

Record = dict[str, Any]
NUMBERS = frozenset({"int", "bool", "f2", "f3", "f6"})


@attrs.frozen(slots=True)
class Field:
    """One field: `type` is int, bool, f2, f3, f6, text, html, time or day."""

    name: str
    type: str
    translated: bool = False
    required: bool = False
    longest: int | None = None
    points_to: str | None = None
    shown_read_only: bool = False
    locked: bool = False
    dynamic: bool = False
    nullable: bool = False
    check: str | None = None

    @property
    def is_id(self) -> bool:
        """Whether the webservice shows nothing, rather than null, when it is unset."""
        return self.name.startswith("id_")

    @property
    def zero(self) -> Any:
        """What the database holds when nothing was given (seen after a PUT on 8.2.1)."""
        if self.nullable:
            return None
        if self.type in {"int", "bool"}:
            return "0"
        if self.type in {"time", "day"}:
            return "0000-00-00 00:00:00" if self.type == "time" else "0000-00-00"
        if self.type in NUMBERS:
            return f"{0:.{self.type[1]}f}"
        return ""


@attrs.frozen(slots=True)
class Association:
    """A list inside a record, of items of the resource `place`; `virtual` ones have none."""

    name: str
    node: str
    place: str
    fields: tuple[str, ...]
    virtual: bool = False
    required: frozenset[str] = frozenset()
    read_only: frozenset[str] = frozenset()
    points_to: dict[str, str] = attrs.field(factory=dict)


@attrs.frozen(slots=True)
class Resource:
    """A resource as one version of the shop has it; `stored` tells whether it can hold records."""

    name: str
    node: str
    model: str
    description: str
    fields: dict[str, Field]
    associations: dict[str, Association]

    @property
    def stored(self) -> bool:
        """Whether the sandbox can hold records of it."""
        return bool(self.fields)

    @property
    def list_node(self) -> str:
        """The node around many records: the resource's name, but for `order_slip`."""
        return "order_slips" if self.name == "order_slip" else self.name

    def forbids(self, method: str) -> bool:
        """Whether no key may do this here (code 101)."""
        if self.name in {"search", "stocks", "stock_movements"} or "supply_order" in self.name:
            return method not in {"GET", "HEAD"}
        return self.name == "stock_availables" and method in {"POST", "DELETE"}


@cache
def catalogue(major: int) -> dict[str, Resource]:
    """All resources of a version by name, in alphabetical order; `major` is 1, 8 or 9."""
    text = files(__package__).joinpath("resources.txt").read_text("utf-8")
    found: dict[str, Resource] = {}
    resource = None
    for line in text.splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        if not line.startswith(" "):
            name, node, model, description = line.split(" ", 3)
            resource = Resource(name, node, model, description, {}, {})
            if _in_version([model.removeprefix("-")], major):
                found[name] = resource
        elif resource is not None and line.startswith("    +"):
            association = _association(line)
            resource.associations[association.name] = association
        elif resource is not None and _in_version(line.split(), major):
            field = _field(line.split(), major)
            resource.fields[field.name] = field
    return found


@cache
def _blank(name: str) -> Record:
    return {field.name: field.zero for field in catalogue(8)[name].fields.values()}


def blank(name: str) -> Record:
    """A record of a resource with nothing in it but what the database puts there."""
    return dict(_blank(name))


def _in_version(words: list[str], major: int) -> bool:
    early = ("from8" in words and major < 8) or ("from9" in words and major < 9)
    return not early and not ("until9" in words and major >= 9)


def _association(line: str) -> Association:
    head, _, inner = line.strip(" +]").partition("[")
    full_name, node = head.split()
    name, _, place = full_name.rstrip("*").partition("@")
    parts = [part.partition(">") for part in inner.split()]
    return Association(
        name,
        node,
        place or name,
        tuple(part.rstrip("!~") for part, _, _ in parts),
        full_name.endswith("*"),
        required=frozenset(part[:-1] for part, _, _ in parts if part.endswith("!")),
        read_only=frozenset(part[:-1] for part, _, _ in parts if part.endswith("~")),
        points_to={part.rstrip("!~"): place for part, _, place in parts if place},
    )


def _field(words: list[str], major: int) -> Field:
    name, type_, *marks = words
    values = {mark[0]: mark[1:] for mark in marks if mark[0] in "<>"}
    return Field(
        name,
        type_.removesuffix("[]"),
        translated=type_.endswith("[]"),
        required="!" in marks,
        longest=int(values["<"].lstrip("=")) if "<" in values else None,
        points_to=values.get(">"),
        shown_read_only=bool({"ro", "locked"} & set(marks)),
        locked="locked" in marks or (major >= 9 and "locked9" in marks),
        dynamic="dynamic" in marks,
        nullable="null" in marks,
        check=next((mark for mark in marks if mark.startswith("is")), None),
    )
