"""The wearer's day of activity, told as a fact to the advice when it is over."""

from __future__ import annotations

from edge.advice.rules import DAY_S, Fact, advise
from edge.conditions.rest import MODERATE_CADENCE
from edge.contract.messages import Advice
from edge.pipeline.intake import Sample
from edge.pipeline.spot import Spot
from edge.pipeline.state import ActivityDay

# A day with fewer minutes of data than 16 hours says too little.
LEAST_DAY_MINUTES = 960


def count_minute(spot: Spot, sample: Sample) -> list[Advice]:
    """Count one minute of steps; the advice that the day calls for once it is over."""
    state, cadence = spot.state, sample.values[0]
    if cadence is None:
        return []
    said: list[Advice] = []
    day = state.activity_day
    if day is None or sample.at_s - day.start_s >= DAY_S:
        if day is not None and day.minutes >= LEAST_DAY_MINUTES:
            values: dict[str, float | str] = {"active_min": day.active_minutes}
            said += advise(state, spot.rules.advice, Fact("activity_day", sample.at_s, values))
        day = state.activity_day = ActivityDay(sample.at_s)
    day.minutes += 1
    day.active_minutes += cadence >= MODERATE_CADENCE
    return said
