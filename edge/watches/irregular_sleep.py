"""Sleep at ever other times: a low sleep regularity index over two weeks."""

from __future__ import annotations

from typing import Final

from edge.conditions.case import Case
from edge.conditions.condition import PLAIN, Condition, Level, Sight, level_below
from edge.contract.explanation import Relation
from edge.contract.messages import Evidence
from edge.contract.reports import NightReport
from edge.watches.night_case import case_of_nights
from edge.wearer.spot import Spot

# Pairs of following days that have to be known: a week of them.
LEAST_PAIRS: Final = 6


def look(_spot: Spot, night: NightReport, row: Condition) -> Sight:
    """What the index says; unknown where too few days could be compared."""
    week = night.last_nights
    if row.limit is None or week.regularity_index is None or week.regularity_pairs < LEAST_PAIRS:
        return PLAIN[Level.UNKNOWN]
    return PLAIN[level_below(week.regularity_index, row.limit, row.dead_band)]


def explain(_spot: Spot, night: NightReport, row: Condition) -> Evidence:
    """The index, and how many pairs of days it is of."""
    week = night.last_nights
    values: dict[str, int | float | str] = {"day_pairs": week.regularity_pairs}
    if week.regularity_index is not None:
        values["sleep_regularity_index"] = round(week.regularity_index)
    return Evidence(values=values, limit=row.limit, guideline=row.guideline)


def case(spot: Spot, night: NightReport, row: Condition) -> Case:
    """The index and its limit."""
    return case_of_nights(
        spot,
        night,
        row,
        look,
        quantity="sleep_regularity_index",
        figure="regularity_index",
        relation=Relation.BELOW,
        calm=100.0,
    )
