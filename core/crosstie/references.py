"""Replacing `Ref`s in rows by the ids that they stand for in the sink."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from crosstie.candidates import Candidate
from crosstie.canonical import REF_MARK
from crosstie.errors import NotLinkedError
from crosstie.records import Record, Ref

Place = tuple[str, str]
"""A stream in the source and a table in the sink."""


def refs_in(value: Any) -> Iterator[Ref]:
    """Every `Ref` in a row, however deep in lists and mappings."""
    if isinstance(value, Ref):
        yield value
    elif isinstance(value, Mapping):
        for inner in value.values():
            yield from refs_in(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from refs_in(inner)


def place_of(ref: Ref) -> Place:
    """The stream that the reference names and the table that its id is wanted from."""
    return ref.stream, ref.table or ref.stream


def wanted(candidates: Sequence[Candidate]) -> dict[Place, dict[str, Ref]]:
    """All references of some rows: by place and key, preferring one with the record embedded."""
    refs: dict[Place, dict[str, Ref]] = defaultdict(dict)
    for candidate in candidates:
        if REF_MARK not in candidate.text:
            continue
        for ref in refs_in(candidate.row):
            known = refs[place_of(ref)].get(ref.key)
            if known is None or known.embedded is None:
                refs[place_of(ref)][ref.key] = ref
    return refs


def embedded_record(ref: Ref) -> Record:
    """The record that a reference carries with it."""
    return Record(key=ref.key, data=ref.embedded)


def resolve(
    candidate: Candidate,
    ids: Mapping[Place, Mapping[str, str]],
    reasons: Mapping[Place, Mapping[str, str]],
) -> None:
    """Set `resolved`, or fail the candidate as not linked yet, with the reason if it is known."""

    if REF_MARK not in candidate.text:
        candidate.resolved = candidate.row
        return

    def filled(value: Any) -> Any:
        if isinstance(value, Ref):
            place = place_of(value)
            found = ids.get(place, {}).get(value.key)
            if found is None:
                why = reasons.get(place, {}).get(
                    value.key, "it has not been written, and nothing of it is known here"
                )
                raise NotLinkedError(
                    f"{value.stream} {value.key} is not in {place[1]} yet: {why}",
                    (value.stream, value.key, place[1]),
                )
            return found
        if isinstance(value, Mapping):
            return {name: filled(inner) for name, inner in value.items()}
        if isinstance(value, list | tuple):
            return [filled(inner) for inner in value]
        return value

    try:
        candidate.resolved = filled(candidate.row)
    except NotLinkedError as error:
        candidate.fail(error)
