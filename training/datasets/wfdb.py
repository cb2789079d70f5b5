"""Reads PhysioNet records: from the files of a folder to RR intervals with the rhythm of each beat."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from edge.signals.rr import rr_from_beats
from edge.signals.wfdb_annotations import (
    beat_samples,
    decode_annotations,
    parse_header,
    rhythm_at,
    rhythm_changes,
)
from training.datasets.catalogue import BeatDataset
from training.datasets.reading import found_in, read_each


@dataclass(frozen=True)
class BeatRecord:
    """One record: `rr_ms` float32 (n,) and the rhythm at the beat that ends each; None where unlabelled."""

    name: str
    rr_ms: NDArray[np.float32]
    rhythm: NDArray[np.object_]


@dataclass(frozen=True)
class Records:
    """The records read, and for each left out, why."""

    dataset: BeatDataset
    used: tuple[BeatRecord, ...]
    skipped: dict[str, str]


def read_records(dataset: BeatDataset, data: Path, names: Iterable[str] | None = None) -> Records:
    """Read every record in the dataset's folder under `data`, or those named.

    Raises DataError if the folder is missing or empty, a named record is not there, or none can be used.
    """
    folder = data / dataset.name
    sources = f"the files of {dataset.title}, from {dataset.url}"
    used, skipped = read_each(
        found_in(folder, ".hea", f".{dataset.beats}", sources=sources),
        names,
        lambda name: _read(dataset, folder / name),
        folder=folder,
        title=dataset.name,
    )
    return Records(dataset, used, skipped)


def _read(dataset: BeatDataset, stem: Path) -> BeatRecord | str:
    """One record, or the reason why it cannot be used."""
    beats_file = stem.with_name(f"{stem.name}.{dataset.beats}")
    header_file = stem.with_name(f"{stem.name}.hea")
    if not beats_file.is_file():
        return f"no beats: {beats_file.name} is missing"
    beats_data = decode_annotations(beats_file.read_bytes(), where=str(beats_file))
    header_hz = (
        parse_header(header_file.read_text("latin-1"), where=str(header_file)).fs_hz
        if header_file.is_file()
        else None
    )
    fs_hz = beats_data.fs_hz or header_hz
    if fs_hz is None:
        return f"no sampling frequency: {header_file.name} is missing"
    beats = beat_samples(beats_data)
    rr_ms = rr_from_beats(beats, fs_hz).astype(np.float32)
    rhythm = np.full(len(rr_ms), None, dtype=object)
    if dataset.rhythms is not None:
        rhythms_file = stem.with_name(f"{stem.name}.{dataset.rhythms}")
        if not rhythms_file.is_file():
            return f"no rhythms: {rhythms_file.name} is missing"
        labels = decode_annotations(rhythms_file.read_bytes(), where=str(rhythms_file))
        # Each file may count in steps of its own.
        labels_hz = labels.fs_hz or header_hz or fs_hz
        at = beats[1:] if labels_hz == fs_hz else np.round(beats[1:] * (labels_hz / fs_hz)).astype(np.int64)
        rhythm = np.array(rhythm_at(rhythm_changes(labels), at), dtype=object)
    rhythm[rhythm == None] = dataset.unlabelled  # noqa: E711 - element by element
    return BeatRecord(stem.name, rr_ms, rhythm)
