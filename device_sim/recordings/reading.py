"""Which reader a path on the command line asks for."""

from __future__ import annotations

from pathlib import Path

from device_sim.recordings.csv_file import Column, read_csv
from device_sim.recordings.journal import read_journal
from device_sim.recordings.mmash import is_person, read_person
from device_sim.recordings.recording import Recording
from device_sim.recordings.wfdb import read_record
from edge.contract.errors import ConfigError


def read_recordings(path: Path, columns: dict[str, Column] | None, device: str | None) -> list[Recording]:
    """What a path holds: a journal, a CSV file, a person of MMASH, or else a WFDB record without ending.

    With `device` all samples come from a device of that name. DataError names what cannot be read.
    """
    name = path.name
    if name.endswith(".db"):
        found = read_journal(path)
    elif name.endswith((".csv", ".csv.gz")):
        if columns is None:
            raise ConfigError("a CSV file", where=str(path), allowed="--columns, which say what it holds")
        found = read_csv(path, columns, device or "strap")
    elif is_person(path):
        found = [read_person(path)]
    else:
        found = [read_record(path)]
    return found if device is None else [_as(recording, device) for recording in found]


def _as(recording: Recording, device: str) -> Recording:
    parts = tuple(part for parts in recording.devices.values() for part in parts)
    return Recording(recording.name, {device: parts}, recording.length_s, recording.fibrillation_s)
