"""The TFLite interpreters this machine has, found by running a tiny model: some import and then fail."""

from __future__ import annotations

import base64
import importlib
from enum import Enum
from functools import cache
from typing import Any, Final, Protocol, cast

import numpy as np
from numpy.typing import NDArray

from edge.contract.errors import RuntimeMissingError

# The maintained runtime first; tflite-runtime is what 32-bit boards have.
RUNTIMES: Final = ("ai_edge_litert.interpreter", "tflite_runtime.interpreter")

# y = (x0 + x1) / 2 as one fully connected layer, 456 bytes.
PROBE_MODEL: Final = base64.b64decode(
    """
GAAAAFRGTDMAAA4AFAAQAAwACAAAAAQADgAAABAAAABMAAAAhAEAAAMAAAAEAAAAOAAAADAAAAAYAAAACAAAAAQABgAEAAAAAAAG
AAgABAAGAAAABAAAAAgAAAAAAAA/AAAAP9j+///c/v//AQAAABAAAAAMABQAEAAMAAgABAAMAAAAEAAAAFQAAABYAAAAXAAAAAEA
AAAUAAAAAAAOABQAAAAQAAwACwAEAA4AAAAQAAAAAAAACAwAAAAQAAAANP///wEAAAACAAAAAwAAAAAAAAABAAAA/////wEAAAAC
AAAAAQAAAAAAAAADAAAAhAAAADgAAAAEAAAAnv///wAAAAEQAAAAEAAAAAMAAAAQAAAAiP///wIAAAB0MgAAAgAAAAEAAAABAAAA
zv///wAAAAEQAAAAEAAAAAIAAAAQAAAAuP///wIAAAB0MQAAAgAAAAEAAAACAAAAAAAWABgAFAAAABAADAAIAAAAAAAAAAcAFgAA
AAAAAAEUAAAAFAAAAAEAAAAUAAAABAAEAAQAAAACAAAAdDAAAAIAAAABAAAAAgAAAAEAAAAQAAAADAAMAAsAAAAAAAQADAAAAAkA
AAAAAAAJ
"""
)
PROBE_INPUT: Final = np.array([[3.0, 5.0]], dtype=np.float32)
PROBE_OUTPUT: Final = 4.0


class Kernels(Enum):
    """Which implementation of the layers computes.

    REFERENCE answers alike on every processor: what was evaluated is what runs. OPTIMISED is faster and
    rounds its own way on each; docs/targets.md tells how far it and the runtime's own choice, XNNPACK, stray.
    """

    REFERENCE = "BUILTIN_REF"
    OPTIMISED = "BUILTIN_WITHOUT_DEFAULT_DELEGATES"


class Interpreter(Protocol):
    """What is used of an interpreter, in the runtimes' own words."""

    def allocate_tensors(self) -> None:
        """Reserve memory; needed once before use."""

    def set_tensor(self, tensor_index: int, value: NDArray[Any]) -> None:
        """Copy a value in."""

    def invoke(self) -> None:
        """Compute."""

    def get_tensor(self, tensor_index: int) -> NDArray[Any]:
        """Copy a value out."""

    def get_input_details(self) -> list[dict[str, Any]]:
        """Index, shape and type of each input."""

    def get_output_details(self) -> list[dict[str, Any]]:
        """Index, shape and type of each output."""


def open_model(model: bytes, kernels: Kernels = Kernels.REFERENCE) -> Interpreter:
    """An interpreter for `model`, on one thread, by the first runtime that works here.

    Raises RuntimeMissingError if none does, ValueError or RuntimeError (theirs) for a model they cannot read.
    """
    return _opened(_working_runtime(kernels), model, kernels)


def answers_exactly(kernels: Kernels) -> bool:
    """Whether golden vectors come out here to the last bit: with the runtime and kernels that made them."""
    return kernels is Kernels.REFERENCE and _working_runtime(kernels) == RUNTIMES[0]


@cache
def _working_runtime(kernels: Kernels) -> str:
    failures = []
    for runtime in RUNTIMES:
        try:
            if _answers_probe(runtime, kernels):
                return runtime
            failures.append(f"{runtime} computes wrong values")
        except (ImportError, AttributeError, RuntimeError, ValueError, OSError) as error:
            failures.append(f"{runtime}: {error}")
    raise RuntimeMissingError(
        f"no TFLite runtime works ({'; '.join(failures)})",
        where="models",
        allowed="pip install ai-edge-litert, or tflite-runtime with numpy<2 where that has no wheel",
    )


def _answers_probe(runtime: str, kernels: Kernels) -> bool:
    interpreter = _opened(runtime, PROBE_MODEL, kernels)
    interpreter.set_tensor(interpreter.get_input_details()[0]["index"], PROBE_INPUT)
    interpreter.invoke()
    output = interpreter.get_tensor(interpreter.get_output_details()[0]["index"])
    return output.shape == (1, 1) and float(output[0, 0]) == PROBE_OUTPUT


def _opened(runtime: str, model: bytes, kernels: Kernels) -> Interpreter:
    module = importlib.import_module(runtime)
    interpreter = cast(
        Interpreter,
        module.Interpreter(
            model_content=model,
            num_threads=1,
            experimental_op_resolver_type=module.OpResolverType[kernels.value],
        ),
    )
    interpreter.allocate_tensors()
    return interpreter
