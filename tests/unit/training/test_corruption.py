"""Beats missed and added at random."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.corruption import corrupted
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
