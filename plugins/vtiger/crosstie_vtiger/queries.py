"""VTQL, vtiger's query language, within its limits.

No parentheses, no comparison with an empty text, at most 100 rows an answer, and an address of
about 8 kB (a query cannot be posted). Comparisons ignore case, accents and trailing blanks, so
answers are compared again by those who ask.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import quote

from crosstie import UnavailableError
from crosstie_vtiger.answers import TooLongError
from crosstie_vtiger.session import Session

PAGE = 100
VALUES = 100
LONGEST = 6000
AROUND = 400
"""Bytes kept free for the rest of the address: operation, session, fields, the last id."""


def quoted(text: str) -> str:
    """A text as VTQL writes it: quotes doubled, and backslashes too."""
    return "'" + text.replace("\\", "\\\\").replace("'", "''") + "'"


def batches(values: Iterable[str], longest: int = LONGEST) -> Iterator[list[str]]:
    """The values in lists of at most 100 that fit an address of `longest` bytes."""
    room = longest - AROUND
    batch: list[str] = []
    size = 0
    for value in values:
        length = len(quote(quoted(value) + ",", safe=""))
        if batch and (len(batch) == VALUES or size + length > room):
            yield batch
            batch, size = [], 0
        batch.append(value)
        size += length
    if batch:
        yield batch


def matching(
    session: Session, module: str, fields: Sequence[str], field: str, values: Sequence[str]
) -> Iterator[Mapping[str, Any]]:
    """Yield the rows whose `field` has one of the values, as vtiger compares; a row may come twice.

    A server that takes only shorter addresses is asked for half as much at a time.
    """
    for some in batches(values):
        try:
            yield from _pages(session, module, fields, field, some)
        except TooLongError:
            if len(some) == 1:
                raise
            half = len(some) // 2
            yield from matching(session, module, fields, field, some[:half])
            yield from matching(session, module, fields, field, some[half:])


def _pages(
    session: Session, module: str, fields: Sequence[str], field: str, values: Sequence[str]
) -> Iterator[Mapping[str, Any]]:
    """Page by id until a page is empty: rows we may not read are dropped from a page, so that a
    short page is not the last one.
    """
    condition = f"{field} in ({','.join(map(quoted, values))})"
    last = ""
    while True:
        after = f" and id > '{last}'" if last else ""
        query = (
            f"select {','.join(fields)} from {module}"  # noqa: S608 (VTQL, values are quoted)
            f" where {condition}{after} order by id limit {PAGE};"
        )
        page = session.read("query", query=query)
        if not page:
            return
        yield from page
        if page[-1]["id"] == last:
            raise UnavailableError(f"vtiger repeats a page of {module} instead of going on")
        last = page[-1]["id"]
