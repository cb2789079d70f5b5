"""Days in sum, kept for weeks where the journal is kept for hours."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from typing import Final

from edge.contract.codec import encode
from edge.contract.durations import DAY_S
from edge.contract.samples import Mode
from edge.wearer.summary import Day, decode_day

KEPT_DAYS: Final = 35


class Days:
    """Keeps the last five weeks of each wearer. The caller holds the transaction."""

    def __init__(self, database: sqlite3.Connection) -> None:
        self._database = database

    def keep(self, days: Iterable[Day]) -> None:
        """Keep days, each in the place of one of the same end, and forget what is too old by them."""
        for day in days:
            self._database.execute(
                "INSERT INTO day VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET summary = excluded.summary",
                (day.wearer, day.mode.value, day.until_s, encode(day)),
            )
            self._database.execute(
                "DELETE FROM day WHERE wearer = ? AND mode = ? AND until_s < ?",
                (day.wearer, day.mode.value, day.until_s - KEPT_DAYS * DAY_S),
            )

    def between(self, wearer: str, mode: Mode, after_s: float, until_s: float) -> list[Day]:
        """The days that ended after the one and not after the other time, oldest first."""
        rows = self._database.execute(
            "SELECT summary FROM day WHERE wearer = ? AND mode = ? AND until_s > ? AND until_s <= ? "
            "ORDER BY until_s",
            (wearer, mode.value, after_s, until_s),
        )
        return [decode_day(row[0]) for row in rows]
