"""Contacts as a table: found by the caller's own key, written a hundred at a time."""

from collections.abc import Mapping, Sequence
from secrets import token_hex
from typing import Any, ClassVar

import attrs

from crosstie import (
    ConfigError,
    GoneError,
    Record,
    RecordError,
    RejectedError,
    Row,
    UncertainError,
    Write,
    Written,
)
from crosstie.commerce import Customer
from crosstie_pelican.api import AT_ONCE, Api, listed, refusal
from crosstie_pelican.people import FIELDS, row_of, shown_row

LOOKUP = "/v1/contacts:lookup"


@attrs.frozen
class ContactTable:
    """Contacts, known by `external_id`: the source's name and the record's key there.

    A field that is none of Pelican's own is taken for one of the account's attributes.
    """

    name: ClassVar[str] = "contacts"
    key: ClassVar[tuple[str, ...]] = ("external_id",)
    batch: ClassVar[int] = AT_ONCE
    accepts: ClassVar[type] = Customer
    refers_to: ClassVar[tuple[str, ...]] = ()
    uses: ClassVar[frozenset[str]] = frozenset()
    api: Api

    def map(self, record: Record, source: str) -> Row:
        """See `crosstie.Maps`."""
        return row_of(record.data, external_id(source, record.key))

    def find(self, keys: Sequence[Row]) -> Sequence[Sequence[str]]:
        """See `crosstie.Table`; the ids are external ids as Pelican keeps them."""
        return found_by_key(self.api, LOOKUP, self.name, keys)

    def write(self, writes: Sequence[Write]) -> Sequence[Written | RecordError]:
        """See `crosstie.Table`.

        The idempotency key names this call, so that it can be sent again when its answer is lost.
        `Write.once` would be wrong here: it stands for the content, and a contact may well get an
        old content once more within the 24 hours for which Pelican remembers keys.
        """
        body = {"contacts": [_entry(write) for write in writes], "idempotency_key": token_hex(16)}
        try:
            answer = self.api.post("/v1/contacts:batch", body)
        except UncertainError:
            answer = self.api.post("/v1/contacts:batch", body)
        return outcomes(writes, answer.get("results"), "the batch")

    def show(self, ids: Sequence[str]) -> Sequence[Row | None]:
        """See `crosstie.Shows`."""
        told = self.api.lookup(LOOKUP, self.name, ids)
        rows = {folded(row["external_id"]): shown_row(row) for row in told}
        return [rows.get(folded(one)) for one in ids]

    def delete(self, ids: Sequence[str]) -> Sequence[RecordError | None]:
        """See `crosstie.Deletes`; what they have bought is deleted with them."""
        results = self.api.post("/v1/contacts:delete", {"external_ids": list(ids)}).get("results")
        if not isinstance(results, list) or len(results) != len(ids):
            return [UncertainError("Pelican did not say what was deleted")] * len(ids)
        return [None if gone(result) else RejectedError(str(result)[:200]) for result in results]

    def fields(self) -> Mapping[str, str]:
        """See `crosstie.Discovers`: Pelican's own, and the account's attributes."""
        return {**FIELDS, **attributes(self.api)}


def attributes(api: Api) -> dict[str, str]:
    """The account's attributes: what each may hold, and whether it is mandatory."""
    described = {}
    for told in listed(api.get("/v1/attributes"), "attributes"):
        choices = f" of {', '.join(told['choices'])}" if told.get("choices") else ""
        mandatory = "; mandatory" if told.get("required") else ""
        described[str(told.get("name"))] = f"{told.get('type')}{choices}{mandatory}"
    return described


def external_id(source: str, key: str) -> str:
    """A record's key in Pelican: two shops have a customer 17 each."""
    return f"{source}:{key}"


def folded(key: object) -> str:
    """What two external ids have in common that are one to Pelican."""
    return str(key).strip().casefold()


def found_by_key(api: Api, path: str, name: str, keys: Sequence[Row]) -> list[list[str]]:
    """What `crosstie.Table.find` returns, for rows that are known by external id alone."""
    if any(set(key) != {"external_id"} for key in keys):
        raise ConfigError([f"Pelican finds {name} by external_id only: take `match` out"])
    wanted = [str(key["external_id"]) for key in keys]
    rows = api.lookup(path, name, wanted)
    kept = {folded(row["external_id"]): str(row["external_id"]) for row in rows}
    return [[kept[folded(key)]] if folded(key) in kept else [] for key in wanted]


def gone(result: Any) -> bool:
    """Whether a contact that was to be deleted is not there any more."""
    return isinstance(result, Mapping) and result.get("status") in {"deleted", "not_found"}


def outcomes(writes: Sequence[Write], results: Any, what: str) -> Sequence[Written | RecordError]:
    """What became of each row; all are uncertain where that was not told for each."""
    if not isinstance(results, list) or len(results) != len(writes):
        return [UncertainError(f"Pelican did not answer for each row of {what}")] * len(writes)
    return [_outcome(write, result) for write, result in zip(writes, results, strict=True)]


def _outcome(write: Write, result: Any) -> Written | RecordError:
    told = result if isinstance(result, Mapping) else {}
    key, error = told.get("external_id"), told.get("error")
    mine = folded(key) == folded(write.id or write.row["external_id"])
    if told.get("status") in {"created", "updated"} and mine:
        return Written(str(key), also={"pelican": str(told.get("id"))})
    if told.get("status") != "error" or not isinstance(error, Mapping):
        return UncertainError(f"Pelican answered {str(result)[:200]}, which says nothing")
    if error.get("code") == "not_found" and write.id is not None:
        return GoneError(f"{write.id} is no longer in Pelican")
    return RejectedError(refusal(error))


def _entry(write: Write) -> dict[str, Any]:
    """A row as an entry of a batch; one that is known to be there must still be."""
    fields = {name: value for name, value in write.row.items() if name in FIELDS}
    more = {name: value for name, value in write.row.items() if name not in FIELDS}
    entry = {**fields, "attributes": more} if more else fields
    return entry if write.id is None else {**entry, "external_id": write.id, "must_exist": True}
