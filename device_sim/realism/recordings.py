"""Reads the recordings that simulated wearers are compared with, in the layout they are published in."""

from __future__ import annotations

import csv
import gzip
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from device_sim.realism.part import Values
from edge.contract.errors import DataError
from edge.signals.wfdb_annotations import (
    Annotations,
    beat_samples,
    decode_annotations,
    parse_header,
    rhythm_at,
    rhythm_changes,
)


class Holter(NamedTuple):
    """A record: the times of its beats in s (beats,) and the rhythm at each, "" where none is told."""

    name: str
    beats_s: Values
    rhythm: NDArray[np.str_]


class Day(NamedTuple):
    """A person's day: beats in s from the first (beats,), hour of day of each (beats,), steps, hours worn."""

    name: str
    beats_s: Values
    hour: NDArray[np.int64]
    steps: float


def holters(data: Path, database: str, beats: str, most: int | None = None) -> list[Holter]:
    """The records of `ltafdb` or `afdb`; `beats` is the ending of the files with the beats."""
    names = sorted(path.stem for path in _folder(data, database).glob("*.atr"))
    return [_holter(_folder(data, database) / name, beats) for name in names[:most]]


def _holter(stem: Path, beats: str) -> Holter:
    rhythms = _annotations(stem.with_name(f"{stem.name}.atr"))
    marked = rhythms if beats == "atr" else _annotations(stem.with_name(f"{stem.name}.{beats}"))
    header = stem.with_name(f"{stem.name}.hea")
    fs_hz = marked.fs_hz or parse_header(header.read_text("latin-1"), where=str(header)).fs_hz
    samples = np.unique(beat_samples(marked))
    labels = [label or "" for label in rhythm_at(rhythm_changes(rhythms), samples)]
    return Holter(stem.name, samples / fs_hz, np.array(labels, dtype=np.str_))


def days(data: Path) -> list[Day]:
    """The persons of MMASH: a day of heartbeats from a chest strap, and steps."""
    folder = _folder(data, "mmash10")
    found = []
    for path in sorted(folder.glob("subject_*_heartbeats.csv.gz")):
        name = path.name.removesuffix("_heartbeats.csv.gz")
        rows = list(_rows(path, ("Time", "Interval between heartbeats (s)")))
        rr_s = np.array([_number(rr) for _, rr in rows])
        # The first interval of a file, and a few others, are no heartbeats.
        kept = (rr_s > 0.3) & (rr_s < 2.0)
        hour = np.array([int(time.partition(" ")[2][:2]) for time, _ in rows])[kept]
        beats_s = np.cumsum(np.where(kept, rr_s, np.minimum(rr_s, 2.0)))[kept]
        actigraph = _rows(folder / f"{name}_actigraph.csv.gz", ("Steps",))
        steps = sum(_number(count or "0") for (count,) in actigraph)
        found.append(Day(name, beats_s, hour, steps))
    return found


def nights(data: Path) -> list[NDArray[np.int8]]:
    """The stages of each night of sleep-accel, 30-s epochs: 0 wake, 1 N1, 2 N2, 3 N3 (and N4), 4 REM.

    Epochs that nobody scored are -1, and so are holes.
    """
    folder = _folder(data, "sleep-accel_features") / "features"
    by_label = {0: 0, 1: 1, 2: 2, 3: 3, 4: 3, 5: 4}
    found = []
    for path in sorted(folder.glob("*_psg_labels.out")):
        labels = np.loadtxt(path).astype(int)
        hours = np.loadtxt(path.with_name(path.name.replace("psg_labels", "time_feature")))
        epoch = np.round(hours * 120.0).astype(int)
        stages = np.full(int(epoch.max()) + 1, -1, dtype=np.int8)
        stages[epoch] = [by_label.get(label, -1) for label in labels.tolist()]
        found.append(stages)
    if not found:
        raise DataError("no nights", where=str(folder), allowed="the files *_psg_labels.out of sleep-accel")
    return found


class Adults(NamedTuple):
    """Adults of NHANES; each (persons,), NaN where missing. Weighted by the survey's weight."""

    age_years: Values
    is_male: NDArray[np.bool_]
    weight: Values
    pulse_bpm: Values
    systolic_mmhg: Values
    diastolic_mmhg: Values


def measured_adults(data: Path) -> Adults:
    """Adults of NHANES 2009-2012: pulse and the survey's means of readings."""
    columns = ("SurveyYr", "Age", "Gender", "WTMEC2YR", "Pulse", "BPSysAve", "BPDiaAve")
    return _adults(_folder(data, "nhanes") / "NHANESraw_2009-2012.csv.gz", columns)


def other_adults(data: Path) -> Adults:
    """Adults of the cycles 1999-2008 and 2013-2016, without pulse: none of the numbers here are from them."""
    columns = (
        "svy_year",
        "demo_age_years",
        "demo_gender",
        "svy_weight_mec",
        "",
        "bp_sys_mean",
        "bp_dia_mean",
    )
    path = _folder(data, "nhanes") / "cardioStatsUSA_1999-2016.csv.gz"
    return _adults(path, columns, without=("2009", "2011"))


def _adults(path: Path, columns: Sequence[str], without: tuple[str, ...] = ()) -> Adults:
    rows = []
    for year, age, gender, weight, *measured in _rows(path, columns):
        if (year.startswith(without) and without) or not _number(age) >= 20.0:
            continue
        # A reading of 0 means not measured.
        values = [value if (value := _number(text)) > 0.0 else float("nan") for text in measured]
        rows.append([_number(age), float(gender.lower() in {"male", "men"}), _number(weight), *values])
    table = np.array(rows)
    return Adults(table[:, 0], table[:, 1] > 0.5, *table[:, 2:].T)


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return float("nan")


def _rows(path: Path, names: Sequence[str]) -> Iterator[list[str]]:
    """The named columns of each row; a column without a name is empty."""
    try:
        with gzip.open(path, "rt", newline="", encoding="utf-8") as file:
            lines = csv.reader(file)
            places = {name: place for place, name in enumerate(next(lines))}
            columns = [places[name] if name else None for name in names]
            for line in lines:
                yield ["" if column is None else line[column] for column in columns]
    except (OSError, EOFError, zlib.error, KeyError, IndexError, StopIteration) as error:
        raise DataError(
            f"cannot be read ({error})", where=str(path), allowed="the table as published, gzipped"
        ) from error


def _annotations(path: Path) -> Annotations:
    try:
        return decode_annotations(path.read_bytes(), where=str(path))
    except OSError as error:
        raise DataError(str(error.strerror), where=str(path), allowed="the record's files") from None


def _folder(data: Path, name: str) -> Path:
    folder = data / name
    if not folder.is_dir():
        raise DataError(
            "no such folder", where=str(folder), allowed="--data names the parent of the recordings"
        )
    return folder
