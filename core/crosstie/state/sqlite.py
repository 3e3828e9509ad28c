"""State in one SQLite file: opening and migrating it."""

import shutil
import sqlite3
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import sqlite_utils

from crosstie.clock import Clock
from crosstie.errors import StateError
from crosstie.state.connection import told_plainly
from crosstie.state.history import History
from crosstie.state.leases import Leases
from crosstie.state.linking import Linking
from crosstie.state.schema import MIGRATIONS
from crosstie.state.store import PluginTables, Store
from crosstie.state.turns import Turns

PATIENCE = 60.0
NAP = 0.05
CORE = "crosstie"
NONE: Mapping[str, Sequence["Migration"]] = {}
Migration = Callable[[sqlite_utils.Database], None]


class SqliteState(Leases, Linking, History, Turns):
    """A `State` in a SQLite file."""

    def shared(self) -> "SqliteState":
        """See `State`."""
        return self

    def store(self) -> Store:
        """See `State`."""
        return PluginTables(self)


class ScratchState(SqliteState):
    """A copy in memory; the original is opened, and made where there is none, when asked for."""

    def __init__(
        self, connection: sqlite3.Connection, clock: Clock, reopen: Callable[[], SqliteState]
    ) -> None:
        super().__init__(connection, clock)
        self._reopen = reopen
        self._original: SqliteState | None = None

    def shared(self) -> SqliteState:
        """See `State`."""
        with self._lock:
            if self._original is None:
                self._original = self._reopen()
            return self._original

    def close(self) -> None:
        """See `State`."""
        if self._original is not None:
            self._original.close()
        super().close()


def open_state(
    path: Path, clock: Clock, plugins: Mapping[str, Sequence[Migration]] = NONE
) -> SqliteState:
    """Open the state file, making or migrating it (after a backup beside it) as needed.

    `plugins` holds plugins' own migrations by their names, each applied once after the core's.
    Raises `StateError` for a file of a newer version, a damaged one, or a full disk.
    """
    with told_plainly():
        fresh = not path.exists()
        connection = _connect(path)
        try:
            _log_ahead(connection)
            state = SqliteState(connection, clock)
            _migrate(state, plugins, None if fresh else path)
        except BaseException:
            connection.close()
            raise
        return state


def scratch_state(
    path: Path, clock: Clock, plugins: Mapping[str, Sequence[Migration]] = NONE
) -> SqliteState:
    """A copy of the state in memory, for dry runs: the file is only read, but for `shared`."""
    with told_plainly():
        memory = sqlite3.connect(":memory:", check_same_thread=False, isolation_level=None)
        if path.exists():
            # Without a write-ahead log nobody is writing, and the file can be read without a trace.
            quiet = not path.with_name(f"{path.name}-wal").exists()
            how = "immutable=1" if quiet else "mode=ro"
            original = sqlite3.connect(f"{path.absolute().as_uri()}?{how}", uri=True)
            try:
                original.backup(memory)
            finally:
                original.close()
        state = ScratchState(memory, clock, lambda: open_state(path, clock, plugins))
        _migrate(state, plugins, None)
        return state


def _log_ahead(connection: sqlite3.Connection) -> None:
    """Switch to a write-ahead log; SQLite does not wait by itself when others do the same."""
    for _ in range(int(PATIENCE / NAP)):
        try:
            connection.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as error:
            if "locked" not in str(error):
                raise
            time.sleep(NAP)
        else:
            return
    connection.execute("PRAGMA journal_mode = WAL")


def _connect(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(
        path, timeout=PATIENCE, check_same_thread=False, isolation_level=None
    )
    connection.execute("PRAGMA synchronous = NORMAL")
    return connection


def _migrate(
    state: SqliteState, plugins: Mapping[str, Sequence[Migration]], path: Path | None
) -> None:
    """Apply what is missing: the core counts in `user_version`, plugins in the table `plugins`."""
    wanted = {CORE: MIGRATIONS, **plugins}
    versions = _versions(state)
    for name, migrations in wanted.items():
        if versions.get(name, 0) > len(migrations):
            raise StateError(
                f"state: the file's tables of {name} are of version {versions[name]}, this program "
                f"knows {len(migrations)}: they were written by a newer one; use that one"
            )
    if all(versions.get(name, 0) == len(known) for name, known in wanted.items()):
        return
    if path is not None:
        state.query("PRAGMA wal_checkpoint(TRUNCATE)")
        backup = path.with_name(f"{path.name}.v{versions[CORE]}.bak")
        try:
            shutil.copy2(path, backup)
        except OSError as error:
            raise StateError(f"state: no backup {backup.name} could be made ({error})") from error
    with state.transaction(None):
        versions = _versions(state)
        for name, migrations in wanted.items():
            for migration in migrations[versions.get(name, 0) :]:
                migration(state.db)
            _set_version(state, name, len(migrations))


def _versions(state: SqliteState) -> dict[str, int]:
    core = state.query("PRAGMA user_version")[0][0]
    return {**dict(state.query("SELECT name, version FROM plugins") if core else []), CORE: core}


def _set_version(state: SqliteState, name: str, version: int) -> None:
    if name == CORE:
        state.query(f"PRAGMA user_version = {version}")
    else:
        state.change(
            "INSERT OR REPLACE INTO plugins (name, version) VALUES (?, ?)", (name, version)
        )
