"""A wall clock that is set is told from time that passes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.clock_watch import ClockWatch
from edge.pipeline.clock_step import ClockStep
from tests.support.corridor import NOON_S


@given(st.lists(st.floats(0.0, 86_400.0), min_size=1, max_size=20))
def test_time_that_passes_is_no_step(gaps_s: list[float]) -> None:
    """However long the loop was busy or the gateway asleep with both clocks going on: nothing was set."""
    watch, at_s = ClockWatch(5.0, NOON_S), 0.0
    for gap_s in gaps_s:
        at_s += gap_s
        assert watch.notice(5.0 + at_s, NOON_S + at_s) is None


def test_a_clock_that_is_set_is_told_once_with_both_times() -> None:
    """An hour forward while ten seconds pass, then half an hour back: from what it would be to what it is."""
    watch = ClockWatch(5.0, NOON_S)
    forward = watch.notice(15.0, NOON_S + 3610.0)
    after = watch.notice(16.0, NOON_S + 3611.0)
    back = watch.notice(17.0, NOON_S + 1812.0)

    assert forward == ClockStep(from_s=NOON_S + 10.0, to_s=NOON_S + 3610.0)
    assert after is None
    assert back == ClockStep(from_s=NOON_S + 3612.0, to_s=NOON_S + 1812.0)


@pytest.mark.parametrize(("step_s", "is_told"), [(9.9, False), (10.1, True), (-9.9, False), (-10.1, True)])
def test_what_keeps_a_clock_right_is_no_step(step_s: float, is_told: bool) -> None:
    """Up to ten seconds at a look is how clocks are kept right; more is told."""
    watch = ClockWatch(0.0, NOON_S)
    assert (watch.notice(1.0, NOON_S + 1.0 + step_s) is not None) == is_told


def test_only_a_clock_set_back_is_known_of_the_time_while_off() -> None:
    """A state of an hour to come means a step back; one of an hour ago that an hour has passed."""
    watch = ClockWatch(0.0, NOON_S - 50_000.0)
    assert watch.notice_while_off(1.0, NOON_S, NOON_S - 3600.0) is None
    assert watch.notice_while_off(1.0, NOON_S, NOON_S + 3600.0) == ClockStep(
        from_s=NOON_S + 3600.0, to_s=NOON_S
    )
    # The time the edge took to start is not a step either.
    assert watch.notice(2.0, NOON_S + 1.0) is None
