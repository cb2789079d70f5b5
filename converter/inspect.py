"""Looks into a .tflite file: its operators, those that compute in float, and what its ends can hold."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from converter.flatbuffer import Operator, operators, read_tree

# The steps between the float outside and the int8 inside.
ENDS: Final = {"QUANTIZE", "DEQUANTIZE"}


@dataclass(frozen=True, slots=True)
class Range:
    """What an int8 tensor can tell apart: from `low` to `high` in steps of `step`."""

    low: float
    high: float
    step: float


def float_islands(model: bytes) -> list[Operator]:
    """The steps that compute in float; none in a model that is int8 from its first layer to its last."""
    return [step for step in operators(read_tree(model)) if step.name not in ENDS and "FLOAT32" in step.types]


def operator_counts(model: bytes) -> dict[str, int]:
    """How often each operator occurs, by name in alphabetical order."""
    names = [step.name for step in operators(read_tree(model))]
    return {name: names.count(name) for name in sorted(set(names))}


def input_ranges(model: bytes) -> list[Range]:
    """What each input can hold, in the order of the file's inputs."""
    tree = read_tree(model)
    graph = tree.subgraphs[0]
    inside = {
        step.inputs[0]: step.outputs[0] for step in reversed(operators(tree)) if step.name == "QUANTIZE"
    }
    return [_range(graph.tensors[inside.get(int(at), int(at))]) for at in graph.inputs]


def output_ranges(model: bytes) -> list[Range]:
    """What each output can hold, in the order of the file's outputs."""
    tree = read_tree(model)
    graph = tree.subgraphs[0]
    inside = {step.outputs[0]: step.inputs[0] for step in operators(tree) if step.name == "DEQUANTIZE"}
    return [_range(graph.tensors[inside.get(int(at), int(at))]) for at in graph.outputs]


def _range(tensor: Any) -> Range:
    step, zero = float(tensor.quantization.scale[0]), int(tensor.quantization.zeroPoint[0])
    held = np.iinfo(np.int8)
    return Range(low=(held.min - zero) * step, high=(held.max - zero) * step, step=step)
