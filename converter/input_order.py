"""Names and order of a .tflite file's inputs: in TensorFlow's own order they follow nothing."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from converter.flatbuffer import read_tree, write_tree


def input_names(model: bytes) -> list[str]:
    """What the signature calls the inputs, in the order of the file's tensors."""
    tree = read_tree(model)
    called = {int(end.tensorIndex): end.name.decode() for end in tree.signatureDefs[0].inputs}
    return [called[int(at)] for at in tree.subgraphs[0].inputs]


def with_inputs_called(model: bytes, called: Mapping[str, str]) -> bytes:
    """The same model with each input under the name that `called` has for its own, in the order of those."""
    tree = read_tree(model)
    graph, ends = tree.subgraphs[0], tree.signatureDefs[0].inputs
    by_name = {}
    for end in ends:
        own = end.name.decode()
        tensor = graph.tensors[int(end.tensorIndex)]
        tensor.name = tensor.name.replace(own.encode(), called[own].encode())
        end.name = called[own].encode()
        by_name[called[own]] = end.tensorIndex
    graph.inputs = np.array([by_name[name] for name in sorted(by_name)], dtype=np.int32)
    return write_tree(tree)
