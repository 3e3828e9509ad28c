"""Answers in JSON, with what is odd about them.

An empty list is ``[]``; without `display` one record comes under its singular name, from 8.0 on
without its empty and zero fields; a slash is escaped, other letters are not.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from crosstie_prestashop.sandbox.query import Fields
from crosstie_prestashop.sandbox.refusals import RefusedError
from crosstie_prestashop.sandbox.resources import Record, Resource
from crosstie_prestashop.sandbox.table import CACHED, Table


def encode(value: Any) -> bytes:
    """JSON as PHP's json_encode writes it, with Unicode left as it is."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return text.replace("/", "\\/").encode("utf-8", "surrogatepass")


def in_languages(resource: Resource, record: Record, languages: Sequence[int]) -> Record:
    """The record with its texts in these languages: a list, or plain text for a single one."""
    shown = dict(record)
    for name, field in resource.fields.items():
        texts = record.get(name)
        if field.translated and isinstance(texts, list):
            kept = [text for text in texts if int(text["id"]) in languages]
            shown[name] = kept[0]["value"] if len(kept) == 1 else kept
        elif texts is None and field.is_id and name in record:
            shown[name] = ""
    return shown


def only(resource: Resource, record: Record, display: Fields) -> Record:
    """The record with the asked fields only, in the order of their definition."""
    shown = {name: value for name, value in record.items() if name in display}
    associations = {
        name: [{field: item[field] for field in item if field in inner} for item in items]
        for name, items in record.get("associations", {}).items()
        if (inner := display.get(name))
    }
    return {**shown, "associations": associations} if associations else shown


def ids(resource: Resource, keys: Sequence[int]) -> bytes:
    """A list without display."""
    if not keys:
        return b"[]"
    return encode({resource.list_node: [{"id": key} for key in keys]})


def full(table: Table, resource: Resource, keys: Sequence[int], languages: Sequence[int]) -> bytes:
    """A list with display=full, of stored records; what does not change is encoded once."""
    if not keys:
        return b"[]"
    encoded = table.encoded if resource == table.resource else {}
    if len(encoded) > CACHED:
        encoded.clear()
    parts = []
    for key in keys:
        part = encoded.get(key)
        if part is None:
            part = encoded[key] = encode(record_of(table, resource, key, languages))
        parts.append(part)
    return b'{"%s":[%s]}' % (resource.list_node.encode(), b",".join(parts))


def record_of(table: Table, resource: Resource, key: int, languages: Sequence[int]) -> Record:
    """A stored record as this version and these languages show it."""
    record = table[key]
    for name in table.resource.fields.keys() - resource.fields.keys():
        del record[name]
    return in_languages(resource, record, languages)


def many(resource: Resource, records: Sequence[Record]) -> bytes:
    """A list of records as they are."""
    return encode({resource.list_node: list(records)}) if records else b"[]"


def one(resource: Resource, record: Record, *, dropping: bool) -> bytes:
    """One record without `display`; `dropping` leaves out all that PHP takes for nothing."""
    if dropping:
        record = {name: value for name, value in record.items() if value not in NOTHING}
    return encode({resource.node: record})


NOTHING: tuple[Any, ...] = ("", "0", 0, None, False, [], {})


def errors(refusal: RefusedError) -> bytes:
    """The errors of a refusal."""
    return encode({"errors": [{"code": c, "message": m} for c, m in refusal.errors]})


def blank(resource: Resource) -> bytes:
    """What a schema looks like in JSON: the associations and nothing else, so of no use."""
    associations: Mapping[str, Any] = {
        one.name: [dict.fromkeys(one.fields, "")] for one in resource.associations.values()
    }
    return encode({resource.node: {"associations": associations}} if associations else {})
