"""The wearer's days of activity, counted for the advice."""

from __future__ import annotations

from edge.advice.diary import ActiveDay, remember_day
from edge.contract.durations import DAY_S
from edge.signals.minutes import minute_of
from edge.wearer.rest import MODERATE_CADENCE
from edge.wearer.sample import Sample
from edge.wearer.spot import Spot
from edge.wearer.state import ActivityDay
from edge.wearer.summary import LEAST_DAY_MINUTES


def count_minute(spot: Spot, sample: Sample) -> None:
    """Count each minute of steps once; a day that is over and known well enough goes into the diary."""
    state, cadence = spot.state, sample.values[0]
    if cadence is None:
        return
    day = state.activity_day
    if day is None or sample.at_s - day.start_s >= DAY_S:
        if day is not None and day.minutes >= LEAST_DAY_MINUTES:
            remember_day(state.advice, ActiveDay(day.start_s + DAY_S, day.active_minutes))
        day = state.activity_day = ActivityDay(sample.at_s)
    minute = minute_of(sample.at_s, day.start_s)
    if minute > day.last_minute:
        day.last_minute = minute
        day.minutes += 1
        day.active_minutes += cadence >= MODERATE_CADENCE
