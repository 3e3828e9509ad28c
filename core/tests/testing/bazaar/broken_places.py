"""Connectors of the bazaar that lose records: each has one bug, as one is really made."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import attrs

from crosstie import Checkpoint, FlowError, Record, Response, Selection, SlowError, UnavailableError
from tests.testing.bazaar.connector import OVERLAP, Place, Wares

Row = Mapping[str, Any]


class AsksForLater(Wares):
    def query(self, place: Place) -> dict[str, Any]:
        return {"later": place.at, "limit": self.settings.page}


class EndsAtTheLastRecord(Wares):
    def end(self, place: Place) -> str:
        return self.cursor(place)


class ResumesBehindTheLastTime(Wares):
    def after(self, place: Place, rows: Sequence[Row]) -> Place:
        return attrs.evolve(place, at=rows[-1]["changed"], id=10**9)


class ChecksInEarly(Wares):
    def read(self, selection: Selection) -> Iterator[Record | Checkpoint]:
        waiting: list[Record] = []
        for thing in super().read(selection):
            if isinstance(thing, Record):
                waiting.append(thing)
            else:
                yield thing
                yield from waiting
                waiting = []
        yield thing


class SkipsTheNext(Wares):
    def after(self, place: Place, rows: Sequence[Row]) -> Place:
        return attrs.evolve(place, at=rows[-1]["changed"], id=rows[-1]["id"] + 1)


class TakesAFullPageForTheLast(Wares):
    def is_last(self, rows: Sequence[Row]) -> bool:
        return len(rows) <= int(self.settings.page)


class PagesByOffset(Wares):
    def query(self, place: Place) -> dict[str, Any]:
        return {"from": place.at, "offset": place.id, "limit": self.settings.page}

    def after(self, place: Place, rows: Sequence[Row]) -> Place:
        return attrs.evolve(place, id=place.id + len(rows))


class ReadsAllFirst(Wares):
    def read(self, selection: Selection) -> Iterator[Record | Checkpoint]:
        yield from list(super().read(selection))


class EndsWhenItEnds(Wares):
    def read(self, selection: Selection) -> Iterator[Record | Checkpoint]:
        if selection.since is not None:
            yield from super().read(selection)
            return
        for key in self.keys():
            yield from self.get([key], selection.uses)
        yield Checkpoint(self.cursor(Place(int((self.env.clock.now() + OVERLAP).timestamp()))))


class ThinksInOneHour(Wares):
    def beginning(self, started: datetime) -> str:
        local = (started - OVERLAP).astimezone(self.zone)
        return local.strftime("%Y-%m-%d %H:%M:%S")


class KnowsOnlySummer(Wares):
    def beginning(self, started: datetime) -> str:
        return (started - OVERLAP + timedelta(hours=2)).strftime("%Y-%m-%d %H:%M:%S")


class TrustsItsOwnClock(Wares):
    def started(self, place: Place, answer: Row) -> Place:
        return attrs.evolve(place, start=place.start or int(self.env.clock.now().timestamp()))

    def beginning(self, started: datetime) -> str:
        return super().beginning(started + OVERLAP)


class GoesBackABit(Wares):
    def place(self, since: str | None) -> Place:
        place = super().place(since)
        if since is None or place.start is not None:
            return place
        return attrs.evolve(place, start=json.loads(since)["start"] - 60)


class RemembersAll(Wares):
    def place(self, since: str | None) -> Place:
        self.seen = json.loads(since)["seen"] if since else []
        return super().place(since and json.dumps(json.loads(since)["place"]))

    def cursor(self, place: Place) -> str:
        self.seen = [*self.seen, place.start]
        return json.dumps({"place": attrs.asdict(place), "seen": self.seen})


class CountsItsPlace(Wares):
    def end(self, place: Place) -> Any:
        return place.start

    def place(self, since: Any) -> Place:
        return super().place(json.dumps({"start": since}) if isinstance(since, int) else since)


class RemembersInTheConnection(Wares):
    def cursor(self, place: Place) -> str:
        self.known = {**getattr(self, "known", {}), str(place): place}
        return str(place)

    def place(self, since: str | None) -> Place:
        known = getattr(self, "known", {}).get(since, Place(start=10**10))
        return super().place(since and json.dumps(attrs.asdict(known)))


class SaysNothingOfNothing(Wares):
    def read(self, selection: Selection) -> Iterator[Record | Checkpoint]:
        things = super().read(selection)
        if first := next((thing for thing in things if isinstance(thing, Record)), None):
            yield first
            yield from things


class NeverLooksAtSince(Wares):
    def place(self, since: str | None) -> Place:
        return Place(at="")


class SaysItIsWhole(Wares):
    whole = True


class IncludesTheEnd(Wares):
    def rows(self, query: Mapping[str, Any]) -> Iterator[Row]:
        return super().rows({**query, "until": query["until"].replace("Z", "Z~")})


class AsksForTooMany(Wares):
    def get(self, keys: Sequence[str], uses: frozenset[str]) -> Iterable[Record]:
        answer = self.ask("/wares", {"ids": ",".join(keys)})
        return self.told(answer["wares"], Selection(uses=uses))


class RevivesTheDead(Wares):
    def get(self, keys: Sequence[str], uses: frozenset[str]) -> Iterable[Record]:
        found = {record.key: record for record in super().get(keys, uses)}
        return [found.get(key) or Record(key, {}) for key in keys]


class ListsAPage(Wares):
    def keys(self) -> Iterator[str]:
        ids = self.ask("/ids", {"limit": self.settings.page})["ids"]
        yield from map(str, ids)


class TellsTheDead(Wares):
    def told(self, rows: Iterable[Row], selection: Selection) -> Iterator[Record]:
        for row in rows:
            known = {"code": None, "title": "", "price": 0, **row}
            yield from super().told([{**known, "removed": False}], selection)


class SwallowsErrors(Wares):
    def ask(self, path: str, query: Mapping[str, Any]) -> Any:
        try:
            return super().ask(path, query)
        except FlowError:
            self.env.log.warning("%s failed, going on", path)
            return {"wares": [], "ids": [], "now": int(datetime.now(UTC).timestamp())}


class EndsWhereItGetsSlow(Wares):
    def send(self, path: str, params: Mapping[str, str]) -> Response:
        try:
            return self.http.get(path, params=params, patient=False)
        except SlowError:
            return Response(200, {}, b'{"wares": [], "now": 0}', path)


class TakesAPageForNothing(Wares):
    def decoded(self, answer: Response) -> Any:
        return super().decoded(answer) or {"wares": [], "now": 0}


class LooksAtNothing(Wares):
    def judged(self, answer: Response) -> Any:
        return self.decoded(answer)


class CallsARefusalAFailure(Wares):
    def judged(self, answer: Response) -> Any:
        if answer.status >= 400:
            raise UnavailableError(f"{answer.url}: answered {answer.status}")
        return super().judged(answer)
