"""Golden vectors: inputs rounded to codes that take little room, and what int8 answers to them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from edge.contract.errors import DataError
from edge.contract.golden import input_sizes, output_sizes, smallest_codes
from edge.contract.manifest import Codes, Golden, Manifest

# Inputs are rounded to every fourth of the model's own int8 steps: a tenth of a standard deviation or less,
# and a third less to store. The answers are those to the rounded inputs.
STEPS_A_CODE: Final = 4
# Signals come in decimal units: the finest of these whose codes fit into 16 bits.
SIGNAL_SCALES: Final = (0.001, 0.01, 0.1, 1.0, 10.0)
INT16_MOST: Final = 32_767
# One step of a float32 output near 1, for models that are not quantised there.
FLOAT_STEP: Final = 2.0**-23

# From inputs end to end, or a window, to all outputs end to end.
Answer = Callable[[NDArray[np.float32]], NDArray[np.float32]]


def not_recorded(max_steps: int) -> Golden:
    """What a manifest holds until its model has answered."""
    nothing = Codes(type="float32", scales=(FLOAT_STEP,))
    return Golden(vectors=1, inputs=nothing, outputs=nothing, first=0, stop=1, max_steps=max_steps)


def record_golden(
    manifest: Manifest, inputs: NDArray[np.float32], answer: Answer, kept: tuple[int, int] | None
) -> tuple[Manifest, NDArray[np.float32], NDArray[np.float32]]:
    """The manifest with its golden vectors' form, the rounded inputs (n, k) and the kept answers (n, m).

    `inputs` float32 (n, ...) are windows of the signal or inputs end to end; `kept` are the places (first,
    stop) of the outputs to keep, all if None. Raises DataError for inputs that no code can hold.
    """
    flat = inputs.reshape(len(inputs), -1)
    codes = _input_codes(manifest, flat)
    rounded = _rounded(flat, codes, input_sizes(manifest))
    answers = np.array([answer(row) for row in rounded], dtype=np.float32)
    first, stop = kept or (0, answers.shape[1])
    golden = Golden(
        vectors=len(rounded),
        inputs=codes,
        outputs=_output_codes(manifest, answers),
        first=first,
        stop=stop,
        max_steps=manifest.golden.max_steps,
    )
    return msgspec.structs.replace(manifest, golden=golden), rounded, answers[:, first:stop]


def _input_codes(manifest: Manifest, flat: NDArray[np.float32]) -> Codes:
    sizes = input_sizes(manifest)
    if manifest.stream is not None:
        most = float(np.max(np.abs(flat)))
        scale = next((scale for scale in SIGNAL_SCALES if most <= scale * INT16_MOST), None)
        if scale is None:
            raise DataError(f"a value of {most:g}", where="golden.npy", allowed=f"at most {10 * INT16_MOST}")
        return smallest_codes(flat, (scale,), sizes)
    scales = tuple(tensor.scale for tensor in manifest.inputs)
    if None in scales:
        return Codes(type="float32", scales=(FLOAT_STEP,) * len(sizes))
    return smallest_codes(flat, tuple(STEPS_A_CODE * scale for scale in scales if scale is not None), sizes)


def _output_codes(manifest: Manifest, answers: NDArray[np.float32]) -> Codes:
    sizes = output_sizes(manifest)
    scales = tuple(tensor.scale for tensor in manifest.outputs)
    if None in scales:
        return Codes(type="float32", scales=(FLOAT_STEP,) * len(sizes))
    return smallest_codes(answers, tuple(scale for scale in scales if scale is not None), sizes)


def _rounded(flat: NDArray[np.float32], codes: Codes, sizes: tuple[int, ...]) -> NDArray[np.float32]:
    if codes.type == "float32":
        return flat
    scales = np.repeat(np.array(codes.scales, dtype=np.float32), sizes)
    limits = np.iinfo(codes.type)
    # By way of integers, which know no minus zero.
    rounded: NDArray[np.float32] = (
        np.clip(np.rint(flat / scales), limits.min, limits.max).astype(np.int16) * scales
    )
    return rounded
