"""Puts the int8 model beside the float one on held-out data: what the gate judges and the report shows."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from converter.causes import causes
from converter.coverage import Coverage, cover, cover_channels
from converter.deciding import deciding_output
from converter.gate import Answers, Check, judge
from converter.inspect import Range, input_ranges
from converter.limits import Limits
from converter.quantise import Converted, LayerError
from converter.run_folder import HeldOut
from edge.contract.errors import DataError
from edge.contract.manifest import Manifest, Tensor
from edge.signals.calibration import calibrated

# Of inputs with more channels than these only the whole is shown.
MOST_CHANNELS: Final = 128


@dataclass(frozen=True, slots=True)
class Examination:
    """What came of it; `causes` are what to mend, empty where every check that is judged holds."""

    checks: list[Check]
    coverage: list[Coverage]
    channels: list[Coverage]
    layer_errors: tuple[LayerError, ...]
    causes: list[str]

    @property
    def failed(self) -> list[Check]:
        """The checks that do not hold; one that is not judged is neither among these nor does it hold."""
        return [check for check in self.checks if check.holds is False]

    @property
    def not_judged(self) -> list[Check]:
        """The checks that nothing was concluded from."""
        return [check for check in self.checks if check.holds is None]


def examine(
    manifest: Manifest, converted: Converted, inputs: NDArray[np.float32], answers: Answers, limits: Limits
) -> Examination:
    """Judge a conversion; `inputs` (n, ...) are the held-out inputs of the model, end to end."""
    held = input_ranges(converted.model)
    by_name = _by_name(inputs, manifest)
    coverage = cover(by_name, held)
    checks = judge(answers, coverage, limits)
    failed = {check.of for check in checks if check.holds is False}
    of_groups = [
        part
        for grouping, belongs in answers.groups.items()
        for value in sorted(set(belongs.tolist()))
        if f"{grouping} {value}" in failed
        for part in cover(
            {name: values[belongs == value] for name, values in by_name.items()}, held, f"{grouping} {value}"
        )
    ]
    return Examination(
        checks=checks,
        coverage=coverage,
        channels=_channels(by_name, held, manifest),
        layer_errors=converted.layer_errors,
        causes=causes([*coverage, *of_groups], converted.layer_errors, limits) if failed else [],
    )


def require(examination: Examination, where: str) -> None:
    """Raise DataError telling every check that failed and what to mend, unless none did."""
    if examination.failed:
        raise DataError(
            f"int8 loses too much: {'; '.join(map(str, examination.failed))}",
            where=where,
            allowed=f"what the run's gate allows. To mend it: {'; '.join(examination.causes)}",
        )


def answers_of(
    manifest: Manifest, held_out: HeldOut, by_int8: NDArray[np.float32], limits: Limits
) -> Answers:
    """Both models' answers, in the manifest's order, with the decisions that one output leads to.

    Raises DataError if nothing tells which of several that is.
    """
    use = manifest.stream
    decides = use is not None or limits.decides != "none"
    tensor, place = _deciding(manifest, held_out, limits) if decides else (None, slice(None))
    scores = held_out.output[:, place], by_int8[:, place]
    truth: NDArray[np.int64] | None
    if use is not None:
        assert held_out.is_positive is not None, "read_run refuses a run of a stream without labels"
        decisions = [
            (calibrated(values, use.calibration.temperature, use.calibration.bias) >= use.threshold)
            for values in scores
        ]
        classes, truth = manifest.labels, held_out.is_positive[:, np.newaxis].astype(np.int64)
    elif limits.decides == "argmax" and tensor is not None:
        width = tensor.shape[-1]
        decisions = [values.reshape(len(values), -1, width).argmax(axis=-1) for values in scores]
        named = manifest.labels if len(manifest.labels) == width else tuple(map(str, range(width)))
        classes, truth = named, held_out.label
    else:
        limit = 0.5 if limits.decides == "half" else 0.0
        decisions = [values > limit for values in scores]
        classes, truth = ("absent", "present"), held_out.label
    by_float, decided = (values.astype(np.int64) for values in decisions)
    return Answers(
        by_float=held_out.output,
        by_int8=by_int8,
        widths={tensor.name: math.prod(tensor.shape) for tensor in manifest.outputs},
        scores=scores,
        classes=classes,
        decided=(by_float, decided) if decides else None,
        truth=truth,
        groups=held_out.groups,
    )


def _deciding(manifest: Manifest, held_out: HeldOut, limits: Limits) -> tuple[Tensor | None, slice]:
    """The output that decisions come from, and its place among all of them end to end; None: all of them."""
    names = [tensor.name for tensor in manifest.outputs]
    name, has_label = f"{manifest.task}-{manifest.version}", held_out.label is not None
    at = deciding_output(names, manifest.finding, limits, name, has_label=has_label)
    if at is None:
        return None, slice(None)
    ends = np.cumsum([0, *(math.prod(tensor.shape) for tensor in manifest.outputs)]).tolist()
    return manifest.outputs[at], slice(ends[at], ends[at + 1])


def _by_name(inputs: NDArray[np.float32], manifest: Manifest) -> dict[str, NDArray[np.float32]]:
    flat = inputs.reshape(len(inputs), -1)
    sizes = [int(np.prod(tensor.shape)) for tensor in manifest.inputs]
    parts = np.split(flat, np.cumsum(sizes)[:-1], axis=1)
    return {
        tensor.name: part.reshape(len(flat), *tensor.shape[1:])
        for tensor, part in zip(manifest.inputs, parts, strict=True)
    }


def _channels(
    by_name: dict[str, NDArray[np.float32]], held: Sequence[Range], manifest: Manifest
) -> list[Coverage]:
    ((name, values), *others) = by_name.items()
    width = values.shape[-1]
    if others or width > MOST_CHANNELS:
        return []
    features = manifest.stream.features if manifest.stream is not None else ()
    names = features if len(features) == width else tuple(f"{name} {at}" for at in range(width))
    return cover_channels(names, values, held[0])
