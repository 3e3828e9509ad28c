"""One connected vtiger: its session, and what all sessions of one process know in common."""

import json
import logging
import re
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from typing import Any

import attrs

from crosstie import Clock, FlowError, Memory, UnauthorisedError
from crosstie_vtiger.answers import RefusedError
from crosstie_vtiger.modules import Module, module_of
from crosstie_vtiger.queries import matching
from crosstie_vtiger.session import Session

PROFILES = "Settings > User & Access Control > Profiles"
SWITCHES = "Settings > Module Management > Modules"
FRESH = timedelta(hours=1)
"""For how long a description of a module is believed."""

_ID = re.compile(r"\d+x\d+")


@attrs.define
class Shared:
    """What the sessions of one connector share; each reader asks for it under the lock."""

    logins: threading.Lock = attrs.field(factory=threading.Lock)
    lock: threading.RLock = attrs.field(factory=threading.RLock)
    modules: dict[str, tuple[datetime, Module]] = attrs.field(factory=dict)
    owner: str | None = None
    line_items: str | None = None
    refused_at: datetime | None = None
    trial: threading.Lock = attrs.field(factory=threading.Lock)
    """Held by the one write that shows whether line items are taken, see `line_items`."""
    noted: set[str] = attrs.field(factory=set)
    account_names: set[str] = attrs.field(factory=set)
    own_accounts: dict[str, Mapping[str, Any]] = attrs.field(factory=dict)
    """Accounts behind persons that were just met (told nothing) or made: id and row."""
    converts_leads: bool = True
    orphans: set[str] = attrs.field(factory=set)
    """Keys of orders that are not there while their invoices are."""


@attrs.frozen
class Crm:
    """What tables do with vtiger; used on one thread at a time.

    `owner` is the setting: an id, a user's name, or None for the user who logs in.
    `alone` is `Env.alone`.
    """

    session: Session
    shared: Shared
    clock: Clock
    memory: Memory
    log: logging.Logger
    owner: str | None
    defaults: Mapping[str, str]
    alone: Callable[[str], AbstractContextManager[None]]

    def module(self, name: str) -> Module:
        """The module's description, asked for once an hour in all.

        Raises `UnauthorisedError` when vtiger has no such module or does not show it to us.
        """
        with self.shared.lock:
            known = self.shared.modules.get(name)
            if known is None or self.clock.now() - known[0] > FRESH:
                module = self._read(
                    lambda: module_of(self.session.read("describe", elementType=name)), name
                )
                known = self.shared.modules[name] = (self.clock.now(), module)
        return known[1]

    def matching(
        self, module: str, fields: Sequence[str], field: str, values: Sequence[str]
    ) -> Iterator[Mapping[str, Any]]:
        """Yield rows whose `field` has one of the values in vtiger's eyes, see `queries`."""
        rows = matching(self.session, module, fields, field, values)
        while True:
            row = self._read(lambda: next(rows, None), module)
            if row is None:
                return
            yield row

    def query(self, query: str, module: str) -> list[Mapping[str, Any]]:
        """The rows of one page."""
        rows: list[Mapping[str, Any]] = self._read(
            lambda: self.session.read("query", query=query), module
        )
        return rows

    def retrieve(self, row_id: str) -> Mapping[str, Any]:
        """One record with everything; raises `RefusedError`, see its `gone`."""
        record: Mapping[str, Any] = self.session.read("retrieve", id=row_id)
        return record

    def create(self, module: str, element: Mapping[str, Any]) -> Mapping[str, Any]:
        """Create a record; returns it as vtiger tells it."""
        record: Mapping[str, Any] = self.session.write(
            "create", elementType=module, element=_json(element)
        )
        return record

    def revise(self, row_id: str, element: Mapping[str, Any]) -> Mapping[str, Any]:
        """Change the given fields; returns the record as vtiger tells it."""
        record: Mapping[str, Any] = self.session.write(
            "revise", element=_json({"id": row_id, **element})
        )
        return record

    def convert_lead(self, row_id: str, contact: Mapping[str, Any]) -> str | None:
        """Let vtiger make a Contact of a Lead, with these fields; None if it tells of none."""
        wanted = {
            "leadId": row_id,
            "assignedTo": contact["assigned_user_id"],
            "transferRelatedRecordsTo": "Contacts",
            "entities": {"Contacts": {**contact, "create": True, "name": "Contacts"}},
        }
        made: Any = self.session.write("convertlead", element=_json(wanted))
        return str(made["Contacts"]) if isinstance(made, Mapping) and "Contacts" in made else None

    def delete(self, row_id: str) -> None:
        """Delete a record; raises `RefusedError`, see its `gone`."""
        self.session.write("delete", id=row_id)

    def owner_id(self) -> str:
        """The id of the user (or group) who owns what is created."""
        if self.owner is None:
            self.session.open()
            return self.session.user_id
        if _ID.fullmatch(self.owner):
            return self.owner
        with self.shared.lock:
            if self.shared.owner is None:
                self.shared.owner = self._user_named(self.owner)
        return self.shared.owner

    def note(self, text: str, *arguments: object) -> None:
        """Log something once, however often it happens; `text` without arguments tells it apart."""
        with self.shared.lock:
            if text in self.shared.noted:
                return
            self.shared.noted.add(text)
        self.log.warning(text, *arguments)

    def _user_named(self, name: str) -> str:
        rows = self.matching("Users", ["user_name"], "user_name", [name])
        found = [row["id"] for row in rows if row["user_name"].casefold() == name.casefold()]
        if not found:
            raise UnauthorisedError(
                f"vtiger shows us no user named {name!r} to own the records: write the id, such as"
                " 19x5, in assigned_user_id"
            )
        return str(found[0])

    def _read(self, ask: Callable[[], Any], module: str) -> Any:
        """Ask about a whole module: a refusal is no single record's fault."""
        try:
            return ask()
        except RefusedError as error:
            if error.code == "ACCESS_DENIED":
                raise UnauthorisedError(
                    f"vtiger has no module {module!r}, it is switched off ({SWITCHES}), or user"
                    f" {self.session.username!r} may not see it or one of the fields asked for"
                    f" ({PROFILES}): {error.message}"
                ) from error
            raise FlowError(f"vtiger cannot tell about {module}: {error}") from error


def _json(element: Mapping[str, Any]) -> str:
    return json.dumps(element, ensure_ascii=False, separators=(",", ":"))


def refuse_if(denied: bool, crm: Crm, module: str, deed: str) -> None:
    """Raise `UnauthorisedError` when vtiger's description says that we may not do this at all."""
    if denied:
        raise UnauthorisedError(
            f"user {crm.session.username!r} may not {deed} {module} in vtiger: give the user's"
            f" profile that right ({PROFILES})"
        )
