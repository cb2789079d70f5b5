"""MMASH (Rossi 2020): a day of chest strap intervals and of wrist heart rate and steps.

Read as published (a folder for each person with RR.csv and Actigraph.csv) and in one of its later forms
(PERSON_heartbeats.csv and PERSON_actigraph.csv, plain or gzipped).
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from device_sim.devices.samples import Samples
from device_sim.recordings.recording import Recording, with_validity
from device_sim.recordings.tables import Row, find_table, read_rows
from edge.contract.durations import DAY_S, MINUTE_S
from edge.contract.errors import DataError

# Times in the files are whole seconds; intervals tell the rest until both disagree by more than this.
SLACK_S = 2.0


def is_person(path: Path) -> bool:
    """Whether this is a person of MMASH, in either form."""
    return _beats_path(path) is not None


def read_person(path: Path) -> Recording:
    """The recording of one person; DataError when a file is missing or broken."""
    beats_path = _beats_path(path)
    if beats_path is None:
        raise DataError("no person of MMASH", where=str(path), allowed="a folder with RR.csv, or PERSON")
    beats = read_rows(beats_path)
    actigraph_path = find_table(path / "Actigraph") or find_table(path.with_name(f"{path.name}_actigraph"))
    wrist = [] if actigraph_path is None else read_rows(actigraph_path)
    start_s = min(_time_s(rows[0]) for rows in (beats, wrist) if rows)
    intervals = _intervals(beats, start_s)
    devices: dict[str, tuple[Samples, ...]] = {"strap": (intervals,)}
    if wrist:
        devices["wristband"] = _wrist(wrist, start_s)
    length_s = max(part.times_s[-1] for parts in devices.values() for part in parts if part.times_s)
    name = f"mmash-{path.name}".replace("subject_", "").replace("user_", "")
    return Recording(name, devices, length_s)


def _beats_path(path: Path) -> Path | None:
    return find_table(path / "RR") or find_table(path.with_name(f"{path.name}_heartbeats"))


def _intervals(rows: list[Row], start_s: float) -> Samples:
    times_s: list[float] = []
    values: list[float | None] = []
    at_s = _time_s(rows[0]) - start_s
    for row in rows:
        rr_s = row.number("Interval between heartbeats (s)", "ibi_s")
        told_s = _time_s(row) - start_s
        before_s, at_s = at_s, at_s + rr_s
        if abs(at_s - told_s) > SLACK_S:
            at_s = max(told_s, before_s)
        times_s.append(round(at_s, 3))
        values.append(round(1000.0 * rr_s, 1))
    return with_validity(Samples("rr", times_s, {"rr": values}))


def _wrist(rows: list[Row], start_s: float) -> tuple[Samples, Samples]:
    times_s = [_time_s(row) - start_s for row in rows]
    rates: list[float | None] = [row.number("Heart rate (BPM)", "HR") for row in rows]
    steps: dict[int, float] = {}
    for at_s, row in zip(times_s, rows, strict=True):
        minute = int(at_s // MINUTE_S)
        steps[minute] = steps.get(minute, 0.0) + row.number("Steps")
    minutes = sorted(steps)
    cadence: list[float | None] = [steps[minute] for minute in minutes]
    return (
        with_validity(Samples("hr", times_s, {"hr": rates})),
        with_validity(
            Samples("activity", [(minute + 1) * MINUTE_S for minute in minutes], {"cadence": cadence})
        ),
    )


def _time_s(row: Row) -> float:
    """The time of a row: a date and time, or a day number and a time of day."""
    if "Time" in row.cells:
        return row.parsed("Time", lambda text: datetime.fromisoformat(f"{text}+00:00").timestamp())
    day = row.number("day")
    clock = row.parsed("time", lambda text: datetime.fromisoformat(f"1970-01-01T{text}+00:00").timestamp())
    return day * DAY_S + clock
