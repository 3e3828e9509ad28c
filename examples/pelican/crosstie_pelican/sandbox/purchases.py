"""Purchases, and the import jobs that write them."""

import json
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from itertools import count
from typing import Any

import attrs

from crosstie import Clock
from crosstie_pelican.sandbox.call import Answer, Call
from crosstie_pelican.sandbox.contacts import Contact, Contacts
from crosstie_pelican.sandbox.fields import PURCHASE, checked, folded, key_of
from crosstie_pelican.sandbox.pages import PageTokens
from crosstie_pelican.sandbox.refusals import RefusalError, wrong

MOST_LINES = 1000
RESULTS = 100
QUEUED = timedelta(seconds=2)
STARTING = timedelta(seconds=1)
PER_LINE = timedelta(milliseconds=10)
KEPT = timedelta(hours=24)


@attrs.define
class Purchase:
    """A purchase of a contact."""

    number: int
    external_id: str
    contact: Contact
    fields: dict[str, Any] = attrs.field(factory=dict)

    def told(self) -> dict[str, Any]:
        """The purchase as JSON."""
        return {
            "id": self.number,
            "external_id": self.external_id,
            "contact_id": str(self.contact.number),
            "contact_external_id": self.contact.external_id,
            **self.fields,
        }


@attrs.define
class Job:
    """An import: its lines until it is done, then its results."""

    id: str
    lines: list[bytes]
    starts: datetime
    ends: datetime
    results: list[dict[str, Any]] | None = None


@attrs.define
class Imports:
    """All purchases, and the jobs of the account, one after the other.

    With `at_once` a job takes no time, for who waits on a real clock.
    """

    clock: Clock
    contacts: Contacts
    pages: PageTokens
    at_once: bool = False
    _purchases: dict[str, Purchase] = attrs.field(factory=dict)
    _jobs: dict[str, Job] = attrs.field(factory=dict)
    _numbers: Iterator[int] = attrs.field(factory=lambda: count(5001))

    def __iter__(self) -> Iterator[Purchase]:
        return (one for one in self._purchases.values() if not one.contact.deleted)

    def advance(self) -> None:
        """Carry out what is over by now."""
        for job in self._jobs.values():
            if job.results is None and job.ends <= self.clock.now():
                job.results = [self._line(at, line) for at, line in enumerate(job.lines, 1)]

    def begin(self, call: Call) -> Answer:
        """``POST /v1/imports``."""
        if call.request.query.get("type") != "purchases":
            raise RefusalError(400, "malformed", "only purchases are imported", "type")
        lines = [line for line in call.request.body.splitlines() if line.strip()]
        if not 0 < len(lines) <= MOST_LINES:
            raise RefusalError(400, "malformed", f"an import has 1 to {MOST_LINES} lines")
        now = self.clock.now()
        starts = max([now + QUEUED, *(job.ends for job in self._jobs.values())])
        ends = starts + STARTING + PER_LINE * len(lines)
        if self.at_once:
            starts = ends = now
        job = Job(f"imp_{len(self._jobs) + 1}", lines, starts, ends)
        self._jobs[job.id] = job
        return 202, {"id": job.id, "status": "queued", "lines": len(lines)}

    def status(self, call: Call) -> Answer:
        """``GET /v1/imports/{id}``."""
        job, now = self._job(call.name), self.clock.now()
        status = "done" if job.results is not None else "queued" if now < job.starts else "running"
        return 200, {"id": job.id, "status": status, "lines": len(job.lines)}

    def results(self, call: Call) -> Answer:
        """``GET /v1/imports/{id}/results``."""
        job = self._job(call.name)
        if job.results is None:
            raise RefusalError(409, "import_not_done", f"{job.id} is not done yet")
        asked = self.pages.read(call.page_token) if call.page_token else {}
        some, token = self.pages.slice(job.results, asked, RESULTS)
        return 200, {"results": some, **token}

    def lookup(self, call: Call) -> Answer:
        """``POST /v1/purchases:lookup``."""
        keys = {folded(key) for key in call.external_ids()}
        return 200, {"purchases": [one.told() for one in self if folded(one.external_id) in keys]}

    def put(self, given: Mapping[str, Any]) -> tuple[Purchase, bool]:
        """Create or change a purchase; returns it, and whether it is new."""
        row = dict(given)
        key, must_exist = key_of(row.pop("external_id", None)), row.pop("must_exist", False)
        contact = self._contact(row.pop("contact_external_id", None), row.pop("contact_id", None))
        fields = checked(row, PURCHASE)
        before = self._purchases.get(folded(key))
        if before is not None and before.contact.deleted:
            before = None
        if before is None and must_exist:
            raise wrong("not_found", f"there is no purchase {key!r}", "external_id")
        owner = contact or (before.contact if before else None)
        merged = {**(before.fields if before else {}), **fields}
        kept = {name: value for name, value in merged.items() if value is not None}
        for name in ("ordered_at", "total", "currency"):
            if name not in kept:
                raise wrong("field_required", f"a purchase has {name}", name)
        if owner is None:
            raise wrong("field_required", "a purchase has a contact", "contact_external_id")
        purchase = before or Purchase(next(self._numbers), key, owner)
        purchase.contact.purchases.pop(folded(key), None)
        purchase.contact, purchase.fields = owner, kept
        self._purchases[folded(key)] = owner.purchases[folded(key)] = purchase
        return purchase, before is None

    def remove(self, external_id: str) -> None:
        """Somebody deletes a purchase on Pelican's own pages."""
        purchase = self._purchases.pop(folded(external_id))
        purchase.contact.purchases.pop(folded(external_id), None)

    def _contact(self, external_id: Any, number: Any) -> Contact | None:
        if external_id is None and number is None:
            return None
        named = external_id is not None
        found = (
            self.contacts.get(str(external_id)) if named else self.contacts.by_number(str(number))
        )
        if found is None:
            field = "contact_external_id" if named else "contact_id"
            told = f"there is no contact {external_id if named else number!r}"
            raise wrong("contact_not_found", told, field)
        return found

    def _job(self, job_id: str) -> Job:
        job = self._jobs.get(job_id)
        if job is None or self.clock.now() - job.ends > KEPT:
            raise RefusalError(404, "not_found", f"there is no import {job_id!r}")
        return job

    def _line(self, at: int, line: bytes) -> dict[str, Any]:
        told: dict[str, Any] = {"line": at}
        try:
            try:
                row = json.loads(line)
            except ValueError:
                row = None
            if not isinstance(row, dict):
                raise wrong("invalid_line", "the line is no JSON object")
            told["external_id"] = key_of(row.get("external_id"))
            purchase, new = self.put(row)
            told |= {"external_id": purchase.external_id, "id": str(purchase.number)}
            return told | {"status": "created" if new else "updated"}
        except RefusalError as refusal:
            return told | {"status": "error", "error": refusal.told()}
