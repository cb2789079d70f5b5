"""Figures of probabilities against values worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.metrics import auc
from training.probability_metrics import (
    average_precision,
    brier,
    calibration_error,
    calibration_error_by_chance,
    calibration_line,
    level_shift,
    weighted_auc,
)


def test_without_positives_there_is_no_precision() -> None:
    """Nothing can be found where there is nothing."""
    assert average_precision(np.array([False, False]), np.array([0.1, 0.2])) is None
    assert weighted_auc(np.array([True]), np.array([0.1]), np.array([1.0])) is None


def test_average_precision_steps_from_positive_to_positive() -> None:
    """Ranked + - + - : found at precision 1 and 2/3, so (1 + 2/3) / 2; a tie is one step."""
    is_positive = np.array([True, False, True, False])

    assert average_precision(is_positive, np.array([0.9, 0.8, 0.7, 0.1])) == pytest.approx(5 / 6)
    assert average_precision(is_positive, np.array([0.5, 0.5, 0.5, 0.5])) == pytest.approx(0.5)


def test_a_weight_is_as_many_persons_alike() -> None:
    """Every figure with weights 1, 2 and 3 is the figure of the persons repeated so often."""
    rng = np.random.default_rng(8)
    has_it, score, times = rng.random(200) < 0.3, rng.integers(0, 9, 200) / 9.0, rng.integers(1, 4, 200)
    weight = times.astype(float)
    repeated = np.repeat(has_it, times), np.repeat(score, times)

    assert average_precision(has_it, score, weight) == pytest.approx(average_precision(*repeated))
    assert brier(has_it, score, weight) == pytest.approx(brier(*repeated))
    assert weighted_auc(has_it, score, weight) == pytest.approx(auc(*repeated))
    assert level_shift(score, has_it, weight) == pytest.approx(level_shift(repeated[1], repeated[0]))


def test_the_weighted_calibration_error_follows_the_weights() -> None:
    """Fifteen bins of two, the one who has it weighing three times the other: 0.75 found, 0.6 said."""
    is_positive, weight = np.tile([True, False], 15), np.tile([3.0, 1.0], 15)

    assert calibration_error(is_positive, np.full(30, 0.6), weight) == pytest.approx(0.15)


def test_brier_is_the_mean_squared_distance() -> None:
    """(0.1^2 + 0.4^2) / 2."""
    assert brier(np.array([True, False]), np.array([0.9, 0.4])) == pytest.approx(0.085)


def test_calibration_error_compares_bins_of_equal_size() -> None:
    """Fifteen bins of two: each says 0.6 and holds half positives, so all are 0.1 off."""
    is_positive = np.tile([True, False], 15)

    assert calibration_error(is_positive, np.full(30, 0.6)) == pytest.approx(0.1)


def test_perfect_probabilities_still_show_an_error_by_chance() -> None:
    """It falls with the square root of the persons, and a perfect model's own error is about as large."""
    rng = np.random.default_rng(4)
    few, many = rng.random(1000), rng.random(16_000)

    (mean_few, most_few), (mean_many, most_many) = map(calibration_error_by_chance, (few, many))
    assert mean_few == pytest.approx(4 * mean_many, rel=0.15)
    assert mean_few < most_few
    assert calibration_error(rng.random(16_000) < many, many) < 1.2 * most_many


def test_the_line_finds_what_was_done_to_the_logits() -> None:
    """Logits halved and shifted by 0.3 are told as slope 2 and their intercept."""
    rng = np.random.default_rng(5)
    logit = rng.normal(-1.0, 1.5, 40_000)
    has_it = rng.random(40_000) < 1 / (1 + np.exp(-logit))

    slope, intercept = calibration_line(has_it, 1 / (1 + np.exp(-(logit / 2 + 0.3))))

    assert slope == pytest.approx(2.0, abs=0.08)
    assert intercept == pytest.approx(-0.6, abs=0.08)


def test_level_shift_of_certain_answers_is_a_number() -> None:
    """Logits of 800 leave nothing to divide by, and two wrong ones no way back within reach."""
    assert np.isfinite(level_shift(np.array([800.0, 900.0]), np.array([True, False])))


def test_level_shift_brings_the_mean_to_the_share() -> None:
    """After the shift as many are expected as there are."""
    rng = np.random.default_rng(6)
    logit, has_it = rng.normal(0.0, 1.0, 500), rng.random(500) < 0.2

    shifted = logit + level_shift(logit, has_it)

    assert np.mean(1 / (1 + np.exp(-shifted))) == pytest.approx(np.mean(has_it))


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 4), st.integers(1, 4)), min_size=2, max_size=20))
def test_a_weight_counts_as_so_many_persons(rows: list[tuple[bool, int, int]]) -> None:
    """The weighted area equals the plain one of everyone repeated by weight."""
    is_positive, score, weight = (np.array(column) for column in zip(*rows, strict=True))

    found = weighted_auc(is_positive, score.astype(float), weight.astype(float))

    plain = auc(np.repeat(is_positive, weight), np.repeat(score, weight).astype(float))
    assert found == (None if plain is None else pytest.approx(plain))
