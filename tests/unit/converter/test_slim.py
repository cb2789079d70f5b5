"""Slimming a .tflite file: what goes is what no interpreter computes with."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from converter.flatbuffer import ALIGNMENT, operators, read_tree, write_tree
from converter.slim import slim
from converter.tensors import tensors_of
from edge.adapters.litert import Kernels, Network, open_model
from edge.bundles import SHIPPED
from edge.contract.bundle import Bundle, read_bundle

schema: Any = pytest.importorskip("ai_edge_litert.schema_py_generated")


@pytest.fixture(scope="module", params=["rhythm", "risk"])
def bundle(request: pytest.FixtureRequest) -> Bundle:
    return read_bundle(SHIPPED[request.param])


def fattened(model: bytes) -> bytes:
    """The model with names, ranges, notes and a buffer that nothing uses, as a converter leaves them."""
    tree = read_tree(model)
    tree.description = b"Made up."
    for number, tensor in enumerate(tree.subgraphs[0].tensors):
        tensor.name = b"a/long/name/of/a/layer/%d" % number
        tensor.shapeSignature = tensor.shape
        if tensor.quantization is not None and tensor.quantization.scale is not None:
            tensor.quantization.min = tensor.quantization.max = tensor.quantization.scale
    spare = schema.BufferT()
    spare.data = np.frombuffer(b"2.21.0", dtype=np.uint8)
    tree.buffers.insert(1, spare)
    for tensor in tree.subgraphs[0].tensors:
        tensor.buffer += tensor.buffer > 0
    note = schema.MetadataT()
    note.name, note.buffer = b"min_runtime_version", 1
    tree.metadata = [note]
    return write_tree(tree)


def test_what_was_added_is_what_is_left_out(bundle: Bundle) -> None:
    """Names, ranges and notes leave no trace: the bytes of the slim model come back."""
    fat = fattened(bundle.model)

    assert len(fat) > len(bundle.model) + 500
    assert slim(fat) == slim(bundle.model) == bundle.model


def test_slim_and_fat_answer_alike(bundle: Bundle) -> None:
    """Under either kernels, on inputs all over the range, to the last bit."""
    fat, rng = fattened(bundle.model), np.random.default_rng(5)
    inputs = rng.normal(scale=2.0, size=(20, *bundle.manifest.inputs[0].shape)).astype(np.float32)
    for kernels in Kernels:
        thick, thin = (Network(bundle.manifest, open_model(model, kernels)) for model in (fat, slim(fat)))
        assert [thick.run(row).tobytes() for row in inputs] == [thin.run(row).tobytes() for row in inputs]


def test_the_graph_is_the_same(bundle: Bundle) -> None:
    """The same operators in the same versions read and write the same tensors."""
    before, after = (operators(read_tree(model)) for model in (fattened(bundle.model), bundle.model))

    assert [(step.name, step.version, step.inputs, step.outputs, step.types) for step in before] == [
        (step.name, step.version, step.inputs, step.outputs, step.types) for step in after
    ]


def test_constants_stand_where_kernels_want_them(bundle: Bundle) -> None:
    """Each begins at a multiple of 16 bytes in the file, as the schema asks."""
    model = schema.Model.GetRootAsModel(bundle.model, 0)
    starts = [
        table._tab.Vector(table._tab.Offset(4))
        for table in map(model.Buffers, range(model.BuffersLength()))
        if table.DataLength()
    ]

    assert len(starts) > 5
    assert [start % ALIGNMENT for start in starts] == [0] * len(starts)


def test_tensors_are_described_as_the_interpreter_sees_them(bundle: Bundle) -> None:
    """Shapes of the manifest are the interpreter's; scale and zero point are those of the int8 behind."""
    interpreter: Any = open_model(bundle.model, Kernels.REFERENCE)
    details = {one["index"]: one for one in interpreter.get_tensor_details()}
    ends = {
        step["op_name"]: (step["inputs"][0], step["outputs"][0]) for step in interpreter._get_ops_details()
    }
    (first,), (last,) = tensors_of(bundle.model)

    assert first.shape == tuple(interpreter.get_input_details()[0]["shape"])
    assert last.shape == tuple(interpreter.get_output_details()[0]["shape"])
    assert (first.scale, first.zero_point) == details[ends["QUANTIZE"][1]]["quantization"]
    assert (last.scale, last.zero_point) == details[ends["DEQUANTIZE"][0]]["quantization"]
    assert (bundle.manifest.inputs[0].scale, bundle.manifest.outputs[0].scale) == (first.scale, last.scale)
