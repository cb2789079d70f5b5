"""Golden vectors as bytes: the codes of the inputs, then those of the outputs, compressed with zlib.

Windows that overlap cost little so: what they share is stored once.
"""

from __future__ import annotations

import math
import zlib
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from edge.contract.errors import BundleError
from edge.contract.manifest import Codes, Manifest

# Read before it is known whose bundle this is, so a few bytes must not fill the memory.
MAX_GOLDEN_BYTES: Final = 16_000_000
DTYPES: Final = {"int8": "<i1", "int16": "<i2", "float32": "<f4"}

Vectors = NDArray[np.float32]


def input_sizes(manifest: Manifest) -> tuple[int, ...]:
    """How many values of a vector go into each input; a stream has one, of a window's length."""
    if manifest.stream is not None:
        return (manifest.stream.window.length,)
    return tuple(math.prod(tensor.shape) for tensor in manifest.inputs)


def output_sizes(manifest: Manifest) -> tuple[int, ...]:
    """How many values each output has."""
    return tuple(math.prod(tensor.shape) for tensor in manifest.outputs)


def output_steps(manifest: Manifest) -> NDArray[np.float64]:
    """The step of each value that golden vectors keep, (stop - first,)."""
    golden = manifest.golden
    steps = np.repeat(np.array(golden.outputs.scales, dtype=np.float64), output_sizes(manifest))
    return steps[golden.first : golden.stop]


def encode_golden(manifest: Manifest, inputs: Vectors, outputs: Vectors) -> bytes:
    """The bytes of vectors (n, values) and their kept answers (n, stop - first).

    Raises BundleError for values that the manifest's codes cannot express exactly.
    """
    golden = manifest.golden
    blocks = (
        _codes(inputs, golden.inputs, _scales(golden.inputs, input_sizes(manifest))),
        _codes(outputs, golden.outputs, _kept(manifest, _scales(golden.outputs, output_sizes(manifest)))),
    )
    return zlib.compress(b"".join(block.tobytes() for block in blocks), 9)


def decode_golden(manifest: Manifest, data: bytes, *, where: str) -> tuple[Vectors, Vectors]:
    """Inputs float32 (n, values) and kept outputs (n, stop - first); BundleError if `data` is not those."""
    golden = manifest.golden
    sizes_in, sizes_out = input_sizes(manifest), output_sizes(manifest)
    if (len(golden.inputs.scales), len(golden.outputs.scales)) != (len(sizes_in), len(sizes_out)):
        raise BundleError("scales for other tensors", where=where, allowed="one for each input and output")
    if not golden.first < golden.stop <= sum(sizes_out):
        raise BundleError(
            f"the outputs from {golden.first} to {golden.stop}",
            where=where,
            allowed=f"some of the {sum(sizes_out)} that the model has",
        )
    shape_in, shape_out = (golden.vectors, sum(sizes_in)), (golden.vectors, golden.stop - golden.first)
    type_in, type_out = (np.dtype(DTYPES[codes.type]) for codes in (golden.inputs, golden.outputs))
    bytes_in, bytes_out = math.prod(shape_in) * type_in.itemsize, math.prod(shape_out) * type_out.itemsize
    plain = _inflated(data, bytes_in + bytes_out, where)
    inputs = np.frombuffer(plain[:bytes_in], type_in).reshape(shape_in)
    outputs = np.frombuffer(plain[bytes_in:], type_out).reshape(shape_out)
    if not (np.isfinite(inputs).all() and np.isfinite(outputs).all()):
        raise BundleError("a value that is no number", where=where, allowed="finite numbers")
    return (
        inputs * _scales(golden.inputs, sizes_in),
        outputs * _kept(manifest, _scales(golden.outputs, sizes_out)),
    )


def smallest_codes(values: Vectors, scales: tuple[float, ...], sizes: tuple[int, ...]) -> Codes:
    """The smallest integer codes that hold `values` (n, sum of sizes), none of which is beyond int16."""
    most = float(np.max(np.abs(np.rint(values / _column_scales(scales, sizes)))))
    return Codes(type="int8" if most <= np.iinfo(np.int8).max else "int16", scales=scales)


def _scales(codes: Codes, sizes: tuple[int, ...]) -> Vectors:
    """What each column is multiplied by."""
    return _column_scales(codes.scales if codes.type != "float32" else (1.0,) * len(sizes), sizes)


def _column_scales(scales: tuple[float, ...], sizes: tuple[int, ...]) -> Vectors:
    return np.repeat(np.array(scales, dtype=np.float32), sizes)


def _kept(manifest: Manifest, columns: Vectors) -> Vectors:
    return columns[manifest.golden.first : manifest.golden.stop]


def _codes(values: Vectors, codes: Codes, scales: Vectors) -> NDArray[Any]:
    if codes.type == "float32":
        return values.astype(DTYPES[codes.type])
    limits = np.iinfo(DTYPES[codes.type])
    found: NDArray[Any] = np.clip(np.rint(values / scales), limits.min, limits.max)
    found = found.astype(DTYPES[codes.type])
    if not np.array_equal(found * scales, values.astype(np.float32)):
        raise BundleError(
            "a golden value between or beyond its codes",
            where="golden",
            allowed=f"scale x {codes.type}, in float32",
        )
    return found


def _inflated(data: bytes, size: int, where: str) -> bytes:
    """Exactly `size` bytes out of a zlib stream, and never more than that in memory."""
    allowed = f"zlib with {size} bytes inside, at most {MAX_GOLDEN_BYTES}"
    if size > MAX_GOLDEN_BYTES:
        raise BundleError(f"{size} bytes", where=where, allowed=allowed)
    stream = zlib.decompressobj()
    try:
        plain = stream.decompress(data, size + 1)
    except zlib.error as error:
        raise BundleError(f"not zlib ({error})", where=where, allowed=allowed) from error
    if len(plain) != size or not stream.eof or stream.unused_data:
        raise BundleError("more or fewer bytes inside", where=where, allowed=allowed)
    return plain
