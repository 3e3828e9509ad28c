"""A good connector of the bazaar, in small methods, so that a broken one changes one of them."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

import attrs

from crosstie import (
    Checkpoint,
    Env,
    Http,
    Record,
    Response,
    Secret,
    Selection,
    UnauthorisedError,
    UnavailableError,
    hookimpl,
    setting,
)
from crosstie.commerce import Product
from tests.testing.bazaar.sandbox import MOST_IDS, earliest

OVERLAP = timedelta(minutes=2)


@attrs.frozen
class Place:
    """Where a pass that began at `start` (Unix seconds) is; `at` is None where it is over."""

    start: int | None = None
    at: str | None = None
    id: int = 0


@attrs.define
class Wares:
    """All wares of the bazaar."""

    name: ClassVar[str] = "wares"
    settings: Any
    http: Http
    env: Env

    def read(self, selection: Selection) -> Iterator[Record | Checkpoint]:
        """See `Stream`."""
        if selection.window is not None:
            start, until = (earliest(moment, self.zone) for moment in selection.window)
            yield from self.told(self.rows({"from": start, "until": until}), selection)
            yield Checkpoint(self.cursor(Place(0)))
            return
        place = self.place(selection.since)
        while True:
            answer = self.ask("/wares", self.query(place))
            place = self.started(place, answer)
            rows = answer["wares"]
            yield from self.told(rows, selection)
            if self.is_last(rows):
                break
            place = self.after(place, rows)
            yield Checkpoint(self.cursor(place))
        yield Checkpoint(self.end(place))

    def get(self, keys: Sequence[str], uses: frozenset[str]) -> Iterable[Record]:
        """See `Gets`."""
        for start in range(0, len(keys), MOST_IDS):
            some = ",".join(keys[start : start + MOST_IDS])
            answer = self.ask("/wares", {"ids": some})
            yield from self.told(answer["wares"], Selection(uses=uses))

    def keys(self) -> Iterator[str]:
        """See `ListsKeys`."""
        after = 0
        while ids := self.ask("/ids", {"after": after, "limit": self.settings.page})["ids"]:
            yield from map(str, ids)
            after = ids[-1]

    @property
    def zone(self) -> ZoneInfo | None:
        """In which the bazaar tells its times; UTC where none is set."""
        zone: ZoneInfo | None = self.settings.time_zone
        return zone

    def place(self, since: str | None) -> Place:
        """Where a cursor points to; a pass that was over begins again a little before it began."""
        if since is None:
            return Place(at="")
        place = Place(**json.loads(since))
        if place.at is not None or place.start is None:
            return place
        return Place(at=self.beginning(datetime.fromtimestamp(place.start, UTC)))

    def beginning(self, started: datetime) -> str:
        """The time from which to ask for what changed since a pass that started then."""
        return earliest(started - OVERLAP, self.zone)

    def query(self, place: Place) -> dict[str, Any]:
        """How to ask for the next page."""
        return {"from": place.at, "then": place.id, "limit": self.settings.page}

    def started(self, place: Place, answer: Mapping[str, Any]) -> Place:
        """The pass begins at the bazaar's own time."""
        return place if place.start else attrs.evolve(place, start=answer["now"])

    def after(self, place: Place, rows: Sequence[Mapping[str, Any]]) -> Place:
        """The place behind these rows."""
        return attrs.evolve(place, at=rows[-1]["changed"], id=rows[-1]["id"])

    def is_last(self, rows: Sequence[Mapping[str, Any]]) -> bool:
        """Whether a page is the last one."""
        return len(rows) < int(self.settings.page)

    def cursor(self, place: Place) -> str:
        """A place as text."""
        return json.dumps(attrs.asdict(place))

    def end(self, place: Place) -> str:
        """The cursor of a pass that is over."""
        return self.cursor(Place(place.start))

    def rows(self, query: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
        """All rows that fit, a page at a time."""
        then = dict(query)
        while rows := self.ask("/wares", {**then, "limit": self.settings.page})["wares"]:
            yield from rows
            then |= {"from": rows[-1]["changed"], "then": rows[-1]["id"]}

    def told(self, rows: Iterable[Mapping[str, Any]], selection: Selection) -> Iterator[Record]:
        """Rows as records."""
        for row in rows:
            removed, key = bool(row.get("removed")), self.key(row)
            data = None if removed else self.data(row)
            raw = row if "raw" in selection.uses else None
            yield Record(key, data, row["changed"], deleted=removed, raw=raw)

    def key(self, row: Mapping[str, Any]) -> str:
        """A ware's key."""
        return str(row["id"])

    def data(self, row: Mapping[str, Any]) -> Any:
        """A ware in the vocabulary."""
        return Product(
            code=row["code"],
            name=self.text(row["title"]),
            price=self.money(row["price"]),
            updated=self.time(row["changed"]),
        )

    def text(self, text: str) -> Any:
        """A text as it is."""
        return text

    def money(self, number: Any) -> Any:
        """An amount, exact."""
        return Decimal(number)

    def time(self, text: str) -> Any:
        """A time of the bazaar."""
        moment = datetime.fromisoformat(text)
        return moment if moment.tzinfo else moment.replace(tzinfo=self.zone)

    def ask(self, path: str, query: Mapping[str, Any]) -> Any:
        """One question."""
        return self.judged(self.send(path, {name: str(value) for name, value in query.items()}))

    def send(self, path: str, params: Mapping[str, str]) -> Response:
        """One request."""
        return self.http.get(path, params=params)

    def judged(self, answer: Response) -> Any:
        """What an answer says; raises a `FlowError` for all that is not what was asked for."""
        if answer.status in {401, 403}:
            raise UnauthorisedError(f"{answer.url}: the bazaar refuses the token")
        told = self.decoded(answer)
        if answer.status != 200 or not isinstance(told, dict) or not {"wares", "ids"} & set(told):
            raise UnavailableError(f"{answer.url}: answered {answer.status}, and no wares")
        return told

    def decoded(self, answer: Response) -> Any:
        """The answer as JSON, None where it is none."""
        try:
            return json.loads(answer.content, parse_float=Decimal)
        except ValueError:
            return None


class AllWares(Wares):
    """The wares of a bazaar that has no feed, as it were."""

    whole: ClassVar[bool] = True

    def place(self, since: str | None) -> Place:
        """Always the beginning."""
        return Place(at="")


@attrs.frozen
class Bazaar:
    """The bazaar."""

    kind: ClassVar[str] = "bazaar"
    streams_offered: ClassVar[tuple[str, ...]] = ("wares",)
    tables_offered: ClassVar[tuple[str, ...] | None] = ()
    stream: ClassVar[type[Wares]] = Wares

    url: str = setting("Its address")
    token: Secret = setting("The token it gave out")
    page: int = setting("Wares asked for at once", default=50)
    time_zone: ZoneInfo | None = setting("Of its local times", default=None)
    timeout: timedelta = setting("Of one request", default=timedelta(seconds=5))

    def connect(self, env: Env) -> "LiveBazaar":
        """A connected bazaar."""
        headers = {"Authorization": f"Bearer {self.token.reveal()}"}
        return LiveBazaar({"wares": self.stream(self, env.http(self.url, headers=headers), env)})


@attrs.frozen
class LiveBazaar:
    """A connected bazaar."""

    _streams: Mapping[str, Wares]

    def streams(self) -> Mapping[str, Wares]:
        """See `Live`."""
        return self._streams

    def tables(self) -> Mapping[str, Any]:
        """See `Live`."""
        return {}

    def close(self) -> None:
        """Nothing is held."""


@attrs.frozen
class Offer:
    """A plugin that offers a connector of the bazaar."""

    connector: type[Any]

    @hookimpl
    def register_sources(self) -> Sequence[type[Any]]:
        """The bazaar."""
        return [self.connector]
