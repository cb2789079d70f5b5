"""A sensor most of whose values no living wearer's working sensor reports."""

from __future__ import annotations

from edge.conditions.condition import PLAIN, Condition, Level, Sight, level_above
from edge.contract.messages import Evidence


def look(out_of_range: int, samples: int, row: Condition) -> Sight:
    """What one batch says: present above the limit's share of implausible values, absent without any."""
    if row.limit is None or not samples:
        return PLAIN[Level.UNKNOWN]
    return PLAIN[level_above(out_of_range / samples, row.limit, row.dead_band)]


def explain(out_of_range: int, samples: int, row: Condition) -> Evidence:
    """How many of how many; never the values themselves."""
    return Evidence(values={"out_of_range": out_of_range, "samples": samples}, limit=row.limit)
