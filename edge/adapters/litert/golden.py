"""Holds a model's answers to the golden vectors of its bundle."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from edge.adapters.litert.interpreters import Kernels, answers_exactly
from edge.contract.bundle import Bundle
from edge.contract.errors import BundleError
from edge.contract.golden import output_steps

# From a golden vector to all outputs, end to end.
Answer = Callable[[NDArray[np.float32]], NDArray[np.float32]]


def hold_to_golden(answer: Answer, bundle: Bundle, kernels: Kernels) -> float:
    """By how many steps of its output the farthest answer of these kernels is off.

    The reference kernels of the maintained runtime answer alike on every processor, so each must give the
    same float32 and be 0 off; others round a layer here and there their own way. Raises BundleError for
    answers that stray farther.
    """
    golden = bundle.manifest.golden
    most = 0 if answers_exactly(kernels) else golden.max_steps
    answers = [answer(vector).ravel()[golden.first : golden.stop] for vector in bundle.golden_input]
    off = np.abs(np.array(answers, dtype=np.float64) - bundle.golden_output) / output_steps(bundle.manifest)
    worst = float(np.max(off))
    # A hundredth of a step absorbs the rounding of float32 on the way out of the model; NaN is no answer.
    if not worst <= (most + 0.01 if most else 0.0):
        raise BundleError(
            f"under the {kernels.name.lower()} kernels its model strays from the golden vectors"
            f" by {worst:.1f} steps",
            where=bundle.name,
            allowed=f"at most {most}",
        )
    return worst
