"""The SQLite file behind journal, outbox, snapshots and audit log: durable, begun anew when beyond repair."""

from __future__ import annotations

import logging
import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from edge.contract.errors import ConfigError
from edge.ends import SWITCHED_TOPIC
from edge.storage.checkpoints import CHECKPOINTS

log = logging.getLogger(__name__)

FILE_NAME = "vitalward.db"
LAYOUT = 3
SCHEMA = """
CREATE TABLE journal (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    received_s REAL NOT NULL,
    topic TEXT NOT NULL,
    encoding TEXT NOT NULL,
    payload BLOB NOT NULL,
    reply_topic TEXT,
    correlation BLOB
);
CREATE TABLE outbox (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    lane INTEGER NOT NULL,
    topic TEXT NOT NULL,
    payload BLOB NOT NULL,
    is_retained INTEGER NOT NULL DEFAULT 0,
    correlation BLOB
);
CREATE INDEX outbox_order ON outbox (lane, id);
CREATE TABLE snapshot (
    wearer TEXT NOT NULL,
    mode TEXT NOT NULL,
    state BLOB NOT NULL,
    PRIMARY KEY (wearer, mode)
) WITHOUT ROWID;
CREATE TABLE cursor (
    only INTEGER PRIMARY KEY CHECK (only = 1),
    journal_id INTEGER NOT NULL,
    state_format INTEGER NOT NULL DEFAULT 0
);
INSERT INTO cursor VALUES (1, 0, 0);
"""
# Append-only: the database itself refuses to change or delete a line.
AUDIT = (
    """CREATE TABLE audit (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        at_s REAL NOT NULL,
        wearer TEXT NOT NULL,
        mode TEXT NOT NULL,
        who TEXT NOT NULL,
        what TEXT NOT NULL,
        condition TEXT,
        episode TEXT,
        reason TEXT,
        detail TEXT
    )""",
    """CREATE TRIGGER audit_is_not_changed BEFORE UPDATE ON audit
    BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END""",
    """CREATE TRIGGER audit_is_not_deleted BEFORE DELETE ON audit
    BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END""",
)
DAY = """
CREATE TABLE day (
    wearer TEXT NOT NULL,
    mode TEXT NOT NULL,
    until_s REAL NOT NULL,
    summary BLOB NOT NULL,
    PRIMARY KEY (wearer, mode, until_s)
) WITHOUT ROWID
"""
# From layout 1, which knew no commands, nothing retained and no audit log.
FROM_LAYOUT_1 = """
ALTER TABLE journal ADD COLUMN reply_topic TEXT;
ALTER TABLE journal ADD COLUMN correlation BLOB;
ALTER TABLE outbox ADD COLUMN is_retained INTEGER NOT NULL DEFAULT 0;
ALTER TABLE outbox ADD COLUMN correlation BLOB;
ALTER TABLE cursor ADD COLUMN state_format INTEGER NOT NULL DEFAULT 0;
"""


def open_database(directory: Path) -> sqlite3.Connection:
    """Open or make the database in `directory`; the caller closes it.

    A file that SQLite cannot read is renamed aside with its log, never deleted, and a new one begun.
    ConfigError if the directory cannot be used.
    """
    path = directory / FILE_NAME
    try:
        directory.mkdir(parents=True, exist_ok=True)
        return _opened(path)
    except OSError as error:
        raise unusable(directory, str(error.strerror)) from None
    except sqlite3.OperationalError as error:
        raise unusable(directory, str(error)) from None
    except sqlite3.DatabaseError:
        # It was set aside.
        return _opened(path)


def open_for_reading(directory: Path) -> sqlite3.Connection:
    """Open the database in `directory` as it is now, also while an edge writes to it; the caller closes it.

    Nothing is written to it; beside it SQLite leaves an empty log and its index where no edge has them open.
    ConfigError if there is none of this layout.
    """
    path = directory / FILE_NAME
    allowed = f"the state folder of an edge, with a {FILE_NAME} of layout {LAYOUT}"
    if not path.is_file():
        raise ConfigError(f"has no {FILE_NAME}", where=str(directory), allowed=allowed)
    # A folder that may not be written to is read as it lies there: then no edge is at work in it.
    is_still = not os.access(directory, os.W_OK) and not path.with_name(f"{FILE_NAME}-wal").exists()
    address = f"{path.absolute().as_uri()}?mode=ro{'&immutable=1' if is_still else ''}"
    database = None
    try:
        database = sqlite3.connect(address, uri=True, isolation_level=None)
        database.text_factory = _text
        # What is written from now on is not seen.
        database.execute("BEGIN")
        layout = database.execute("PRAGMA user_version").fetchone()[0]
    except sqlite3.DatabaseError as error:
        if database is not None:
            database.close()
        raise ConfigError(str(error), where=str(path), allowed=allowed) from None
    if layout != LAYOUT:
        database.close()
        raise ConfigError(f"has layout {layout}", where=str(path), allowed=allowed)
    return database


@contextmanager
def transaction(database: sqlite3.Connection) -> Iterator[None]:
    """All or nothing, on the disk when it returns."""
    database.execute("BEGIN IMMEDIATE")
    try:
        yield
        database.execute("COMMIT")
    except BaseException:
        if database.in_transaction:
            database.execute("ROLLBACK")
        raise


def _opened(path: Path) -> sqlite3.Connection:
    database = sqlite3.connect(path, isolation_level=None)
    database.text_factory = _text
    try:
        database.execute("PRAGMA journal_mode = WAL")
        database.execute("PRAGMA synchronous = FULL")
        # The defaults hold 2 MB of pages and grow the log to 4 MB: more than a Pi has to give for this.
        database.execute("PRAGMA cache_size = -512")
        database.execute("PRAGMA wal_autocheckpoint = 256")
        database.execute("PRAGMA journal_size_limit = 1048576")
        _prepare(database, path)
    except BaseException as error:
        if isinstance(error, sqlite3.DatabaseError) and not isinstance(error, sqlite3.OperationalError):
            # Before it is closed: with that SQLite removes the log, though it could not read the file.
            aside = _set_aside(path)
            log.warning("%s cannot be read (%s): kept as %s, starting a new one", path, error, aside.name)
        database.close()
        raise
    return database


def _text(stored: bytes) -> str | bytes:
    """A text as it is stored; one that is none any more is left as bytes, so that only its row is lost."""
    try:
        return stored.decode()
    except UnicodeDecodeError:
        return stored


def _prepare(database: sqlite3.Connection, path: Path) -> None:
    layout = database.execute("PRAGMA user_version").fetchone()[0]
    if layout not in range(LAYOUT + 1):
        raise ConfigError(
            f"has layout {layout}", where=str(path), allowed=f"layout {LAYOUT}, or another state_dir"
        )
    if layout != LAYOUT:
        with transaction(database):
            for statement in _steps_from(layout):
                database.execute(statement)
            database.execute(f"PRAGMA user_version = {LAYOUT}")
        if layout:
            log.info("%s brought from layout %d to %d", path, layout, LAYOUT)
    database.execute(CHECKPOINTS)
    # Few among very many, and looked for at each start.
    database.execute(
        f"CREATE INDEX IF NOT EXISTS journal_switches ON journal (id) WHERE topic = '{SWITCHED_TOPIC}'"
    )
    if database.execute("PRAGMA quick_check").fetchone()[0] != "ok":
        raise sqlite3.DatabaseError("it fails its own check")


def _steps_from(layout: int) -> list[str]:
    """What brings a file of an older layout, or an empty one (0), to this one."""
    to_layout_2 = [] if layout == 2 else [*(FROM_LAYOUT_1 if layout else SCHEMA).split(";"), *AUDIT]
    return [*to_layout_2, DAY]


def _set_aside(path: Path) -> Path:
    number = 1
    while (aside := path.with_name(f"{path.name}.unreadable-{number}")).exists():
        number += 1
    # The log holds the latest commits. It goes first: cut off here, the next start brings the two together.
    with suppress(FileNotFoundError):
        path.with_name(f"{path.name}-wal").rename(f"{aside}-wal")
    path.rename(aside)
    path.with_name(f"{path.name}-shm").unlink(missing_ok=True)
    return aside


def unusable(directory: Path, why: str) -> ConfigError:
    """The folder cannot be used; why."""
    return ConfigError(why, where=f"edge.state_dir {directory}", allowed="a directory the edge may write to")
