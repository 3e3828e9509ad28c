"""Converting a lead into an account, a contact and an opportunity (8.4; on 8.0 it dies)."""

from collections.abc import Mapping
from typing import Any

from crosstie_vtiger.sandbox import records
from crosstie_vtiger.sandbox.crm import Crm, User
from crosstie_vtiger.sandbox.refusals import CrashError, RefusalError, denied

_ENTITIES = ("Accounts", "Contacts", "Potentials")
_FROM_LEAD: Mapping[str, Mapping[str, str]] = {
    "Accounts": {"phone": "phone", "website": "website", "email1": "email", "fax": "fax"},
    "Contacts": {"phone": "phone", "mobile": "mobile", "email": "email", "firstname": "firstname"},
    "Potentials": {"leadsource": "leadsource"},
}
_POINTS_TO = {
    "Contacts": {"account_id": "Accounts"},
    "Potentials": {"related_to": "Accounts", "contact_id": "Contacts"},
}


def convert(crm: Crm, user: User, element: Mapping[str, Any]) -> dict[str, str] | None:
    """Make the wanted records of a lead; an account of that name is used again."""
    if not crm.version.converts_leads:
        raise CrashError
    module, lead = crm.find(str(element.get("leadId", "")))
    if module.name != "Leads":
        raise denied()
    if lead in crm.converted:
        raise RefusalError("LEAD_ALREADY_CONVERTED", "Lead is already converted")
    wanted = element.get("entities", {})
    made: dict[str, int] = {}
    for name in _ENTITIES:
        entity = wanted.get(name, {})
        if entity.get("create"):
            owned = {"assigned_user_id": element.get("assignedTo"), **entity}
            given = _given(crm, name, lead, owned, made)
            made[name] = _made(crm, user, name, given)
    if not made.keys() & {"Accounts", "Contacts"}:
        return None
    crm.converted.add(lead)
    return {name: crm.id_of(name, at) for name, at in made.items()}


def _given(
    crm: Crm, name: str, lead: int, entity: Mapping[str, Any], made: Mapping[str, int]
) -> dict[str, Any]:
    """What a record starts with: the lead's values, then what was asked for, then its ties."""
    row = crm.shelves["Leads"].rows[lead]
    given = {field: row[column] for field, column in _FROM_LEAD[name].items()} | dict(entity)
    for field, target in _POINTS_TO.get(name, {}).items():
        if target in made:
            given[field] = crm.id_of(target, made[target])
    return given | {"isconvertedfromlead": "1"}


def _made(crm: Crm, user: User, name: str, given: dict[str, Any]) -> int:
    if name == "Accounts":
        same = crm.shelves[name].with_value("accountname", [str(given.get("accountname", ""))])
        if same:
            return min(same)
    module = crm.modules[name]
    checked = records.checked(crm, user, module, given, whole=True)
    return records.create(crm, user, module, checked)
