"""Reads a run folder, the one thing training and conversion share."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from converter.limits import Limits
from edge.contract.errors import DataError
from edge.contract.manifest import Finding, StreamUse, TrainingData

# What names of arrays in held_out.npz begin with that hold groups.
GROUP: Final = "group_"


class RunManifest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Those values of a bundle's manifest that the training decides.

    `golden_outputs` are the places (first, stop) of the outputs, end to end, that golden vectors keep; all if
    None.
    """

    task: str
    version: str
    stream: StreamUse | None
    labels: tuple[str, ...]
    constants: dict[str, tuple[float, ...]]
    parameters: int
    made_with: dict[str, str]
    trained_on: tuple[TrainingData, ...]
    golden_outputs: tuple[int, int] | None = None
    finding: Finding | None = None


class RunFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`run.json`; `report` goes into the card as it is."""

    manifest: RunManifest
    report: dict[str, Any]
    gate: Limits = Limits()


@dataclass(frozen=True)
class HeldOut:
    """What the training held back: rows as in `Run`, the float model's outputs (n, m), maybe more.

    A run of a stream has `is_positive` (n,); any other may have `label`, the right class of each decision
    (n, d). `widths` are the sizes of several outputs by name, in the order in which `output` has them end to
    end; the file may have them in another. `groups` name what each row belongs to, (n,)
    strings by grouping: sex, age band, record.
    """

    input: NDArray[np.float32]
    output: NDArray[np.float32]
    is_positive: NDArray[np.bool_] | None
    label: NDArray[np.int64] | None
    groups: dict[str, NDArray[np.str_]]
    widths: dict[str, int] | None = None


@dataclass(frozen=True)
class Run:
    """What is to be converted. Arrays hold one window (in the signal's unit) or one input a row, float32.

    Where the model has several inputs, a row holds all of them end to end, in the order of their names.
    """

    model: Path
    manifest: RunManifest
    report: dict[str, Any]
    representative: NDArray[np.float32]
    golden: NDArray[np.float32]
    held_out: HeldOut
    card: str
    gate: Limits


def read_run(folder: Path) -> Run:
    """Read a run folder. Raises DataError for what is missing or does not fit."""
    try:
        described = msgspec.json.decode((folder / "run.json").read_bytes(), type=RunFile)
        run = Run(
            model=folder / "model.keras",
            manifest=described.manifest,
            report=described.report,
            representative=np.load(folder / "representative.npy", allow_pickle=False),
            golden=np.load(folder / "golden.npy", allow_pickle=False),
            held_out=_held_out(folder / "held_out.npz"),
            card=(folder / "card.md").read_text(),
            gate=described.gate,
        )
        _check(run)
    except (OSError, ValueError, KeyError, EOFError, msgspec.MsgspecError) as error:
        raise DataError(
            f"it cannot be read ({error})", where=str(folder), allowed="a folder written by vitalward train"
        ) from error
    return run


def _held_out(path: Path) -> HeldOut:
    with np.load(path, allow_pickle=False) as arrays:
        output = arrays["output"]
        return HeldOut(
            input=arrays["input"],
            output=output.reshape(len(output), -1),
            is_positive=arrays.get("is_positive", None),
            label=arrays["label"].reshape(len(output), -1) if "label" in arrays else None,
            groups={
                name.removeprefix(GROUP): arrays[name].astype(np.str_)
                for name in arrays.files
                if name.startswith(GROUP)
            },
        )


def _check(run: Run) -> None:
    """Raise ValueError for arrays that do not belong together."""
    shapes = {array.shape[1:] for array in (run.representative, run.golden, run.held_out.input)}
    if len(shapes) != 1:
        raise ValueError(f"arrays of different shapes {shapes}")
    told = (run.held_out.is_positive, run.held_out.label, *run.held_out.groups.values())
    if {len(array) for array in told if array is not None} - {len(run.held_out.input)}:
        raise ValueError("held_out.npz has labels or groups for more or fewer rows than inputs")
    use = run.manifest.stream
    if use is None:
        return
    if shapes != {(use.window.length,)}:
        raise ValueError(f"windows of shape {shapes.pop()} where {use.window.length} are named")
    if run.held_out.is_positive is None:
        raise ValueError("held_out.npz has no is_positive")
