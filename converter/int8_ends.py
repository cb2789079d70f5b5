"""From the model with float ends that a Pi runs to the one with int8 ends that a microcontroller runs."""

from __future__ import annotations

from typing import Any

import numpy as np

from converter.flatbuffer import operators, read_tree, write_tree
from edge.contract.errors import BundleError


def with_int8_ends(model: bytes) -> bytes:
    """The same graph without its outermost QUANTIZE and DEQUANTIZE steps: int8 in, int8 out.

    Scale and zero point of the new inputs and outputs stand in the file. Raises BundleError if an input or
    output does not pass exactly one such step.
    """
    tree = read_tree(model)
    graph, steps = tree.subgraphs[0], operators(tree)
    cut: set[int] = set()
    inward: dict[int, int] = {}
    for outside in map(int, graph.inputs):
        readers = [at for at, step in enumerate(steps) if outside in step.inputs]
        inward[outside] = _the_one(readers, steps, "QUANTIZE").outputs[0]
        cut |= set(readers)
    for outside in map(int, graph.outputs):
        writers = [at for at, step in enumerate(steps) if outside in step.outputs]
        inward[outside] = _the_one(writers, steps, "DEQUANTIZE").inputs[0]
        cut |= set(writers)
    graph.inputs = np.array([inward[int(at)] for at in graph.inputs], dtype=np.int32)
    graph.outputs = np.array([inward[int(at)] for at in graph.outputs], dtype=np.int32)
    graph.operators = [step for at, step in enumerate(graph.operators) if at not in cut]
    for signature in tree.signatureDefs or []:
        for end in (*signature.inputs, *signature.outputs):
            end.tensorIndex = inward[int(end.tensorIndex)]
    _drop_unused(tree)
    return write_tree(tree)


def _the_one(found: list[int], steps: list[Any], name: str) -> Any:
    if len(found) != 1 or steps[found[0]].name != name:
        raise BundleError(
            f"an input or output that passes {', '.join(steps[at].name for at in found) or 'nothing'}",
            where="model",
            allowed=f"one {name}, as `vitalward convert` makes them",
        )
    return steps[found[0]]


def _drop_unused(tree: Any) -> None:
    """Renumber tensors and operator codes so that only those in use are left."""
    graph = tree.subgraphs[0]
    used = {int(at) for step in graph.operators for at in (*step.inputs, *step.outputs) if at >= 0}
    used |= {int(at) for at in (*graph.inputs, *graph.outputs)}
    place = {old: new for new, old in enumerate(sorted(used))} | {-1: -1}

    def moved(numbers: Any) -> Any:
        return np.array([place[int(at)] for at in numbers], dtype=np.int32)

    graph.tensors = [graph.tensors[at] for at in sorted(used)]
    graph.inputs, graph.outputs = moved(graph.inputs), moved(graph.outputs)
    for step in graph.operators:
        step.inputs, step.outputs = moved(step.inputs), moved(step.outputs)
    for signature in tree.signatureDefs or []:
        for end in (*signature.inputs, *signature.outputs):
            end.tensorIndex = place[int(end.tensorIndex)]
    codes = sorted({step.opcodeIndex for step in graph.operators})
    for step in graph.operators:
        step.opcodeIndex = codes.index(step.opcodeIndex)
    tree.operatorCodes = [tree.operatorCodes[at] for at in codes]
