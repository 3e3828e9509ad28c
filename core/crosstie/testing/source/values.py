"""Promises about single values: text as it is, money exact, times with their zone."""

import html
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from crosstie.records import Record, Selection
from crosstie.testing.source.origin import Origin, SourceCase
from crosstie.testing.source.told import leaves, texts_in

MOST_DIGITS = 15
QUARTER = timedelta(minutes=15)
FARTHEST = timedelta(hours=14)
SEASONS = (datetime(2026, 1, 15, 10, 7, 9, tzinfo=UTC), datetime(2026, 7, 15, 10, 7, 9, tzinfo=UTC))

MISHAPS: Mapping[str, Callable[[str], str]] = {
    "blanks at its ends are cut off (strip)": str.strip,
    "it is unescaped, although it was no HTML": html.unescape,
    "it is escaped as HTML": html.escape,
    "leading zeros are lost: it became a number on the way": lambda text: text.lstrip("0"),
    "UTF-8 is read as Latin-1": lambda text: text.encode().decode("latin-1"),
    "UTF-8 is read as Windows-1252": lambda text: text.encode().decode("cp1252", "replace"),
    "it is squeezed into Latin-1": lambda text: text.encode("latin-1", "replace").decode("latin-1"),
    "it is squeezed into ASCII": lambda text: text.encode("ascii", "ignore").decode(),
    "its accents are composed (NFC)": lambda text: unicodedata.normalize("NFC", text),
    "its accents are decomposed (NFD)": lambda text: unicodedata.normalize("NFD", text),
    "its line breaks are changed": lambda text: text.replace("\r\n", "\n"),
    "its white space is folded": lambda text: " ".join(text.split()),
    "its case is changed": str.lower,
}


class ValuePromises(SourceCase):
    """What stands in the source arrives as it stands there."""

    def test_texts_survive(self, origin: Origin) -> None:
        """People are called O'Neil, live in Kraków, write in Hebrew and send emoji.

        Card and post code 0012345 is text, and so are the names Null and NaN.
        Usually broken by a decoding that is guessed, by strip() and unescape() that mean well, by
        a library that turns text into numbers, and by XML or CSV that is put together by hand.
        Texts that the system itself refuses or changes are left out of `texts`.
        """
        plain = origin.add()
        keys = {name: origin.add(text) for name, text in self.texts.items()}
        told = origin.read().latest
        if plain in origin.missed(told.values()):
            self.broken(
                f"{plain} was put there with {origin.held[plain].text!r}, told was "
                f"{told.get(plain)}",
                "add() of the test: it puts the text where the stream does not look",
            )
        place = _place_of(origin.held[plain].text, told[plain])
        for name, key in keys.items():
            text = self.texts[name]
            if key not in told:
                self.broken(
                    f"the record {key} with the text {name!r} was not told: {text[:60]!r}",
                    "a record that cannot be read is left out in silence",
                )
            if text not in texts_in(told[key].data):
                seen, cause = _mishap(told[key], text, place)
                self.broken(f"{name!r}: {text[:80]!r} became {seen[:80]}", cause)

    def test_money_stays_decimal(self, origin: Origin) -> None:
        """A float cannot hold 0.10: sums of it are off by cents, and rows look changed.

        No value is a float, and no Decimal has more than 15 digits after the point, which is what
        Decimal(0.1) makes.
        Usually broken by `json()`, which reads 19.90 as a float: use
        ``json.loads(answer.content, parse_float=Decimal)``.
        """
        origin.fill()
        for record in self._told_with_raw(origin):
            for path, leaf in _all_leaves(record):
                if isinstance(leaf, float):
                    self.broken(
                        f"{path} of {record.key} is the float {leaf!r}",
                        "JSON that is read without parse_float=Decimal, or float() on a text",
                    )
                if isinstance(leaf, Decimal) and _digits(leaf) > MOST_DIGITS:
                    self.broken(
                        f"{path} of {record.key} is {leaf}",
                        "a Decimal that was a float before: make it from the text",
                    )

    def test_times_keep_their_zone(self, origin: Origin) -> None:
        """Shop and CRM stand in different zones, and a time without one is off by hours in one.

        Every time is aware, and the moment of the last change is told as it was, in summer and
        in winter.
        Usually broken by a local time that is taken for UTC, and by an offset that is fixed.
        """
        keys = [origin.add(at=moment) for moment in SEASONS]
        told = origin.read()
        for record in told.records:
            for path, leaf in _all_leaves(record):
                if isinstance(leaf, datetime) and leaf.tzinfo is None:
                    self.broken(
                        f"{path} of {record.key} is {leaf} without a zone",
                        "the system's own zone, which has to be asked for or set",
                    )
        timed = False
        for key in keys:
            if key in told.latest:
                timed = self._is_told(told.latest[key], origin.held[key].at) or timed
        if not timed:
            pytest.skip("its records do not tell when they were changed")

    def _is_told(self, record: Record, at: datetime) -> bool:
        """Whether the record tells this moment; fails where it tells it in a wrong zone."""
        leaf_times = [leaf for _, leaf in _all_leaves(record) if isinstance(leaf, datetime)]
        if at in leaf_times:
            return True
        for moment in leaf_times:
            off = moment - at
            if off % QUARTER == timedelta(0) and abs(off) <= FARTHEST:
                hours = off / timedelta(hours=1)
                self.broken(
                    f"{record.key} was changed at {at}, and {moment} is told: {hours:+g} h",
                    f"the zone of the system's local times (here {self.zone}), and its summer time",
                )
        return False

    def _told_with_raw(self, origin: Origin) -> list[Record]:
        with origin.stream() as stream:
            return origin.told(stream, Selection(uses=frozenset({"raw"}))).records


def _all_leaves(record: Record) -> Iterator[tuple[str, Any]]:
    yield from leaves(record.data, "data")
    yield from leaves(record.raw or {}, "raw")


def _digits(number: Decimal) -> int:
    exponent = number.as_tuple().exponent
    return -exponent if isinstance(exponent, int) else 0


def _place_of(text: str, record: Record) -> str:
    return next(path for path, leaf in leaves(record.data, "data") if leaf == text)


def _mishap(record: Record, text: str, place: str) -> tuple[str, str]:
    """What became of a text in its place, and how that happens."""
    found = dict(leaves(record.data, "data")).get(place)
    seen = repr(found)
    if found is None:
        return seen, "a text that looks like nothing, or cannot be read, is taken for nothing"
    if not isinstance(found, str):
        return seen, "a text that looks like a number (or a truth) is turned into one"
    for cause, spoil in MISHAPS.items():
        if found == spoil(text) != text:
            return seen, cause
    if text.startswith(found):
        return seen, f"it is cut off after {len(found)} characters"
    return seen, "how the answer is decoded, and what is done to its texts afterwards"
