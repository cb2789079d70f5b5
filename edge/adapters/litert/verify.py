"""The golden vectors of any bundle on this machine, whether its model runs over a stream or is asked."""

from __future__ import annotations

from edge.adapters.litert.golden import hold_to_golden
from edge.adapters.litert.interpreters import Kernels
from edge.adapters.litert.model import open_stream_model
from edge.adapters.litert.network import open_network
from edge.contract.bundle import Bundle


def verify_golden(bundle: Bundle, kernels: Kernels) -> float:
    """By how many steps of its output the farthest answer is off; BundleError if they are too many."""
    if bundle.manifest.stream is None:
        return hold_to_golden(open_network(bundle, kernels).answer, bundle, kernels)
    return hold_to_golden(open_stream_model(bundle, kernels).answer, bundle, kernels)
