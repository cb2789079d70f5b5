"""Looks into a .tflite file: which layers compute in float, and the step of the quantised output."""

from __future__ import annotations

from typing import Any

from edge.contract.errors import BundleError


def logit_step(model: bytes) -> float:
    """The int8 step of the output, refusing a model that is not int8 from its first layer to its last.

    Raises BundleError naming the float layers.
    """
    graph = _graph(model)
    names = _operator_names()
    codes = _model(model).operatorCodes
    islands = []
    for operator in graph.operators:
        name = names.get(codes[operator.opcodeIndex].builtinCode, "CUSTOM")
        tensors = [graph.tensors[at] for at in (*operator.inputs, *operator.outputs) if at >= 0]
        if name not in {"QUANTIZE", "DEQUANTIZE"} and any(tensor.type == _float32() for tensor in tensors):
            islands.append(name)
    if islands:
        raise BundleError(
            f"layers left in float: {', '.join(sorted(set(islands)))}",
            where="model",
            allowed="int8 inside, float32 in and out",
        )
    last = next(operator for operator in graph.operators if graph.outputs[0] in operator.outputs)
    return float(graph.tensors[last.inputs[0]].quantization.scale[0])


def _model(model: bytes) -> Any:
    from ai_edge_litert import schema_py_generated as schema

    return schema.ModelT.InitFromObj(schema.Model.GetRootAsModel(model, 0))


def _graph(model: bytes) -> Any:
    return _model(model).subgraphs[0]


def _float32() -> int:
    from ai_edge_litert import schema_py_generated as schema

    return int(schema.TensorType.FLOAT32)


def _operator_names() -> dict[int, str]:
    from ai_edge_litert import schema_py_generated as schema

    return {code: name for name, code in vars(schema.BuiltinOperator).items() if isinstance(code, int)}
