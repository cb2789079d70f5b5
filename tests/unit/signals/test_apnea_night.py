"""What the apnea model sees of a night: each minute against the hours around it."""

from __future__ import annotations

import numpy as np
import pytest

from edge.signals.apnea import FEATURES, minute_features
from edge.signals.apnea_night import (
    CHANNELS,
    IS_AMOUNT,
    context_windows,
    network_inputs,
    night_features,
    with_usual,
)

AMOUNTS = int(IS_AMOUNT.sum())


def test_what_is_usual_comes_from_the_hours_around() -> None:
    """Of 0, 1, 2, ... the middle is usual and half are less; the spread is four fifths of the stretch."""
    features = np.repeat(np.arange(400, dtype=np.float32)[:, np.newaxis], FEATURES, axis=1)
    features[7] = np.nan

    values = with_usual(features)
    change, rank, spread = np.split(values[:, FEATURES:], 3, axis=1)

    assert values.shape == (400, CHANNELS)
    assert rank.shape == (400, AMOUNTS)
    assert (change[200] == 0.0).all()
    assert rank[200] == pytest.approx(120 / 241)
    assert spread[200] == pytest.approx(0.8 * 240)
    # The first has 120 known minutes with it, the middle between 60 and 61.
    assert (change[0] == -60.5).all()
    assert (rank[0] == 0.0).all()
    assert np.isnan(values[7]).all()
    assert (values[:7, :FEATURES] == features[:7]).all()


def test_a_person_with_other_amounts_has_the_same_distance_and_rank() -> None:
    """Twice the power all night, a log higher, changes what was measured and nothing set against it."""
    features = np.random.default_rng(3).normal(size=(300, FEATURES)).astype(np.float32)

    one, other = with_usual(features), with_usual(features + np.float32(0.7))

    assert other[:, FEATURES:] == pytest.approx(one[:, FEATURES:], abs=1e-5)


def test_unknown_minutes_are_zero_and_the_rest_held() -> None:
    """A minute without beats has no say, and none can drown the others."""
    values = np.array([[np.nan, np.nan], [100.0, -100.0], [1.5, 1.0]], dtype=np.float32)

    inputs = network_inputs(values, np.array([1.0, 1.0], np.float32), np.array([0.5, 1.0], np.float32))

    assert inputs.tolist() == [[0.0, 0.0], [3.0, -3.0], [1.0, 0.0]]
    assert inputs.dtype == np.float32


def test_each_minute_stands_in_the_middle_of_its_window() -> None:
    """Beyond the night there are zeros."""
    windows = context_windows(np.arange(1.0, 5.0, dtype=np.float32)[:, np.newaxis], 5)

    assert windows.shape == (4, 1, 5, 1)
    assert windows[:, 0, :, 0].tolist() == [
        [0, 0, 1, 2, 3],
        [0, 1, 2, 3, 4],
        [1, 2, 3, 4, 0],
        [2, 3, 4, 0, 0],
    ]


def test_a_night_is_its_minutes() -> None:
    """A row a minute, also for a night that ends before its beats or begins after them."""
    times = np.linspace(0.0, 450.0, 501, dtype=np.float64)

    assert night_features(times, 0).shape == (0, FEATURES)
    assert night_features(times, 3)[2] == pytest.approx(minute_features(times, 120.0), nan_ok=True)
