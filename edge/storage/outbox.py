"""The outbox: every message the edge owes, kept until the broker has confirmed it."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from typing import Any

import msgspec

from edge.ends import UNREADABLE_TOPIC, Lane, Letter
from edge.storage.journal import what_is_wrong


class Outbox:
    """Puts letters, hands them out in order, forgets each once sent. The caller holds transactions.

    A row that cannot be read comes back as a letter under `UNREADABLE_TOPIC`, which is not to be sent.
    """

    def __init__(self, database: sqlite3.Connection) -> None:
        self._database = database

    def put(self, letters: Sequence[Letter]) -> None:
        """Keep letters for sending."""
        self._database.executemany(
            "INSERT INTO outbox (lane, topic, payload, is_retained, correlation) VALUES (?, ?, ?, ?, ?)",
            letters,
        )

    def next_batch(
        self, limit: int, *, without: Sequence[int] = (), without_topics: Sequence[str] = ()
    ) -> list[tuple[int, Letter]]:
        """Up to `limit` letters with their ids, alerts first, oldest first, but for those ids and topics."""
        rows = self._database.execute(
            "SELECT id, lane, topic, payload, is_retained, correlation FROM outbox "
            "WHERE topic NOT IN (SELECT value FROM json_each(?)) ORDER BY lane, id LIMIT ?",
            (json.dumps(without_topics), limit + len(without)),
        )
        skipped = set(without)
        waiting = [(row_id, _letter_of(row)) for row_id, *row in rows if row_id not in skipped]
        return waiting[:limit]

    def mark_sent(self, ids: Sequence[int]) -> None:
        """Forget letters the broker has confirmed."""
        self._database.executemany("DELETE FROM outbox WHERE id = ?", [(letter_id,) for letter_id in ids])

    def waiting(self) -> int:
        """How many letters are not confirmed yet."""
        return int(self._database.execute("SELECT count(*) FROM outbox").fetchone()[0])

    def waiting_in(self, lane: Lane) -> int:
        """How many letters of one lane are not confirmed yet."""
        row = self._database.execute("SELECT count(*) FROM outbox WHERE lane = ?", (int(lane),)).fetchone()
        return int(row[0])


def _letter_of(row: Sequence[Any]) -> Letter:
    lane, topic, payload, is_retained, correlation = row
    try:
        return msgspec.convert(
            (lane, topic, payload, bool(is_retained), correlation), Letter, builtin_types=(bytes,)
        )
    except msgspec.ValidationError as error:
        return Letter(Lane.QUARANTINE, UNREADABLE_TOPIC, what_is_wrong(error, Letter).encode())
