"""The client: asks the webservice for rows, in portions that the shop can manage.

It reads JSON, because a text with ``]]>`` in it makes the shop's XML malformed (observed on 8.2.1),
and always with a sort order and by ids or dates, never by offsets over a list that moves.
"""

import math
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from email.utils import parsedate_to_datetime
from typing import TypeVar
from urllib.parse import quote

import attrs

from crosstie import Clock, Http, Response, SlowError, UnavailableError
from crosstie_prestashop.answers import (
    BrokenAnswerError,
    Site,
    UnreadableError,
    rights_in,
    rows_in,
)
from crosstie_prestashop.values import Raw

IDS_AT_ONCE = 5000
"""Ids without their records cost the shop little: 5,005 take it 33 ms (8.2.1)."""

LONGEST_LIST = 5000
"""Bytes that a list of values may take in a URL; Apache refuses lines beyond 8,190."""

SMALLEST_PORTION = 16
PAUSES = (0.5, 2.0, 5.0)
AN_HOUR = 3600
SEPARATOR = "|"
Told = TypeVar("Told")


@attrs.frozen(slots=True)
class Answer:
    """The rows of one request; `at` is the server's own clock (Unix seconds) when it began."""

    rows: list[Raw]
    at: int


def askable(value: str) -> bool:
    """Whether a filter can hold this value; the webservice has no escape for some characters."""
    return not set(value) & set("[]|,%")


class Pace:
    """How many rows are asked for at once: halved when the shop is too slow, regained slowly."""

    def __init__(self, most: int) -> None:
        self.most = most
        self.size = most

    def slower(self, tried: int) -> None:
        """So many were too many."""
        self.size = max(1, min(self.size, tried // 2))

    def faster(self, managed: int) -> None:
        """So many were managed."""
        if managed >= self.size:
            self.size = min(self.most, self.size + max(1, self.most // 20))


class Webservice:
    """One shop's webservice; usable from several threads.

    `version` is the shop's (``8.2.1``), known after the first answer.
    A resource that the key may not read is asked for once an hour: in between, every further
    request for it raises the same `UnreadableError`.
    """

    def __init__(self, http: Http, site: Site, clock: Clock, page: int) -> None:
        self.site = site
        self.version: str | None = None
        self._http = http
        self._clock = clock
        self._page = page
        self._paces: dict[str, Pace] = {}
        self._readable: set[str] = set()
        self._unreadable: dict[str, tuple[float, str]] = {}
        self._first: dict[str, threading.Lock] = {}
        self._lock = threading.Lock()

    def pace(self, resource: str) -> Pace:
        """The portion that the shop manages of this resource."""
        with self._lock:
            return self._paces.setdefault(resource, Pace(self._page))

    def rows(self, resource: str, params: Mapping[str, str], *, patient: bool = True) -> Answer:
        """The rows of one list. Not `patient`: `SlowError` at the first time-out."""
        if resource not in self._readable:
            with self._lock:
                first = self._first.setdefault(resource, threading.Lock())
            with first:  # one worker finds out whether it may be read, the others wait for that
                if resource not in self._readable:
                    answer = self._rows(resource, params, patient)
                    self._readable.add(resource)
                    return answer
        return self._rows(resource, params, patient)

    def _rows(self, resource: str, params: Mapping[str, str], patient: bool) -> Answer:
        now = self._clock.now().timestamp()
        refused, reason = self._unreadable.get(resource, (-math.inf, ""))
        if now - refused < AN_HOUR:
            raise UnreadableError(reason)

        def judge(answer: Response) -> Answer:
            return Answer(rows_in(answer, resource, self.site), self._time_of(answer))

        try:
            return self._ask(resource, {**params, "output_format": "JSON"}, patient, judge)
        except UnreadableError as error:
            self._unreadable[resource] = now, str(error)
            raise

    def rights(self) -> tuple[dict[str, frozenset[str]], int]:
        """Resource name to what the key may do with it, and the server's clock."""
        return self._ask(
            "", {}, True, lambda answer: (rights_in(answer, self.site), self._time_of(answer))
        )

    def send(
        self,
        method: str,
        path: str,
        content: bytes | None = None,
        query: Mapping[str, str] | None = None,
    ) -> Response:
        """Send one request, XML where it has content, and return the answer unjudged.

        It is sent once: raises `UncertainError` when it may have been carried out unanswered.
        """
        asked = {"output_format": "JSON", **(query or {})}
        if self.site.id_shop is not None:
            asked["id_shop"] = str(self.site.id_shop)
        return self._http.request(method, path, params=asked, content=content)

    def ids(self, resource: str, after: int, more: Mapping[str, str]) -> Iterator[Answer]:
        """All ids above `after`, ascending, in answers that hold nothing else; one at least.

        Raises `UnavailableError` when the shop does not keep to the order that it was asked for.
        """
        while True:
            params = {**more, "sort": "[id_ASC]", "limit": str(IDS_AT_ONCE)}
            if after > 0:
                params["filter[id]"] = f">[{after}]"
            answer = self.rows(resource, params)
            if answer.rows and int(answer.rows[0]["id"]) <= after:
                raise self.ignored(resource, "id")
            yield answer
            if len(answer.rows) < IDS_AT_ONCE:
                return
            after = int(answer.rows[-1]["id"])

    def by(
        self,
        resource: str,
        field: str,
        values: Iterable[str],
        *,
        display: str = "full",
        more: Mapping[str, str] | None = None,
    ) -> list[Raw]:
        """All rows whose `field` is one of `values`, in as few requests as URL and pace allow.

        Values that are not `askable` are left out. What comes back is compared with what was
        asked, because a filter that the webservice does not understand is dropped in silence, and
        all rows come back.
        """
        wanted = set(filter(askable, values))

        def ask(part: Sequence[str], patient: bool) -> list[Raw]:
            params = {
                **(more or {}),
                f"filter[{field}]": f"[{SEPARATOR.join(part)}]",
                "display": display,
            }
            return self.rows(resource, {**params, "sort": "[id_ASC]"}, patient=patient).rows

        found: list[Raw] = []
        for part in self._portions(resource, sorted(wanted)):
            found += self.in_portions(resource, part, ask)
        return [row for row in found if str(row.get(field)) in wanted]

    def ignored(self, resource: str, field: str) -> UnavailableError:
        """The error for rows that were not asked for, without which reading would never end."""
        return UnavailableError(
            f"{self.site}: the shop ignores the filter on {field} of {resource}; "
            "is a firewall or a module of the shop in its way?"
        )

    def in_portions(
        self, resource: str, wanted: Sequence[str], ask: Callable[[Sequence[str], bool], list[Raw]]
    ) -> list[Raw]:
        """``ask(wanted, patient)``, or its halves one after the other where that is too much."""
        patient = len(wanted) <= SMALLEST_PORTION
        pace = self.pace(resource)
        try:
            found = ask(wanted, patient)
        except (SlowError, BrokenAnswerError):
            if patient:
                raise
        else:
            pace.faster(len(wanted))
            return found
        pace.slower(len(wanted))
        half = len(wanted) // 2
        return [
            row
            for part in (wanted[:half], wanted[half:])
            for row in self.in_portions(resource, part, ask)
        ]

    def _portions(self, resource: str, values: Sequence[str]) -> Iterator[Sequence[str]]:
        """The values in parts that fit into a URL and that the shop manages."""
        while values:
            count = self.pace(resource).size
            while count > 1 and len(quote(SEPARATOR.join(values[:count]))) > LONGEST_LIST:
                count -= 1 + count // 8
            yield values[:count]
            values = values[count:]

    def _ask(
        self, path: str, query: dict[str, str], patient: bool, judge: Callable[[Response], Told]
    ) -> Told:
        if self.site.id_shop is not None:
            query["id_shop"] = str(self.site.id_shop)
        pauses = iter(PAUSES if patient else PAUSES[:1])
        while True:
            answer = self._http.get(path, params=query, patient=patient)
            try:
                told = judge(answer)
            except BrokenAnswerError:
                pause = next(pauses, None)
                if pause is None:
                    raise
                self._clock.sleep(pause)
            else:
                self.version = answer.headers.get("psws-version") or self.version
                return told

    def _time_of(self, answer: Response) -> int:
        """The server's clock: `Access-Time` in Unix seconds, else `Date`, else our own."""
        stamp = answer.headers.get("access-time") or ""
        if stamp.isdecimal():
            return int(stamp)
        try:
            return int(parsedate_to_datetime(answer.headers.get("date") or "").timestamp())
        except ValueError:
            return int(self._clock.now().timestamp())
