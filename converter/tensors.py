"""The inputs and outputs of a .tflite model as a manifest describes them."""

from __future__ import annotations

from typing import Any

from converter.flatbuffer import operators, read_tree
from converter.names import bundle_names
from edge.contract.manifest import Tensor


def tensors_of(model: bytes) -> tuple[tuple[Tensor, ...], tuple[Tensor, ...]]:
    """Inputs and outputs in the model's order, named by its signature, with the int8 tensors behind them."""
    tree = read_tree(model)
    graph = tree.subgraphs[0]
    names = {
        one.tensorIndex: one.name.decode()
        for signature in tree.signatureDefs or ()
        for one in (*signature.inputs, *signature.outputs)
    }
    inside = {}
    for step in operators(tree):
        if step.name == "QUANTIZE":
            inside[step.inputs[0]] = step.outputs[0]
        elif step.name == "DEQUANTIZE":
            inside[step.outputs[0]] = step.inputs[0]

    def described(kind: str, places: Any) -> tuple[Tensor, ...]:
        given = [names.get(at, f"{kind}_{number}") for number, at in enumerate(places)]
        return tuple(
            Tensor(
                name=name,
                shape=tuple(int(size) for size in graph.tensors[at].shape),
                **_int8(graph.tensors[inside[at]] if at in inside else None),
            )
            for name, at in zip(bundle_names(given, kind), places, strict=True)
        )

    return described("input", graph.inputs), described("output", graph.outputs)


def _int8(tensor: Any) -> dict[str, Any]:
    if tensor is None:
        return {"scale": None, "zero_point": None}
    return {
        "scale": float(tensor.quantization.scale[0]),
        "zero_point": int(tensor.quantization.zeroPoint[0]),
    }
