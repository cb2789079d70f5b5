"""A bundle's network as it is: float32 in, float32 out, held to its golden vectors."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from edge.adapters.litert.golden import hold_to_golden
from edge.adapters.litert.interpreters import Interpreter, Kernels, open_model
from edge.contract.bundle import Bundle
from edge.contract.errors import BundleError
from edge.contract.manifest import Manifest


class Network:
    """Runs one input at a time; not for use from two threads at once."""

    def __init__(self, manifest: Manifest, interpreter: Interpreter) -> None:
        self.manifest = manifest
        self._interpreter = interpreter
        self._inputs = [
            (tensor["index"], described.shape)
            for tensor, described in zip(interpreter.get_input_details(), manifest.inputs, strict=True)
        ]
        self._outputs = [tensor["index"] for tensor in interpreter.get_output_details()]

    def run(self, *values: NDArray[np.float32]) -> NDArray[np.float32]:
        """The first output, float32; `values` are one float32 array an input, in any shape that fits."""
        return self.run_all(*values)[0]

    def run_all(self, *values: NDArray[np.float32]) -> list[NDArray[np.float32]]:
        """All outputs in the manifest's order, each float32 of its shape."""
        for (index, shape), value in zip(self._inputs, values, strict=True):
            self._interpreter.set_tensor(index, value.reshape(shape))
        self._interpreter.invoke()
        return [self._interpreter.get_tensor(index) for index in self._outputs]

    def answer(self, vector: NDArray[np.float32]) -> NDArray[np.float32]:
        """All outputs end to end for all inputs end to end: the form of golden vectors."""
        ends = np.cumsum([math.prod(shape) for _, shape in self._inputs])
        outputs = self.run_all(*np.split(vector.ravel(), ends[:-1]))
        return np.concatenate([output.ravel() for output in outputs])


def load_network(bundle: Bundle, kernels: Kernels = Kernels.REFERENCE) -> Network:
    """Make a bundle's network ready and hold it to its golden vectors, which are inputs and outputs.

    Raises BundleError for a model that does not fit its manifest or strays from its golden vectors,
    RuntimeMissingError if there is no interpreter. For a model of a stream see `load_model`.
    """
    if bundle.manifest.stream is not None:
        raise BundleError("a model of a stream", where=bundle.name, allowed="a model that is asked")
    network = open_network(bundle, kernels)
    hold_to_golden(network.answer, bundle, kernels)
    return network


def open_network(bundle: Bundle, kernels: Kernels) -> Network:
    """A bundle's network, its tensors held against the manifest but nothing run yet."""
    try:
        interpreter = open_model(bundle.model, kernels)
    except (RuntimeError, ValueError) as error:
        raise BundleError(
            f"its model cannot be read ({error})", where=bundle.name, allowed="a TFLite model"
        ) from error
    _check_tensors(interpreter, bundle.manifest, bundle.name)
    return Network(bundle.manifest, interpreter)


def _check_tensors(interpreter: Interpreter, manifest: Manifest, where: str) -> None:
    for kind, tensors, wanted in (
        ("input", interpreter.get_input_details(), manifest.inputs),
        ("output", interpreter.get_output_details(), manifest.outputs),
    ):
        found = [(tuple(tensor["shape"].tolist()), np.dtype(tensor["dtype"]).name) for tensor in tensors]
        expected = [(tensor.shape, "float32") for tensor in wanted]
        if found != expected:
            raise BundleError(f"a model with the {kind}s {found}", where=where, allowed=f"{expected}")
