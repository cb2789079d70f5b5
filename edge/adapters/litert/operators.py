"""What a model is made of."""

from __future__ import annotations

from collections import Counter
from typing import Any, cast

from edge.adapters.litert.interpreters import Kernels, open_model


def operator_counts(model: bytes) -> dict[str, int]:
    """How often each operator of TFLite stands in a model, by name."""
    # Under the reference kernels no delegate has swallowed a part of the graph. Both runtimes list the
    # operators under this name only.
    steps = cast(Any, open_model(model, Kernels.REFERENCE))._get_ops_details()
    return dict(sorted(Counter(str(step["op_name"]) for step in steps).items()))
