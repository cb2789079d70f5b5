"""Intervals over persons."""

from __future__ import annotations

import numpy as np
import pytest

from training.bootstrap import interval, middle_95_of_error, share


def test_the_interval_of_a_mean_is_that_of_theory() -> None:
    """For 400 persons with 0 or 1 at a half each, 95 % of draws lie within about 50 +- 4.9 percent."""
    hits = (np.arange(400) % 2).astype(float)
    sums = np.stack([hits, 1 - hits], axis=1)

    low, high = interval(sums, share(0, 1)) or (0.0, 0.0)

    assert low == pytest.approx(50 - 4.9, abs=0.6)
    assert high == pytest.approx(50 + 4.9, abs=0.6)


def test_persons_who_are_all_alike_leave_no_doubt() -> None:
    """If every person has the same share, so has every draw."""
    assert interval(np.array([[9.0, 1.0]] * 5), share(0, 1)) == pytest.approx((90.0, 90.0))


def test_a_person_with_many_windows_weighs_as_many() -> None:
    """Drawing persons, not windows: one odd person of two makes the interval reach both extremes."""
    low, high = interval(np.array([[1000.0, 0.0], [0.0, 1000.0]]), share(0, 1)) or (50.0, 50.0)

    assert (low, high) == (0.0, 100.0)


def test_without_persons_or_cases_there_is_no_interval() -> None:
    """One person cannot vary, and a share of nothing is none."""
    assert interval(np.array([[5.0, 1.0]]), share(0, 1)) is None
    assert interval(np.zeros((4, 2)), share(0, 1)) is None


def test_an_errors_interval_lies_about_the_error() -> None:
    """Draws of 0.02 to 0.04 for an error of 0.01 are 0.02 too large: 0 to 0.02, less the tails."""
    assert middle_95_of_error(0.01, np.linspace(0.02, 0.04, 201), 4) == (0.0005, 0.0195)
    assert middle_95_of_error(0.001, np.linspace(0.02, 0.04, 201), 4) == (0.0, 0.0105)
