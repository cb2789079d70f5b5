"""The outbox: every message the edge owes, kept until the broker has confirmed it."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence

from edge.pipeline.ends import Lane, Letter


class Outbox:
    """Puts letters, hands them out in order, forgets each once sent. The caller holds transactions."""

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
        waiting = [
            (row_id, Letter(Lane(lane), topic, payload, bool(is_retained), correlation))
            for row_id, lane, topic, payload, is_retained, correlation in rows
            if row_id not in skipped
        ]
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
