"""WFDB annotation files (PhysioNet): the beats of a wearer and when the atria fibrillated."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np

from device_sim.devices.grid import to_grid_s
from device_sim.devices.samples import Samples
from device_sim.recordings.recording import Recording, with_validity
from edge.contract.errors import DataError
from edge.signals.wfdb_annotations import (
    Annotations,
    RhythmChanges,
    beat_samples,
    decode_annotations,
    parse_header,
    rhythm_changes,
)

# Files that may hold the beats, best first: AFDB keeps them apart from its rhythms, NSR2DB has beats only.
BEAT_FILES = (".qrs", ".atr", ".ecg")
RHYTHM_FILE = ".atr"
FIBRILLATION = "AFIB"
# Databases, by their folder's name, whose persons are known to have no atrial fibrillation: nobody labelled
# rhythms there, and every alert of one is false all the same. Training counts their beats so, too.
WITHOUT_FIBRILLATION = frozenset({"nsr2db", "chf2db"})

DEVICE = "strap"


def is_record(path: Path) -> bool:
    """Whether there are annotations beside this path without ending."""
    return any(beside.is_file() for beside in _beside(path, (*BEAT_FILES, ".hea")))


def read_record(record: Path) -> Recording:
    """Read a record by its path without ending, such as `afdb/04015`.

    DataError when a file is missing or broken, or when there are no beats in it.
    """
    beats_path = next((path for path in _beside(record, BEAT_FILES) if path.is_file()), None)
    if beats_path is None:
        names = ", ".join(path.name for path in _beside(record, BEAT_FILES))
        raise DataError(
            "no such record", where=str(record), allowed=f"a path beside which there is one of {names}"
        )
    annotations = _annotations(beats_path)
    fs_hz = annotations.fs_hz or _header_fs_hz(_beside(record, (".hea",))[0])
    beats_s = np.unique(beat_samples(annotations)) / fs_hz
    if len(beats_s) < 2:
        raise DataError("no beats", where=str(beats_path), allowed="an annotation file with beats")
    length_s = float(beats_s[-1])
    fibrillation_s, labelled_from_s = _rhythm(record, fs_hz, length_s)
    return Recording(
        name=f"{_database(record)}-{record.name}",
        devices={DEVICE: (_intervals(beats_s.tolist()),)},
        length_s=length_s,
        fibrillation_s=fibrillation_s,
        labelled_from_s=labelled_from_s,
    )


def _rhythm(
    record: Path, fs_hz: float, length_s: float
) -> tuple[tuple[tuple[float, float], ...] | None, float]:
    """Fibrillation as annotated (None: by nobody, and the person may well have had it), and from when on."""
    path = _beside(record, (RHYTHM_FILE,))[0]
    changes = rhythm_changes(_annotations(path)) if path.is_file() else None
    if changes is None or not changes.labels:
        return () if _database(record) in WITHOUT_FIBRILLATION else None, 0.0
    return tuple(fibrillation_stretches(changes, fs_hz, length_s)), float(changes.sample[0]) / fs_hz


def _intervals(beats_s: list[float]) -> Samples:
    """The intervals between beats as a strap would measure them; one that no heart makes has no value."""
    grid_s = [to_grid_s(beat_s) for beat_s in beats_s]
    rr_ms: list[float | None] = [1000.0 * (later_s - before_s) for before_s, later_s in pairwise(grid_s)]
    return with_validity(Samples("rr", grid_s[1:], {"rr": rr_ms}))


def fibrillation_stretches(
    changes: RhythmChanges, fs_hz: float, length_s: float
) -> list[tuple[float, float]]:
    """Onset and end in s of each stretch under the label AFIB; a repeated label goes on with the stretch."""
    stretches: list[tuple[float, float]] = []
    starts_s = (changes.sample / fs_hz).tolist()
    for start_s, end_s, label in zip(starts_s, [*starts_s[1:], length_s], changes.labels, strict=True):
        if label != FIBRILLATION or end_s <= start_s:
            continue
        if stretches and stretches[-1][1] == start_s:
            start_s = stretches.pop()[0]  # noqa: PLW2901 - the stretch goes on
        stretches.append((start_s, end_s))
    return stretches


def _database(record: Path) -> str:
    return record.resolve().parent.name


def _beside(record: Path, endings: tuple[str, ...]) -> list[Path]:
    return [record.with_name(record.name + ending) for ending in endings]


def _annotations(path: Path) -> Annotations:
    return decode_annotations(_bytes(path), where=str(path))


def _header_fs_hz(path: Path) -> float:
    return parse_header(_bytes(path).decode("latin-1"), where=str(path)).fs_hz


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise DataError(
            str(error.strerror), where=str(path), allowed="a readable file of the record"
        ) from None
