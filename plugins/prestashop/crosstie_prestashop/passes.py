"""Passes over a resource: which rows are asked for, in which order, and where one could resume.

A full pass lists the ids, which costs the shop little, and cuts them into windows, whose rows are
read later and several at a time. An incremental pass reads by time of change. Neither ever uses
offsets, because the list moves while it is read.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import timedelta
from itertools import chain
from typing import Protocol
from zoneinfo import ZoneInfo

import attrs

from crosstie import SlowError
from crosstie_prestashop.answers import BrokenAnswerError
from crosstie_prestashop.places import Place
from crosstie_prestashop.times import LAST, at, earliest, is_set_about, local_text, next_second
from crosstie_prestashop.values import Raw
from crosstie_prestashop.webservice import SMALLEST_PORTION, Answer, Webservice

SETTLED = 60
"""Seconds after which a change is taken to be visible, with all that happened in its second."""

MOST_SEEN = 500
LEAST_OVERLAP = timedelta(seconds=2)


class Chunk(Protocol):
    """A portion of a pass; `place` is where to resume once its rows have been dealt with."""

    @property
    def place(self) -> Place: ...

    def rows(self) -> Sequence[Raw]:
        """The rows; may be called on any thread, once."""


class Seen:
    """The changes of a pass that the overlap of the next one need not read again.

    Those are the ones that lie in the overlap, were over when the pass began, and cannot happen a
    second time under the same local time. None are kept while the shop's clock is set forward or
    back, or when there are too many.
    """

    def __init__(self, start: int, zone: ZoneInfo, overlap: timedelta) -> None:
        self._start = start
        self._from = since(start, overlap, zone)
        self._until = "" if is_set_about(start, zone) else local_text(start - SETTLED, zone)
        self._found: dict[str, list[int]] = {}

    def note(self, key: str, changed: str | None) -> None:
        """This record was dealt with as of this local time of change."""
        if changed is not None and self._from <= changed <= self._until:
            self._found.setdefault(changed, []).append(int(key))

    def end(self) -> Place:
        """The end of the pass."""
        few = sum(map(len, self._found.values())) <= MOST_SEEN
        return Place(start=self._start, seen=self._found if few else {})


def since(start: int, overlap: timedelta, zone: ZoneInfo) -> str:
    """The local time from which a pass reads what changed since another one started."""
    return earliest(at(start) - max(overlap, LEAST_OVERLAP), zone)


@attrs.frozen
class Window:
    """Some listed ids; their rows are asked for by the interval between the first and the last."""

    webservice: Webservice
    resource: str
    params: Mapping[str, str]
    ids: Sequence[str]
    place: Place

    def rows(self) -> Sequence[Raw]:
        """See `Chunk`. Ids that are gone by now are left out; PrestaShop 1.7.8 also answers with
        nothing when its database refuses, so nothing at all is asked for a second time.
        """
        found = self._ask_all()
        return found or self._ask_all()

    def _ask_all(self) -> list[Raw]:
        return self.webservice.in_portions(self.resource, self.ids, self._ask)

    def _ask(self, ids: Sequence[str], patient: bool) -> list[Raw]:
        between = {"filter[id]": f"[{ids[0]},{ids[-1]}]", "sort": "[id_ASC]", "display": "full"}
        answer = self.webservice.rows(self.resource, {**self.params, **between}, patient=patient)
        first, last = int(ids[0]), int(ids[-1])
        return [row for row in answer.rows if first <= int(row["id"]) <= last]


class FullPass:
    """All rows there are, by id; `start` is the server's clock when it began."""

    def __init__(
        self, webservice: Webservice, resource: str, params: Mapping[str, str], place: Place | None
    ) -> None:
        self._webservice = webservice
        self._resource = resource
        self._params = params
        listing = webservice.ids(resource, (place and place.after) or 0, params)
        first = next(listing)
        self._listing = chain([first], listing)
        self.start = place.start if place else first.at

    def chunks(self) -> Iterator[Window]:
        """The windows, ascending."""
        pace = self._webservice.pace(self._resource)
        for answer in self._listing:
            ids = [str(row["id"]) for row in answer.rows]
            while ids:
                window, ids = ids[: pace.size], ids[pace.size :]
                place = Place(start=self.start, after=int(window[-1]))
                yield Window(self._webservice, self._resource, self._params, window, place)


@attrs.frozen
class Page:
    """Rows that have been read already."""

    found: Sequence[Raw]
    place: Place

    def rows(self) -> Sequence[Raw]:
        """See `Chunk`."""
        return self.found


class Changes:
    """What changed since a place, by local time of change and id; `start` as in `FullPass`.

    A page ends where a second ends, so that the next one begins with a whole second. A second that
    fills a page is finished by id.
    """

    def __init__(
        self,
        webservice: Webservice,
        resource: str,
        params: Mapping[str, str],
        place: Place,
        moment: str,
    ) -> None:
        self._webservice = webservice
        self._resource = resource
        self._params = params
        self._moment = moment
        self._after = place.id
        answer, full = self._ask()
        self._first = answer.rows, full
        self.start = answer.at if place.complete else place.start

    def chunks(self) -> Iterator[Page]:
        """The pages, ascending; each is asked for when its turn comes."""
        rows, full = self._first
        while True:
            in_second = self._after is not None
            whole = self._advance(rows, full)
            if whole:
                yield Page(whole, Place(start=self.start, moment=self._moment, id=self._after))
            if not full and not in_second:
                return
            answer, full = self._ask()
            rows = answer.rows

    def _advance(self, rows: list[Raw], full: bool) -> list[Raw]:
        """Move behind these rows; gives back those that are done with then."""
        self._check(rows)
        if self._after is not None and not full:
            self._moment, self._after = next_second(self._moment), None
            return rows
        if not rows:
            return rows
        last = str(rows[-1]["date_upd"])
        whole = [row for row in rows if row["date_upd"] != last] if full else []
        self._moment = last
        self._after = None if whole else int(rows[-1]["id"])
        return whole or rows

    def _check(self, rows: list[Raw]) -> None:
        """Raise `UnavailableError` when these rows are none that were asked for."""
        if rows and str(rows[0]["date_upd"]) < self._moment:
            raise self._webservice.ignored(self._resource, "date_upd")
        if rows and self._after is not None and int(rows[0]["id"]) <= self._after:
            raise self._webservice.ignored(self._resource, "id")

    def _ask(self) -> tuple[Answer, bool]:
        """The next rows, and whether there may be more of them."""
        pace = self._webservice.pace(self._resource)
        while True:
            limit = pace.size
            patient = limit <= SMALLEST_PORTION
            params = {**self._params, **self._next(), "limit": str(limit), "display": "full"}
            try:
                answer = self._webservice.rows(self._resource, params, patient=patient)
            except (SlowError, BrokenAnswerError):
                if patient:
                    raise
                pace.slower(limit)
            else:
                pace.faster(len(answer.rows))
                return answer, len(answer.rows) >= limit

    def _next(self) -> dict[str, str]:
        if self._after is None:
            between = f"[{self._moment},{LAST}]"
            return {"filter[date_upd]": between, "date": "1", "sort": "[date_upd_ASC,id_ASC]"}
        second = f"[{self._moment},{self._moment}]"
        beyond = f">[{self._after}]"
        return {"filter[date_upd]": second, "filter[id]": beyond, "date": "1", "sort": "[id_ASC]"}


def unseen(pages: Iterable[Page], known: Mapping[str, Sequence[int]], seen: Seen) -> Iterator[Page]:
    """The pages without the changes that the last pass dealt with; those are noted again."""
    for page in pages:
        fresh = []
        for row in page.found:
            if int(row["id"]) in known.get(row["date_upd"], ()):
                seen.note(str(row["id"]), row["date_upd"])
            else:
                fresh.append(row)
        if fresh:
            yield Page(fresh, page.place)
