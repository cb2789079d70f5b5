"""Reads a run folder, the one thing training and conversion share."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from edge.contract.errors import DataError
from edge.contract.manifest import Abstention, Calibration, TrainingData, Window


class RunManifest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Those values of a bundle's manifest that the training decides."""

    task: str
    version: str
    signals: tuple[str, ...]
    window: Window
    features: tuple[str, ...]
    labels: tuple[str, str]
    threshold: float
    calibration: Calibration
    abstention: Abstention
    conditions: tuple[str, ...]
    parameters: int
    made_with: dict[str, str]
    trained_on: tuple[TrainingData, ...]


class RunFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`run.json`; `report` goes into the card as it is."""

    manifest: RunManifest
    report: dict[str, Any]


@dataclass(frozen=True)
class Run:
    """A run folder. Windows are float32 (n, window length) in the signal's unit."""

    folder: Path
    manifest: RunManifest
    report: dict[str, Any]
    representative: NDArray[np.float32]
    golden: NDArray[np.float32]
    held_out: NDArray[np.float32]
    held_out_is_positive: NDArray[np.bool_]
    held_out_logit: NDArray[np.float32]
    card: str


def read_run(folder: Path) -> Run:
    """Read a run folder. Raises DataError for what is missing or does not fit."""
    try:
        described = msgspec.json.decode((folder / "run.json").read_bytes(), type=RunFile)
        length = described.manifest.window.length
        with np.load(folder / "held_out.npz", allow_pickle=False) as held_out:
            return Run(
                folder=folder,
                manifest=described.manifest,
                report=described.report,
                representative=_windows(folder / "representative.f32", length),
                golden=_windows(folder / "golden.f32", length),
                held_out=held_out["rr_ms"],
                held_out_is_positive=held_out["is_af"],
                held_out_logit=held_out["logit"],
                card=(folder / "card.md").read_text(),
            )
    except (OSError, ValueError, KeyError, msgspec.MsgspecError) as error:
        raise DataError(
            f"it cannot be read ({error})", where=str(folder), allowed="a folder written by vitalward train"
        ) from error


def _windows(path: Path, length: int) -> NDArray[np.float32]:
    return np.frombuffer(path.read_bytes(), dtype="<f4").reshape(-1, length)
