"""A window of RR intervals taken apart and put together again."""

from __future__ import annotations

import numpy as np
import pytest

from edge.signals.tachogram_parts import put_together, tachogram_parts

BEATS = 64


def together(rr_ms: np.ndarray) -> np.ndarray:
    return put_together(list(tachogram_parts(rr_ms).values()), len(rr_ms))


@pytest.mark.parametrize("seed", range(5))
def test_all_parts_together_are_the_window(seed: int) -> None:
    """Whatever the intervals, implausible ones too, nothing is lost or counted twice."""
    rng = np.random.default_rng(seed)
    rr_ms = rng.uniform(300.0, 1500.0, BEATS)
    rr_ms[rng.integers(0, BEATS, 3)] = (210.0, 2900.0, 2600.0)

    np.testing.assert_allclose(together(rr_ms), rr_ms, rtol=1e-6)


def test_values_beyond_what_the_model_sees_count_as_the_border() -> None:
    """NaN is what the model takes it for, 200 ms; 4000 ms is 3000; a 200 may be part of either neighbour."""
    rr_ms = np.full(BEATS, 800.0)
    rr_ms[10], rr_ms[20] = np.nan, 4000.0

    whole = together(rr_ms)

    assert (whole[10], whole[20]) == (pytest.approx(200.0), pytest.approx(3000.0))
    assert np.flatnonzero(tachogram_parts(rr_ms)["single_odd_beats"]).tolist() == [9, 10, 11, 20]


def test_an_even_rhythm_is_nothing_but_its_rate() -> None:
    """60/min: the log of 1000 over 800 in each beat, and no other part."""
    parts = tachogram_parts(np.full(BEATS, 1000.0))

    np.testing.assert_allclose(parts["rate"], np.log(1.25))
    assert set(parts) == {
        "beat_to_beat_irregularity",
        "single_odd_beats",
        "rate",
    }
    for name, part in parts.items():
        assert np.abs(part).max() < 1e-12 or name == "rate"


def test_a_premature_beat_and_its_pause_are_odd() -> None:
    """600 and 1000 among 800s: these two, and next to nothing in any other beat."""
    rr_ms = np.full(BEATS, 800.0)
    rr_ms[30:32] = 600.0, 1000.0

    parts = tachogram_parts(rr_ms)

    assert np.flatnonzero(parts["single_odd_beats"]).tolist() == [30, 31]
    assert np.abs(parts["beat_to_beat_irregularity"]).max() < 0.02


def test_a_slow_drift_is_no_irregularity() -> None:
    """From 750 to 850 ms in a line: at most 1 % is left for the beats, all else is slow."""
    parts = tachogram_parts(np.linspace(750.0, 850.0, BEATS))

    assert np.ptp(parts["rate"]) > 0.1
    assert np.abs(parts["beat_to_beat_irregularity"]).max() < 0.02
    assert not np.any(parts["single_odd_beats"])


def test_alternating_intervals_are_irregularity_and_not_odd() -> None:
    """700, 900, 700, 900: no regular beat stands around any pair."""
    parts = tachogram_parts(np.tile([700.0, 900.0], BEATS // 2))

    assert np.abs(parts["beat_to_beat_irregularity"]).mean() > 0.1
    # 0.126 up and down but for the ends.
    np.testing.assert_allclose(np.abs(np.diff(parts["beat_to_beat_irregularity"]))[8:-8], 0.2365, atol=1e-3)
    assert not np.any(parts["single_odd_beats"])


@pytest.mark.parametrize(
    "odd_ms",
    [
        # No pause: 840 is 5 % more than usual, a pause is 10 % and more.
        [560.0, 840.0],
        # No regular beat behind, or before.
        [560.0, 1040.0, 960.0],
        [960.0, 560.0, 1040.0],
    ],
)
def test_an_early_beat_without_a_pause_or_among_irregular_ones_is_irregularity(odd_ms: list[float]) -> None:
    """Only a beat with its pause between regular beats is a premature one; all else may be fibrillation."""
    rr_ms = np.full(BEATS, 800.0)
    rr_ms[30 : 30 + len(odd_ms)] = odd_ms

    assert not np.any(tachogram_parts(rr_ms)["single_odd_beats"])
