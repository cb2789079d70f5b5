"""RR intervals: plausibility, artifact flags and quality on hand-made tachograms."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as st_np

from edge.signals.rr import (
    is_artifact,
    is_beside_noise,
    is_plausible,
    median,
    rr_from_beats,
    rr_quality,
)

REGULAR = [813.0, 806.0, 821.0, 799.0, 810.0, 818.0, 803.0, 815.0]


def test_intervals_no_heart_makes_are_implausible() -> None:
    """249 ms, 2501 ms, negative ones and NaN are refused; the borders themselves are not."""
    rr_ms = np.array([249.0, 250.0, 2500.0, 2501.0, -800.0, np.nan])

    assert is_plausible(rr_ms).tolist() == [False, True, True, False, False, False]


def test_a_missed_beat_among_regular_ones_is_flagged() -> None:
    """An interval twice as long as its regular neighbours hides a beat."""
    rr_ms = np.array([*REGULAR[:4], 1622.0, *REGULAR[4:]])

    assert np.flatnonzero(is_artifact(rr_ms)).tolist() == [4]


def test_an_extra_beat_among_regular_ones_is_flagged() -> None:
    """Two intervals that make up a usual one are one interval split in two."""
    rr_ms = np.array([*REGULAR[:4], 290.0, 525.0, *REGULAR[4:]])

    assert np.flatnonzero(is_artifact(rr_ms)).tolist() == [4, 5]


def test_irregular_rhythms_are_not_taken_for_artifacts() -> None:
    """Bigeminy is a rhythm, not a fault, and keeps full quality."""
    rr_ms = np.array([560.0, 1040.0] * 32)

    assert not is_artifact(rr_ms).any()
    assert rr_quality(rr_ms) == 1.0


def test_an_interval_too_short_to_be_conducted_spoils_those_beside_it() -> None:
    """279 ms puts the intervals on both its sides in doubt; 280 ms is a fast beat, -1 and NaN are no time."""
    rr_ms = np.array([800.0, 800.0, 279.0, 800.0, 280.0, 800.0, -1.0, np.nan, 800.0, 100.0])

    assert np.flatnonzero(is_beside_noise(rr_ms)).tolist() == [1, 2, 3, 8, 9]


def test_noise_between_beats_cannot_be_judged_and_fast_fibrillation_can() -> None:
    """260 ms at every eighth place leaves a quality of 5/8; 300 to 900 ms in any order leaves 1."""
    noisy = np.tile([700.0, 540.0, 610.0, 260.0, 830.0, 480.0, 690.0, 560.0], 8)
    fast = np.random.default_rng(1).permutation(np.linspace(300.0, 900.0, 64))

    assert rr_quality(noisy) == 0.625
    assert rr_quality(fast) == 1.0


def test_one_window_and_many_have_the_same_quality() -> None:
    """A single window takes a shortcut where it is clean; it must not change what is said of it."""
    rng = np.random.default_rng(2)
    windows = rng.uniform(240.0, 900.0, (500, 64)) * rng.choice([1.0, 1.0, 1.2, 2.0], (500, 1))

    assert [float(rr_quality(window)) for window in windows] == rr_quality(windows).tolist()


def test_quality_is_the_share_of_good_intervals() -> None:
    """16 absurd intervals in 64 leave a quality of 0.75."""
    rr_ms = np.tile([*REGULAR[:6], 2600.0, 9000.0], 8)

    assert rr_quality(rr_ms) == 0.75


@given(
    st_np.arrays(
        np.float64, st.integers(4, 80), elements=st.floats(allow_nan=True, allow_infinity=True, width=64)
    )
)
def test_quality_stays_between_nothing_and_all(rr_ms: np.ndarray[tuple[int], np.dtype[np.float64]]) -> None:
    """Whatever a sensor sends, the quality is a share."""
    assert 0.0 <= float(rr_quality(rr_ms)) <= 1.0


def test_intervals_come_in_ms() -> None:
    """250 samples at 250 Hz are 1000 ms."""
    assert rr_from_beats(np.array([0, 250, 453]), 250.0).tolist() == [1000.0, 812.0]


def test_the_median_is_the_upper_of_the_two_in_the_middle() -> None:
    """Of four values the third in order, of three the second, row by row."""
    assert median(np.array([[4.0, 1.0, 3.0, 2.0], [9.0, 9.0, 1.0, 5.0]])).tolist() == [3.0, 9.0]


def test_quality_sees_a_beat_missed_or_extra_that_is_not_quite_double_or_half() -> None:
    """1520 is 1.9 and twice 440 is 1.1 times the 800 around them: within the tolerance of 0.12."""
    missed, extra = np.full(64, 800.0), np.full(64, 800.0)
    missed[20] = 1520.0
    extra[20:22] = 440.0

    assert (float(rr_quality(missed)), float(rr_quality(extra))) == (63 / 64, 62 / 64)


def test_an_extra_beat_is_only_told_between_regular_ones() -> None:
    """400 and 400 are one interval split in two, unless 1000 stands behind them or before them."""
    between, before, behind = (np.full(32, 800.0) for _ in range(3))
    for rr_ms in (between, before, behind):
        rr_ms[10:12] = 400.0
    before[9] = behind[12] = 1000.0

    assert np.flatnonzero(is_artifact(between)).tolist() == [10, 11]
    assert not is_artifact(before).any()
    assert not is_artifact(behind).any()
