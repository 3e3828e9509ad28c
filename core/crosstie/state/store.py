"""The tables of plugins in the state file."""

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import Any, Protocol

import attrs

from crosstie.state.connection import StateFile


class Store(Protocol):
    """The tables of a plugin in the state file (hook `register_schema`), for books of its own.

    Usable from several threads; in a dry run it is a copy. Errors are `StateError`s.
    """

    def query(self, sql: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """All rows of a query."""

    def change(self, sql: str, *rows: Sequence[Any]) -> int:
        """Run a statement for each row of values, all or nothing; returns the rows changed."""

    def transaction(self) -> AbstractContextManager[None]:
        """All calls inside commit together, safe from a power cut, or none does.

        Nobody else changes the state meanwhile, so it must be short: no request inside.
        """


@attrs.frozen
class PluginTables:
    """The `Store` of a `SqliteState`."""

    file: StateFile

    def query(self, sql: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """See `Store`."""
        return self.file.query(sql, values)

    def change(self, sql: str, *rows: Sequence[Any]) -> int:
        """See `Store`."""
        return self.file.change(sql, *rows)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """See `Store`."""
        with self.file.synced(), self.file.transaction(None):
            yield
