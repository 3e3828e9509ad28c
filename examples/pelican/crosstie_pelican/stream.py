"""Contacts as a stream: by time of change, page after page, whatever happens to the page tokens."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, ClassVar

import attrs

from crosstie import Checkpoint, ConfigError, Record, Selection, UnavailableError
from crosstie_pelican.api import Api, RefusedError, listed
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
        token, restarts = "", 0
        while True:
            try:
                answer = self._page(since, token)
            except RefusedError as refused:
                if not token or refused.code not in EXPIRED or restarts == MOST_RESTARTS:
                    raise UnavailableError(f"contacts cannot be listed: {refused}") from refused
                token, restarts = "", restarts + 1
                continue
            contacts = listed(answer, "contacts")
            yield contacts
            token = str(answer.get("next_page_token") or "")
            if not token:
                return
            last = moment(contacts[-1], "updated_at") if contacts else None
            if last is not None and stamp(last) != since:
                since, restarts = stamp(last), 0

    def _page(self, since: str, token: str) -> Mapping[str, Any]:
        if token:
            return self.api.get("/v1/contacts", page_token=token, limit=str(self.page))
        asked = {"updated_since": since, "include_deleted": "true", "limit": str(self.page)}
        return self.api.get("/v1/contacts", **asked)
