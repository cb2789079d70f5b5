"""Any CSV file, its columns named by the user: `time=Time,hr=Pulse` or `rr=RR*1000` for another unit."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from device_sim.devices.samples import Samples
from device_sim.recordings.recording import Recording, check_silences, with_validity
from device_sim.recordings.tables import Row, read_rows
from edge.contract.catalogue import SIGNALS
from edge.contract.errors import ConfigError, DataError

_SIGNAL_OF = {component.code: signal.code for signal in SIGNALS.values() for component in signal.components}
# Unix times from here on can only be milliseconds.
_MILLISECONDS_FROM = 1e11
# Wall times of samples within one file are in this order of magnitude; smaller ones count from its start.
ALLOWED = f"time=COLUMN, any of {', '.join(_SIGNAL_OF)}=COLUMN or =COLUMN*FACTOR, and wearer=COLUMN"


class Column(NamedTuple):
    """A column of the file and what its numbers are multiplied by."""

    name: str
    factor: float = 1.0


def parse_columns(text: str) -> dict[str, Column]:
    """Read what the command line says of columns; ConfigError for anything it cannot mean."""
    columns: dict[str, Column] = {}
    for part in text.split(","):
        word, _, rest = part.partition("=")
        name, star, factor = rest.rpartition("*") if "*" in rest else (rest, "", "1")
        try:
            columns[word.strip()] = Column(name.strip(), float(factor) if star else 1.0)
        except ValueError:
            raise ConfigError(f"no factor: {factor!r}", where=f"--columns {part}", allowed=ALLOWED) from None
    unknown = [word for word in columns if word not in {"time", "wearer", *_SIGNAL_OF}]
    if unknown or "time" not in columns or not columns.keys() & _SIGNAL_OF.keys():
        what = f"unknown {unknown[0]!r}" if unknown else "no time or no signal"
        raise ConfigError(what, where=f"--columns {text}", allowed=ALLOWED)
    return columns


def read_csv(path: Path, columns: dict[str, Column], device: str) -> list[Recording]:
    """A recording for each wearer of the file, in order of time; DataError names what cannot be read."""
    by_wearer: dict[str, list[Row]] = {}
    stem = path.name.partition(".")[0]
    rows = read_rows(path)
    for column in columns.values():
        rows[0].parsed(column.name, lambda _: 0.0)
    for row in rows:
        name = stem if "wearer" not in columns else row.cells.get(columns["wearer"].name, "")
        by_wearer.setdefault(name, []).append(row)
    return [_recording(name, rows, columns, device) for name, rows in by_wearer.items()]


def _recording(name: str, rows: list[Row], columns: dict[str, Column], device: str) -> Recording:
    timed = sorted(((_time_s(row, columns["time"]), row) for row in rows), key=lambda pair: pair[0])
    check_silences([at_s for at_s, _ in timed], lambda index: timed[index][1].where)
    start_s = timed[0][0]
    parts = []
    for signal in dict.fromkeys(_SIGNAL_OF[word] for word in columns if word in _SIGNAL_OF):
        codes = [component.code for component in SIGNALS[signal].components if component.code in columns]
        rows_with = [
            (at_s - start_s, row) for at_s, row in timed if any(row.cells.get(columns[c].name) for c in codes)
        ]
        values = {code: [_value(row, columns[code]) for _, row in rows_with] for code in codes}
        if rows_with:
            parts.append(with_validity(Samples(signal, [at_s for at_s, _ in rows_with], values)))
    if not parts:
        raise DataError("no values", where=rows[0].where, allowed="at least one row with a value")
    return Recording(name, {device: tuple(parts)}, max(part.times_s[-1] for part in parts))


def _value(row: Row, column: Column) -> float | None:
    if not row.cells.get(column.name) and column.name in row.cells:
        return None
    return row.number(column.name) * column.factor


def _time_s(row: Row, column: Column) -> float:
    """Seconds from a number in s or ms, or from a date and time (UTC where it has no offset)."""

    def parse(text: str) -> float:
        try:
            number = float(text) * column.factor
        except ValueError:
            at = datetime.fromisoformat(text)
            return (at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp()
        if not math.isfinite(number):
            raise ValueError(text)
        return number / 1000.0 if number >= _MILLISECONDS_FROM else number

    return row.parsed(column.name, parse)
