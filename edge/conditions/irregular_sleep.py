"""Sleep at ever other times: a low sleep regularity index over two weeks."""

from __future__ import annotations

from typing import Final

from edge.conditions.case import Case, case_of_quantity
from edge.conditions.condition import PLAIN, Condition, Level, Sight, level_below
from edge.conditions.sample_case import source_of_limit
from edge.contract.explanation import Relation
from edge.contract.messages import Evidence
from edge.contract.reports import NightReport
from edge.pipeline.spot import Spot

# Pairs of following days that have to be known: a week of them.
LEAST_PAIRS: Final = 6


def look(_spot: Spot, night: NightReport, row: Condition) -> Sight:
    """What the index says; unknown where too few days could be compared."""
    week = night.last_nights
    if row.limit is None or week.regularity_index is None or week.regularity_pairs < LEAST_PAIRS:
        return PLAIN[Level.UNKNOWN]
    return PLAIN[level_below(week.regularity_index, row.limit, row.dead_band)]


def case(spot: Spot, night: NightReport, row: Condition) -> Case | None:
    """The index against the limit."""
    index, limit = night.last_nights.regularity_index, row.limit
    if index is None or limit is None:
        return None
    return case_of_quantity(
        "sleep_regularity_index",
        index,
        row,
        lambda value: PLAIN[level_below(value, limit, row.dead_band)],
        relation=Relation.BELOW,
        limit=limit,
        source=source_of_limit(spot, row),
        calm=100.0,
        at_s=night.until_s,
    )


def explain(_spot: Spot, night: NightReport, row: Condition) -> Evidence:
    """The index, and how many pairs of days it is of."""
    week = night.last_nights
    values: dict[str, int | float | str] = {"day_pairs": week.regularity_pairs}
    if week.regularity_index is not None:
        values["sleep_regularity_index"] = round(week.regularity_index)
    return Evidence(values=values, limit=row.limit, guideline=row.guideline)
