"""A shop whose customers a test tells, as a source for whole flows."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, ClassVar

import attrs

from crosstie import Checkpoint, Env, Live, Record, Selection, Stream, Table, hookimpl
from crosstie.commerce import Customer


@attrs.define
class Customers:
    """What has been told so far."""

    name: ClassVar[str] = "customers"
    told: list[Record] = attrs.field(factory=list)

    def read(self, selection: Selection) -> Iterator[Record | Checkpoint]:
        """See `Stream`."""
        yield from self.told[int(selection.since or 0) :]
        yield Checkpoint(str(len(self.told)))


@attrs.frozen
class ToldLive:
    """A connected told shop."""

    _customers: Customers

    def streams(self) -> Mapping[str, Stream]:
        """See `Live`."""
        return {"customers": self._customers}

    def tables(self) -> Mapping[str, Table]:
        """See `Live`."""
        return {}

    def close(self) -> None:
        """Nothing is held."""


@attrs.frozen(eq=False)
class Told:
    """The plugin with the shop."""

    customers: Customers = attrs.field(factory=Customers)

    def tell(self, key: str, customer: Customer) -> None:
        """Tell a customer, or a change of one."""
        told = self.customers.told
        told.append(Record(key, customer, version=str(len(told))))

    @hookimpl
    def register_sources(self) -> Sequence[type[Any]]:
        """The shop."""
        customers = self.customers

        @attrs.frozen
        class ToldShop:
            """A shop whose customers a test tells."""

            kind: ClassVar[str] = "told"
            streams_offered: ClassVar[tuple[str, ...] | None] = ("customers",)
            tables_offered: ClassVar[tuple[str, ...] | None] = ()

            def connect(self, env: Env) -> Live:
                return ToldLive(customers)

        return [ToldShop]
