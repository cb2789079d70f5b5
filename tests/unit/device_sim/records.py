"""Records on disk in the two layouts of PhysioNet, from beats and rhythms noted down by hand."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from tests.unit.signals.mit_format import Event, encode

FS_HZ = 250
NORMAL_BEAT, RHYTHM = 1, 28


def write_record(folder: Path, name: str, beats: Sequence[int], rhythms: Sequence[tuple[int, str]]) -> Path:
    """A record as AFDB has it: beats in .qrs, rhythms in .atr; sample numbers at 250 Hz."""
    (folder / f"{name}.qrs").write_bytes(encode(_beats(beats)))
    (folder / f"{name}.atr").write_bytes(encode(_rhythms(rhythms)))
    return _with_header(folder, name)


def write_joint_record(
    folder: Path, name: str, beats: Sequence[int], rhythms: Sequence[tuple[int, str]]
) -> Path:
    """A record as LTAFDB has it: beats and rhythms in .atr."""
    events = sorted(_beats(beats) + _rhythms(rhythms), key=lambda event: event.sample)
    (folder / f"{name}.atr").write_bytes(encode(events))
    return _with_header(folder, name)


def _beats(samples: Sequence[int]) -> list[Event]:
    return [Event(int(sample), NORMAL_BEAT) for sample in samples]


def _rhythms(changes: Sequence[tuple[int, str]]) -> list[Event]:
    return [Event(int(sample), RHYTHM, note=f"({label}") for sample, label in changes]


def _with_header(folder: Path, name: str) -> Path:
    (folder / f"{name}.hea").write_text(f"{name} 0 {FS_HZ}\n")
    return folder / name
