"""The journal: every accepted message, kept before it is acknowledged."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from typing import Any

import msgspec

from edge.contract.topics import Encoding
from edge.ends import SWITCHED_TOPIC, UNREADABLE_TOPIC, Entry, Letter


class Journal:
    """Appends entries and reads them back in order. The caller holds the transaction.

    A row that cannot be read comes back as an entry under `UNREADABLE_TOPIC`, which no ward takes.
    """

    def __init__(self, database: sqlite3.Connection) -> None:
        self._database = database

    def append(self, entries: Sequence[Entry]) -> None:
        """Write entries behind those there are."""
        self._database.executemany(
            "INSERT INTO journal (received_s, topic, encoding, payload, reply_topic, correlation) "
            "VALUES (?, ?, ?, ?, ?, ?)",
            entries,
        )

    def after(self, journal_id: int, limit: int) -> list[tuple[int, Entry]]:
        """Up to `limit` entries with higher ids, oldest first, each with its id."""
        rows = self._database.execute(
            "SELECT id, received_s, topic, encoding, payload, reply_topic, correlation "
            "FROM journal WHERE id > ? ORDER BY id LIMIT ?",
            (journal_id, limit),
        )
        return [(row_id, entry_of(row)) for row_id, *row in rows]

    def is_whole(self) -> bool:
        """Whether nothing has been forgotten yet."""
        count = self._database.execute("SELECT count(*) FROM journal").fetchone()[0]
        given = self._database.execute("SELECT seq FROM sqlite_sequence WHERE name = 'journal'").fetchone()
        return bool(count == (0 if given is None else given[0]))

    def switches(self) -> list[tuple[int, Entry]]:
        """The entries that put another bundle in force, oldest first, each with its id."""
        rows = self._database.execute(
            "SELECT id, received_s, topic, encoding, payload FROM journal "  # noqa: S608 - a name of our own
            f"WHERE topic = '{SWITCHED_TOPIC}' ORDER BY id"
        )
        return [(row_id, entry_of(row)) for row_id, *row in rows]

    def newest(self) -> Iterator[Entry]:
        """All entries, newest first."""
        rows = self._database.execute(
            "SELECT received_s, topic, encoding, payload FROM journal ORDER BY id DESC"
        )
        for row in rows:
            yield entry_of(row)

    def forget_before(self, received_s: float, journal_id: int) -> int:
        """Delete what came before that time and was decided on; how many.

        Which bundle is in force stays known: nothing else says so.
        """
        return self._database.execute(
            "DELETE FROM journal WHERE received_s < ? AND id <= ? AND topic <> ?",
            (received_s, journal_id, SWITCHED_TOPIC),
        ).rowcount


def entry_of(row: Sequence[Any]) -> Entry:
    """The entry of a row, its columns in the order of `Entry`; of one that cannot be read, what is wrong."""
    try:
        return msgspec.convert(row, Entry, builtin_types=(bytes,))
    except msgspec.ValidationError as error:
        received_s = row[0] if isinstance(row[0], float) else 0.0
        return Entry(received_s, UNREADABLE_TOPIC, Encoding.JSON, what_is_wrong(error, Entry).encode())


def what_is_wrong(error: msgspec.ValidationError, kind: type[Entry | Letter]) -> str:
    """What a row's column holds instead, with the column's name in the place of its number."""
    what, _, place = str(error).partition(" - at `$[")
    return f"{kind._fields[int(place.rstrip('`]'))]}: {what}" if place else what
