"""The interpreter adapter on a model small enough to be worked out by hand."""

from __future__ import annotations

import math
import subprocess
import sys
import time

import numpy as np
import pytest

from edge.adapters.litert import Kernels, Score, load_model, open_model, probability
from edge.contract.bundle import decode_bundle
from edge.contract.errors import BundleError
from edge.contract.manifest import Calibration, Manifest
from tests.unit.contract_bundle.conftest import encoded


def test_bytes_that_are_no_model_are_refused(manifest: Manifest) -> None:
    """A model the interpreter cannot read is a broken bundle, not a missing runtime."""
    with pytest.raises((ValueError, RuntimeError)):
        open_model(b"\0\0\0\0TFL3 and then nothing that makes sense")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"features": ("sparkle",)}, "unknown feature 'sparkle'"),
        ({"signals": ("rr",), "input_shape": (1, 1, 2)}, "a model with the tensors"),
    ],
)
def test_a_model_that_does_not_fit_its_manifest_is_refused(
    manifest: Manifest, changes: dict[str, object], message: str
) -> None:
    """Features the edge does not know, and tensors of another shape, are named."""
    with pytest.raises(BundleError, match=message):
        load_model(decode_bundle(encoded(manifest, **changes), where="bundle"))


def test_a_model_that_strays_from_its_golden_vectors_is_refused(manifest: Manifest) -> None:
    """Here the features differ from those the bundle was made with, so its answers do."""
    with pytest.raises(BundleError, match="strays from the golden vectors"):
        load_model(decode_bundle(encoded(manifest, features=("level",)), where="bundle"))


@pytest.mark.parametrize("kernels", list(Kernels))
def test_a_score_is_the_hand_worked_one(manifest: Manifest, kernels: Kernels) -> None:
    """1000, 750 ms: logit asinh(-5) / 2, then (logit - 0.1) / 0.5 through the logistic function."""
    model = load_model(decode_bundle(encoded(manifest), where="bundle"), kernels)

    score = model.score(np.array([1000.0, 750.0]))

    logit = math.asinh(-5.0) / 2
    assert score.logit == pytest.approx(logit, abs=1e-6)
    assert score.probability == pytest.approx(1 / (1 + math.exp(-(logit - 0.1) / 0.5)), abs=1e-6)
    assert (score.quality, score.reason) == (1.0, None)


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("absurd", [math.nan, math.inf, -800.0, 0.0, 60_000.0])
def test_a_window_that_cannot_be_judged_gets_no_probability(manifest: Manifest, absurd: float) -> None:
    """Half of the intervals absurd: no answer, the quality, and why."""
    model = load_model(decode_bundle(encoded(manifest), where="bundle"))

    assert model.score(np.array([800.0, absurd])) == Score(None, None, 0.5, "poor_quality")


def test_a_probability_never_overflows() -> None:
    """However far a logit is out, and however cold the calibration."""
    cold = Calibration(temperature=1e-6, bias=0.0)

    assert probability(-1e3, cold) == 0.0
    assert probability(1e3, cold) == 1.0


def test_the_adapter_loads_no_interpreter_until_asked() -> None:
    """Importing the adapter is light: neither an interpreter nor TensorFlow nor pandas."""
    heavy = ("tensorflow", "keras", "pandas", "ai_edge_litert", "tflite_runtime")
    code = f"import sys, edge.adapters.litert; sys.exit(any(name in sys.modules for name in {heavy}))"

    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_one_score_takes_far_less_than_a_heartbeat(manifest: Manifest) -> None:
    """A thousand scores take under a second, a hundred times less than they may."""
    model = load_model(decode_bundle(encoded(manifest), where="bundle"))
    window = np.array([1000.0, 750.0])

    began = time.perf_counter()
    for _ in range(1000):
        model.score(window)

    assert time.perf_counter() - began < 1.0
