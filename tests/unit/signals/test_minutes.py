"""Minutes of steps, counted once each."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.signals.minutes import first_of_minutes, minute_of

HOUR_S = 3600.0


@pytest.mark.parametrize("period_s", [1.0, 5.0, 10.0, 15.0, 30.0, 45.0, 60.0])
def test_an_hour_has_sixty_minutes_however_often_they_are_told(period_s: float) -> None:
    """A band that sends every ten seconds walks no farther than one that sends every minute."""
    time_s = 1000.0 + np.arange(0.0, HOUR_S, period_s)

    # The last of them may already be an early one of the next minute.
    assert len(first_of_minutes(time_s)) in (60, 61)


@given(st.lists(st.floats(-7.0, 7.0), min_size=2, max_size=200))
def test_a_minute_told_a_little_early_or_late_is_counted(off_s: list[float]) -> None:
    """Once a minute, each up to 7 s off: every one counts."""
    time_s = 60.0 * np.arange(len(off_s)) + np.array(off_s)

    assert len(first_of_minutes(time_s)) == len(time_s)


@given(st.lists(st.floats(0.0, 600.0), min_size=1, max_size=50))
def test_both_ways_of_counting_agree(gaps_s: list[float]) -> None:
    """As they come, or all at once when the day is over."""
    time_s = 5000.0 + np.cumsum(gaps_s)
    counted, last = 0, -1
    for at_s in time_s.tolist():
        if minute_of(at_s, float(time_s[0])) > last:
            counted, last = counted + 1, minute_of(at_s, float(time_s[0]))

    assert len(first_of_minutes(time_s)) == counted


def test_a_gap_counts_for_nothing() -> None:
    """Two minutes, an hour of silence, and two more are four."""
    assert first_of_minutes(np.array([0.0, 60.0, 3660.0, 3720.0])).tolist() == [0, 1, 2, 3]
    assert first_of_minutes(np.array([])).tolist() == []
