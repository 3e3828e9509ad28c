"""One kind of Connectif's resources: how one is read, found and written by the store's own key."""

from collections.abc import Mapping, Sequence
from typing import Any, NoReturn

import attrs

from crosstie import ConfigError, Row, UnavailableError, UncertainError, Written
from crosstie_connectif.api import Api, quoted


@attrs.frozen
class Resource:
    """Resources under `path`, such as ``contacts/email``, that tell their key in the field `told`.

    `field` is the natural key of the rows; `folds` says that keys are alike whatever their case.
    """

    api: Api
    path: str
    field: str
    told: str
    folds: bool = False

    def address(self, key: object) -> str:
        """Where the one with this key is."""
        return f"{self.path}/{quoted(key)}"

    def read(self, key: object) -> Mapping[str, Any] | None:
        """The one with this key, None where there is none."""
        found = self.api.get(self.address(key))
        if found is not None and not self.same(found.get(self.told), key):
            raise UnavailableError(
                f"{self.path}: asked for {key}, Connectif told {str(found.get(self.told))[:100]!r}"
            )
        return found

    def find(self, keys: Sequence[Row]) -> list[list[str]]:
        """What `crosstie.Table.find` returns; the ids are the keys as Connectif keeps them."""
        found = []
        for key in keys:
            if set(key) != {self.field}:
                text = f"Connectif finds rows by {self.field} only: take `match` out"
                raise ConfigError([text])
            wanted = str(key[self.field]).strip() if self.folds else key[self.field]
            there = self.read(wanted)
            found.append([] if there is None else [str(there[self.told])])
        return found

    def show(self, ids: Sequence[str]) -> list[Mapping[str, Any] | None]:
        """What Connectif tells of each of these, with the natural key under its own name."""
        told = [self.read(one) for one in ids]
        return [one and {**one, self.field: one[self.told]} for one in told]

    def put(self, key: str, row: Row) -> Written:
        """Create the one with this key, or change the fields given."""
        body = {name: value for name, value in row.items() if name != self.field}
        return self.written(self.api.change("PATCH", self.address(key), body), key)

    def written(self, answer: Mapping[str, Any], key: str) -> Written:
        """The answer to a write; an empty one (204) confirms what was asked for.

        Raises `UncertainError` where it tells of something else.
        """
        if not answer:
            return Written(key)
        if not self.same(answer.get(self.told), key):
            self._doubt(answer, key)
        own = {"connectif": str(answer["id"])} if "id" in answer else {}
        return Written(str(answer[self.told]), also=own)

    def same(self, one: object, other: object) -> bool:
        """Whether two keys are of one row."""
        if self.folds:
            return str(one).strip().casefold() == str(other).strip().casefold()
        return str(one) == str(other)

    def _doubt(self, answer: Mapping[str, Any], key: str) -> NoReturn:
        told = str(answer.get(self.told))[:100]
        raise UncertainError(f"{self.path}: {key} was written, and Connectif told of {told!r}")
