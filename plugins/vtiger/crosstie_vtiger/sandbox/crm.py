"""The CRM behind the web service: modules, their rows, users, and what points to what."""

from collections import Counter
from collections.abc import Mapping

import attrs

from crosstie import Clock
from crosstie_vtiger.sandbox.modules import FRESH, Field, Module, fresh_modules
from crosstie_vtiger.sandbox.refusals import denied, wrong_id
from crosstie_vtiger.sandbox.shelf import Row, Shelf
from crosstie_vtiger.sandbox.values import escaped
from crosstie_vtiger.sandbox.versions import Version

_SERIES = {
    "Accounts": "ACC",
    "Contacts": "CON",
    "Documents": "DOC",
    "Faq": "FAQ",
    "HelpDesk": "TT",
    "Invoice": "INV",
    "Leads": "LEA",
    "Potentials": "POT",
    "PriceBooks": "PB",
    "Products": "PRO",
    "Quotes": "QUO",
    "SalesOrder": "SO",
    "Services": "SER",
}


@attrs.frozen(slots=True)
class User:
    """Somebody who may log in; `cannot_create` and `cannot_see` are module names."""

    number: int
    name: str
    access_key: str = attrs.field(repr=False)
    is_admin: bool = True
    active: bool = True
    cannot_create: frozenset[str] = frozenset()
    cannot_see: frozenset[str] = frozenset()


class Crm:
    """Everything that is stored. Not locked: the sandbox lets in one request at a time."""

    def __init__(self, version: Version, clock: Clock, prefixes: Mapping[str, str]) -> None:
        self.version = version
        self.clock = clock
        self.modules = fresh_modules(prefixes)
        self.by_prefix = {module.prefix: module for module in self.modules.values()}
        self.shelves = {name: Shelf() for name in self.modules}
        self.homes: dict[int, str] = {}
        self.deleted: dict[int, tuple[str, str, int]] = {}
        self.gone_products: dict[int, tuple[str, Row]] = {}
        self.converted: set[int] = set()
        self.prices: dict[int, dict[str, str]] = {}
        self.lines: dict[int, list[int]] = {}
        self.related: dict[int, list[int]] = {}
        self.users: dict[int, User] = {}
        self._issued: Counter[str] = Counter()
        self._last = 1
        _furnish(self)

    def now(self) -> str:
        """The time as the database has it: UTC, whole seconds."""
        return self.clock.now().strftime("%Y-%m-%d %H:%M:%S")

    def id_of(self, module: str, number: int) -> str:
        """The id that the web service uses, such as ``12x34``."""
        return f"{self.modules[module].prefix}x{number}"

    def next_number(self, module: str) -> int:
        """The next free number: one series for most modules, max + 1 for the others."""
        if not self.modules[module].shares_numbers:
            return self.shelves[module].last + 1
        self._last += 1
        return self._last

    def next_series(self, module: str) -> str:
        """The next record number, such as ``SO17``."""
        self._issued[module] += 1
        return f"{_SERIES.get(module, module[:3].upper())}{self._issued[module]}"

    def add(self, module: str, row: Row) -> int:
        """Store a new row and return its number."""
        number = self.next_number(module)
        self.shelves[module].add(number, row)
        if self.modules[module].shares_numbers:
            self.homes[number] = module
        return number

    def find(self, id_: str) -> tuple[Module, int]:
        """The module and number that an id names; raises what the real one raises."""
        prefix, _, digits = id_.partition("x")
        module = self.by_prefix.get(prefix)
        if module is None:
            raise denied(" for id")
        number = int(digits) if digits.isdigit() else 0
        if number in self.shelves[module.name].rows:
            return module, number
        raise wrong_id() if module.shares_numbers and number in self.homes else denied()

    def resolve(self, field: Field, digits: str | None) -> str | None:
        """What a stored reference reads back as; an empty or dangling one is null (8.0: "")."""
        if digits and digits.isdigit():
            number = int(digits)
            home = self.homes.get(number)
            for name in field.refers_to:
                if self.modules[name].shares_numbers:
                    found = home == name
                else:
                    found = number in self.shelves[name].rows
                if found:
                    return self.id_of(name, number)
        return self.version.empty_reference

    def resolve_owner(self, digits: str | None) -> str:
        """What a stored owner reads back as: a user, a group, or the bare number."""
        number = int(digits) if digits and digits.isdigit() else 0
        for name in ("Users", "Groups"):
            if number in self.shelves[name].rows:
                return self.id_of(name, number)
        return digits or ""

    def show(self, module: Module, number: int, *, query: bool = False) -> dict[str, str | None]:
        """A record's fields as `retrieve` tells them, with id and label, or as `query` does."""
        row = self.shelves[module.name].rows[number]
        id_ = self.id_of(module.name, number)
        shown: dict[str, str | None] = {} if module.is_entity else {"id": id_}
        if query and self.version.nulls_in_query:
            shown |= {name: row[name] for name in module.fields}
        else:
            shown |= {name: row[name] or "" for name in module.fields}
        for name, field in module.references.items():
            shown[name] = self.resolve(field, row[name])
        for name in module.owners:
            shown[name] = self.resolve_owner(row[name])
        shown["id"] = id_
        if module.is_entity and not query:
            shown["label"] = escaped(self.label(module, row))
        return shown

    def label(self, module: Module, row: Row) -> str:
        """The text by which a record is called, such as first and last name."""
        return " ".join(filter(None, (row[name] for name in module.label_fields)))


def _furnish(crm: Crm) -> None:
    """What a fresh installation comes with: a currency, taxes, groups and the company."""
    for name, rows in FRESH.items():
        for number, row in rows.items():
            crm.shelves[name].add(int(number), {**crm.modules[name].initial, **row})
