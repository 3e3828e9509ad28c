"""The modules of a fresh vtiger, as its `describe` tells them (recorded on 8.4.0).

What `describe` does not tell, the columns behind the fields, is added here: how long a text may
be and how many decimals a number keeps, as in vtiger's own database schema.
"""

import copy
import json
from collections.abc import Mapping
from importlib.resources import files
from typing import Any, Literal

import attrs

INVENTORY = ("SalesOrder", "Invoice", "Quotes")
"""The modules with line items that are played here."""

LINE_COLUMNS = (
    "productid",
    "quantity",
    "listprice",
    "comment",
    "discount_amount",
    "discount_percent",
    "tax1",
    "tax2",
    "tax3",
    "image",
    "purchase_cost",
    "margin",
)
"""What `describe` lists among an inventory module's fields but is a column of its lines."""

Kind = Literal["text", "integer", "decimal", "boolean", "date", "reference", "owner"]

_KINDS: Mapping[str, Kind] = {
    "integer": "integer",
    "double": "decimal",
    "currency": "decimal",
    "boolean": "boolean",
    "date": "date",
    "reference": "reference",
    "owner": "owner",
}
_LENGTHS = {
    "firstname": 40,
    "lastname": 80,
    "accountname": 100,
    "company": 100,
    "potentialname": 120,
    "subject": 100,
    "productname": 100,
    "productcode": 40,
    "customerno": 100,
    "vtiger_purchaseorder": 200,
    "carrier": 200,
    "phone": 50,
    "mobile": 50,
    "homephone": 50,
    "otherphone": 50,
    "fax": 50,
    "email": 100,
    "email1": 100,
    "email2": 100,
    "secondaryemail": 100,
    "title": 50,
    "department": 30,
    "assistant": 30,
    "designation": 50,
    "website": 255,
    "mailingcity": 40,
    "othercity": 40,
    "mailingcountry": 40,
    "othercountry": 30,
    "mailingstate": 30,
    "otherstate": 50,
    "mailingzip": 30,
    "otherzip": 30,
    "mailingpobox": 30,
    "otherpobox": 30,
    "mailingstreet": 250,
    "otherstreet": 250,
    "lane": 250,
    "city": 30,
    "code": 30,
    "state": 30,
    "country": 30,
    "pobox": 30,
    "currency_name": 50,
    "currency_code": 50,
    "currency_symbol": 30,
    **{f"{side}_street": 250 for side in ("bill", "ship")},
    **{
        f"{side}_{part}": 30
        for side in ("bill", "ship")
        for part in ("city", "code", "country", "state", "pobox")
    },
}
_SCALES = {
    "qty_per_unit": 2,
    "Currency.conversion_rate": 5,
    "Invoice.hdnS_H_Percent": 8,
    "LineItem.listprice": 8,
    "LineItem.discount_amount": 8,
    "LineItem.purchase_cost": 8,
    "LineItem.margin": 8,
}
_NULL_UNLESS_GIVEN = {
    "hdnTaxType",
    "hdnDiscountPercent",
    "hdnDiscountAmount",
    "recurring_frequency",
    "payment_duration",
    "region_id",
}
_LABEL_FIELDS = {"HelpDesk": "ticket_title", "Documents": "notes_title"}


@attrs.frozen(slots=True)
class Field:
    """A stored field: what kind of value its column takes.

    `rounds` is true where a value is rounded to the user's two decimals before it is stored.
    """

    name: str
    kind: Kind
    mandatory: bool = False
    unique: bool = False
    refers_to: tuple[str, ...] = ()
    length: int | None = None
    scale: int = 0
    rounds: bool = False

    @property
    def initial(self) -> str | None:
        """The stored value of a field that a create does not mention."""
        if self.name in _NULL_UNLESS_GIVEN or self.kind in {"date", "reference", "owner"}:
            return None
        if self.kind == "decimal":
            return f"{0:.{self.scale}f}"
        return "" if self.kind == "text" else "0"


class Module:
    """One module: `described` is what `describe` answers, `listed` what `listtypes` does.

    `fields` are the stored ones by name.
    """

    def __init__(self, described: dict[str, Any], listed: Mapping[str, Any]) -> None:
        self.described = described
        self.listed = listed
        self.name: str = described["name"]
        self.is_entity: bool = described["isEntity"]
        self.shares_numbers = self.is_entity and self.name != "Users"
        self.refresh()

    @property
    def prefix(self) -> str:
        """What stands before the ``x`` of this module's ids; it differs between installations."""
        return str(self.described["idPrefix"])

    @property
    def label_fields(self) -> list[str]:
        """The fields whose values make up the record's label."""
        return [
            name
            for name in _LABEL_FIELDS.get(self.name, self.described["labelFields"]).split(",")
            if name in self.fields
        ]

    def refresh(self) -> None:
        """Take over what has been changed in `described`."""
        told = [field for field in self.described["fields"] if field["name"] != "id"]
        if self.is_entity:  # taxes and charges are listed as well, but kept elsewhere
            told = [field for field in told if "isunique" in field]
        self.fields = {field["name"]: self._field(field) for field in told}
        if self.name == "LineItem":
            self.fields["description"] = Field("description", "text")
            self.fields["incrementondel"] = Field("incrementondel", "integer")
        if self.name in INVENTORY:
            self.lines = {name: self.fields.pop(name) for name in LINE_COLUMNS[:-3]}
        self.mandatory = [field["name"] for field in told if field["mandatory"]]
        self.unique = [field.name for field in self.fields.values() if field.unique]
        self.references = {
            name: field for name, field in self.fields.items() if field.kind == "reference"
        }
        self.owners = [name for name, field in self.fields.items() if field.kind == "owner"]
        self.numbered = {
            field["name"]
            for field in told
            if field["name"].endswith("_no") and not field["editable"]
        }
        self.initial = {name: field.initial for name, field in self.fields.items()}

    def _field(self, told: Mapping[str, Any]) -> Field:
        name, type_ = told["name"], told["type"]
        kind = _KINDS.get(type_["name"], "text")
        default = 8 if type_["name"] == "currency" else 3
        return Field(
            name=name,
            kind=kind,
            mandatory=told["mandatory"],
            unique=told.get("isunique", False),
            refers_to=tuple(type_.get("refersTo", ())),
            length=_LENGTHS.get(name, 255 if type_["name"] != "text" else None),
            scale=_SCALES.get(f"{self.name}.{name}", _SCALES.get(name, default)),
            rounds=type_["name"] == "currency",
        )

    def add_field(
        self, name: str, *, type_: Mapping[str, Any], label: str, mandatory: bool
    ) -> None:
        """Add a field as an administrator does, before the id."""
        field = {
            "name": name,
            "label": label,
            "mandatory": mandatory,
            "type": dict(type_),
            "isunique": False,
            "nullable": True,
            "editable": True,
            "default": "",
        }
        fields: list[dict[str, Any]] = self.described["fields"]
        fields.insert([each["name"] for each in fields].index("id"), field)
        self.refresh()

    def set_field(self, name: str, **told: Any) -> None:
        """Change what `describe` tells of a field, such as ``mandatory`` or ``isunique``."""
        for field in self.described["fields"]:
            if field["name"] == name:
                field.update(told)
                self.refresh()
                return
        raise KeyError(f"{self.name} has no field {name}")


def _load(name: str) -> Any:
    return json.loads(files(__package__).joinpath("data", name).read_text("utf-8"))


LISTED: Mapping[str, Mapping[str, Any]] = _load("listed.json")
RELATED: Mapping[str, Mapping[str, Any]] = _load("related.json")
FRESH: Mapping[str, Mapping[str, dict[str, str | None]]] = _load("fresh.json")
_FOLDER = files(__package__).joinpath("data", "modules")
_DESCRIBED = {
    file.name.removesuffix(".json"): json.loads(file.read_text("utf-8"))
    for file in _FOLDER.iterdir()
}


def fresh_modules(prefixes: Mapping[str, str]) -> dict[str, Module]:
    """All modules of a new installation; `prefixes` overrides id prefixes by module name.

    Of modules without a recorded description only the fields that every module has are known.
    """
    modules = {}
    for name, listed in LISTED.items():
        described = copy.deepcopy(_DESCRIBED.get(name)) or _plain(name, listed)
        described["idPrefix"] = prefixes.get(name, described["idPrefix"])
        modules[name] = Module(described, listed)
    return modules


def _plain(name: str, listed: Mapping[str, Any]) -> dict[str, Any]:
    """The description of a module of which nothing was recorded: what all modules have."""
    faq = copy.deepcopy(_DESCRIBED["Faq"])
    shared = {"createdtime", "modifiedtime", "modifiedby", "source", "starred", "tags", "id"}
    fields = [field for field in faq["fields"] if field["name"] in shared]
    return {
        **faq,
        "name": name,
        "label": listed["label"],
        "idPrefix": listed["idPrefix"],
        "isEntity": listed["isEntity"],
        "labelFields": "",
        "fields": fields,
    }
