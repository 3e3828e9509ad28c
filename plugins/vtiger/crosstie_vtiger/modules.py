"""What vtiger's `describe` tells about a module, as far as writing it needs to know."""

from collections.abc import Mapping
from datetime import date
from typing import Any

import attrs

NOTHING_CHOSEN = "--None--"
"""What stands in a mandatory text field that nobody gave a value."""

NUMBERS = frozenset({"integer", "double", "currency"})
INVENTORY = frozenset({"SalesOrder", "Invoice", "Quotes", "PurchaseOrder"})
LINE_COLUMNS = frozenset(
    {"productid", "quantity", "listprice", "comment", "discount_amount", "discount_percent"}
    | {"image", "purchase_cost", "margin"}
)
"""Listed among an inventory module's fields, but columns of its lines: a query with one of them
counts lines instead of records."""


@attrs.frozen(slots=True)
class Field:
    """One field; `type` is vtiger's name of it (string, text, picklist, reference, owner …)."""

    name: str
    type: str
    mandatory: bool
    editable: bool
    unique: bool
    choices: tuple[str, ...]
    refers_to: tuple[str, ...]

    @property
    def description(self) -> str:
        """One line for people: the type, what it may hold, and whether it must."""
        parts = [self.type]
        if self.refers_to:
            parts.append(f"to {' or '.join(self.refers_to)}")
        if self.choices:
            parts.append(f"({', '.join(self.choices[:20])})")
        words = {"mandatory": self.mandatory, "unique": self.unique, "read only": not self.editable}
        return ", ".join([" ".join(parts), *(word for word, holds in words.items() if holds)])

    def stopgap(self, today: date) -> str | None:
        """A harmless value for the field when it is mandatory and nobody gave one; None if none is.

        A reference, a number, an e-mail or a time of day is never made up.
        """
        if self.type in {"string", "text", "phone", "url"}:
            return NOTHING_CHOSEN
        if self.type in {"picklist", "multipicklist"}:
            return next(iter(self.choices), NOTHING_CHOSEN)
        if self.type == "date":
            return today.isoformat()
        return "0" if self.type == "boolean" else None


@attrs.frozen(slots=True)
class Module:
    """A module as the logged-in user sees it; `fields` are by name, without the id.

    `prefix` is what stands before the ``x`` of its ids; it differs between installations.
    """

    name: str
    prefix: str
    createable: bool
    updateable: bool
    deleteable: bool
    retrieveable: bool
    fields: Mapping[str, Field]

    @property
    def unique_fields(self) -> str:
        """The names of the fields that vtiger keeps unique, for a sentence."""
        return ", ".join(field.name for field in self.fields.values() if field.unique)

    @property
    def header(self) -> list[str]:
        """The fields that a query may ask for and still count records."""
        if self.name not in INVENTORY:
            return list(self.fields)
        return [
            name
            for name in self.fields
            if name not in LINE_COLUMNS and "&" not in name and not name.startswith("tax")
        ]


def module_of(described: Mapping[str, Any]) -> Module:
    """The module from the result of `describe`."""
    fields = {told["name"]: _field(told) for told in described["fields"] if told["name"] != "id"}
    rights = ("createable", "updateable", "deleteable", "retrieveable")
    return Module(
        name=described["name"],
        prefix=str(described.get("idPrefix", "")),
        fields=fields,
        **{right: bool(described.get(right, True)) for right in rights},
    )


def _field(told: Mapping[str, Any]) -> Field:
    type_ = told["type"]
    return Field(
        name=told["name"],
        type=type_["name"],
        mandatory=bool(told.get("mandatory")),
        editable=bool(told.get("editable", True)),
        unique=bool(told.get("isunique")),
        choices=tuple(str(choice["value"]) for choice in type_.get("picklistValues") or ()),
        refers_to=tuple(type_.get("refersTo") or ()),
    )
