"""The tables of members, cards and one-time codes, as migrations: each is applied once.

Every table begins with the programme, which is the system's name in the config.
What identifies a person stands in `loyalty_members`, `loyalty_accounts`, `loyalty_consents` and,
until it is confirmed, in `loyalty_challenges`: nowhere else, so that `Members.erase` finds it.
`once` texts and whoever asked for a code are kept as keyed hashes only (`sealing`).
"""

from collections.abc import Callable
from typing import Any

STATEMENTS = (
    "CREATE TABLE loyalty_members (programme TEXT, id TEXT, phone TEXT, email TEXT, folded TEXT,"
    " firstname TEXT, lastname TEXT, birthday TEXT, created TEXT NOT NULL, once TEXT, erased TEXT,"
    " PRIMARY KEY (programme, id)) WITHOUT ROWID",
    "CREATE UNIQUE INDEX loyalty_members_phone ON loyalty_members (programme, phone)"
    " WHERE phone IS NOT NULL",
    "CREATE INDEX loyalty_members_email ON loyalty_members (programme, folded)"
    " WHERE folded IS NOT NULL",
    "CREATE UNIQUE INDEX loyalty_members_once ON loyalty_members (programme, once)"
    " WHERE once IS NOT NULL",
    "CREATE TABLE loyalty_consents (programme TEXT, member TEXT, kind TEXT, at TEXT,"
    " given INTEGER NOT NULL, origin TEXT NOT NULL,"
    " PRIMARY KEY (programme, member, kind, at)) WITHOUT ROWID",
    "CREATE TABLE loyalty_accounts (programme TEXT, identity TEXT, key TEXT, member TEXT NOT NULL,"
    " at TEXT NOT NULL, PRIMARY KEY (programme, identity, key)) WITHOUT ROWID",
    "CREATE INDEX loyalty_accounts_member ON loyalty_accounts (programme, member)",
    "CREATE TABLE loyalty_cards (programme TEXT, number TEXT, member TEXT, state TEXT NOT NULL"
    " CHECK (state IN ('new', 'active', 'blocked', 'replaced')), replaced_by TEXT,"
    " changed TEXT NOT NULL, PRIMARY KEY (programme, number)) WITHOUT ROWID",
    "CREATE INDEX loyalty_cards_member ON loyalty_cards (programme, member)",
    "CREATE UNIQUE INDEX loyalty_cards_in_use ON loyalty_cards (programme, member)"
    " WHERE state IN ('active', 'blocked') AND member IS NOT NULL",
    "CREATE TABLE loyalty_challenges (programme TEXT, id TEXT, once TEXT NOT NULL,"
    " asked TEXT NOT NULL, identity TEXT NOT NULL, key TEXT NOT NULL, goal TEXT NOT NULL,"
    " phone TEXT, card TEXT, folded TEXT, person TEXT, armed INTEGER NOT NULL, mac TEXT NOT NULL,"
    " created TEXT NOT NULL, expires TEXT NOT NULL, ended TEXT, ended_by TEXT,"
    " PRIMARY KEY (programme, id)) WITHOUT ROWID",
    "CREATE UNIQUE INDEX loyalty_challenges_once ON loyalty_challenges (programme, once)",
    "CREATE INDEX loyalty_challenges_account ON loyalty_challenges (programme, identity, key)",
    "CREATE INDEX loyalty_challenges_phone ON loyalty_challenges (programme, phone)",
    "CREATE INDEX loyalty_challenges_expires ON loyalty_challenges (programme, expires)",
    "CREATE TABLE loyalty_attempts (programme TEXT, challenge TEXT, once TEXT,"
    " tried TEXT NOT NULL, at TEXT NOT NULL,"
    " PRIMARY KEY (programme, challenge, once)) WITHOUT ROWID",
    "CREATE INDEX loyalty_attempts_at ON loyalty_attempts (programme, at)",
    "CREATE TABLE loyalty_asks (programme TEXT, whom TEXT, at TEXT, challenge TEXT,"
    " PRIMARY KEY (programme, whom, at, challenge)) WITHOUT ROWID",
    "CREATE INDEX loyalty_asks_at ON loyalty_asks (programme, at)",
)


def members(db: Any) -> None:
    """Version 1: members, what they agreed to, their accounts and cards, and codes under way."""
    for statement in STATEMENTS:
        db.execute(statement)


MEMBERS: list[Callable[[Any], None]] = [members]
