"""Checkpoints: all states as they were at some times, so that the journal after them can be decided again.

Without one the oldest entries of a pruned journal would mean nothing: which windows were under way, which
limits had been set, what the pressure was last week.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from typing import NamedTuple

import msgspec

from edge.storage.older_states import read_older_state
from edge.storage.snapshots import Wearers, decode_state
from edge.wearer.state import STATE_FORMAT

# Beside what a layout has: a file without it is one without checkpoints.
CHECKPOINTS = """CREATE TABLE IF NOT EXISTS checkpoint (
    journal_id INTEGER NOT NULL,
    at_s REAL NOT NULL,
    state_format INTEGER NOT NULL,
    wearer TEXT NOT NULL,
    mode TEXT NOT NULL,
    state BLOB NOT NULL,
    PRIMARY KEY (journal_id, wearer, mode)
) WITHOUT ROWID"""


class Checkpoint(NamedTuple):
    """The states that the journal had led to, up to and with that entry."""

    journal_id: int
    wearers: Wearers


class Checkpoints:
    """Keeps, finds and forgets checkpoints. The caller holds the transaction."""

    def __init__(self, database: sqlite3.Connection) -> None:
        self._database = database

    def keep(self, at_s: float) -> None:
        """Keep the states as they stand, at the gateway's time; nothing new where no entry came meanwhile."""
        self._database.execute(
            "INSERT OR IGNORE INTO checkpoint "
            "SELECT cursor.journal_id, ?, cursor.state_format, wearer, mode, state FROM snapshot, cursor",
            (at_s,),
        )

    def newest_s(self) -> float | None:
        """When the newest was kept; None without any."""
        found: float | None = self._database.execute("SELECT max(at_s) FROM checkpoint").fetchone()[0]
        return found

    def newest_before(self, at_s: float) -> int | None:
        """Up to which entry the newest goes that was kept by then; None without any."""
        row = self._database.execute("SELECT max(journal_id) FROM checkpoint WHERE at_s <= ?", (at_s,))
        found: int | None = row.fetchone()[0]
        return found

    def forget_before(self, journal_id: int) -> None:
        """Forget those that go less far."""
        self._database.execute("DELETE FROM checkpoint WHERE journal_id < ?", (journal_id,))

    def oldest(self) -> Checkpoint | None:
        """The oldest, as far as this version can read it, whichever version kept it; None without any."""
        journal_id = self._database.execute("SELECT min(journal_id) FROM checkpoint").fetchone()[0]
        if journal_id is None:
            return None
        rows = self._database.execute("SELECT state FROM checkpoint WHERE journal_id = ?", (journal_id,))
        states = [state for row in rows if (state := read_older_state(row[0])) is not None]
        return Checkpoint(journal_id, {(state.wearer, state.mode): state for state in states})

    def newest_first(self) -> Iterator[Checkpoint]:
        """All that this version can read, newest first; none in a file of before there were any."""
        tables = self._database.execute("SELECT 1 FROM sqlite_master WHERE name = 'checkpoint'")
        if tables.fetchone() is None:
            return
        ids = self._database.execute(
            "SELECT DISTINCT journal_id FROM checkpoint WHERE state_format = ? ORDER BY journal_id DESC",
            (STATE_FORMAT,),
        ).fetchall()
        for (journal_id,) in ids:
            rows = self._database.execute("SELECT state FROM checkpoint WHERE journal_id = ?", (journal_id,))
            try:
                states = [decode_state(row[0]) for row in rows]
            except msgspec.DecodeError:
                continue
            yield Checkpoint(journal_id, {(state.wearer, state.mode): state for state in states})
