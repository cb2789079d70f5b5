"""What the apnea model sees of a minute, on series whose answers are known."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from edge.signals.apnea import (
    LAGS_S,
    LONG_BANDS_HZ,
    SHORT_BANDS_HZ,
    minute_features,
    repair,
)

FIRST_LAG = len(LONG_BANDS_HZ) - 1 + len(SHORT_BANDS_HZ) - 1


def beats(
    *, cycle_s: float, depth: float, seconds: float = 700.0, rr_s: float = 0.913
) -> NDArray[np.float64]:
    """A heart whose intervals swing by `depth` around `rr_s` once in `cycle_s`."""
    times = [0.11]
    while times[-1] < seconds:
        times.append(times[-1] + rr_s * (1.0 + depth * np.sin(2.0 * np.pi * times[-1] / cycle_s)))
    return np.array(times)


def band_of(frequency_hz: float) -> int:
    return int(np.searchsorted(LONG_BANDS_HZ, frequency_hz, side="right")) - 1


def test_too_few_beats_give_no_features() -> None:
    """A sensor that was off tells nothing, rather than something about an empty line."""
    assert np.isnan(minute_features(np.array([]), 180.0)).all()
    assert np.isnan(minute_features(beats(cycle_s=47, depth=0.1)[::9], 180.0)).all()


@pytest.mark.parametrize("cycle_s", [27.0, 36.5, 48.0, 62.0])
def test_a_cycle_shows_in_its_band_and_repeats_at_its_length(cycle_s: float) -> None:
    """The strongest band holds the cycle's frequency, and the lag nearest to its length repeats best."""
    row = minute_features(beats(cycle_s=cycle_s, depth=0.08), 240.0)
    lags = row[FIRST_LAG : FIRST_LAG + len(LAGS_S)]

    assert int(np.argmax(row[: len(LONG_BANDS_HZ) - 1])) == band_of(1.0 / cycle_s)
    assert abs(LAGS_S[int(np.argmax(lags))] - cycle_s) <= 3.0


def test_the_amplitude_of_the_cycle_is_kept() -> None:
    """A swing twice as deep has four times the power: nothing is scaled to the window's own range."""
    shallow, deep = (minute_features(beats(cycle_s=41, depth=depth), 240.0) for depth in (0.03, 0.06))
    band = band_of(1 / 41)

    assert deep[band] - shallow[band] == pytest.approx(np.log(4.0), abs=0.15)


@pytest.mark.parametrize("fault", ["missed", "extra", "both"])
def test_faults_of_detection_hardly_change_the_features(fault: str) -> None:
    """Forty missed and forty false beats in ten minutes leave the cycle where and as strong as it was."""
    clean = beats(cycle_s=43, depth=0.08)
    rng = np.random.default_rng(5)
    worn = clean
    if fault != "extra":
        worn = np.delete(worn, 15 * np.arange(1, 41) + rng.integers(0, 4, 40))
    if fault != "missed":
        at = 15 * np.arange(1, 41) + 7
        worn = np.sort(np.append(worn, clean[at] + 0.4 * np.diff(clean)[at]))
    told, expected = minute_features(worn, 240.0), minute_features(clean, 240.0)
    band = band_of(1 / 43)

    assert told[band] == pytest.approx(expected[band], abs=0.15)
    lags = slice(FIRST_LAG, FIRST_LAG + len(LAGS_S))
    assert told[lags] == pytest.approx(expected[lags], abs=0.1)


def test_repair_puts_a_missed_beat_back_and_takes_an_extra_one_away() -> None:
    """By hand: 0.9 s throughout, one beat lost, one that never was 0.3 s after another."""
    regular = 0.9 * np.arange(60)
    faulty = np.sort(np.append(np.delete(regular, 20), regular[40] + 0.3))

    time_s, length_s = repair(faulty)

    assert time_s == pytest.approx(regular[1:])
    assert length_s == pytest.approx(np.full(59, 0.9))


@given(
    shift_s=st.floats(-1e5, 1e5),
    extra=st.lists(st.floats(-3600.0, 3600.0).filter(lambda at: abs(at) > 320.0), max_size=20),
)
@settings(max_examples=25, deadline=None)
def test_only_the_beats_around_and_not_the_clock_matter(shift_s: float, extra: list[float]) -> None:
    """The same beats at another hour, or others beyond five minutes, give the same features."""
    near = beats(cycle_s=43, depth=0.08, seconds=310.0)
    more = np.sort(np.append(near, [120.0 + at for at in extra])) + shift_s

    assert minute_features(more, 120.0 + shift_s) == pytest.approx(minute_features(near, 120.0), abs=2e-3)
