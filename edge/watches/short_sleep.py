"""Short sleep over a week, against what is too little at the wearer's age."""

from __future__ import annotations

from typing import Final

from edge.conditions.case import Case
from edge.conditions.condition import PLAIN, Condition, Level, Sight, level_below
from edge.contract.explanation import Relation
from edge.contract.messages import Evidence
from edge.contract.reports import NightReport
from edge.watches.night_case import case_of_nights
from edge.wearer.spot import Spot

CODE: Final = "short_sleep"
# Nights of the last seven that have to be known.
LEAST_NIGHTS: Final = 5
# Hours below which sleep is not recommended, from which age on (NSF: Hirshkowitz 2015, Sleep Health 1:40,
# table 3). What is recommended begins one hour and more above: AASM/SRS 2015 asks adults for 7 h.
TOO_LITTLE_H: Final = ((65, 5.0), (18, 6.0), (0, 7.0))


def limit_h(spot: Spot, row: Condition, at_s: float) -> float:
    """The limit set for this wearer, else the one of the wearer's age, else that of adults."""
    own = spot.state.limits.get(row.code)
    if own is not None:
        return own
    age_years = spot.rules.profile_of(spot.state.wearer).age_years(at_s)
    if age_years is None:
        assert row.limit is not None
        return row.limit
    return next(hours for years, hours in TOO_LITTLE_H if age_years >= years)


def look(spot: Spot, night: NightReport, row: Condition) -> Sight:
    """What the mean of the last seven nights says; unknown where too few of them could be judged."""
    week = night.last_nights
    if night.sleep is None or week.mean_sleep_min is None or week.sleep_nights < LEAST_NIGHTS:
        return PLAIN[Level.UNKNOWN]
    return PLAIN[level_below(week.mean_sleep_min / 60.0, limit_h(spot, row, night.until_s), row.dead_band)]


def explain(spot: Spot, night: NightReport, row: Condition) -> Evidence:
    """Mean sleep and of how many nights, the last night's, and the limit at this age."""
    week = night.last_nights
    values: dict[str, int | float | str] = {"nights": week.sleep_nights}
    if week.mean_sleep_min is not None:
        values["mean_sleep_h"] = round(week.mean_sleep_min / 60.0, 1)
    if night.sleep is not None:
        values["last_sleep_h"] = round(night.sleep.total_sleep_min / 60.0, 1)
    return Evidence(
        values=values,
        limit=limit_h(spot, row, night.until_s),
        guideline=row.guideline,
        bundle=None if night.sleep is None else night.sleep.bundle,
    )


def case(spot: Spot, night: NightReport, row: Condition) -> Case:
    """The mean sleep, and the limit at this age."""
    return case_of_nights(
        spot,
        night,
        row,
        look,
        quantity="mean_sleep_h",
        figure="mean_sleep_min",
        relation=Relation.BELOW,
        calm=24.0,
        limit=limit_h(spot, row, night.until_s),
        scale=60.0,
    )
