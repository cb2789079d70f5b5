"""What a microcontroller's runtime, tflite-micro, has and needs."""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from converter.flatbuffer import operators, read_tree
from edge.contract.errors import BundleError

# Operators with int8 kernels: tflite-micro, micro_mutable_op_resolver.h, October 2026.
# fmt: off
OPERATORS: Final = frozenset({
    "ABS", "ADD", "ARG_MAX", "ARG_MIN", "AVERAGE_POOL_2D", "BATCH_MATMUL", "BATCH_TO_SPACE_ND",
    "CONCATENATION", "CONV_2D", "DEPTHWISE_CONV_2D", "DEPTH_TO_SPACE", "EXPAND_DIMS", "FULLY_CONNECTED",
    "GATHER", "HARD_SWISH", "L2_NORMALIZATION", "LEAKY_RELU", "LOGISTIC", "MAXIMUM", "MAX_POOL_2D", "MEAN",
    "MINIMUM", "MUL", "PACK", "PAD", "PADV2", "PRELU", "QUANTIZE", "REDUCE_MAX", "RELU", "RELU6",
    "RESHAPE", "RESIZE_BILINEAR", "RESIZE_NEAREST_NEIGHBOR", "SOFTMAX", "SPACE_TO_BATCH_ND", "SPLIT",
    "SPLIT_V", "SQUARED_DIFFERENCE", "SQUEEZE", "STRIDED_SLICE", "SUB", "SUM", "TANH", "TRANSPOSE",
    "TRANSPOSE_CONV", "UNPACK",
})
# fmt: on
ALIGNMENT: Final = 16
# What the runtime keeps for each tensor and step besides their values, on 64 bits; measured, rounded up.
BYTES_A_TENSOR: Final = 64
BYTES_A_STEP: Final = 512
BASE_BYTES: Final = 2048


def refuse_missing_operators(model: bytes, where: str) -> None:
    """Raise BundleError for an operator that tflite-micro has no int8 kernel for."""
    missing = sorted({step.name for step in operators(read_tree(model))} - OPERATORS)
    if missing:
        raise BundleError(
            f"the operators {', '.join(missing)}, which tflite-micro has no int8 kernels for",
            where=where,
            allowed="convolutions, dense layers, pooling, ReLU, sigmoid, softmax, tanh",
        )


def arena_bytes(model: bytes) -> int:
    """Enough working memory for tflite-micro: values alive at once, and its books, which 32 bits shrink.

    Every tensor lives from the step that writes it to the last that reads it.
    """
    tree = read_tree(model)
    graph, steps = tree.subgraphs[0], operators(tree)
    written = {at: number for number, step in enumerate(steps) for at in step.outputs}
    written |= {int(at): -1 for at in graph.inputs}
    read = {at: number for number, step in enumerate(steps) for at in step.inputs if at in written}
    read |= {int(at): len(steps) for at in graph.outputs}
    alive = [
        sum(
            _padded_bytes(graph.tensors[at])
            for at, first in written.items()
            if first <= number <= read.get(at, first)
        )
        for number in range(len(steps))
    ]
    books = BASE_BYTES + BYTES_A_TENSOR * len(graph.tensors) + BYTES_A_STEP * len(steps)
    return -(-(max(alive) + books) // ALIGNMENT) * ALIGNMENT


def _padded_bytes(tensor: Any) -> int:
    """The size of an int8 tensor, as it is placed."""
    return -(-int(np.prod(tensor.shape)) // ALIGNMENT) * ALIGNMENT
