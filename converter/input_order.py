"""The order of a .tflite file's inputs: TensorFlow's own follows neither their names nor the Keras model."""

from __future__ import annotations

import numpy as np

from converter.flatbuffer import read_tree, write_tree


def input_names(model: bytes) -> list[str]:
    """What the signature calls the inputs, in the order of the file's tensors."""
    tree = read_tree(model)
    called = {int(end.tensorIndex): end.name.decode() for end in tree.signatureDefs[0].inputs}
    return [called[int(at)] for at in tree.subgraphs[0].inputs]


def with_sorted_inputs(model: bytes) -> bytes:
    """The same model with its inputs in the order of their names; as it is where they are so already."""
    names = input_names(model)
    if names == sorted(names):
        return model
    tree = read_tree(model)
    graph = tree.subgraphs[0]
    by_name = dict(zip(names, graph.inputs, strict=True))
    graph.inputs = np.array([by_name[name] for name in sorted(names)], dtype=np.int32)
    return write_tree(tree)
