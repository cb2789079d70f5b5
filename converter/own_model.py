"""A Keras model of the user's own, with a spec and samples, as a run that can be packed."""

from __future__ import annotations

import io
import math
import platform
import zipfile
from collections.abc import Mapping, Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from converter.deciding import deciding_output
from converter.finding import placed_finding
from converter.keras_file import read_inputs
from converter.limits import Limits
from converter.quantise import float_answers
from converter.run_folder import HeldOut, Run, RunManifest
from converter.samples import LABEL, read_samples
from converter.spec import Spec
from edge.contract.errors import DataError

REPRESENTATIVES: Final = 512
GOLDEN_VECTORS: Final = 64
DRAW_SEED: Final = 0


def run_of(model: Path, spec: Spec, folder: Path) -> Run:
    """The run; `folder` is the spec's. Raises DataError for samples or a finding that do not fit the model.

    At most half of the samples, drawn evenly from every class and group, measure activation ranges; the gate
    judges on the others.
    """
    path, where = folder / spec.samples, f"spec of {spec.task}"
    samples = read_samples(path, read_inputs(model))
    rows, label, groups = samples.rows, samples.label, samples.groups
    kinds = [np.zeros(len(rows)) if label is None else label, *groups.values()]
    seen = draw_evenly(kinds, min(REPRESENTATIVES, len(rows) // 2))
    rest = np.setdiff1d(np.arange(len(rows)), seen)
    held_out = rows[rest]
    outputs = dict(sorted(float_answers(model, held_out).items()))
    flat = {name: values.reshape(len(rest), -1) for name, values in outputs.items()}
    finding = placed_finding(spec.finding, {name: values.shape[1] for name, values in flat.items()}, where)
    if spec.gate.decides != "none":
        at = deciding_output(list(outputs), spec.finding, spec.gate, where, has_label=label is not None)
        decides = outputs if at is None else {name: outputs[name] for name in [list(outputs)[at]]}
        _check_decisions(decides, label, spec.gate, str(path))
    output = np.hstack(list(flat.values())).astype(np.float32)
    return Run(
        model=model,
        manifest=RunManifest(
            task=spec.task,
            version=spec.version,
            stream=None,
            labels=spec.labels,
            constants={},
            parameters=_parameters(model),
            made_with={"python": platform.python_version(), "tensorflow": _tensorflow_version()}
            | {name: version(name) for name in ("keras", "numpy")},
            trained_on=spec.trained_on,
            finding=finding,
        ),
        report={},
        representative=rows[seen],
        golden=held_out[np.linspace(0, len(rest) - 1, min(GOLDEN_VECTORS, len(rest))).astype(int)],
        held_out=HeldOut(
            input=held_out,
            output=output,
            is_positive=None,
            label=_truth(label, rest) if spec.gate.decides != "none" else None,
            groups={name: values[rest] for name, values in groups.items()},
            widths={name: values.shape[1] for name, values in flat.items()} if len(flat) > 1 else None,
        ),
        card=_card(spec, folder),
        gate=spec.gate,
    )


def _truth(label: NDArray[Any] | None, rows: NDArray[np.int64]) -> NDArray[np.int64] | None:
    return None if label is None else label[rows].reshape(len(rows), -1).astype(np.int64)


def draw_evenly(kinds: Sequence[NDArray[Any]], count: int) -> NDArray[np.int64]:
    """Up to `count` row numbers, ascending, that go round the combinations of kinds (n, ...) evenly.

    Half of each combination is left, so that a rare one can be judged too. Within one they come from all
    over: rows often stand in the order they were recorded in.
    """
    known = [kind.reshape(len(kind), -1)[:, 0].astype(str) for kind in kinds]
    of_kind: dict[tuple[str, ...], list[int]] = {}
    keys = list(zip(*known, strict=True))
    for row in np.random.default_rng(DRAW_SEED).permutation(len(keys)).tolist():
        of_kind.setdefault(keys[row], []).append(row)
    turn = {row: at for rows in of_kind.values() for at, row in enumerate(rows[: (len(rows) + 1) // 2])}
    return np.sort(np.array(sorted(turn, key=lambda row: (turn[row], row))[:count], dtype=np.int64))


def _check_decisions(
    outputs: Mapping[str, NDArray[np.float32]], label: NDArray[Any] | None, gate: Limits, where: str
) -> None:
    """Raise DataError for an output that leaves no choice, or labels that are no classes of the decisions."""
    is_argmax = gate.decides == "argmax"
    name, output = next(iter(outputs.items()))
    classes = output.shape[-1] if is_argmax else 2
    if classes < 2:
        raise DataError(
            f"'argmax' of output {name!r} of shape {output.shape[1:]}",
            where="gate.decides",
            allowed="two values or more along the last axis, half, sign or none",
        )
    if label is None:
        return
    decisions = math.prod(output.shape[1:]) // (classes if is_argmax else 1)
    told = label.reshape(len(label), -1)
    if told.shape[1] != decisions:
        raise DataError(
            f"{told.shape[1]} in each row of {LABEL!r}", where=where, allowed=f"{decisions}, one a decision"
        )
    wrong = told[~np.isin(told, np.arange(classes))]
    if wrong.size:
        allowed = f"whole numbers from 0 to {classes - 1}, as the gate decides by {gate.decides!r}"
        raise DataError(f"{wrong[0]} in {LABEL!r}", where=where, allowed=allowed)


def _parameters(model: Path) -> int:
    """The number of weights, as the file has them."""
    import h5py

    sizes: list[int] = []

    def note(name: str, item: Any) -> None:
        if isinstance(item, h5py.Dataset) and not name.startswith("optimizer"):
            sizes.append(int(item.size))

    with zipfile.ZipFile(model) as archive, h5py.File(io.BytesIO(archive.read("model.weights.h5"))) as stored:
        stored.visititems(note)
    return sum(sizes)


def _tensorflow_version() -> str:
    """Of the package that is here: one for x86, one for all else."""
    try:
        return version("tensorflow-cpu")
    except PackageNotFoundError:
        return version("tensorflow")


def _card(spec: Spec, folder: Path) -> str:
    if spec.card is None:
        return f"# {spec.task} {spec.version}\n\nNo card was given. Not a medical device.\n"
    try:
        return (folder / spec.card).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(str(error), where=str(folder / spec.card), allowed="a text file") from error
