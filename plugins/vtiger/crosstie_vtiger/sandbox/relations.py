"""Related records: those that point to a record, and those that were tied to it by hand."""

from collections.abc import Mapping
from typing import Any

from crosstie_vtiger.sandbox.crm import Crm
from crosstie_vtiger.sandbox.modules import RELATED
from crosstie_vtiger.sandbox.refusals import RefusalError, denied


def types(crm: Crm, name: str) -> Mapping[str, Any]:
    """The modules related to a module: as recorded for Accounts, else those that point to it."""
    if name in RELATED:
        return RELATED[name]
    if name not in crm.modules:
        raise denied(f" for name : {name}")
    information = {
        module.described["label"]: {
            "name": module.name,
            "label": module.described["label"],
            "isEntity": "1",
        }
        for module in crm.modules.values()
        if module.is_entity and any(name in each.refers_to for each in module.references.values())
    }
    return {"types": [each["name"] for each in information.values()], "information": information}


def retrieve(crm: Crm, given: Mapping[str, str]) -> list[dict[str, str | None]]:
    """At most 100 records of the related module, as a query tells them."""
    source, at = crm.find(given.get("id", ""))
    label = given.get("relatedLabel", "")
    related = types(crm, source.name)["information"].get(label)
    if related is None or related["name"] != given.get("relatedType"):
        raise RefusalError("UNKOWN_ENTITY", "Relation specified is incorrect")
    module = crm.modules[related["name"]]
    shelf = crm.shelves[module.name]
    found = {other for other in crm.related.get(at, ()) if other in shelf.rows}
    for field in module.references.values():
        if source.name in field.refers_to:
            found |= shelf.with_value(field.name, [str(at)])
    return [crm.show(module, other, query=True) for other in sorted(found)[:100]]


def query(crm: Crm, given: Mapping[str, str]) -> None:
    """Never made to work on the real ones either."""
    crm.find(given.get("id", ""))
    raise RefusalError("UNKOWN_ENTITY", "Relation specified is incorrect")


def add(crm: Crm, given: Mapping[str, str]) -> dict[str, str]:
    """Tie two records together."""
    source, at = crm.find(given.get("sourceRecordId", ""))
    _, other = crm.find(given.get("relatedRecordId", ""))
    if given.get("relationIdLabel") not in types(crm, source.name)["information"]:
        raise RefusalError("UNKOWN_ENTITY", "Relation specified is incorrect")
    tied = crm.related.setdefault(at, [])
    if other not in tied:
        tied.append(other)
    return {"message": "successfull"}
