"""Curves of a two-class model, worked by hand."""

from __future__ import annotations

import numpy as np
import pytest

from training.curves import precision_recall, reliability, roc, wilson

POSITIVE = np.array([True, True, False, True, False])
SCORE = np.array([0.9, 0.8, 0.8, 0.4, 0.1])


def test_the_roc_climbs_as_the_threshold_falls() -> None:
    """0.9 passes one positive, 0.8 one of each at once, 0.4 the last positive, 0.1 the last negative."""
    assert roc(POSITIVE, SCORE) == {
        "fpr": [0.0, 0.0, 50.0, 50.0, 100.0],
        "tpr": [0.0, pytest.approx(100 / 3, abs=1e-3), pytest.approx(200 / 3, abs=1e-3), 100.0, 100.0],
    }


def test_precision_is_that_of_what_has_passed() -> None:
    """1 of 1, 2 of 3, 3 of 4, 3 of 5."""
    curve = precision_recall(POSITIVE, SCORE)

    assert curve["precision"] == [100.0, pytest.approx(66.6667, abs=1e-3), 75.0, 60.0]


def test_reliability_compares_what_is_said_with_what_is() -> None:
    """Two windows of 0.8 of which one is positive, and so on; empty bins are left out."""
    bins = reliability(POSITIVE, SCORE)

    assert bins.count == [1, 1, 2, 1]
    assert bins.predicted == pytest.approx([0.1, 0.4, 0.8, 0.9])
    assert bins.observed == [0.0, 1.0, 0.5, 1.0]
    assert all(low < share < high or share in (low, high) for low, share, high in
               zip(bins.low, bins.observed, bins.high, strict=True))  # fmt: skip


def test_the_interval_of_a_share_is_wilsons() -> None:
    """81 of 263: 0.2553 to 0.3662 (Newcombe 1998, Stat Med 17:857, table I); 0 of 20: up to 0.1611."""
    low, high = wilson(np.array([81.0, 0.0]), np.array([263, 20]))

    assert low == pytest.approx([0.2553, 0.0], abs=5e-5)
    assert high == pytest.approx([0.3662, 0.1611], abs=5e-5)


def test_many_scores_make_a_curve_of_bearable_length() -> None:
    """However many windows, a curve has at most 200 points and keeps its ends."""
    rng = np.random.default_rng(0)
    curve = roc(rng.random(10_000) < 0.3, rng.random(10_000))

    assert len(curve["fpr"]) <= 200
    assert (curve["fpr"][0], curve["tpr"][0]) == (0.0, 0.0)
    assert (curve["fpr"][-1], curve["tpr"][-1]) == (100.0, 100.0)


def test_nothing_judged_gives_empty_curves() -> None:
    """Without windows there is a point at the origin, no bins, and no error."""
    nothing = np.empty(0)

    assert roc(nothing.astype(bool), nothing) == {"fpr": [0.0], "tpr": [0.0]}
    assert reliability(nothing.astype(bool), nothing).count == []
