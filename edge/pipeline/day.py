"""A day that was judged enters the corridor: what it means for conditions, and its reports.

The judging reads a whole day of the journal and asks two models, so it is done beside the corridor
(`edge.days`). Its outcome is an entry of the journal like any other, and the same journal gives the same
alerts.
"""

from __future__ import annotations

from functools import partial
from typing import Final

from edge.advice.diary import SleepWeek
from edge.contract.durations import DAY_S, HOUR_S
from edge.contract.reports import NightReport
from edge.ends import Said
from edge.pipeline.decide import row_of
from edge.pipeline.say import say
from edge.rulebook import Rulebook
from edge.signals.nights import NightAt
from edge.watches.table import NIGHTLY
from edge.wearer.spot import spot_of
from edge.wearer.state import WearerState
from edge.wearer.summary import Day

# Not a topic anyone can publish to: '$' is the broker's own.
DAY_TOPIC: Final = "$day"
# What nightly conditions are about.
SUBJECT: Final = "sleep"
# A day ends three hours after the night by the clock: at ten in the morning.
AFTER_NIGHT_S: Final = 3.0 * HOUR_S
# Days longer ago are not caught up with: nothing is left of them.
CAUGHT_UP_S: Final = 35.0 * DAY_S


def day_end(night_at: NightAt, at_s: float) -> float:
    """The end of the day that lasts at `at_s`."""
    return night_at(at_s - AFTER_NIGHT_S)[1] + AFTER_NIGHT_S


def day_begin(night_at: NightAt, at_s: float) -> float:
    """The beginning of the day that lasts at `at_s`."""
    earlier_s = day_end(night_at, at_s - 1.5 * DAY_S)
    later_s = day_end(night_at, earlier_s)
    return later_s if later_s <= at_s else earlier_s


def next_day(state: WearerState, night_at: NightAt) -> tuple[float, float] | None:
    """The wearer's earliest day that is over and not judged; None while there is none, or no wearer."""
    if not state.day_until_s or state.now_s - state.day_until_s < 0.9 * DAY_S:
        return None
    from_s = state.day_until_s
    if state.now_s - from_s > CAUGHT_UP_S:
        from_s = day_begin(night_at, state.now_s - DAY_S)
    until_s = day_end(night_at, from_s)
    return None if until_s > state.now_s else (from_s, until_s)


def take_day(state: WearerState, rules: Rulebook, day: Day) -> Said:
    """Take a day that was judged; changes `state`. One that was taken before says nothing."""
    if day.until_s <= state.day_until_s:
        return []
    state.day_until_s = day.until_s
    said: Said = [day]
    if day.night is not None:
        said += _look(state, rules, day.night)
        state.advice.sleep = _week_of(day.night)
        said.append(day.night)
    if day.week is not None:
        said.append(day.week)
    return said


def _week_of(night: NightReport) -> SleepWeek:
    """What advice knows of the nights."""
    week = night.last_nights
    mean_h = None if week.mean_sleep_min is None else week.mean_sleep_min / 60.0
    return SleepWeek(night.until_s, week.sleep_nights, mean_h, week.regularity_index)


def _look(state: WearerState, rules: Rulebook, night: NightReport) -> Said:
    """What the night says of the nightly conditions."""
    said, spot = Said(), spot_of(state, rules, SUBJECT)
    for watch in NIGHTLY:
        row = row_of(spot, watch.code)
        sight = watch.look(spot, night, row)
        explain, case = partial(watch.explain, spot, night, row), partial(watch.case, spot, night, row)
        said += say(spot, row, sight, night.until_s, explain, case=case)
    return said
