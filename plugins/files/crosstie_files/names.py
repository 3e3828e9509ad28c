"""What can be the name of a file, and so of a table or a stream."""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Generic, TypeVar

import attrs

from crosstie import UnavailableError

NAME = re.compile(r"\w[\w .-]{0,98}\w|\w")
NAME_RULE = "a name is 1 to 100 letters, digits, _, -, blanks and dots, none of these at its ends"

Thing = TypeVar("Thing")


@attrs.frozen
class ByName(Mapping[str, Thing], Generic[Thing]):
    """A thing for every name that there can be, made when it is asked for."""

    make: Callable[[str], Thing]
    made: dict[str, Thing] = attrs.field(factory=dict)

    def __getitem__(self, name: str) -> Thing:
        if not NAME.fullmatch(name):
            raise UnavailableError(f"{name!r} cannot be a file: {NAME_RULE}")
        if name not in self.made:
            self.made[name] = self.make(name)
        return self.made[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.made)

    def __len__(self) -> int:
        return len(self.made)
