"""Links, fingerprints, cursors and intents: what is tied to what, and how far we are."""

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from crosstie.state.connection import StateFile
from crosstie.state.values import Fingerprint, Intent, Link, LinkKey

IN_LIST = "(SELECT value FROM json_each(?))"
INTENT_COLUMNS = "id, flow, token, source, stream, key, sink, tbl, natural, row_key, at"


class Linking(StateFile):
    """The links of a `SqliteState`; see `State` for each method's promise."""

    def links(
        self, source: str, stream: str, sink: str, table: str, keys: Iterable[str]
    ) -> dict[str, Link]:
        """See `State`."""
        rows = self.query(
            "SELECT key, id, also FROM links WHERE source = ? AND stream = ? AND sink = ? "
            f"AND tbl = ? AND key IN {IN_LIST}",
            (source, stream, sink, table, json.dumps(list(keys))),
        )
        return {key: Link(to, json.loads(also) if also else {}) for key, to, also in rows}

    def add_links(self, links: Iterable[tuple[LinkKey, Link]]) -> None:
        """See `State`."""
        now = self.clock.now().isoformat()
        self.change(
            "INSERT OR REPLACE INTO links "
            "(source, stream, key, sink, tbl, id, also, at, rank, natural) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            *(
                (
                    *(*key, link.id, json.dumps(dict(link.also)) if link.also else None, now),
                    *(link.rank or None, link.natural or None),
                )
                for key, link in links
            ),
        )

    def ranked_links(
        self, sink: str, table: str, *, naturals: Iterable[str], ids: Iterable[str]
    ) -> list[tuple[LinkKey, Link]]:
        """See `State`."""
        ranked = (
            "SELECT source, stream, key, id, rank, natural FROM links "
            "WHERE sink = ?1 AND tbl = ?2 AND rank <> '' AND"
        )
        rows = self.query(  # in two halves, as SQLite looks at every link for an OR of them
            f"{ranked} natural IN (SELECT value FROM json_each(?3)) UNION "
            f"{ranked} id IN (SELECT value FROM json_each(?4))",
            (sink, table, json.dumps(list(naturals)), json.dumps(list(ids))),
        )
        return [
            (LinkKey(source, stream, key, sink, table), Link(to, {}, rank, natural))
            for source, stream, key, to, rank, natural in rows
        ]

    def part(self, flow: str, key: LinkKey, link: Link) -> None:
        """See `State`."""
        others = [
            other
            for other, theirs in self.ranked_links(key.sink, key.table, naturals=(), ids=[link.id])
            if other != key and theirs.natural != link.natural
        ]
        mine = {to.id for _, to in self.links_of(key.source, key.stream, key.key)}
        for other in others:
            for place, to in self.links_of(other.source, other.stream, other.key):
                if place.sink == key.sink and to.id in mine:
                    self.drop_link(place)
        self.drop_fingerprints(flow, [other.key for other in others])

    def yield_row(self, flow: str, key: LinkKey, id: str) -> None:  # noqa: A002
        """See `State`."""
        self.change(
            "UPDATE links SET rank = NULL, natural = NULL WHERE source = ? AND stream = ? "
            "AND key = ? AND sink = ? AND tbl = ?",
            key,
        )
        others = self.ranked_links(key.sink, key.table, naturals=(), ids=[id])
        self.drop_fingerprints(flow, [other.key for other, _ in others])

    def move_links(self, sink: str, moved: Mapping[str, str]) -> None:
        """See `State`."""
        self.change(
            "UPDATE links SET id = ? WHERE sink = ? AND id = ?",
            *((new, sink, old) for old, new in moved.items()),
        )

    def drop_link(self, key: LinkKey) -> None:
        """See `State`."""
        self.change(
            "DELETE FROM links WHERE source = ? AND stream = ? AND key = ? AND sink = ? "
            "AND tbl = ?",
            key,
        )

    def links_of(self, source: str, stream: str, key: str) -> list[tuple[LinkKey, Link]]:
        """See `State`."""
        rows = self.query(
            "SELECT sink, tbl, id, also FROM links WHERE source = ? AND stream = ? AND key = ?",
            (source, stream, key),
        )
        return [
            (LinkKey(source, stream, key, sink, table), Link(to, json.loads(also or "{}")))
            for sink, table, to, also in rows
        ]

    def links_to(self, sink: str, table: str, id: str) -> list[LinkKey]:  # noqa: A002
        """See `State`."""
        rows = self.query(
            "SELECT source, stream, key, sink, tbl FROM links "
            "WHERE sink = ? AND tbl = ? AND id = ?",
            (sink, table, id),
        )
        return [LinkKey(*row) for row in rows]

    def count_links(self, source: str, stream: str, sink: str, table: str) -> int:
        """See `State`."""
        rows = self.query(
            "SELECT count(*) FROM links WHERE source = ? AND stream = ? AND sink = ? AND tbl = ?",
            (source, stream, sink, table),
        )
        return int(rows[0][0])

    def fingerprints(self, flow: str, keys: Iterable[str]) -> dict[str, Fingerprint]:
        """See `State`."""
        rows = self.query(
            f"SELECT key, hash, version FROM fingerprints WHERE flow = ? AND key IN {IN_LIST}",
            (flow, json.dumps(list(keys))),
        )
        return {key: Fingerprint(mark, version) for key, mark, version in rows}

    def add_fingerprints(self, flow: str, prints: Iterable[tuple[str, Fingerprint]]) -> None:
        """See `State`."""
        self.change(
            "INSERT OR REPLACE INTO fingerprints (flow, key, hash, version) VALUES (?, ?, ?, ?)",
            *((flow, key, mark.hash, mark.version) for key, mark in prints),
        )

    def drop_fingerprints(self, flow: str, keys: Iterable[str]) -> None:
        """See `State`."""
        self.change(
            "DELETE FROM fingerprints WHERE flow = ? AND key = ?", *((flow, key) for key in keys)
        )

    def see(self, flow: str, keys: Iterable[str]) -> None:
        """See `State`."""
        self.change(
            "INSERT OR IGNORE INTO seen (flow, key) VALUES (?, ?)", *((flow, key) for key in keys)
        )

    def seen(self, flow: str, keys: Iterable[str]) -> set[str]:
        """See `State`."""
        rows = self.query(
            "SELECT key FROM seen WHERE flow = ? AND key IN (SELECT value FROM json_each(?))",
            (flow, json.dumps(list(keys))),
        )
        return {key for (key,) in rows}

    def unseen(self, flow: str, source: str, stream: str, sink: str, table: str) -> list[str]:
        """See `State`."""
        rows = self.query(
            "SELECT l.key FROM links l JOIN fingerprints f ON f.flow = ? AND f.key = l.key "
            "WHERE l.source = ? AND l.stream = ? AND l.sink = ? AND l.tbl = ? "
            "AND NOT EXISTS (SELECT 1 FROM seen s WHERE s.flow = f.flow AND s.key = l.key)",
            (flow, source, stream, sink, table),
        )
        return [key for (key,) in rows]

    def end_pass(self, flow: str) -> None:
        """See `State`."""
        self.change("DELETE FROM seen WHERE flow = ?", (flow,))

    def cursor(self, flow: str, stream: str, selection: str) -> str | None:
        """See `State`."""
        rows = self.query(
            "SELECT cursor FROM cursors WHERE flow = ? AND stream = ? AND selection = ?",
            (flow, stream, selection),
        )
        return str(rows[0][0]) if rows else None

    def set_cursor(self, flow: str, stream: str, selection: str, cursor: str | None) -> None:
        """See `State`."""
        if cursor is None:
            self.change(
                "DELETE FROM cursors WHERE flow = ? AND stream = ? AND selection = ?",
                (flow, stream, selection),
            )
        else:
            self.change(
                "INSERT OR REPLACE INTO cursors (flow, stream, selection, cursor, at) "
                "VALUES (?, ?, ?, ?, ?)",
                (flow, stream, selection, cursor, self._now()),
            )

    def intend(self, intents: Sequence[Intent]) -> list[Intent]:
        """See `State`."""
        with self.transaction(None):
            in_the_way = self._in_the_way(intents)
            taken = {(one.link.sink, one.link.table, one.natural) for one in in_the_way}
            self.change(
                f"INSERT INTO intents ({INTENT_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                *(
                    (
                        *(intent.id, intent.flow, intent.token, *intent.link, intent.natural),
                        *(json.dumps(dict(intent.row_key), default=str), intent.at.isoformat()),
                    )
                    for intent in intents
                    if (intent.link.sink, intent.link.table, intent.natural) not in taken
                ),
            )
        return in_the_way

    def _in_the_way(self, intents: Sequence[Intent]) -> list[Intent]:
        places = {(intent.link.sink, intent.link.table) for intent in intents}
        naturals = json.dumps([intent.natural for intent in intents])
        return [
            _intent(row)
            for place in places
            for row in self.query(
                f"SELECT {INTENT_COLUMNS} FROM intents "
                f"WHERE sink = ? AND tbl = ? AND natural IN {IN_LIST}",
                (*place, naturals),
            )
        ]

    def close_intents(self, ids: Iterable[str]) -> None:
        """See `State`."""
        self.change(f"DELETE FROM intents WHERE id IN {IN_LIST}", (json.dumps(list(ids)),))

    def open_intents(self, flow: str) -> list[Intent]:
        """See `State`."""
        rows = self.query(
            f"SELECT {INTENT_COLUMNS} FROM intents WHERE flow = ? ORDER BY id", (flow,)
        )
        return [_intent(row) for row in rows]

    def _now(self) -> str:
        return self.clock.now().isoformat()


def _intent(row: tuple[Any, ...]) -> Intent:
    intent, flow, token, source, stream, key, sink, table, natural, row_key, at = row
    return Intent(
        id=intent,
        flow=flow,
        token=token,
        link=LinkKey(source, stream, key, sink, table),
        natural=natural,
        row_key=json.loads(row_key),
        at=datetime.fromisoformat(at),
    )
