"""Several records that are one row: the one of the highest rank tells it, the others are linked.

Two shop accounts with one e-mail are one person. Which of them tells the row must not depend on
which was read last, so that every order of runs ends in the same content. A record that leaves
(its natural key is another one now) takes the row along only where it is the one that tells it.
"""

from collections.abc import Sequence

from crosstie.candidates import Candidate
from crosstie.canonical import digest
from crosstie.errors import AmbiguousError
from crosstie.state import Link, LinkKey, State


def fold(state: State, candidates: Sequence[Candidate]) -> None:
    """Say who tells each ranked candidate's row (`told_by`), and which row it is."""
    ranked = [one for one in candidates if one.rank and one.outcome is None]
    if not ranked:
        return
    place = ranked[0].key
    known = state.ranked_links(
        place.sink,
        place.table,
        naturals=[digest(one.natural) for one in ranked],
        ids=[one.id for one in ranked if one.id is not None],
    )
    here = {one.key for one in ranked}  # what these are by now is not what the links say
    for candidate in ranked:
        _fold(candidate, [entry for entry in known if entry[0] not in here])
    _fold_together(ranked)
    before = {key: link.rank for key, link in known}
    for candidate in ranked:
        sank = before.get(candidate.key, "") > candidate.rank
        candidate.hands_over = sank and candidate.told_by is not None


def _fold(candidate: Candidate, others: Sequence[tuple[LinkKey, Link]]) -> None:
    mine = _place(candidate.rank, candidate.key)
    natural = digest(candidate.natural)
    alike = [(key, link) for key, link in others if link.natural == natural]
    if alike:
        key, link = max(alike, key=lambda entry: _place(entry[1].rank, entry[0]))
        if candidate.id not in {None, link.id}:
            _refuse(candidate, key, link.id)
            return
        candidate.id = link.id
        if _place(link.rank, key) > mine:
            candidate.told_by = key.key
    elif any(
        link.id == candidate.id and _place(link.rank, key) > mine
        for key, link in others
        if candidate.id is not None
    ):
        candidate.id = None  # the row stays with the one that tells it


def _refuse(candidate: Candidate, key: LinkKey, row_id: str) -> None:
    """Two rows of two people who are one now: only the user can make one row of them."""
    place = f"{candidate.key.sink}.{candidate.key.table}"
    natural = " ".join(str(value) for value in candidate.row_key.values())
    candidate.fail(
        AmbiguousError(
            f"{natural} belongs to {key.stream} {key.key} too, and each has a row of its own in "
            f"{place}: {candidate.id} and {row_id}; merge them there, delete the one that is left "
            "over, then retry"
        )
    )


def _fold_together(ranked: Sequence[Candidate]) -> None:
    """Among the candidates themselves only the highest of each natural key tells the row."""
    alike: dict[str, list[Candidate]] = {}
    for one in ranked:
        if one.outcome is None:
            alike.setdefault(one.natural, []).append(one)
    for group in alike.values():
        group.sort(key=lambda one: _place(one.rank, one.key), reverse=True)
        best, *others = group
        if len({one.id for one in group if one.id is not None}) > 1:
            for one in group:
                rival = next(other for other in group if other.id != one.id)
                _refuse(one, rival.key, rival.id or "a new one")
            continue
        best.id = next((one.id for one in group if one.id is not None), None)
        for other in others:
            other.id = best.id
            other.told_by = other.told_by or best.told_by or best.key.key


def _place(rank: str, key: LinkKey) -> tuple[str, LinkKey]:
    return rank, key
