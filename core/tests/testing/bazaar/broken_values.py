"""Connectors of the bazaar that spoil what they tell, or tell what they should not."""

import html
import json
import unicodedata
import urllib.error
import urllib.request
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from itertools import count
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

import attrs

from crosstie import Env, Record, Response, Selection, UnavailableError
from tests.testing.bazaar.connector import Bazaar, LiveBazaar, Wares

Row = Mapping[str, Any]


class TellsFloats(Wares):
    def money(self, number: Any) -> Any:
        return float(number)


class MakesDecimalsOfFloats(Wares):
    def money(self, number: Any) -> Any:
        return Decimal(float(number))


class ForgetsTheZone(Wares):
    def time(self, text: str) -> Any:
        return datetime.fromisoformat(text).replace(tzinfo=None)


class TakesUtcForParis(Wares):
    def time(self, text: str) -> Any:
        return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo("Europe/Paris"))


class KnowsNoSummer(Wares):
    def time(self, text: str) -> Any:
        return datetime.fromisoformat(text).replace(tzinfo=timezone(timedelta(hours=1)))


class KeysAreNumbers(Wares):
    def key(self, row: Row) -> Any:
        return row["id"]


class KeysOfTwoStalls(Wares):
    def key(self, row: Row) -> str:
        return str((row["id"] + 1) // 2)


READS = count(1)


class CountsItsReads(Wares):
    def data(self, row: Row) -> Any:
        return attrs.evolve(super().data(row), code=f"{row['code']}, read no. {next(READS)}")


@attrs.frozen
class OwnWare:
    title: str


class TellsAClassOfItsOwn(Wares):
    def data(self, row: Row) -> Any:
        return OwnWare(row["title"])


CACHE: dict[str, dict[str, Any]] = {}


class CachesDicts(Wares):
    def data(self, row: Row) -> Any:
        return CACHE.setdefault(row["title"] + row["changed"], {**row, "price": None})


class Strips(Wares):
    def text(self, text: str) -> Any:
        return text.strip()


class Unescapes(Wares):
    def text(self, text: str) -> Any:
        return html.unescape(text)


class ReadsLatin1(Wares):
    def decoded(self, answer: Response) -> Any:
        return json.loads(answer.content.decode("latin-1"), parse_float=Decimal)


class MakesNumbers(Wares):
    def text(self, text: str) -> Any:
        return int(text) if text.isdecimal() else text


class MakesNothing(Wares):
    def text(self, text: str) -> Any:
        return None if text in {"null", "NULL", "NaN"} else text


class Composes(Wares):
    def text(self, text: str) -> Any:
        return unicodedata.normalize("NFC", text)


class CutsOff(Wares):
    def text(self, text: str) -> Any:
        return text[:255]


class LeavesOutWhatItCannotRead(Wares):
    def told(self, rows: Iterable[Row], selection: Selection) -> Iterator[Record]:
        for record in super().told(rows, selection):
            if "\x07" not in record.data.name:
                yield record


class AsksByItself(Wares):
    def send(self, path: str, params: Mapping[str, str]) -> Response:
        token = self.settings.token.reveal()
        address = f"{self.settings.url}{path}?{urlencode(params)}"
        request = urllib.request.Request(address, headers={"Authorization": f"Bearer {token}"})
        for _ in range(3):
            try:
                with urllib.request.urlopen(request) as answer:
                    return Response(answer.status, {}, answer.read(), path)
            except urllib.error.HTTPError as error:
                error.close()
                status = error.code
        return Response(status, {}, b"", path)


class NamesItsKeyInErrors(Wares):
    def judged(self, answer: Response) -> Any:
        if answer.status >= 500:
            place = f"{answer.url}?token={self.settings.token.reveal()}"
            raise UnavailableError(f"{place}: answered {answer.status}")
        return super().judged(answer)


class LogsItsKey(Wares):
    def send(self, path: str, params: Mapping[str, str]) -> Response:
        self.env.log.debug("GET %s, token %s", path, self.settings.token.reveal())
        return super().send(path, params)


class KeepsItsKey(Wares):
    def send(self, path: str, params: Mapping[str, str]) -> Response:
        self.env.memory.set("token", self.settings.token.reveal())
        return super().send(path, params)


@attrs.frozen
class OpenLive(LiveBazaar):
    headers: Mapping[str, str]


class ShowsItsKey(Bazaar):
    def connect(self, env: Env) -> LiveBazaar:
        live = super().connect(env)
        return OpenLive(live.streams(), {"Authorization": f"Bearer {self.token.reveal()}"})


class OffersAnotherName(Bazaar):
    streams_offered = ("wares", "goods")
