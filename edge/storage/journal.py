"""The journal: every accepted message, kept before it is acknowledged."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence

from edge.contract.topics import Encoding
from edge.pipeline.bundle_change import SWITCHED_TOPIC
from edge.pipeline.ends import Entry


class Journal:
    """Appends entries and reads them back in order. The caller holds the transaction."""

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
        return [
            (row_id, Entry(received_s, topic, Encoding(encoding), payload, *reply))
            for row_id, received_s, topic, encoding, payload, *reply in rows
        ]

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
        return [
            (row_id, Entry(received_s, topic, Encoding(encoding), payload))
            for row_id, received_s, topic, encoding, payload in rows
        ]

    def newest(self) -> Iterator[Entry]:
        """All entries, newest first."""
        rows = self._database.execute(
            "SELECT received_s, topic, encoding, payload FROM journal ORDER BY id DESC"
        )
        for received_s, topic, encoding, payload in rows:
            yield Entry(received_s, topic, Encoding(encoding), payload)

    def forget_before(self, received_s: float, journal_id: int) -> int:
        """Delete what came before that time and was decided on; how many.

        Which bundle is in force stays known: nothing else says so.
        """
        return self._database.execute(
            "DELETE FROM journal WHERE received_s < ? AND id <= ? AND topic <> ?",
            (received_s, journal_id, SWITCHED_TOPIC),
        ).rowcount
