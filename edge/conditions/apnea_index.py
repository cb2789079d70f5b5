"""Likely pauses of breath in many minutes of the night, over the nights of a week."""

from __future__ import annotations

from typing import Final

from edge.conditions.case import Case, case_of_quantity
from edge.conditions.condition import PLAIN, Condition, Level, Sight
from edge.conditions.sample_case import source_of_limit
from edge.contract.explanation import Relation
from edge.contract.messages import Evidence
from edge.contract.reports import NightReport
from edge.pipeline.spot import Spot

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


def case(spot: Spot, night: NightReport, row: Condition) -> Case | None:
    """The low end of what the model may mean, against the limit."""
    low = night.last_nights.apnea_low_per_hour
    if low is None or row.limit is None:
        return None
    limit = row.limit

    def look_at(low_per_hour: float) -> Sight:
        return PLAIN[Level.PRESENT if low_per_hour >= limit else Level.DEAD_BAND]

    return case_of_quantity(
        "low_per_hour",
        low,
        row,
        look_at,
        relation=Relation.FROM,
        limit=limit,
        source=source_of_limit(spot, row),
        calm=0.0,
        at_s=night.until_s,
    )


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
