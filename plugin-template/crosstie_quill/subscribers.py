"""Subscribers: a stream to read them from, and a table to write them to.

What Quill calls a subscriber is a `Customer` of the commerce vocabulary here, so that flows
between Quill and any shop or CRM need no mapping. A system's own shapes work too: a stream may
tell plain mappings, and a table without `map` takes rows as the flow's `set` gives them.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar

import attrs
from crosstie import (
    Checkpoint,
    ConfigError,
    GoneError,
    Record,
    RecordError,
    RejectedError,
    Row,
    Selection,
    Write,
    Written,
)
from crosstie.commerce import Customer

from crosstie_quill.api import QuillApi

OVERLAP = timedelta(seconds=10)
"""How long after its time stamp a change may first be seen: more than any change takes there."""

FIELDS = ("email", "first_name", "last_name", "language", "subscribed")
"""What Quill lets others write."""


@attrs.frozen
class SubscriberStream:
    """All subscribers, or those that have changed."""

    name: ClassVar[str] = "subscribers"
    _api: QuillApi

    def read(self, selection: Selection) -> Iterator[Record | Checkpoint]:
        """See `crosstie.Stream`.

        The cursor is a moment, and reading resumes *at* it: those who share its second come
        twice, and nobody is missed. It stays behind Quill's own clock by `OVERLAP`, because of
        a change that is stamped now and seen only later.
        """
        settled = None
        for answer in self._api.pages(_asked(selection)):
            settled = settled or stamp(moment(answer["now"]) - OVERLAP)
            yield from map(record_of, answer["subscribers"])
            if answer["next"]:
                yield Checkpoint(min(settled, answer["subscribers"][-1]["changed"]))
        yield Checkpoint(settled or "")

    def get(self, keys: Sequence[str], uses: frozenset[str]) -> Iterable[Record]:
        """See `crosstie.Gets`."""
        return map(record_of, self._api.listed("ids", list(keys)))


@attrs.frozen
class SubscriberTable:
    """Subscribers, recognised by e-mail, fifty in one request."""

    name: ClassVar[str] = "subscribers"
    key: ClassVar[tuple[str, ...]] = ("email",)
    batch: ClassVar[int] = 50
    accepts: ClassVar[type] = Customer
    refers_to: ClassVar[tuple[str, ...]] = ()
    uses: ClassVar[frozenset[str]] = frozenset()
    _api: QuillApi

    def map(self, record: Record, source: str) -> Row:
        """See `crosstie.Maps`: only what is known, so that the rest stays as it is in Quill."""
        customer: Customer = record.data
        row = {
            "email": customer.email,
            "first_name": customer.firstname,
            "last_name": customer.lastname,
            "language": customer.language,
            "subscribed": customer.newsletter,
        }
        return {field: value for field, value in row.items() if value is not None}

    def find(self, keys: Sequence[Row]) -> Sequence[Sequence[str]]:
        """See `crosstie.Table`. What comes back is compared and not trusted to be in order."""
        if any(set(key) != set(self.key) for key in keys):
            raise ConfigError(["Quill finds subscribers by email only: take `match` out"])
        emails = [_folded(key["email"]) for key in keys]
        found: dict[str, list[str]] = {email: [] for email in emails}
        for subscriber in self._api.listed("emails", emails):
            found.setdefault(_folded(subscriber["email"]), []).append(str(subscriber["id"]))
        return [found[email] for email in emails]

    def write(self, writes: Sequence[Write]) -> Sequence[Written | RecordError]:
        """See `crosstie.Table`: Quill answers for each row, and a refused one hurts no other."""
        results = self._api.write([_sent(write) for write in writes])["results"]
        return [_outcome(result) for result in results]

    def show(self, ids: Sequence[str]) -> Sequence[Row | None]:
        """See `crosstie.Shows`."""
        found = {str(row["id"]): row for row in self._api.listed("ids", list(ids))}
        return [
            {field: found[one][field] for field in FIELDS} if one in found else None for one in ids
        ]


def record_of(subscriber: Mapping[str, Any]) -> Record:
    """A subscriber as Quill tells it; one that was removed is a number and a time stamp."""
    deleted = subscriber.get("deleted", False)
    return Record(
        key=str(subscriber["id"]),  # Quill's ids are numbers; keys are always text
        data=Customer() if deleted else customer_of(subscriber),
        version=subscriber["changed"],
        deleted=deleted,
        raw=subscriber,
    )


def customer_of(subscriber: Mapping[str, Any]) -> Customer:
    """A subscriber in the vocabulary: what Quill leaves empty is unknown, None and not ""."""
    return Customer(
        email=subscriber["email"],
        firstname=subscriber["first_name"] or None,
        lastname=subscriber["last_name"] or None,
        language=subscriber["language"] or None,
        newsletter=subscriber["subscribed"],
        created=moment(subscriber["created"]),
        updated=moment(subscriber["changed"]),
    )


def moment(text: str) -> datetime:
    """The moment of one of Quill's time stamps, aware."""
    return datetime.fromisoformat(text)


def stamp(at: datetime) -> str:
    """A moment as Quill writes it; these texts sort as the moments do."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _asked(selection: Selection) -> dict[str, str]:
    """The parameters for a selection; raises `ConfigError` for what Quill cannot select by."""
    if selection.filters:
        names = ", ".join(selection.filters)
        raise ConfigError([f"Quill's subscribers cannot be filtered by {names}"])
    if selection.window is not None:
        since, until = selection.window
        before = stamp(until + timedelta(microseconds=999_999))  # the next whole second
        return {"changed_since": stamp(since), "changed_before": before}
    return {"changed_since": selection.since} if selection.since else {}


def _sent(write: Write) -> dict[str, Any]:
    """A row of a batch; a text is emptied by "", because nothing is None in Quill."""
    row = {field: "" if value is None else value for field, value in write.row.items()}
    return row if write.id is None else {**row, "id": int(write.id)}


def _outcome(result: Mapping[str, Any]) -> Written | RecordError:
    """What became of one row of a batch."""
    if "id" in result:
        return Written(str(result["id"]))
    if result["error"] == "not_found":
        return GoneError(f"Quill: {result['message']}")
    return RejectedError(f"Quill refuses it: {result['message']}")


def _folded(email: str) -> str:
    """An e-mail as Quill keeps them."""
    return email.strip().lower()
