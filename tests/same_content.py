"""Whether a CRM that followed a shop day by day holds what a full export of today would give.

Records are found by what they are recognised by, and compared field by field. References count as
equal when they lead to the same record. What may differ is history only, see `History`.
"""

import re
from collections import Counter
from collections.abc import Container, Iterator, Mapping
from typing import Any

import attrs

KEYS = {
    "Leads": "email",
    "Contacts": "email",
    "Accounts": "email1",
    "Products": "productcode",
    "Currency": "currency_code",
    "SalesOrder": "vtiger_purchaseorder",
    "Invoice": "vtiger_purchaseorder",
    "Potentials": "potentialname",
}
PEOPLE = ("Leads", "Contacts", "Accounts")
ITS_OWN = {"qtyinstock", "balance", "isconvertedfromlead"}
"""What vtiger tells by itself: figures that it miscounts when lines change, and how a Contact came
to be one."""

MADE_ONCE = {"Potentials": {"amount", "sales_stage", "related_to", "contact_id"}}
"""What is told when a record is made, and then left to people."""

POINTER = re.compile(rf"({'|'.join(KEYS)}): (?:.* / )?(.*)")
OWN_NAME = re.compile(r" \(#\d+\)$")

Records = dict[str, dict[str, Any]]


@attrs.frozen(kw_only=True)
class History:
    """What a CRM rightly knows that a new one could not be told.

    `people` are e-mails of deleted customers, whose rows stay (`on_delete` is "keep"); `products`
    are codes of deleted products, of which only the lines of orders are left to tell; `told` is
    what was said of people at some time: a field of which nothing is known any more keeps its
    value; `left` is what those have now who had an e-mail or a code formerly: what was done while
    several were one row stays with that row, and people stay Contacts for it.
    """

    people: Container[str]
    products: Container[str]
    told: Container[str]
    left: Mapping[str, set[str]]

    def has(self, module: str, key: str) -> bool:
        """Whether such a record is known from former times only."""
        return key in (self.people if module in PEOPLE else ()) or (
            module == "Products" and key in self.products
        )

    def explains(self, module: str, mine: Any, fresh: Any) -> bool:
        """Whether a field may differ so."""
        if isinstance(mine, list) and isinstance(fresh, list):
            return len(mine) == len(fresh) and all(
                self._explains_line(*lines) for lines in zip(mine, fresh, strict=True)
            )
        if module in PEOPLE:
            return fresh is None and mine in self.told
        ours, theirs = POINTER.fullmatch(str(mine)), POINTER.fullmatch(str(fresh))
        if ours is None or theirs is None or ours[1] != theirs[1]:
            return False
        return ours[2] in self.left.get(theirs[2], ()) or theirs[2] in self.left.get(ours[2], ())

    def _explains_line(self, mine: Mapping[str, Any], fresh: Mapping[str, Any]) -> bool:
        pairs = ((mine.get(name), fresh.get(name)) for name in {*mine, *fresh})
        return all(one == other or self.explains("", one, other) for one, other in pairs)


def differences(kept: Mapping[str, Any], fresh: Mapping[str, Any], history: History) -> list[str]:
    """What tells the content of one CRM from that of a fresh one, a line for each difference."""
    found = [*_doubles(kept), *_doubles(fresh)]
    stayed = _keys(kept, "Contacts") & _keys(fresh, "Leads") & set().union(*history.left.values())
    for module in sorted({*kept, *fresh}):
        ours, theirs = _by_key(kept, module, history), _by_key(fresh, module, history)
        skipped = stayed if module in {"Contacts", "Leads"} else set()
        for key in sorted({*ours, *theirs} - skipped):
            if key not in ours or key not in theirs:
                where = "kept" if key in ours else "fresh"
                found.append(f"{module} {key} is only in the {where} one")
                continue
            left_out = ITS_OWN | MADE_ONCE.get(module, set())
            for field in sorted({*ours[key], *theirs[key]} - left_out):
                mine, other = ours[key].get(field), theirs[key].get(field)
                if mine != other and not history.explains(module, mine, other):
                    found.append(f"{module} {key}: {field} is {mine!r}, fresh {other!r}")
    return found


def _by_key(content: Mapping[str, Any], module: str, history: History) -> Records:
    """The records of a module by what they are recognised by, as far as they are compared."""
    records = {_key(module, record): record for record in content.get(module, ())}
    return {
        key: _compared(record, history)
        for key, record in records.items()
        if not history.has(module, key)
    }


def _keys(content: Mapping[str, Any], module: str) -> set[str]:
    return {_key(module, record) for record in content.get(module, ())}


def _key(module: str, record: Mapping[str, Any]) -> str:
    return str(record[KEYS[module]]).casefold()


def _compared(value: Any, history: History) -> Any:
    if isinstance(value, list):
        return [_compared(one, history) for one in value]
    if isinstance(value, dict):
        return {name: _compared(one, history) for name, one in value.items()}
    if pointed := POINTER.fullmatch(str(value)):
        module, key = pointed[1], pointed[2].casefold()
        return f"{module}: {'gone' if history.has(module, key) else key}"
    # Of equal names of Accounts the first has the plain one, and who was first is history.
    return OWN_NAME.sub("", str(value))


def _doubles(content: Mapping[str, Any]) -> Iterator[str]:
    """Records that are there twice, and people who are a Lead and a Contact."""
    for module, records in content.items():
        for key, count in Counter(_key(module, record) for record in records).items():
            if count > 1:
                yield f"{module} {key} is there {count} times"
    for email in sorted(_keys(content, "Leads") & _keys(content, "Contacts")):
        yield f"{email} is a Lead and a Contact"
