"""Contacts as a stream: by time of change, page after page, whatever happens to the page tokens."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, ClassVar

import attrs

from crosstie import Checkpoint, ConfigError, Record, Selection, UnavailableError
from crosstie_pelican.api import Api, RefusedError
from crosstie_pelican.people import moment, record_of, stamp

BEGINNING = "1970-01-01T00:00:00Z"
EXPIRED = frozenset({"page_token_expired", "page_token_invalid"})
MOST_RESTARTS = 3


@attrs.frozen
class ContactStream:
    """All contacts, those who unsubscribed (`newsletter` is False) and those deleted included.

    A cursor is the time of the last change that was told, in whole seconds. Reading resumes *at*
    that second, not after it: some of its changes may have come later than the page.
    """

    name: ClassVar[str] = "contacts"
    api: Api
    page: int

    def read(self, selection: Selection) -> Iterator[Record | Checkpoint]:
        """See `crosstie.Stream`. A window is one of times of change."""
        if selection.filters:
            names = ", ".join(selection.filters)
            raise ConfigError([f"Pelican's contacts have no filter {names}; there are none"])
        start, end = selection.window or (None, None)
        place = stamp(start) if start else selection.since or BEGINNING
        for contacts in self._pages(place):
            for contact in contacts:
                record = record_of(contact, selection.uses)
                changed = record.data.updated
                if end is not None and changed >= end:
                    yield Checkpoint(place)
                    return
                if start is None or changed >= start:
                    yield record
                place = record.version or place
            yield Checkpoint(place)

    def get(self, keys: Sequence[str], uses: frozenset[str]) -> Iterable[Record]:
        """See `crosstie.Gets`."""
        for contact in self.api.lookup("/v1/contacts:lookup", "contacts", keys):
            yield record_of(contact, uses)

    def _pages(self, since: str) -> Iterator[Sequence[Mapping[str, Any]]]:
        """The pages from a second on. A token that has expired in the meantime, because its page
        took long to be written, is done without: by beginning anew where the last page ended.
        """
        asked = {"include_deleted": "true", "limit": str(self.page)}
        restarts = 0
        while True:
            try:
                pages = self.api.pages("/v1/contacts", "contacts", updated_since=since, **asked)
                for contacts in pages:
                    yield contacts
                    last = moment(contacts[-1], "updated_at") if contacts else None
                    if last is not None and stamp(last) != since:
                        since, restarts = stamp(last), 0
            except RefusedError as refused:
                if refused.code not in EXPIRED or restarts == MOST_RESTARTS:
                    raise UnavailableError(f"contacts cannot be listed: {refused}") from refused
                restarts += 1
            else:
                return
