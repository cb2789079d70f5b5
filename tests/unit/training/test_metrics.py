"""Figures of a detector against counts and areas worked out by hand."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from training.metrics import Counts, auc, best_threshold, count, rates


def test_nothing_to_divide_gives_none() -> None:
    """Without any window with AF there is no sensitivity, and without any window nothing at all."""
    assert rates(Counts(0, 1, 3, 0, 0))["se"] is None
    assert set(rates(Counts(0, 0, 0, 0, 0)).values()) == {None}


def test_an_area_needs_both_classes() -> None:
    """With one class only there is no area."""
    assert auc(np.array([True, True]), np.array([0.1, 0.2])) is None


def test_counts_and_rates_equal_hand_worked_ones() -> None:
    """Eight windows, one abstained: 3 right and 1 missed of the AF, 2 right and 1 wrong of the others."""
    is_af = np.array([True, True, True, True, False, False, False, False])
    probability = np.array([0.9, 0.8, 0.5, 0.2, 0.6, 0.4, 0.1, np.nan])

    counts = count(is_af, probability, 0.5)

    assert counts == Counts(3, 1, 2, 1, 1)
    assert rates(counts) == {
        "se": 75.0,
        "sp": 66.667,
        "ppv": 75.0,
        "acc": 71.429,
        "f1": 75.0,
        "coverage": 87.5,
    }


def test_a_tie_counts_half_in_the_area() -> None:
    """Of the four pairs two are right, one is tied and one is wrong: 2.5 / 4."""
    is_positive = np.array([True, True, False, False])

    assert auc(is_positive, np.array([0.9, 0.3, 0.3, 0.5])) == 0.625


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 5)), min_size=2, max_size=30))
def test_the_area_is_the_share_of_pairs_in_order(scored: list[tuple[bool, int]]) -> None:
    """The area by ranks equals counting every pair."""
    positive = [value for label, value in scored if label]
    negative = [value for label, value in scored if not label]
    area = auc(np.array([label for label, _ in scored]), np.array([float(value) for _, value in scored]))

    if not positive or not negative:
        assert area is None
    else:
        pairs = [(p > n) + 0.5 * (p == n) for p in positive for n in negative]
        assert area == pytest.approx(sum(pairs) / len(pairs))


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
