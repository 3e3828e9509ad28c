"""Contacts: listed, looked up by their external id, written in batches, deleted."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta, tzinfo
from decimal import Decimal
from typing import Any

import attrs

from crosstie import Clock
from crosstie_pelican.sandbox.attributes import Attribute, changed
from crosstie_pelican.sandbox.call import Answer, Call
from crosstie_pelican.sandbox.fields import CONTACT, checked, folded, key_of
from crosstie_pelican.sandbox.pages import PageTokens
from crosstie_pelican.sandbox.refusals import RefusalError, wrong
from crosstie_pelican.sandbox.replays import Replays
from crosstie_pelican.sandbox.times import in_utc, in_zone, moment_of, whole

TOMBSTONES = timedelta(days=90)


@attrs.define
class Contact:
    """A contact; `change` orders those that changed in the same second."""

    number: int
    external_id: str
    created: datetime
    updated: datetime
    change: int
    fields: dict[str, Any] = attrs.field(factory=dict)
    attributes: dict[str, str] = attrs.field(factory=dict)
    tags: list[str] = attrs.field(factory=list)
    purchases: dict[str, Any] = attrs.field(factory=dict)
    unsubscribed: datetime | None = None
    deleted: bool = False

    def told(self, zone: tzinfo | None = None) -> dict[str, Any]:
        """The contact as JSON, times with the offset of `zone` or with ``Z``."""

        def time(moment: datetime) -> str:
            return in_zone(moment, zone) if zone else in_utc(moment)

        told = {"id": self.number, "external_id": self.external_id}
        if self.deleted:
            return {**told, "deleted": True, "updated_at": time(self.updated)}
        told |= {"created_at": time(self.created), "updated_at": time(self.updated)} | self.fields
        if self.attributes:
            told["attributes"] = self.attributes
        if self.tags:
            told["tags"] = self.tags
        if self.purchases:
            totals = [Decimal(one.fields["total"]) for one in self.purchases.values()]
            told["total_spent"] = f"{sum(totals):.2f}"
        if self.unsubscribed:
            told["unsubscribed_at"] = time(self.unsubscribed)
        return told


@attrs.define
class Contacts:
    """All contacts of the account, the deleted ones as well."""

    clock: Clock
    zone: tzinfo
    attributes: dict[str, Attribute]
    pages: PageTokens
    replays: Replays
    _all: dict[int, Contact] = attrs.field(factory=dict)
    _living: dict[str, Contact] = attrs.field(factory=dict)
    _changes: int = 0

    def __iter__(self) -> Iterator[Contact]:
        return iter(list(self._living.values()))

    def get(self, external_id: str) -> Contact | None:
        """The living contact with this key."""
        return self._living.get(folded(external_id))

    def by_number(self, number: str) -> Contact | None:
        """The living contact with this id of Pelican's own."""
        found = self._all.get(int(number)) if number.isdecimal() else None
        return None if found is None or found.deleted else found

    def listing(self, call: Call) -> Answer:
        """``GET /v1/contacts``."""
        query = call.request.query
        asked: dict[str, Any] = {
            "since": query.get("updated_since"),
            "deleted": query.get("include_deleted") == "true",
            "after": None,
            "size": call.size(),
        }
        if call.page_token:
            asked = self.pages.read(call.page_token)
        size, rows = int(asked["size"]), self._sorted(asked)
        answer: dict[str, Any] = {"contacts": [row.told(self.zone) for row in rows[:size]]}
        if len(rows) > size:
            last = rows[size - 1]
            place = [last.updated.timestamp(), last.change]
            answer["next_page_token"] = self.pages.issue({**asked, "after": place})
        return 200, answer

    def lookup(self, call: Call) -> Answer:
        """``POST /v1/contacts:lookup``."""
        found = {row.number: row for key in call.external_ids() if (row := self.get(key))}
        return 200, {"contacts": [row.told() for row in found.values()]}

    def batch(self, call: Call) -> Answer:
        """``POST /v1/contacts:batch``."""
        rows, key = call.many("contacts"), call.body().get("idempotency_key")
        results, replayed = self.replays.once(key, rows, lambda: self._batch(rows))
        failed = any(result["status"] == "error" for result in results)
        headers = {"Idempotent-Replayed": "true"} if replayed else {}
        return 207 if failed else 200, {"results": results}, headers

    def delete(self, call: Call) -> Answer:
        """``POST /v1/contacts:delete``."""
        results = [
            {"external_id": key, "status": "deleted" if self.remove(key) else "not_found"}
            for key in call.external_ids()
        ]
        return 200, {"results": results}

    def put(self, given: Mapping[str, Any], at: datetime | None = None) -> tuple[Contact, bool]:
        """Create or change a contact; returns it, and whether it is new."""
        row = dict(given)
        key, must_exist = key_of(row.pop("external_id", None)), row.pop("must_exist", False)
        attributes = row.pop("attributes", {})
        fields = checked(row, CONTACT)
        before = self.get(key)
        if before is None and must_exist:
            raise wrong("not_found", f"there is no contact {key!r}", "external_id")
        after = changed(self.attributes, before.attributes if before else {}, attributes)
        contact = before or self._new(key)
        merged = {**contact.fields, **fields}
        contact.fields = {name: value for name, value in merged.items() if value is not None}
        contact.attributes = after
        self._touch(contact, at)
        return contact, before is None

    def remove(self, external_id: str) -> bool:
        """Delete a contact, with what it has bought; false when there is none."""
        contact = self._living.pop(folded(external_id), None)
        if contact is None:
            return False
        contact.deleted = True
        contact.purchases.clear()
        self._touch(contact)
        return True

    def unsubscribe(self, contact: Contact) -> None:
        """The contact wants no more messages."""
        contact.fields["subscribed"] = False
        contact.unsubscribed = whole(self.clock.now())
        self._touch(contact)

    def sign_up(self, email: str) -> Contact:
        """Somebody fills in one of Pelican's own forms."""
        key = f"pel-{1001 + len(self._all)}"
        return self.put({"external_id": key, "email": email, "subscribed": True})[0]

    def _new(self, key: str) -> Contact:
        now = whole(self.clock.now())
        contact = Contact(1001 + len(self._all), key, now, now, 0)
        self._all[contact.number] = self._living[folded(key)] = contact
        return contact

    def _touch(self, contact: Contact, at: datetime | None = None) -> None:
        self._changes += 1
        contact.updated, contact.change = whole(at or self.clock.now()), self._changes
        contact.created = min(contact.created, contact.updated)

    def _sorted(self, asked: Mapping[str, Any]) -> Sequence[Contact]:
        since = moment_of(asked["since"], "updated_since") if asked["since"] else None
        after = tuple(asked["after"]) if asked["after"] else None
        oldest = whole(self.clock.now()) - TOMBSTONES
        rows = [
            row
            for row in self._all.values()
            if (since is None or row.updated >= since)
            and (not row.deleted or (asked["deleted"] and row.updated >= oldest))
            and (after is None or (row.updated.timestamp(), row.change) > after)
        ]
        return sorted(rows, key=lambda row: (row.updated, row.change))

    def _batch(self, rows: Sequence[Any]) -> list[dict[str, Any]]:
        results, seen = [], set()
        for index, row in enumerate(rows):
            told: dict[str, Any] = {"index": index}
            try:
                if not isinstance(row, Mapping):
                    raise wrong("invalid_value", "a contact is an object")
                key = key_of(row.get("external_id"))
                told["external_id"] = key
                if folded(key) in seen:
                    raise wrong("duplicate_in_batch", f"{key!r} is twice in the batch")
                seen.add(folded(key))
                contact, new = self.put(row)
                told |= {"external_id": contact.external_id, "id": contact.number}
                told["status"] = "created" if new else "updated"
            except RefusalError as refusal:
                told |= {"status": "error", "error": refusal.told()}
            results.append(told)
        return results
