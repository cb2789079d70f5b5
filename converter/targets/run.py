"""Puts cases to targets, each in a process of its own: what is refused or crashes is a result too."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np

from converter.targets import witness
from converter.targets.cases import Case
from edge.adapters.litert import Kernels

LITERT: Final = "ai_edge_litert.interpreter"
TFLITE_RUNTIME: Final = "tflite_runtime.interpreter"
# The runtimes' own choice: XNNPACK where it takes a model.
DELEGATED: Final = "AUTO"
TIMEOUT_S: Final = 300.0


@dataclass(frozen=True)
class Target:
    """A runtime with its kernels, and the command that starts its Python.

    `root` is the folder its processes take for `/`, None for this machine's own.
    """

    name: str
    python: tuple[str, ...]
    runtime: str
    kernels: str
    root: Path | None = None

    @property
    def has_int8_ends(self) -> bool:
        """Whether it is asked with int8 codes, as a microcontroller is."""
        return self.runtime == witness.MICRO


@dataclass(frozen=True)
class Result:
    """How a target has answered: LSB off for each output, or why it did not; times are of one call."""

    target: str
    bundle: str
    most_off: int | None
    equal_percent: float | None
    p50_us: float | None
    p99_us: float | None
    arena_bytes: int | None
    refused: str | None

    @property
    def verdict(self) -> str:
        """In the words of the page."""
        if self.most_off is None:
            return f"refused: {self.refused}"
        return "equal" if self.most_off == 0 else f"within {self.most_off} LSB"


def on_this_machine(python: Sequence[str], runtime: str, name: str) -> list[Target]:
    """A standard runtime with each kind of kernels."""
    kinds = {
        "reference": Kernels.REFERENCE.value,
        "optimised": Kernels.OPTIMISED.value,
        "XNNPACK": DELEGATED,
    }
    return [Target(f"{name}, {kind}", tuple(python), runtime, kernels) for kind, kernels in kinds.items()]


# By which scripts/aarch64 is told which system to use.
ROOT_VARIABLE: Final = "VITALWARD_AARCH64"


def put(case: Case, target: Target) -> Result:
    """Ask a target; never raises for what the target does."""
    parent = None if target.root is None else target.root / "tmp"
    with tempfile.TemporaryDirectory(dir=parent) as scratch:
        folder = Path(scratch)
        (folder / "model.tflite").write_bytes(case.model)
        inputs: dict[str, Any] = {f"{at:03}": values for at, values in enumerate(case.inputs)}
        np.savez(folder / "inputs.npz", allow_pickle=False, **inputs)
        kernels = str(case.outputs) if target.has_int8_ends else target.kernels
        seen = folder if target.root is None else Path("/") / folder.relative_to(target.root)
        try:
            done = subprocess.run(  # noqa: S603 - the commands are those the user has named
                [*target.python, target.runtime, kernels, str(seen)],
                capture_output=True,
                text=True,
                check=False,
                timeout=TIMEOUT_S,
                env=os.environ | ({} if target.root is None else {ROOT_VARIABLE: str(target.root)}),
            )
        except subprocess.TimeoutExpired:
            return _refused(case, target, f"no answer in {TIMEOUT_S:g} s")
        if done.returncode != 0:
            last = (done.stderr.strip().splitlines() or [f"ended by signal {-done.returncode}"])[-1]
            return _refused(case, target, last)
        with np.load(folder / "outputs.npz", allow_pickle=False) as stored:
            off = case.steps_off([stored[name] for name in stored.files])
        facts = json.loads((folder / "facts.json").read_text())
    is_emulated = target.root is not None
    return Result(
        target=target.name,
        bundle=case.name,
        most_off=int(off.max()),
        equal_percent=round(100.0 * float(np.mean(off == 0)), 1),
        p50_us=None if is_emulated else facts["p50_us"],
        p99_us=None if is_emulated else facts["p99_us"],
        arena_bytes=facts["arena_bytes"],
        refused=None,
    )


def witness_with(python: str | Path) -> tuple[str, ...]:
    """The command that runs the witness under another Python."""
    return (str(python), witness.__file__)


THIS_PYTHON: Final = witness_with(sys.executable)


def _refused(case: Case, target: Target, why: str) -> Result:
    return Result(target.name, case.name, None, None, None, None, None, why.replace("|", "/"))
