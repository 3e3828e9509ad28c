"""The operations of webservice.php: by which method they come, what they take and what they do."""

import json
from collections.abc import Callable, Mapping
from typing import Any

import attrs

from crosstie_vtiger.sandbox import inventory, leads, line_operations, records, relations, syncing
from crosstie_vtiger.sandbox.crm import Crm, User
from crosstie_vtiger.sandbox.modules import INVENTORY, Module
from crosstie_vtiger.sandbox.refusals import CrashError, RefusalError, denied, internal, wrong_id
from crosstie_vtiger.sandbox.search import count, search
from crosstie_vtiger.sandbox.vtql import parse


@attrs.frozen(slots=True)
class Call:
    """One call: parameters that did not come by the operation's method are not there."""

    crm: Crm
    user: User
    given: Mapping[str, str]

    def text(self, name: str) -> str:
        """A parameter, empty where it is missing."""
        return self.given.get(name, "")

    def element(self) -> dict[str, Any]:
        """The parameter `element`, read as JSON."""
        text = self.text("element")
        if not text:
            raise CrashError
        try:
            element = json.loads(text)
        except ValueError:
            raise internal() from None
        if not isinstance(element, dict | list):
            raise CrashError
        return element if isinstance(element, dict) else {}

    def target(self, id_: Any) -> tuple[Module, int]:
        """The record that an id names, which must be there and visible."""
        module, at = self.crm.find(str(id_ or ""))
        if module.name in self.user.cannot_see:
            raise denied()
        return module, at


def _listtypes(call: Call) -> dict[str, Any]:
    wanted: list[str] = []
    if "fieldTypeList[]" in call.given:
        raise CrashError
    if call.text("fieldTypeList"):
        wanted = json.loads(call.text("fieldTypeList"))
    information = {}
    for name, module in call.crm.modules.items():
        kinds = {field["type"]["name"] for field in module.described["fields"]}
        filtered = wanted and not (
            module.is_entity and name != "Users" and not kinds.isdisjoint(wanted)
        )
        if name not in call.user.cannot_see and not filtered:
            listed = {"label": module.listed["label"], "singular": module.listed["singular"]}
            information[name] = {"isEntity": module.is_entity, **listed}
    return {"types": list(information), "information": information}


def _module(call: Call, name: str, where: str = "") -> Module:
    module = call.crm.modules.get(name)
    if module is None or name in call.user.cannot_see:
        raise denied(where)
    return module


def _describe(call: Call) -> dict[str, Any]:
    name = call.text("elementType")
    module = _module(call, name, f" for name : {name}")
    described = dict(module.described)
    if name in call.user.cannot_create:
        described |= dict.fromkeys(("createable", "updateable", "deleteable"), False)
    return described


def _create(call: Call) -> dict[str, Any]:
    module = _module(call, call.text("elementType"))
    if module.name in call.user.cannot_create or not module.described["createable"]:
        raise RefusalError("ACCESS_DENIED", "Permission to write is denied")
    given = call.element()
    element = records.checked(call.crm, call.user, module, given, whole=True)
    if module.name == "ProductTaxes":
        raise RefusalError("RECORD_NOT_FOUND", "Record not found")
    if module.name == "Users":
        raise wrong_id()
    if module.name in INVENTORY:
        return inventory.create(call.crm, call.user, module, element)
    if module.name == "LineItem":
        return line_operations.create(call.crm, element)
    at = records.create(call.crm, call.user, module, element)
    return records.shown(call.crm, module, at)


def _retrieve(call: Call) -> dict[str, Any]:
    module, at = call.target(call.text("id"))
    if module.name in INVENTORY:
        return inventory.retrieve(call.crm, module, at)
    return records.shown(call.crm, module, at)


def _retrieve_inventory(call: Call) -> dict[str, Any]:
    if call.crm.version.inventory != "works":
        raise CrashError
    return _retrieve(call)


def _update(call: Call) -> dict[str, Any]:
    return _change(call, whole=True)


def _revise(call: Call) -> dict[str, Any]:
    return _change(call, whole=False)


def _change(call: Call, *, whole: bool) -> dict[str, Any]:
    given = call.element() if call.text("element") else {}
    if not given.get("id") and not call.crm.version.garbage_id_is_denied:
        raise wrong_id()
    if _is_line(call, str(given.get("id"))):
        return line_operations.change(call.crm, given, whole=whole)
    module, at = call.target(given.get("id"))
    if module.name in call.user.cannot_create:
        raise RefusalError("ACCESS_DENIED", "Permission to write is denied")
    element = records.checked(call.crm, call.user, module, given, whole=whole)
    if module.name in INVENTORY:
        return inventory.update(call.crm, call.user, module, at, element, whole=whole)
    records.change(call.crm, call.user, module, at, element, whole=whole)
    return records.shown(call.crm, module, at)


def _is_line(call: Call, id_: str) -> bool:
    return id_.partition("x")[0] == call.crm.modules["LineItem"].prefix


def _delete(call: Call) -> dict[str, str]:
    id_ = call.text("id")
    if _is_line(call, id_):
        line_operations.delete(call.crm, id_)
    module, at = call.target(id_)
    if module.name in INVENTORY:
        inventory.delete(call.crm, module, at)
    else:
        records.delete(call.crm, module, at)
    return {"status": "successful"}


def _query(call: Call) -> list[Any]:
    if not call.text("query"):
        raise denied(" for query")
    query = parse(call.text("query"))
    module = _module(call, query.module, f" for name : {query.module}")
    if not query.counts:
        return search(call.crm, module, query)
    if not call.crm.version.counts:
        return []
    return [{"count": str(count(call.crm, module, query))}]


Operation = Callable[[Call], Any]

OPERATIONS: Mapping[str, tuple[str, Operation]] = {
    "listtypes": ("GET", _listtypes),
    "describe": ("GET", _describe),
    "retrieve": ("GET", _retrieve),
    "query": ("GET", _query),
    "sync": ("GET", lambda call: syncing.sync(call.crm, call.user, call.given)),
    "relatedtypes": ("GET", lambda call: relations.types(call.crm, call.text("elementType"))),
    "retrieve_related": ("GET", lambda call: relations.retrieve(call.crm, call.given)),
    "query_related": ("GET", lambda call: relations.query(call.crm, call.given)),
    "retrieve_inventory": ("GET", _retrieve_inventory),
    "create": ("POST", _create),
    "update": ("POST", _update),
    "revise": ("POST", _revise),
    "delete": ("POST", _delete),
    "convertlead": (
        "POST",
        lambda call: leads.convert(call.crm, call.user, call.element()),
    ),
    "add_related": ("POST", lambda call: relations.add(call.crm, call.given)),
}
"""The operations that need a session, by name; log-in and log-out are the sessions' own."""
