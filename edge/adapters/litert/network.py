"""A bundle's network as it is: float32 in, float32 out, held to its golden vectors."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from edge.adapters.litert.interpreters import Interpreter, Kernels, open_model
from edge.contract.bundle import Bundle
from edge.contract.errors import BundleError
from edge.contract.manifest import Manifest


class Network:
    """Runs one input at a time; not for use from two threads at once."""

    def __init__(self, manifest: Manifest, interpreter: Interpreter) -> None:
        self.manifest = manifest
        self._interpreter = interpreter
        self._input = interpreter.get_input_details()[0]["index"]
        self._output = interpreter.get_output_details()[0]["index"]

    def run(self, values: NDArray[np.float32]) -> NDArray[np.float32]:
        """The outputs, float32 of the manifest's `output_shape`; `values` float32 in any shape that fits."""
        self._interpreter.set_tensor(self._input, values.reshape(self.manifest.input_shape))
        self._interpreter.invoke()
        outputs: NDArray[np.float32] = self._interpreter.get_tensor(self._output)
        return outputs


def load_network(bundle: Bundle, kernels: Kernels = Kernels.FASTEST) -> Network:
    """Make a bundle's network ready and hold it to its golden vectors, which are inputs and outputs.

    Raises BundleError for a model that does not fit its manifest or strays from its golden vectors,
    RuntimeMissingError if there is no interpreter. For a model of a stream see `load_model`.
    """
    if bundle.manifest.stream is not None:
        raise BundleError("a model of a stream", where=bundle.name, allowed="a model that is asked")
    verify_golden(open_network(bundle, Kernels.REFERENCE).run, bundle, max_steps=0)
    network = open_network(bundle, kernels)
    if kernels is not Kernels.REFERENCE:
        verify_golden(network.run, bundle, max_steps=bundle.manifest.golden.max_steps)
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


def verify_golden(
    answer: Callable[[NDArray[np.float32]], NDArray[np.float32]], bundle: Bundle, *, max_steps: int
) -> None:
    """Raise BundleError if `answer` is more than `max_steps` int8 steps off for a golden vector.

    The reference kernels answer alike on every processor; faster ones round differently in each layer.
    """
    answered = np.array([answer(vector).ravel() for vector in bundle.golden_input], dtype=np.float32)
    worst = float(np.max(np.abs(answered - bundle.golden_output))) / bundle.manifest.golden.step
    # A hundredth of a step absorbs the rounding of float32 on the way out of the model.
    if not worst <= max_steps + 0.01:
        raise BundleError(
            f"its model strays from the golden vectors by {worst:.1f} steps",
            where=bundle.name,
            allowed=f"at most {max_steps}",
        )


def _check_tensors(interpreter: Interpreter, manifest: Manifest, where: str) -> None:
    inputs, outputs = interpreter.get_input_details(), interpreter.get_output_details()
    found = [(tuple(tensor["shape"].tolist()), tensor["dtype"]) for tensor in (*inputs, *outputs)]
    if found != [(manifest.input_shape, np.float32), (manifest.output_shape, np.float32)]:
        raise BundleError(
            f"a model with the tensors {found}",
            where=where,
            allowed=f"one float32 input {manifest.input_shape} and one output {manifest.output_shape}",
        )
