"""The three published numbers of an epoch against sums written out one by one."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.signals.sleep_epochs import (
    activity_level,
    clock,
    difference_of_gaussians,
    filtered_heart_rate,
    heart_rate_swing,
)


def filtered_one_by_one(rate_bpm: list[float]) -> list[float]:
    """The definition as loops: mean off, mirrored edges, 285 weights, divided by the 90th percentile."""
    count, mean = len(rate_bpm), math.fsum(rate_bpm) / len(rate_bpm)
    sums = []
    for at in range(count):
        terms = []
        for lag in range(-142, 143):
            place = at + lag
            if place < 0:
                place = -place - 1
            if place >= count:
                place = 2 * count - place - 1
            weight = math.exp(-((lag / 120) ** 2) / 2) - 0.75 * math.exp(-((lag / 600) ** 2) / 2)
            terms.append(weight * (rate_bpm[place] - mean))
        sums.append(math.fsum(terms))
    sizes = sorted(abs(value) for value in sums)
    at_90 = 0.9 * (count - 1)
    below = math.floor(at_90)
    size = sizes[below] + (at_90 - below) * (sizes[min(below + 1, count - 1)] - sizes[below])
    return [value / size for value in sums]


@pytest.fixture
def night() -> tuple[np.ndarray, np.ndarray]:
    """Two thirds of an hour of heart rate, a sample every 4 to 7 s."""
    rng = np.random.default_rng(11)
    time_s = 50_000.3 + np.cumsum(rng.uniform(4.0, 7.0, 430))
    return time_s, 61.7 + 5.0 * np.sin(time_s / 140.0) + rng.normal(0.0, 2.0, 430)


def test_an_epoch_without_samples_around_it_has_no_numbers(night: tuple[np.ndarray, np.ndarray]) -> None:
    """Far from the recording there is NaN, not a guess."""
    time_s, rate_bpm = night
    away_s = np.array([time_s[-1] + 286.0, time_s[0] - 30.0 - 287.0])

    assert np.isnan(heart_rate_swing(time_s, rate_bpm, away_s)).all()
    assert np.isnan(activity_level(time_s, rate_bpm, away_s)).all()


@pytest.mark.parametrize("samples", [0, 1])
def test_a_recording_of_hardly_any_samples_has_no_numbers(samples: int) -> None:
    """Nothing can be drawn between fewer than two samples."""
    few = np.full(samples, 61.7)

    assert np.isnan(heart_rate_swing(few, few, np.array([0.0, 30.0]))).all()
    assert np.isnan(activity_level(few, few, np.array([0.0, 30.0]))).all()


def test_a_heart_rate_that_never_changes_does_not_swing() -> None:
    """A sensor stuck at one value gives zeros rather than rounding errors blown up."""
    swing = heart_rate_swing(np.arange(0.0, 3000.0, 5.0), np.full(600, 61.7), np.arange(0.0, 2970.0, 30.0))

    assert not swing.any()


def test_the_kernel_has_the_published_peak_width_and_weight() -> None:
    """285 points, symmetric, 1 - 0.75 in the middle; one narrow sigma out e^-1/2 against the wide one's."""
    kernel = difference_of_gaussians()

    assert len(kernel) == 285
    assert kernel[142] == pytest.approx(0.25)
    assert kernel[142 + 120] == pytest.approx(math.exp(-0.5) - 0.75 * math.exp(-0.02))
    np.testing.assert_array_equal(kernel, kernel[::-1])


def test_the_filter_equals_the_definition_written_as_loops(night: tuple[np.ndarray, np.ndarray]) -> None:
    """Every second of the filtered heart rate, edges included."""
    rate_bpm = night[1]

    expected = filtered_one_by_one(rate_bpm.tolist())

    np.testing.assert_allclose(filtered_heart_rate(rate_bpm), expected, rtol=1e-9, atol=1e-12)


def test_the_swing_is_the_deviation_over_the_epoch_and_285_s_each_side(
    night: tuple[np.ndarray, np.ndarray],
) -> None:
    """Read once a second from the first sample on, and nothing at or beyond the borders counts."""
    time_s, rate_bpm = night
    seconds = [time_s[0] + at for at in range(math.ceil(time_s[-1] - time_s[0]))]
    filtered = filtered_one_by_one([float(np.interp(at, time_s, rate_bpm)) for at in seconds])
    start_s = time_s[0] + 700.0

    around = [
        value
        for at, value in zip(seconds, filtered, strict=True)
        if start_s - 285.0 < at < start_s + 30.0 + 285.0
    ]
    mean = math.fsum(around) / len(around)
    expected = math.sqrt(math.fsum((value - mean) ** 2 for value in around) / len(around))

    assert len(around) == 599
    assert heart_rate_swing(time_s, rate_bpm, np.array([start_s]))[0] == pytest.approx(expected, rel=1e-9)


def test_activity_is_weighed_by_its_distance_from_the_epochs_middle() -> None:
    """Counts per 15 s: a lone burst counts by a Gaussian of 50 s, drawn as a triangle 15 s to each side."""
    time_s = np.arange(0.0, 1201.0, 15.0)
    counts = np.where(time_s == 630.0, 40.0, 0.0)
    total = math.fsum(math.exp(-(((at - 299) / 50) ** 2) / 2) for at in range(599))

    # The epoch from 570 s sees the seconds 286 to 884, the middle of which is 585.
    expected = math.fsum(
        40.0 * (1.0 - abs(at - 630) / 15.0) * math.exp(-(((at - 585) / 50) ** 2) / 2) / total
        for at in range(616, 645)
    )

    assert activity_level(time_s, counts, np.array([570.0]))[0] == pytest.approx(expected, rel=1e-9)


@given(st.floats(0.0, 300.0), st.integers(2, 60))
def test_steady_activity_is_its_own_level(counts: float, epochs: int) -> None:
    """An average of one value is that value, at the recording's edges too."""
    time_s = np.arange(0.0, 30.0 * epochs + 1.0, 15.0)

    level = activity_level(time_s, np.full(len(time_s), counts), np.arange(0.0, 30.0 * epochs, 30.0))

    np.testing.assert_allclose(level, counts, atol=1e-9)


def test_the_clock_turns_once_a_day_from_five_hours_after_lights_out() -> None:
    """Lowest 5 h in, 0 at 11 h, highest at 17 h; minus the cosine of 75 degrees at lights-out."""
    values = clock(np.array([0.0, 5.0, 11.0, 17.0, 29.0]))

    np.testing.assert_allclose(values, [-math.cos(math.radians(75)), -1.0, 0.0, 1.0, -1.0], atol=1e-12)


def test_the_clock_is_the_published_one(recordings: Path) -> None:
    """Computed from the published hours it equals the published cosine of every person."""
    folder = recordings / "sleep-accel_features" / "features"
    times = sorted(folder.glob("*_time_feature.out"))

    assert times
    for path in times:
        published = np.loadtxt(path.with_name(path.name.replace("_time_", "_cosine_")))
        np.testing.assert_allclose(clock(np.loadtxt(path)), published, atol=2e-6)
