"""Calibration recovers known probabilities."""

from __future__ import annotations

import numpy as np
import pytest

from edge.signals.calibration import calibrated, fit_calibration


def test_separable_classes_still_give_finite_values() -> None:
    """Logits that part the classes wholly do not drive the temperature to zero."""
    temperature, bias = fit_calibration(
        np.array([-2.0, -1.0, 1.0, 2.0]), np.array([False, False, True, True])
    )

    assert np.isfinite([temperature, bias]).all()
    assert temperature > 0


def test_a_known_temperature_and_bias_are_found_again() -> None:
    """Labels drawn from sigmoid((logit - 0.7) / 1.9) give back 1.9 and 0.7."""
    rng = np.random.default_rng(20)
    logit = rng.normal(0.0, 4.0, 200_000)
    is_positive = rng.random(200_000) < 1.0 / (1.0 + np.exp(-(logit - 0.7) / 1.9))

    temperature, bias = fit_calibration(logit, is_positive)

    assert temperature == pytest.approx(1.9, abs=0.03)
    assert bias == pytest.approx(0.7, abs=0.03)


def test_probabilities_do_not_overflow() -> None:
    """A logit far out is certain, not an error."""
    assert calibrated(np.array([-1e6, 0.5, 1e6]), 1.0, 0.5).tolist() == [0.0, 0.5, 1.0]
