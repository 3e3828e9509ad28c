"""The state file's tables, as migrations: each is applied once, oldest first."""

import sqlite_utils

TABLES: dict[str, tuple[dict[str, type], tuple[str, ...]]] = {
    "leases": (
        {"name": str, "owner": str, "token": int, "expires": str},
        ("name",),
    ),
    "links": (
        {
            "source": str,
            "stream": str,
            "key": str,
            "sink": str,
            "tbl": str,
            "id": str,
            "also": str,
            "at": str,
        },
        ("source", "stream", "key", "sink", "tbl"),
    ),
    "fingerprints": (
        {"flow": str, "key": str, "hash": str, "version": str},
        ("flow", "key"),
    ),
    "seen": ({"flow": str, "key": str}, ("flow", "key")),
    "cursors": (
        {"flow": str, "stream": str, "selection": str, "cursor": str, "at": str},
        ("flow", "stream", "selection"),
    ),
    "intents": (
        {
            "id": str,
            "flow": str,
            "token": int,
            "source": str,
            "stream": str,
            "key": str,
            "sink": str,
            "tbl": str,
            "natural": str,
            "row_key": str,
            "at": str,
        },
        ("sink", "tbl", "natural"),
    ),
    "asides": (
        {
            "flow": str,
            "key": str,
            "kind": str,
            "reason": str,
            "record": str,
            "attempts": int,
            "first_at": str,
            "last_at": str,
            "next_at": str,
            "run": str,
            "waits_for": str,
        },
        ("flow", "key"),
    ),
    "runs": (
        {
            "id": str,
            "flow": str,
            "mode": str,
            "status": str,
            "started": str,
            "finished": str,
            "counts": str,
            "error": str,
        },
        ("id",),
    ),
    "outcomes": (
        {
            "source": str,
            "stream": str,
            "key": str,
            "at": str,
            "run": str,
            "flow": str,
            "outcome": str,
            "tbl": str,
            "sink_id": str,
            "detail": str,
        },
        ("source", "stream", "key", "run", "tbl"),
    ),
    "times": ({"flow": str, "started": str, "reconciled": str}, ("flow",)),
    "plugins": ({"name": str, "version": int}, ("name",)),
    "memory": ({"system": str, "name": str, "text": str}, ("system", "name")),
}


INDEXES: tuple[tuple[str, list[str]], ...] = (
    ("outcomes", ["at"]),
    ("runs", ["flow", "started"]),
    ("links", ["sink", "tbl", "id"]),
)


def first(db: sqlite_utils.Database) -> None:
    """Version 1: everything that the runner needs. No rowids: each table is its key's index."""
    for name, (columns, key) in TABLES.items():
        kinds = {str: "TEXT", int: "INTEGER"}
        fields = ", ".join(f'"{column}" {kinds[kind]}' for column, kind in columns.items())
        unique = ", ".join(f'"{column}"' for column in key)
        db.conn.execute(f'CREATE TABLE "{name}" ({fields}, PRIMARY KEY ({unique})) WITHOUT ROWID')
    for name, indexed in INDEXES:
        db.table(name).create_index(indexed)


def deeds(db: sqlite_utils.Database) -> None:
    """What actions did, or may have done."""
    db.conn.execute(
        "CREATE TABLE deeds (system TEXT, once TEXT, action TEXT, parameters TEXT, at TEXT, "
        "status TEXT, attempts INTEGER, ended TEXT, result TEXT, reason TEXT, "
        "PRIMARY KEY (system, once)) WITHOUT ROWID"
    )
    db.table("deeds").create_index(["ended"])


def turns(db: sqlite_utils.Database) -> None:
    """When the next request to a system may go, where its rate is limited."""
    db.conn.execute("CREATE TABLE turns (system TEXT PRIMARY KEY, free TEXT) WITHOUT ROWID")


def ranks(db: sqlite_utils.Database) -> None:
    """Which of several records tells the row that they share."""
    db.conn.execute("ALTER TABLE links ADD COLUMN rank TEXT")
    db.conn.execute("ALTER TABLE links ADD COLUMN natural TEXT")
    db.conn.execute("CREATE INDEX ranked_links ON links (sink, tbl, natural) WHERE rank <> ''")


def sendings(db: sqlite_utils.Database) -> None:
    """What a run was asked to select, and whose it is; outcomes are found by their run."""
    db.conn.execute("ALTER TABLE runs ADD COLUMN selection TEXT NOT NULL DEFAULT ''")
    db.conn.execute("ALTER TABLE runs ADD COLUMN token INTEGER NOT NULL DEFAULT 0")
    db.table("outcomes").create_index(["run"])


def automations(db: sqlite_utils.Database) -> None:
    """Events that came in, what watchers know of records, and journeys through automations."""
    for statement in (
        "CREATE TABLE events (id TEXT PRIMARY KEY, system TEXT, kind TEXT, key TEXT, version TEXT, "
        "at TEXT, received TEXT, data TEXT, baseline INTEGER, status TEXT, "
        "UNIQUE (system, kind, key, version)) WITHOUT ROWID",
        "CREATE INDEX new_events ON events (id) WHERE status = 'new'",
        "CREATE INDEX events_received ON events (received)",
        "CREATE TABLE facts (watch TEXT, key TEXT, text TEXT, due TEXT, PRIMARY KEY (watch, key)) "
        "WITHOUT ROWID",
        "CREATE INDEX due_facts ON facts (watch, due) WHERE due IS NOT NULL",
        "CREATE TABLE definitions (hash TEXT PRIMARY KEY, text TEXT) WITHOUT ROWID",
        "CREATE TABLE entries (automation TEXT, who TEXT, at TEXT, PRIMARY KEY (automation, who)) "
        "WITHOUT ROWID",
        "CREATE TABLE journeys (id TEXT PRIMARY KEY, automation TEXT, definition TEXT, event TEXT, "
        "who TEXT, status TEXT, place INTEGER, due TEXT, saved TEXT, error TEXT, "
        "attempts INTEGER, started TEXT, updated TEXT) WITHOUT ROWID",
        "CREATE INDEX due_journeys ON journeys (due, id) WHERE status = 'waiting'",
        "CREATE INDEX journeys_who ON journeys (automation, who)",
        "CREATE INDEX journeys_event ON journeys (event)",
    ):
        db.conn.execute(statement)


MIGRATIONS = [first, deeds, turns, ranks, sendings, automations]
