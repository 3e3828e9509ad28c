"""A shop of which a test tells, as a source for whole flows."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, ClassVar

import attrs

from crosstie import Checkpoint, Env, Live, Record, Selection, Stream, Table, hookimpl


@attrs.define
class ToldStream:
    """What has been told so far."""

    name: str
    told: list[Record] = attrs.field(factory=list)

    def read(self, selection: Selection) -> Iterator[Record | Checkpoint]:
        """See `Stream`; dates and filters are another shop's business."""
        start = int(selection.since or 0)
        yield from self.told[start:]
        yield Checkpoint(str(len(self.told)))


@attrs.frozen
class ToldLive:
    """A connected told shop."""

    _streams: Mapping[str, Stream]

    def streams(self) -> Mapping[str, Stream]:
        """See `Live`."""
        return self._streams

    def tables(self) -> Mapping[str, Table]:
        """See `Live`."""
        return {}

    def close(self) -> None:
        """Nothing is held."""


@attrs.frozen(eq=False)
class Told:
    """The plugin with the shop."""

    streams: Mapping[str, ToldStream] = attrs.field(
        factory=lambda: {name: ToldStream(name) for name in ("customers", "orders")}
    )

    def tell(self, stream: str, key: str, data: Any) -> None:
        """Tell a record, or a change of it."""
        told = self.streams[stream].told
        told.append(Record(key, data, version=str(len(told))))

    @hookimpl
    def register_sources(self) -> Sequence[type[Any]]:
        """The shop."""
        streams = self.streams

        @attrs.frozen
        class ToldShop:
            """A shop of which a test tells."""

            kind: ClassVar[str] = "told"
            streams_offered: ClassVar[tuple[str, ...] | None] = tuple(streams)
            tables_offered: ClassVar[tuple[str, ...] | None] = ()

            def connect(self, env: Env) -> Live:
                return ToldLive(streams)

        return [ToldShop]
