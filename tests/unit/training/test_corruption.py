"""Beats missed and added at random."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.corruption import corrupted, jittered, sampled
from training.datasets.wfdb import BeatRecord


def record(beats: int) -> BeatRecord:
    rng = np.random.default_rng(0)
    return BeatRecord(
        "r", rng.normal(800.0, 50.0, beats).astype(np.float32), np.array(["N"] * beats, dtype=object)
    )


@given(st.sampled_from([0.0, 1.0, 5.0, 10.0, 50.0]), st.integers(0, 1000))
def test_a_corrupted_record_is_as_long_as_before(percent: float, seed: int) -> None:
    """Merging and splitting intervals leaves the total time, a label for each, and none below zero."""
    before = record(500)

    after = corrupted(before, percent, np.random.default_rng(seed))

    assert after.rr_ms.sum(dtype=float) == pytest.approx(before.rr_ms.sum(dtype=float), rel=1e-5)
    assert len(after.rhythm) == len(after.rr_ms)
    assert (after.rr_ms > 0).all()


def test_the_share_of_wrong_beats_is_as_asked() -> None:
    """Of 100,000 beats at 5 percent about 2,500 are missing and 2,500 added."""
    count = 100_000
    numbered = BeatRecord(
        "r", record(count).rr_ms, np.array([str(beat) for beat in range(count)], dtype=object)
    )

    labels = corrupted(numbered, 5.0, np.random.default_rng(1)).rhythm.tolist()

    assert count - len(set(labels)) == pytest.approx(2500, abs=150)
    assert len(labels) - len(set(labels)) == pytest.approx(2500, abs=150)


def test_nothing_corrupted_is_the_record_itself() -> None:
    """At zero percent every interval and label stays."""
    before = record(300)

    after = corrupted(before, 0.0, np.random.default_rng(2))

    np.testing.assert_allclose(after.rr_ms, before.rr_ms, rtol=1e-4)
    assert after.rhythm.tolist() == before.rhythm.tolist()


def test_an_added_beat_has_the_rhythm_it_falls_into() -> None:
    """The pieces of a split interval both keep the label of the beat that ended it."""
    before = BeatRecord(
        "r", np.full(200, 800.0, np.float32), np.array(["N"] * 100 + ["AFIB"] * 100, dtype=object)
    )

    after = corrupted(before, 60.0, np.random.default_rng(3))

    end_ms = np.cumsum(after.rr_ms, dtype=float)
    assert set(after.rhythm[end_ms <= 100 * 800.0]) == {"N"}
    assert set(after.rhythm[end_ms > 100 * 800.0 + 1]) == {"AFIB"}


def test_coarse_sampling_puts_beats_on_a_grid_and_never_drifts() -> None:
    """Intervals become multiples of the step; no beat is ever more than half a step from where it was."""
    before = record(500)

    after = sampled(before, 40.0)

    np.testing.assert_allclose(np.mod(after.rr_ms + 1.0, 40.0), 1.0, atol=1e-3)
    away_ms = np.cumsum(after.rr_ms, dtype=float) - np.cumsum(before.rr_ms, dtype=float)
    assert away_ms.max() - away_ms.min() <= 40.0
    assert np.any(after.rr_ms != before.rr_ms)


def test_jitter_is_of_beats_and_not_of_intervals() -> None:
    """Errors of 20 ms at each beat make intervals 28 ms wrong, each the next one's opposite by half."""
    before = record(50_000)

    error_ms = (jittered(before, 20.0, np.random.default_rng(4)).rr_ms - before.rr_ms).astype(np.float64)

    assert error_ms.std() == pytest.approx(20.0 * np.sqrt(2.0), rel=0.03)
    assert np.corrcoef(error_ms[1:], error_ms[:-1])[0, 1] == pytest.approx(-0.5, abs=0.03)
