"""The interpreter adapter on a model small enough to be worked out by hand."""

from __future__ import annotations

import math
import subprocess
import sys

import msgspec
import numpy as np
import pytest

from edge.adapters.litert import Kernels, Score, load_model, load_network, open_model, probability
from edge.adapters.litert.interpreters import PROBE_MODEL
from edge.contract.bundle import decode_bundle, encode_bundle
from edge.contract.errors import BundleError
from edge.contract.manifest import Calibration, Codes, Manifest
from tests.unit.contract_bundle.conftest import encoded, tensor


def test_bytes_that_are_no_model_are_refused(manifest: Manifest) -> None:
    """A model the interpreter cannot read is a broken bundle, not a missing runtime."""
    with pytest.raises((ValueError, RuntimeError)):
        open_model(b"\0\0\0\0TFL3 and then nothing that makes sense")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"features": ("sparkle",)}, "unknown feature 'sparkle'"),
        ({"inputs": (tensor("pair", 1, 1, 2),)}, "a model with the inputs"),
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


WHOLE = Codes(type="int8", scales=(1.0,))
ASKED = np.array([[1.0, 2.0], [-3.0, 4.0]], dtype=np.float32)


def asked(manifest: Manifest, answers: list[float]) -> bytes:
    """A bundle of a model that is asked: two numbers in, their mean out."""
    return encode_bundle(
        msgspec.structs.replace(
            manifest,
            stream=None,
            labels=("mean",),
            golden=msgspec.structs.replace(manifest.golden, vectors=2, inputs=WHOLE),
            constants={"scale": (2.0, 3.0)},
        ),
        model=PROBE_MODEL,
        golden_input=ASKED,
        golden_output=np.array(answers, dtype=np.float32)[:, np.newaxis],
        card="# a card",
        card_data=b"{}",
    )


@pytest.mark.parametrize("kernels", list(Kernels))
def test_a_model_without_a_stream_is_asked_with_inputs(manifest: Manifest, kernels: Kernels) -> None:
    """Its inputs go in as they are, its outputs come out, and its constants are kept."""
    network = load_network(decode_bundle(asked(manifest, [1.5, 0.5]), where="bundle"), kernels)

    assert network.run(np.array([10.0, 30.0], dtype=np.float32)).tolist() == [[20.0]]
    assert network.manifest.constants == {"scale": (2.0, 3.0)}


def test_a_model_without_a_stream_is_held_to_its_golden_vectors_too(manifest: Manifest) -> None:
    """One wrong golden output of two refuses the bundle."""
    with pytest.raises(BundleError, match="strays from the golden vectors"):
        load_network(decode_bundle(asked(manifest, [1.5, 0.6]), where="bundle"))


def test_each_kind_of_model_is_opened_in_its_own_way(manifest: Manifest) -> None:
    """A model of a stream is not asked, and a model that is asked runs over no stream."""
    with pytest.raises(BundleError, match="a model of a stream"):
        load_network(decode_bundle(encoded(manifest), where="bundle"))
    with pytest.raises(BundleError, match="a model that is asked"):
        load_model(decode_bundle(asked(manifest, [1.5, 0.5]), where="bundle"))
