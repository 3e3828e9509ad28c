"""One resource's records, held economically: a row is a tuple, equal short texts are held once.

A record goes in and comes out as the webservice shows it in full: a dict with an integer `id`,
the fields, and `associations` (lists of dicts) where there are any.
"""

from bisect import bisect_left, bisect_right, insort
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from crosstie_prestashop.sandbox.matching import known
from crosstie_prestashop.sandbox.resources import Record, Resource

Associations = dict[str, list[dict[str, Any]]]
Packed = tuple[tuple[str, tuple[tuple[Any, ...], ...]], ...]
CACHED = 16_384


class Table:
    """The records of one resource; ids are given in order, as by a database.

    `derive` gives associations that are kept elsewhere (an order's rows are its order details).
    `encoded` is for whoever turns records into JSON: it is emptied as records change.
    `watch` is a field, and a function that is told its value whenever such a record changes.
    """

    def __init__(self, resource: Resource, shared: dict[Any, Any]) -> None:
        self.resource = resource
        self.derive: Callable[[int], Associations] | None = None
        self.watch: tuple[str, Callable[[Any], object]] | None = None
        self.encoded: dict[int, bytes] = {}
        self.last_id = 0
        self._shared = shared
        self._names = tuple(resource.fields)
        self._place = {name: place for place, name in enumerate(self._names)}
        self._rows: dict[int, tuple[Any, ...]] = {}
        self._ids: list[int] = []
        self._same: dict[str, dict[Any, list[int]]] = {}
        self._sorted: dict[str, list[tuple[Any, int]]] = {}

    def __len__(self) -> int:
        return len(self._rows)

    def __iter__(self) -> Iterator[int]:
        return iter(self._ids)

    def __contains__(self, key: int) -> bool:
        return key in self._rows

    def get(self, key: int) -> Record | None:
        """A copy of a record, or None."""
        if key not in self._rows:
            return None
        record = self.plain(key)
        associations = self.derive(key) if self.derive else self._unpack(self._rows[key][-1])
        if associations:
            record["associations"] = associations
        return record

    def plain(self, key: int) -> Record:
        """A copy of a record that is there, without its associations."""
        return {"id": key, **dict(zip(self._names, self._row(key), strict=False))}

    def __getitem__(self, key: int) -> Record:
        """A copy of a record; KeyError, with the resource's name, when it is not there."""
        record = self.get(key)
        if record is None:
            raise KeyError(f"{self.resource.name} {key}")
        return record

    def value(self, key: int, name: str) -> Any:
        """One raw value of a record that is there."""
        return key if name == "id" else self._row(key)[self._place[name]]

    def insert(self, record: Mapping[str, Any]) -> int:
        """Add a record, under its own id or the next one; returns the id."""
        key = int(record.get("id") or self.last_id + 1)
        if key in self._rows:
            raise ValueError(f"{self.resource.name} {key} is there already")
        share = self._shared.setdefault
        row = [
            share(value, value) if value.__class__ is str and len(value) < 13 else value
            for value in map(record.get, self._names)
        ]
        row.append(share(packed := self._pack(record.get("associations") or {}), packed))
        self._rows[key] = tuple(row)
        if key > self.last_id:
            self._ids.append(key)
            self.last_id = key
        else:
            insort(self._ids, key)
        self._index(key, +1)
        return key

    def change(self, key: int, **values: Any) -> None:
        """Set fields (or `associations`) of a record that is there."""
        row = list(self._row(key))
        self._index(key, -1)
        if "associations" in values:
            row[-1] = self._pack(values.pop("associations"))
        for name, value in values.items():
            row[self._place[name]] = value
        self._rows[key] = tuple(row)
        self._index(key, +1)
        self.encoded.pop(key, None)

    def remove(self, key: int) -> None:
        """Delete a record that is there; its id is not given again."""
        self._row(key)
        self._index(key, -1)
        del self._rows[key]
        del self._ids[bisect_left(self._ids, key)]
        self.encoded.pop(key, None)

    def with_value(self, name: str, value: Any) -> Sequence[int]:
        """The ids of the records whose field has this `known` value, in no order."""
        if name not in self._same:
            index: dict[Any, list[int]] = {}
            for key in self._ids:
                index.setdefault(self._known(key, name), []).append(key)
            self._same[name] = index
        return self._same[name].get(value, ())

    def between_ids(self, low: float, high: float) -> list[int]:
        """The ids from `low` to `high`, both included, in order."""
        return self._ids[bisect_left(self._ids, low) : bisect_right(self._ids, high)]

    def between(self, name: str, low: Any, high: Any) -> list[int]:
        """The ids of the records whose `known` value lies between, ordered by value and id."""
        if name not in self._sorted:
            pairs = ((self._known(key, name), key) for key in self._ids)
            self._sorted[name] = sorted(pair for pair in pairs if pair[0] is not None)
        pairs_ = self._sorted[name]
        first = bisect_left(pairs_, (low, 0))
        return [key for _, key in pairs_[first : bisect_right(pairs_, (high, self.last_id))]]

    def known(self, name: str) -> Callable[[int], Any]:
        """A function from an id to the comparable value of one field."""
        if name == "id":
            return lambda key: key
        return lambda key: self._known(key, name)

    def _row(self, key: int) -> tuple[Any, ...]:
        row = self._rows.get(key)
        if row is None:
            raise KeyError(f"{self.resource.name} {key}")
        return row

    def _known(self, key: int, name: str) -> Any:
        return known(self.resource.fields[name], self._rows[key][self._place[name]])

    def _index(self, key: int, step: int) -> None:
        if self.watch:
            name, tell = self.watch
            tell(self.value(key, name))
        for name, index in self._same.items():
            value = self._known(key, name)
            if step > 0:
                index.setdefault(value, []).append(key)
            else:
                index[value].remove(key)
        for name, pairs in self._sorted.items():
            value = self._known(key, name)
            if value is not None and step > 0:
                insort(pairs, (value, key))
            elif value is not None:
                del pairs[bisect_left(pairs, (value, key))]

    def _pack(self, associations: Associations) -> Packed:
        known_ones = self.resource.associations
        return tuple(
            (name, tuple(tuple(map(item.get, known_ones[name].fields)) for item in items))
            for name, items in associations.items()
            if items and not (self.derive and known_ones[name].virtual)
        )

    def _unpack(self, packed: Packed) -> Associations:
        known_ones = self.resource.associations
        return {
            name: [dict(zip(known_ones[name].fields, item, strict=True)) for item in items]
            for name, items in packed
        }
