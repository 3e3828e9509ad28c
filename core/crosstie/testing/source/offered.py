"""Promises about what a source tells: names, keys, and data that the core can work with."""

from collections import Counter
from collections.abc import Mapping
from copy import deepcopy
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from crosstie.commerce import VOCABULARY
from crosstie.records import Record, Selection
from crosstie.testing.source.origin import Origin, SourceCase
from crosstie.testing.source.told import Told, leaves, listed

VALUES = (str, int, bool, Decimal, date, type(None))
RAW = Selection(uses=frozenset({"raw"}))


class OfferedPromises(SourceCase):
    """What is told has names, keys and shapes that flows, links and mappings can stand on."""

    def test_streams_have_the_names_that_are_offered(self, origin: Origin) -> None:
        """A config names a stream, and is checked against `streams_offered` before anything runs.

        A stream that is offered and not there stops the flow at night instead of the config in
        the editor, and links and cursors are kept under the name, so it must not vary.
        Usually broken by a stream that was renamed in one of the two places.
        """
        project = origin.bench.project()
        offered = project.config.systems["system"].connector.streams_offered
        if offered is None:
            pytest.skip("its streams are known only to the system itself")
        with origin.bench.live() as live:
            streams = {name: stream.name for name, stream in live.streams().items()}
        twice = [name for name, times in Counter(offered).items() if times > 1]
        if twice or set(offered) != set(streams) or any(key != streams[key] for key in streams):
            there = listed(f"{key!r} named {name!r}" for key, name in streams.items())
            self.broken(
                f"streams_offered has {listed(offered)}; streams() has {there}",
                "one name in `streams_offered`, as key of `streams()` and as `name` of the stream",
            )

    def test_keys_are_text_unique_and_not_empty(self, origin: Origin) -> None:
        """The key is the record's identity: which row belongs to it is remembered under it.

        A number loses leading zeros and is another key than the same digits as text.
        A key that two records share makes one row of two people; one that changes makes two of one.
        Usually broken by ``record["id"]`` taken from JSON as it is, and by ids that count anew in
        each shop, account or list.
        """
        origin.fill()
        told = origin.read()
        wrong = [key for key in told.keys if type(key) is not str or not key.strip()]
        if wrong:
            self.broken(
                f"{listed(f'{key!r} ({type(key).__name__})' for key in wrong)}",
                "a key that is no text: write str(...) where the record is made",
            )
        seen: dict[str, Record] = {}
        for record in told.records:
            if seen.setdefault(record.key, record).data != record.data:
                self.broken(
                    f"two different records came under the key {record.key!r}",
                    "keys that are unique only within one shop or account: put its id in front",
                )
        if unknown := set(origin.held) - set(seen):
            self.broken(
                f"{listed(sorted(unknown))} were put there, told was {listed(sorted(seen))}",
                "the key that add() of the test returns, and the one that the stream tells",
            )

    def test_reading_twice_tells_the_same(self, origin: Origin) -> None:
        """What did not change at the source must not look changed, or every run writes it again.

        Usually broken by the present time, a random number or an unordered set in the data, and by
        what one connection remembers and the next one does not.
        """
        origin.fill()
        first, second = origin.read().latest, origin.read().latest
        if differ := [key for key in first | second if first.get(key) != second.get(key)]:
            key = differ[0]
            self.broken(
                f"{key} was first {first.get(key)} and then {second.get(key)}",
                "data that does not come from the record alone, or records that are left out",
            )

    def test_data_is_of_the_vocabulary_or_a_mapping(self, origin: Origin) -> None:
        """Sinks map the commerce vocabulary by themselves, and templates look into mappings.

        Anything else, such as a class of the connector's own or of its SDK, can be mapped by
        nobody and cannot be compared with what was written before.
        Values are text, Decimal, time with zone, date, whole number, true, false or None.
        """
        origin.fill()
        for record in origin.read().records:
            if not isinstance(record.data, (*VOCABULARY.values(), Mapping)):
                self.broken(
                    f"{record.key} is a {type(record.data).__name__}",
                    "a class of crosstie.commerce, or a dict of the system's own fields",
                )
            for path, leaf in leaves(record.data, "data"):
                if not isinstance(leaf, VALUES) and not isinstance(leaf, float):
                    self.broken(
                        f"{path} of {record.key} is a {type(leaf).__name__}: {leaf!r}",
                        "a value of a library's own type: turn it into text or a number",
                    )

    def test_what_was_told_does_not_change_what_is_told_next(self, origin: Origin) -> None:
        """Mappings of plugins get the record's data, and some write into the dicts they get.

        Usually broken by a cache of answers, or by default values, that hand out the same dict or
        list each time: one flow's change then shows up in another's rows.
        """
        origin.fill()
        with origin.stream() as stream:
            told = origin.told(stream, RAW)
            before = {key: deepcopy(_shape(one)) for key, one in told.latest.items()}
            for record in told.records:
                _scribble(record.data)
                _scribble(record.raw)
            after = origin.told(stream, RAW)
        self._compare(before, after)

    def _compare(self, before: Mapping[str, Any], after: Told) -> None:
        for key, record in after.latest.items():
            if key in before and before[key] != _shape(record):
                self.broken(
                    f"{key} was told again with what a mapping had written into it: {record.data}",
                    "one dict or list that is cached or shared: make a new one for each record",
                )


def _shape(record: Record) -> tuple[Any, Any]:
    return record.data, record.raw


def _scribble(value: Any) -> None:
    """Write into everything that can be written into."""
    if isinstance(value, dict):
        for one in list(value.values()):
            _scribble(one)
        value["scribbled"] = "by a mapping"
    elif isinstance(value, list):
        for one in list(value):
            _scribble(one)
        value.append("scribbled")
    elif isinstance(value, tuple):
        for one in value:
            _scribble(one)
