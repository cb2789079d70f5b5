"""Calibration recovers known probabilities; the threshold is the best by counting."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from edge.signals.calibration import best_threshold, calibrated, fit_calibration


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


@given(st.lists(st.tuples(st.integers(0, 12), st.booleans()), min_size=2, max_size=40))
def test_no_other_threshold_is_better(scored: list[tuple[int, bool]]) -> None:
    """Sensitivity + specificity at the chosen limit is the largest of all limits between scores."""
    score = np.array([value for value, _ in scored], dtype=float)
    truth = np.array([label for _, label in scored])
    assume(truth.any() and not truth.all() and len(set(score.tolist())) > 1)

    def informed(threshold: float) -> float:
        called = score >= threshold
        return float(np.mean(called[truth]) + np.mean(~called[~truth]))

    between = sorted(set(score.tolist()))
    best = max(informed((low + high) / 2) for low, high in itertools.pairwise(between))
    assert informed(best_threshold(score, truth)) == pytest.approx(best)
