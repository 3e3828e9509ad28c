"""The streams: records of a resource, all of them or what changed, in portions with checkpoints."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import timedelta

import attrs

from crosstie import Checkpoint, Record, Selection, ahead
from crosstie_prestashop.carts import Carts
from crosstie_prestashop.customers import Customers
from crosstie_prestashop.orders import Orders
from crosstie_prestashop.passes import Changes, Chunk, FullPass, Seen, since, unseen
from crosstie_prestashop.places import Place, place_of
from crosstie_prestashop.products import Products
from crosstie_prestashop.sales import CreditSlips
from crosstie_prestashop.selecting import wanted
from crosstie_prestashop.shop import Shop
from crosstie_prestashop.values import Raw, flag, raw_of

Convert = Callable[[Sequence[Raw], frozenset[str]], list[Record]]


@attrs.define
class ShopStream:
    """One stream of a shop.

    `convert` turns a page of rows of `resource` into records and looks up what they need for all
    of them at once; `workers` pages are under way at a time. A stream that is not `dated` has no
    time of change: it is small, and read as a whole each time.
    """

    name: str
    resource: str
    shop: Shop
    convert: Convert
    workers: int
    overlap: timedelta
    dated: bool = True

    @property
    def whole(self) -> bool:
        """See `crosstie.Snapshots`."""
        return not self.dated

    def read(self, selection: Selection) -> Iterator[Record | Checkpoint]:
        """See `crosstie.Stream`. A window is one of dates of creation.

        Costs one request when nothing has changed.
        """
        self.shop.refresh()
        asked = wanted(selection, self.shop, self.name, dated=self.dated)
        if not self.dated:
            yield from self._everything(selection.uses)
            return
        place = place_of(selection.since) if selection.since is not None else None
        chunks, seen = self._begin(place, asked.params)

        def convert(chunk: Chunk) -> tuple[list[Record], Place]:
            rows = [row for row in chunk.rows() if asked.fits(row)]
            return self.convert(rows, selection.uses), chunk.place

        for records, reached in ahead(convert, chunks, self.workers):
            for record in records:
                seen.note(record.key, record.version)
                yield record
            yield Checkpoint(reached.cursor())
        yield Checkpoint(seen.end().cursor())

    def get(self, keys: Sequence[str], uses: frozenset[str]) -> Iterable[Record]:
        """See `crosstie.Gets`."""
        self.shop.refresh()
        webservice = self.shop.webservice
        known = [key for key in keys if key.isdecimal()]
        size = webservice.pace(self.resource).most
        for start in range(0, len(known), size):
            rows = webservice.by(self.resource, "id", known[start : start + size])
            yield from self.convert(rows, uses)

    def keys(self) -> Iterator[str]:
        """See `crosstie.ListsKeys`: 5,000 keys cost one request, without their records."""
        for answer in self.shop.webservice.ids(self.resource, 0, {}):
            yield from (str(row["id"]) for row in answer.rows)

    def count(self, selection: Selection) -> int:
        """See `crosstie.Counts`: 5,000 records cost one request, as for `keys`.

        About a change of the clock the shop cannot tell to the hour which ones lie in a window.
        """
        asked = wanted(selection, self.shop, self.name, dated=self.dated)
        listed = self.shop.webservice.ids(self.resource, 0, asked.params)
        return sum(len(answer.rows) for answer in listed)

    def _begin(
        self, place: Place | None, params: Mapping[str, str]
    ) -> tuple[Iterator[Chunk], Seen]:
        webservice, zone = self.shop.webservice, self.shop.zone()
        if place is None or place.after is not None:
            full = FullPass(webservice, self.resource, params, place)
            return full.chunks(), Seen(full.start, zone, self.overlap)
        moment = place.moment or since(place.start, self.overlap, zone)
        changes = Changes(webservice, self.resource, params, place, moment)
        seen = Seen(changes.start, zone, self.overlap)
        return unseen(changes.chunks(), place.seen, seen), seen

    def _everything(self, uses: frozenset[str]) -> Iterator[Record | Checkpoint]:
        params = {"display": "full", "sort": "[id_ASC]"}
        answer = self.shop.webservice.rows(self.resource, params)
        yield from self.convert(answer.rows, uses)
        yield Checkpoint(Place(start=answer.at).cursor())


def streams_of(shop: Shop, workers: int, overlap: timedelta) -> dict[str, ShopStream]:
    """All streams of a shop by name."""

    def dated(name: str, resource: str, convert: Convert) -> ShopStream:
        return ShopStream(name, resource, shop, convert, workers, overlap)

    def small(name: str, tell: Callable[[Raw], object]) -> ShopStream:
        def convert(rows: Sequence[Raw], uses: frozenset[str]) -> list[Record]:
            return [
                Record(
                    key=str(row["id"]),
                    data=tell(row),
                    deleted=flag(row.get("deleted")) is True,
                    raw=raw_of(row, uses),
                )
                for row in rows
            ]

        return ShopStream(name, name, shop, convert, workers, overlap, dated=False)

    streams = [
        dated("customers", "customers", Customers(shop).records),
        dated("products", "products", Products(shop).records),
        dated("orders", "orders", Orders(shop).records),
        dated("carts", "carts", Carts(shop).records),
        small("order_states", shop.order_state),
        small("currencies", shop.currency),
        dated("credit_slips", "order_slip", CreditSlips(shop).records),
    ]
    return {stream.name: stream for stream in streams}
