"""Runs the models of bundles with whichever TFLite interpreter this machine has."""

from edge.adapters.litert.interpreters import Interpreter, Kernels, open_model
from edge.adapters.litert.model import POOR_QUALITY, Model, Score, load_model, probability
from edge.adapters.litert.network import Network, load_network
from edge.adapters.litert.operators import operator_counts
from edge.adapters.litert.verify import verify_golden

__all__ = [
    "POOR_QUALITY",
    "Interpreter",
    "Kernels",
    "Model",
    "Network",
    "Score",
    "load_model",
    "load_network",
    "open_model",
    "operator_counts",
    "probability",
    "verify_golden",
]
