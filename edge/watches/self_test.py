"""The crossing that the edge makes up and sends to itself, to see whether an alert comes of it."""

from __future__ import annotations

from edge.conditions.case import Case
from edge.conditions.condition import PLAIN, Condition, Sight, level_above
from edge.contract.explanation import Relation
from edge.contract.messages import Evidence
from edge.watches.sample_case import case_of_sample
from edge.wearer.sample import Sample
from edge.wearer.spot import Spot


def look(_spot: Spot, sample: Sample, row: Condition) -> Sight | None:
    """Present above the limit; None without a value."""
    value = sample.values[0]
    if value is None or row.limit is None:
        return None
    return PLAIN[level_above(value, row.limit, row.dead_band)]


def explain(_spot: Spot, sample: Sample, row: Condition) -> Evidence:
    """The value sent and the limit."""
    value = sample.values[0]
    return Evidence(values={} if value is None else {"self_test": value}, limit=row.limit)


def case(spot: Spot, sample: Sample, row: Condition) -> Case:
    """The value sent and the limit."""
    return case_of_sample(spot, sample, row, look, quantity="self_test", relation=Relation.ABOVE)
