"""A sensor most of whose samples have values that no living wearer's working sensor reports."""

from __future__ import annotations

from edge.conditions.case import Case, case_of_quantity
from edge.conditions.condition import PLAIN, Condition, Level, Sight, level_above
from edge.contract.explanation import LimitSource, Relation
from edge.contract.messages import Evidence


def look(out_of_range: float, samples: int, row: Condition) -> Sight:
    """What one batch says by its share of implausible samples, as a limit and its dead-band do."""
    if row.limit is None or not samples:
        return PLAIN[Level.UNKNOWN]
    return PLAIN[level_above(out_of_range / samples, row.limit, row.dead_band)]


def explain(out_of_range: int, samples: int, row: Condition) -> Evidence:
    """How many of how many; never the values themselves."""
    return Evidence(values={"out_of_range": out_of_range, "samples": samples}, limit=row.limit)


def case(out_of_range: int, samples: int, row: Condition, at_s: float) -> Case:
    """How many of this batch were implausible."""
    assert row.limit is not None
    return case_of_quantity(
        "values_out_of_range",
        out_of_range,
        row,
        lambda count: look(count, samples, row),
        relation=Relation.ABOVE,
        limit=row.limit * samples,
        source=LimitSource.TABLE,
        calm=0.0,
        at_s=at_s,
    )
