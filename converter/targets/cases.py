"""A bundle as the two questions that are put to a target: with float ends, and with int8 ends."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from converter.int8_ends import with_int8_ends
from edge.contract.bundle import Bundle
from edge.contract.errors import BundleError
from edge.contract.golden import output_steps
from edge.contract.manifest import Tensor
from edge.signals.features import channels

Arrays = list[NDArray[Any]]


@dataclass(frozen=True)
class Case:
    """A model, inputs (n, ...) for each of its inputs, and the answers of the reference kernels.

    `expected` (n, kept) are places `first` to `stop` of the outputs end to end; a difference of `step`
    (kept,) is one LSB.
    """

    name: str
    model: bytes
    inputs: Arrays
    outputs: int
    expected: NDArray[np.float64]
    first: int
    stop: int
    step: NDArray[np.float64]

    def steps_off(self, outputs: Arrays) -> NDArray[np.int64]:
        """By how many LSB each kept output is off, (n, kept)."""
        flat = np.hstack([output.reshape(len(output), -1) for output in outputs]).astype(np.float64)
        off: NDArray[np.float64] = np.abs(flat[:, self.first : self.stop] - self.expected) / self.step
        return np.rint(off).astype(np.int64)


def float_case(bundle: Bundle) -> Case:
    """The stored model and its golden vectors, for a stream the features of its windows."""
    manifest, golden = bundle.manifest, bundle.manifest.golden
    return Case(
        name=bundle.name,
        model=bundle.model,
        inputs=_inputs(bundle),
        outputs=len(manifest.outputs),
        expected=bundle.golden_output.astype(np.float64),
        first=golden.first,
        stop=golden.stop,
        step=output_steps(manifest),
    )


def int8_case(bundle: Bundle) -> Case:
    """The model with int8 ends and the same vectors as codes. Raises BundleError for a float model."""
    manifest, whole = bundle.manifest, float_case(bundle)
    scales, zeros = (
        np.concatenate([np.full(math.prod(tensor.shape), value(tensor)) for tensor in manifest.outputs])[
            whole.first : whole.stop
        ]
        for value in (lambda tensor: _int8(tensor)[0], lambda tensor: _int8(tensor)[1])
    )
    return Case(
        name=bundle.name,
        model=with_int8_ends(bundle.model),
        inputs=[
            quantised(values, *_int8(tensor))
            for values, tensor in zip(whole.inputs, manifest.inputs, strict=True)
        ],
        outputs=whole.outputs,
        expected=np.rint(whole.expected / scales + zeros),
        first=whole.first,
        stop=whole.stop,
        step=np.ones(whole.stop - whole.first),
    )


def quantised(values: NDArray[np.float32], scale: float, zero_point: int) -> NDArray[np.int8]:
    """What the QUANTIZE operator makes of float32: halves away from zero, in float32 arithmetic."""
    scaled = values.astype(np.float32) / np.float32(scale)
    rounded = np.trunc(scaled + np.copysign(np.float32(0.5), scaled))
    codes: NDArray[np.int8] = np.clip(rounded + zero_point, -128, 127).astype(np.int8)
    return codes


def _inputs(bundle: Bundle) -> Arrays:
    manifest, rows = bundle.manifest, bundle.golden_input
    if manifest.stream is not None:
        rows = channels(rows, manifest.stream.features).reshape(len(rows), -1)
    ends = np.cumsum([math.prod(tensor.shape) for tensor in manifest.inputs])[:-1]
    return [
        np.ascontiguousarray(part.reshape(len(rows), *tensor.shape[1:]), dtype=np.float32)
        for tensor, part in zip(manifest.inputs, np.split(rows, ends, axis=1), strict=True)
    ]


def _int8(tensor: Tensor) -> tuple[float, int]:
    if tensor.scale is None or tensor.zero_point is None:
        raise BundleError("a float model", where=tensor.name, allowed="one that is int8 inside")
    return tensor.scale, tensor.zero_point
