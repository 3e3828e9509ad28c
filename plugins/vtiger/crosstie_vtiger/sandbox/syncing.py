"""`sync`: what changed since a time. It works on the patched 8.4 only, and only partly there."""

from calendar import timegm
from collections.abc import Mapping
from time import strptime
from typing import Any

from crosstie_vtiger.sandbox.crm import Crm, User
from crosstie_vtiger.sandbox.modules import Module
from crosstie_vtiger.sandbox.refusals import CrashError

_PAGE = 100


def sync(crm: Crm, user: User, given: Mapping[str, str]) -> dict[str, Any]:
    """Records of one module changed after a second: only those that the caller owns.

    A page is about 100 records, and all that share the last one's second.
    """
    module = crm.modules.get(given.get("elementType", ""))
    since = given.get("modifiedTime", "")
    if not crm.version.syncs or not since.isdigit() or since == "0":
        raise CrashError
    if module is None or not module.is_entity:
        raise CrashError
    changed = _changed(crm, module, str(user.number), int(since))
    gone = _gone(crm, module, str(user.number), int(since))
    last = max((moment for moment, _ in (*changed, *gone)), default=int(since))
    more = len(changed) > _PAGE
    if more:
        last = changed[_PAGE - 1][0]
    return {
        "updated": [_told(crm, module.name, at) for moment, at in changed if moment <= last],
        "deleted": [crm.id_of(module.name, at) for moment, at in gone if moment <= last],
        "more": more,
        "lastModifiedTime": last,
    }


def _changed(crm: Crm, module: Module, owner: str, after: int) -> list[tuple[int, int]]:
    """Second and number of the records of that owner that changed later, oldest first."""
    return sorted(
        (moment, at)
        for at, row in crm.shelves[module.name].rows.items()
        if (moment := _seconds(row["modifiedtime"])) > after
        and owner in {row[name] for name in module.owners}
    )


def _gone(crm: Crm, module: Module, owner: str, after: int) -> list[tuple[int, int]]:
    return sorted(
        (moment, at)
        for at, (name, its, moment) in crm.deleted.items()
        if name == module.name and its == owner and moment > after
    )


def _told(crm: Crm, name: str, at: int) -> dict[str, str | None]:
    record = crm.show(crm.modules[name], at, query=True)
    for header, column in (
        ("hdnDiscountPercent", "discount_percent"),
        ("hdnDiscountAmount", "discount_amount"),
    ):
        if header in record:
            record[column] = record.pop(header)
    return record


def _seconds(moment: str | None) -> int:
    return timegm(strptime(moment or "1970-01-01 00:00:00", "%Y-%m-%d %H:%M:%S"))
