"""The audit log: every change of an alarm and every command, appended in the transaction that makes it."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

import msgspec

from edge.contract.samples import Mode
from edge.ends import Record

_COLUMNS = ", ".join(Record.__struct_fields__)
_PLACES = ", ".join("?" * len(Record.__struct_fields__))


class Audit:
    """Appends records and reads them back in order. The caller holds the transaction."""

    def __init__(self, database: sqlite3.Connection) -> None:
        self._database = database

    def append(self, records: Sequence[Record]) -> None:
        """Write records behind those there are."""
        self._database.executemany(
            f"INSERT INTO audit ({_COLUMNS}) VALUES ({_PLACES})",  # noqa: S608 - names of our own fields
            [msgspec.structs.astuple(record) for record in records],
        )

    def records(self) -> list[Record]:
        """All records, oldest first."""
        rows = self._database.execute(f"SELECT {_COLUMNS} FROM audit ORDER BY id")  # noqa: S608 - as above
        return [
            Record(**(dict(zip(Record.__struct_fields__, row, strict=True)) | {"mode": Mode(row[2])}))
            for row in rows
        ]
