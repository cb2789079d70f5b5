"""Likely pauses of breath in many minutes of the night, over the nights of a week."""

from __future__ import annotations

from typing import Final

from edge.conditions.case import Case
from edge.conditions.condition import PLAIN, Condition, Level, Sight
from edge.contract.explanation import Relation
from edge.contract.messages import Evidence
from edge.contract.reports import NightReport
from edge.watches.night_case import case_of_nights
from edge.wearer.spot import Spot

# Events an hour from which apnea is mild, moderate and severe (AASM 1999, Sleep 22:667). A minute with apnea
# holds an event or part of one, so of severe nights minutes tell less than events would.
CLASSES: Final = ((30.0, "severe"), (15.0, "moderate"), (5.0, "mild"), (0.0, "none"))


def look(_spot: Spot, night: NightReport, row: Condition) -> Sight:
    """What the week says: present where even the low end of what the model may mean is above the limit."""
    week = night.last_nights
    mean, low = week.mean_apnea_per_hour, week.apnea_low_per_hour
    if night.apnea is None or mean is None or low is None or row.limit is None:
        return PLAIN[Level.UNKNOWN]
    if low >= row.limit:
        return PLAIN[Level.PRESENT]
    return PLAIN[Level.ABSENT if mean <= row.limit - row.dead_band else Level.DEAD_BAND]


def explain(_spot: Spot, night: NightReport, row: Condition) -> Evidence:
    """Minutes with likely pauses in an hour, between which values they may lie, and of how many nights."""
    week = night.last_nights
    mean, low, high = week.mean_apnea_per_hour, week.apnea_low_per_hour, week.apnea_high_per_hour
    values: dict[str, int | float | str] = {"nights": week.apnea_nights}
    if mean is not None and low is not None and high is not None:
        values |= {
            "apnea_minutes_per_hour": round(mean, 1),
            "low_per_hour": round(low, 1),
            "high_per_hour": round(high, 1),
            "at_least": next(name for limit, name in CLASSES if low >= limit),
        }
    bundle = None if night.apnea is None else night.apnea.bundle
    return Evidence(values=values, limit=row.limit, guideline=row.guideline, bundle=bundle)


def case(spot: Spot, night: NightReport, row: Condition) -> Case:
    """The low end of the minutes an hour, which has to reach the limit."""
    return case_of_nights(
        spot,
        night,
        row,
        look,
        quantity="apnea_low_per_hour",
        figure="apnea_low_per_hour",
        relation=Relation.FROM,
        calm=0.0,
    )
