"""The ledger's tables in the state file, as migrations.

What happened stands in `loyalty_transactions`, `loyalty_postings`, `loyalty_uses` and
`loyalty_terms`: rows are added there and stay. `remaining` and `open` of lots and debts follow
from them; they are kept so that nothing has to be summed over a history, and `verify` sums it.
Amounts are decimals as text, times are ISO 8601 in UTC with microseconds, so that texts sort as
times; a lot that never expires does so ``never``, which sorts after every time.
"""

from collections.abc import Callable, Sequence
from typing import Any

LEDGER_TABLES = (
    """
    CREATE TABLE loyalty_terms (
        programme TEXT NOT NULL,
        hash TEXT NOT NULL,
        terms TEXT NOT NULL,
        PRIMARY KEY (programme, hash)
    ) WITHOUT ROWID
    """,
    """
    CREATE TABLE loyalty_transactions (
        programme TEXT NOT NULL,
        number INTEGER NOT NULL,
        at TEXT NOT NULL,
        kind TEXT NOT NULL,
        member TEXT NOT NULL,
        amount TEXT NOT NULL,
        once TEXT NOT NULL,
        source TEXT NOT NULL,
        line TEXT NOT NULL,
        note TEXT NOT NULL,
        terms TEXT NOT NULL,
        multiplier TEXT NOT NULL,
        reverses INTEGER,
        allowed INTEGER NOT NULL,
        PRIMARY KEY (programme, number)
    ) WITHOUT ROWID
    """,
    "CREATE UNIQUE INDEX loyalty_once ON loyalty_transactions (programme, once)",
    """
    CREATE INDEX loyalty_source ON loyalty_transactions (programme, source, number)
    WHERE source <> ''
    """,
    """
    CREATE INDEX loyalty_reverses ON loyalty_transactions (programme, reverses)
    WHERE reverses IS NOT NULL
    """,
    """
    CREATE TABLE loyalty_postings (
        programme TEXT NOT NULL,
        account TEXT NOT NULL,
        number INTEGER NOT NULL,
        at TEXT NOT NULL,
        amount TEXT NOT NULL,
        balance TEXT NOT NULL,
        earned TEXT NOT NULL,
        PRIMARY KEY (programme, account, number)
    ) WITHOUT ROWID
    """,
    "CREATE INDEX loyalty_postings_at ON loyalty_postings (programme, account, at, number)",
    """
    CREATE TABLE loyalty_lots (
        programme TEXT NOT NULL,
        number INTEGER NOT NULL,
        member TEXT NOT NULL,
        usable TEXT NOT NULL,
        expires TEXT NOT NULL,
        remaining TEXT NOT NULL,
        open INTEGER NOT NULL,
        warned INTEGER NOT NULL,
        PRIMARY KEY (programme, number)
    ) WITHOUT ROWID
    """,
    """
    CREATE INDEX loyalty_lots_of ON loyalty_lots (programme, member, expires, number)
    WHERE open = 1
    """,
    """
    CREATE INDEX loyalty_lots_pending ON loyalty_lots (programme, member, usable, number)
    WHERE open = 1
    """,
    """
    CREATE INDEX loyalty_lots_due ON loyalty_lots (programme, expires, number)
    WHERE open = 1
    """,
    """
    CREATE INDEX loyalty_lots_untold ON loyalty_lots (programme, expires, number)
    WHERE open = 1 AND warned = 0
    """,
    """
    CREATE TABLE loyalty_debts (
        programme TEXT NOT NULL,
        number INTEGER NOT NULL,
        member TEXT NOT NULL,
        remaining TEXT NOT NULL,
        open INTEGER NOT NULL,
        PRIMARY KEY (programme, number)
    ) WITHOUT ROWID
    """,
    """
    CREATE INDEX loyalty_debts_of ON loyalty_debts (programme, member, number)
    WHERE open = 1
    """,
    """
    CREATE TABLE loyalty_uses (
        programme TEXT NOT NULL,
        lot INTEGER NOT NULL,
        number INTEGER NOT NULL,
        amount TEXT NOT NULL,
        PRIMARY KEY (programme, lot, number)
    ) WITHOUT ROWID
    """,
    """
    CREATE TABLE loyalty_purchases (
        programme TEXT NOT NULL,
        source TEXT NOT NULL,
        "order" TEXT NOT NULL,
        member TEXT,
        erased INTEGER NOT NULL,
        at TEXT NOT NULL,
        PRIMARY KEY (programme, source, "order")
    ) WITHOUT ROWID
    """,
    """
    CREATE INDEX loyalty_purchases_of ON loyalty_purchases (programme, member)
    WHERE member IS NOT NULL
    """,
)


def create_ledger(db: Any) -> None:
    """The ledger's tables as they began."""
    for statement in LEDGER_TABLES:
        db.execute(statement)


LEDGER: Sequence[Callable[[Any], None]] = (create_ledger,)
"""The ledger's migrations, oldest first."""
