"""An edge that is killed at a statement: `python -m tests.support.mortal_store WORDS NTH ...`.

The process ends, without warning, just before it hands SQLite the NTH statement that begins with WORDS. What
follows are the arguments of `vitalward`.
"""

from __future__ import annotations

import os
import signal
import sqlite3
import sys
from functools import partial
from typing import Any

from edge.cli import main


class MortalConnection(sqlite3.Connection):
    """Counts the statements of the whole process."""

    words = ""
    left = 0

    def execute(self, sql: str, *values: Any) -> sqlite3.Cursor:
        self._die_at(sql)
        return super().execute(sql, *values)

    def executemany(self, sql: str, *values: Any) -> sqlite3.Cursor:
        self._die_at(sql)
        return super().executemany(sql, *values)

    def _die_at(self, sql: str) -> None:
        if sql.startswith(MortalConnection.words):
            MortalConnection.left -= 1
            if MortalConnection.left == 0:
                os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    MortalConnection.words, MortalConnection.left = sys.argv[1], int(sys.argv[2])
    sqlite3.connect = partial(sqlite3.connect, factory=MortalConnection)  # type: ignore[assignment]
    sys.exit(main(sys.argv[3:]))
