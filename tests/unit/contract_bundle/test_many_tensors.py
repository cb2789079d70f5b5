"""A model with several inputs and outputs: packed, read and held to golden vectors like any other."""

from __future__ import annotations

from typing import Any

import msgspec
import numpy as np
import pytest

from converter.flatbuffer import read_tree, write_tree
from converter.golden import not_recorded, record_golden
from converter.tensors import tensors_of
from edge.adapters.litert import Kernels, Network, load_network, open_model
from edge.adapters.litert.interpreters import PROBE_MODEL
from edge.contract.bundle import Bundle, decode_bundle, encode_bundle
from edge.contract.errors import BundleError
from edge.contract.manifest import Manifest

schema: Any = pytest.importorskip("ai_edge_litert.schema_py_generated")


def mean_and_sum() -> bytes:
    """The probe model's mean of a pair, and that mean plus a second input, as a second output."""
    tree = read_tree(PROBE_MODEL)
    graph = tree.subgraphs[0]
    for name in (b"offset", b"sum"):
        tensor = schema.TensorT()
        tensor.shape, tensor.type, tensor.name = (
            np.array([1, 1], dtype=np.int32),
            schema.TensorType.FLOAT32,
            name,
        )
        graph.tensors.append(tensor)
    pair, mean = int(graph.inputs[0]), int(graph.outputs[0])
    offset, total = len(graph.tensors) - 2, len(graph.tensors) - 1
    code = schema.OperatorCodeT()
    code.builtinCode = code.deprecatedBuiltinCode = schema.BuiltinOperator.ADD
    tree.operatorCodes.append(code)
    step = schema.OperatorT()
    step.opcodeIndex = len(tree.operatorCodes) - 1
    step.inputs, step.outputs = np.array([mean, offset], dtype=np.int32), np.array([total], dtype=np.int32)
    step.builtinOptionsType = schema.BuiltinOptions.AddOptions
    step.builtinOptions = schema.AddOptionsT()
    graph.operators.append(step)
    graph.inputs, graph.outputs = (np.array(ends, dtype=np.int32) for ends in ([pair, offset], [mean, total]))
    return write_tree(tree)


def bundled(manifest: Manifest, *, kept: tuple[int, int] | None = None, spoil: float = 0.0) -> Bundle:
    """The model with two golden vectors, `spoil` added to the last kept answer."""
    model = mean_and_sum()
    inputs, outputs = tensors_of(model)
    asked = msgspec.structs.replace(
        manifest, stream=None, inputs=inputs, outputs=outputs, golden=not_recorded(2)
    )
    network = Network(asked, open_model(model, Kernels.REFERENCE))
    vectors = np.array([[1.0, 2.0, 10.0], [-3.0, 5.0, 0.25]], dtype=np.float32)
    recorded, golden_input, golden_output = record_golden(asked, vectors, network.answer, kept)
    golden_output[-1, -1] += spoil
    data = encode_bundle(
        recorded,
        model=model,
        golden_input=golden_input,
        golden_output=golden_output,
        card="# a card",
        card_data=b"{}",
    )
    return decode_bundle(data, where="bundle")


@pytest.mark.parametrize("kernels", list(Kernels))
def test_all_inputs_go_in_and_all_outputs_come_out(manifest: Manifest, kernels: Kernels) -> None:
    """By hand: the mean of 4 and 8 is 6, and with 100 it is 106."""
    network = load_network(bundled(manifest), kernels)

    outputs = network.run_all(np.array([4.0, 8.0], dtype=np.float32), np.array([100.0], dtype=np.float32))

    assert [output.tolist() for output in outputs] == [[[6.0]], [[106.0]]]


def test_golden_vectors_stand_end_to_end(manifest: Manifest) -> None:
    """Pair, then offset; mean, then sum: 1.5 and 11.5 for the first."""
    bundle = bundled(manifest)

    assert bundle.golden_input.tolist() == [[1.0, 2.0, 10.0], [-3.0, 5.0, 0.25]]
    assert bundle.golden_output.tolist() == [[1.5, 11.5], [1.0, 1.25]]
    assert bundled(manifest, kept=(1, 2)).golden_output.tolist() == [[11.5], [1.25]]


@pytest.mark.parametrize("kept", [None, (1, 2)])
def test_a_wrong_answer_of_the_second_output_is_found(
    manifest: Manifest, kept: tuple[int, int] | None
) -> None:
    """Whether it stands behind the first or alone."""
    with pytest.raises(BundleError, match="strays from the golden vectors"):
        load_network(bundled(manifest, kept=kept, spoil=0.5))
