"""A systolic pressure that is clearly higher in the last week than in the four before: a shift of level."""

from __future__ import annotations

from math import sqrt
from statistics import mean
from typing import Final, NamedTuple

from edge.conditions.case import Case, Lever, values_told
from edge.conditions.condition import PLAIN, Condition, Level, Sight, level_above
from edge.contract.durations import DAY_S
from edge.contract.explanation import LimitSource, Needs, Relation, Threshold
from edge.contract.messages import Evidence
from edge.signals.home_pressure import DAY_SD_MMHG
from edge.watches.sample_case import source_of_limit
from edge.wearer.sample import Sample
from edge.wearer.spot import Spot

WEEK_DAYS: Final = 7
# Days with readings that a mean needs: three, as for a usual pressure (AHA), and a week to compare with.
LEAST_NOW: Final = 3
LEAST_BEFORE: Final = 7
# The shift has to be more than days scatter by themselves.
STANDARD_ERRORS: Final = 2.0
# No two readings are farther apart.
MOST_MMHG: Final = 250.0


class Shift(NamedTuple):
    """Means of the last week's and of earlier days, and the error of their difference by chance, mmHg."""

    now_mmhg: float
    before_mmhg: float
    error_mmhg: float

    @property
    def rise_mmhg(self) -> float:
        """By how much the last week is above the time before."""
        return self.now_mmhg - self.before_mmhg


def shift_of(spot: Spot) -> Shift | None:
    """The shift as of the last reading; None where too few days tell of it."""
    days = spot.state.history.days
    if not days:
        return None
    last = days[-1].day
    now = [item.systolic_mmhg for item in days if last - item.day < WEEK_DAYS]
    before = [item.systolic_mmhg for item in days if last - item.day >= WEEK_DAYS]
    if len(now) < LEAST_NOW or len(before) < LEAST_BEFORE:
        return None
    error_mmhg = DAY_SD_MMHG[0] * sqrt(1.0 / len(now) + 1.0 / len(before))
    return Shift(mean(now), mean(before), error_mmhg)


def look(spot: Spot, sample: Sample, row: Condition) -> Sight | None:
    """What the days say; a rise that chance may have made is in the dead-band."""
    if sample.values[0] is None or row.limit is None:
        return None
    shift = shift_of(spot)
    if shift is None:
        return PLAIN[Level.UNKNOWN]
    return judge(shift.rise_mmhg, shift.error_mmhg, row)


def judge(rise_mmhg: float, error_mmhg: float, row: Condition) -> Sight:
    """What a rise says whose error by chance is known."""
    assert row.limit is not None
    level = level_above(rise_mmhg, row.limit, row.dead_band)
    is_by_chance = rise_mmhg < STANDARD_ERRORS * error_mmhg
    return PLAIN[Level.DEAD_BAND if level is Level.PRESENT and is_by_chance else level]


def explain(spot: Spot, _sample: Sample, row: Condition) -> Evidence:
    """Both means and the rise."""
    shift = shift_of(spot)
    values: dict[str, float | str] = {}
    if shift is not None:
        values = {
            "week_systolic_mmhg": round(shift.now_mmhg),
            "before_systolic_mmhg": round(shift.before_mmhg),
            "rise_mmhg": round(shift.rise_mmhg, 1),
            "standard_error_mmhg": round(shift.error_mmhg, 1),
        }
    return Evidence(values=values, limit=row.limit, guideline=row.guideline)


def case(spot: Spot, _sample: Sample, row: Condition) -> Case:
    """The means of the days, and the rise they make."""
    days, shift = spot.state.history.days, shift_of(spot)
    assert row.limit is not None
    means = values_told(
        "day_systolic_mmhg", [day.day * DAY_S for day in days], [day.systolic_mmhg for day in days]
    )
    if shift is None:
        return Case(inputs=(means,))
    chance_mmhg = STANDARD_ERRORS * shift.error_mmhg
    return Case(
        inputs=(means,),
        thresholds=(
            Threshold(
                quantity="rise_mmhg",
                value=shift.rise_mmhg,
                relation=Relation.ABOVE,
                limit=row.limit,
                source=source_of_limit(spot, row),
                dead_band=row.dead_band or None,
            ),
            Threshold(
                quantity="rise_mmhg",
                value=shift.rise_mmhg,
                relation=Relation.FROM,
                limit=chance_mmhg,
                source=LimitSource.STATISTICS,
            ),
        ),
        levers=(Lever("rise_mmhg", shift.rise_mmhg, -MOST_MMHG),),
        look=lambda values: judge(values[0], shift.error_mmhg, row),
        needs=Needs.ALL,
    )
