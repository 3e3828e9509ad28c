"""What reading requests get: lists, single records, schemas and the list of resources."""

from crosstie_prestashop.sandbox import as_json
from crosstie_prestashop.sandbox.as_xml import METHODS
from crosstie_prestashop.sandbox.call import Call
from crosstie_prestashop.sandbox.query import (
    Fields,
    understand_display,
    understand_query,
)
from crosstie_prestashop.sandbox.reading import find
from crosstie_prestashop.sandbox.refusals import BrokenError, MissingError, RefusedError
from crosstie_prestashop.sandbox.resources import Record, Resource
from crosstie_prestashop.sandbox.shop import Shop


class Showing:
    """Shows what a shop holds, in the manner of one major version (1, 8 or 9)."""

    def __init__(self, shop: Shop, catalogue: dict[str, Resource], major: int) -> None:
        self.shop = shop
        self.catalogue = catalogue
        self.major = major

    def answer(self, call: Call) -> bytes:
        """The body of a GET or HEAD whose resource and rights are checked."""
        name, record = call.segments
        if not name:
            return self._root(call)
        resource = self.catalogue[name]
        if record:
            return self._one(call, resource, record)
        if "schema" in call.query:
            return self._schema(call, resource, call.query["schema"])
        return self._many(call, resource)

    def records(self, call: Call, resource: Resource, records: list[Record]) -> bytes:
        """Records that were read or written: plural with `display`, else in the singular."""
        display = understand_display(resource, call.query)
        shown = [as_json.in_languages(resource, one, call.languages) for one in records]
        if isinstance(display, dict):
            shown = [as_json.only(resource, one, display) for one in shown]
        if call.json and display is None and shown:
            return as_json.one(resource, shown[-1], dropping=self.major >= 8)
        if call.json:
            return as_json.many(resource, shown)
        if display is None and shown:
            return call.xml.one(resource, shown[-1]).encode()
        return call.xml.many(resource, shown).encode()

    def _one(self, call: Call, resource: Resource, record: str) -> bytes:
        digits = record.partition("/")[0]
        key = int(digits) if digits.isdigit() else 0
        understand_display(resource, call.query)
        if not resource.stored or key not in self.shop[resource.name]:
            raise MissingError
        call.rows += 1
        table = self.shop[resource.name]
        return self.records(
            call, resource, [as_json.record_of(table, resource, key, call.languages)]
        )

    def _many(self, call: Call, resource: Resource) -> bytes:
        if not resource.stored:
            return b"[]" if call.json else call.xml.many(resource, []).encode()
        table = self.shop[resource.name]
        try:
            query = understand_query(resource, call.query)
        except RefusedError:
            if "display" in call.query:  # seen: the error comes after every row was loaded
                call.rows += len(table)
            raise
        try:
            keys = find(table, query, call.shops)
        except BrokenError:
            if self.major < 8:  # seen: an SQL error looks like "no data" there
                return b"[]" if call.json else call.xml.many(resource, []).encode()
            raise
        if query.display == "minimum":
            return (
                as_json.ids(resource, keys) if call.json else call.xml.ids(resource, keys).encode()
            )
        call.rows += len(keys)
        if call.json and query.display == "full" and call.languages == self.shop.languages:
            return as_json.full(table, resource, keys, call.languages)
        return self._shown(call, resource, keys, query.display)

    def _shown(
        self, call: Call, resource: Resource, keys: list[int], display: Fields | str
    ) -> bytes:
        table = self.shop[resource.name]
        shown = (as_json.record_of(table, resource, key, call.languages) for key in keys)
        if isinstance(display, dict):
            shown = (as_json.only(resource, one, display) for one in shown)
        if call.json:
            return as_json.many(resource, list(shown))
        return call.xml.many(resource, shown).encode()

    def _schema(self, call: Call, resource: Resource, kind: str) -> bytes:
        if kind not in {"blank", "synopsis"}:
            sentence = "Please select a schema of type 'synopsis' to get the whole schema "
            sentence += "informations (which fields are required, which kind of content...) or "
            sentence += "'blank' to get an empty schema to fill before using POST request"
            raise RefusedError(400, (28, sentence))
        return as_json.blank(resource) if call.json else call.xml.schema(resource, kind).encode()

    def _root(self, call: Call) -> bytes:
        names = [name for name in self.catalogue if name in call.key.rights]
        if call.json and self.major >= 8:
            raise BrokenError("")
        if call.json:
            return as_json.encode(names)
        methods = [one for one in METHODS if one != "PATCH" or self.major >= 8]
        name = self.shop.setting("PS_SHOP_NAME") or "Shop"
        return call.xml.root(
            name, [self.catalogue[one] for one in names], call.key.rights, methods
        ).encode()
