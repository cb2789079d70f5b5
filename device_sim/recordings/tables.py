"""Tables in CSV, plain or gzipped, with errors that name file, line and column."""

from __future__ import annotations

import csv
import gzip
import io
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from edge.contract.errors import DataError


class Row(NamedTuple):
    """One line of a table and where it stands."""

    cells: dict[str, str]
    where: str

    def number(self, *columns: str) -> float:
        """The number in the first of these columns that there is."""
        return self.parsed(next((column for column in columns if column in self.cells), columns[0]), float)

    def parsed(self, column: str, parse: Callable[[str], float]) -> float:
        """What a column holds; DataError when it is missing or cannot be read."""
        if column not in self.cells:
            raise DataError(
                f"no column {column!r}", where=self.where, allowed=", ".join(filter(None, self.cells))
            )
        try:
            return parse(self.cells[column])
        except ValueError:
            raise DataError(
                f"cannot read {self.cells[column]!r}",
                where=f"{self.where}, {column}",
                allowed="a number or a time",
            ) from None


def find_table(path: Path) -> Path | None:
    """The table of that name, with the endings tables have; None when there is none."""
    beside = (path.with_name(path.name + ending) for ending in (".csv", ".csv.gz"))
    return next((found for found in beside if found.is_file()), None)


def read_rows(path: Path) -> list[Row]:
    """All rows of a table; DataError when it cannot be read or is empty."""
    try:
        content = path.read_bytes()
        text = (gzip.decompress(content) if path.suffix == ".gz" else content).decode("utf-8-sig")
    except (OSError, EOFError, UnicodeDecodeError) as error:
        raise DataError(str(error), where=str(path), allowed="a CSV file, plain or gzipped") from None
    rows = [
        Row(
            {key.strip(): value or "" for key, value in cells.items() if isinstance(key, str)},
            f"{path}, line {number}",
        )
        for number, cells in enumerate(csv.DictReader(io.StringIO(text)), 2)
    ]
    if not rows:
        raise DataError("no rows", where=str(path), allowed="a CSV file with a head and rows")
    return rows
