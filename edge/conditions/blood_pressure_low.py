"""A usual systolic pressure below the limit."""

from __future__ import annotations

from edge.conditions.blood_pressure import reading_evidence, usual_pressure
from edge.conditions.condition import PLAIN, Condition, Sight, level_below
from edge.contract.messages import Evidence
from edge.pipeline.intake import Sample
from edge.pipeline.spot import Spot


def look(spot: Spot, sample: Sample, row: Condition) -> Sight | None:
    """What the usual pressure says; None where too few readings tell of it."""
    usual, _ = usual_pressure(spot.state.readings) if sample.values[0] is not None else (None, 0)
    if usual is None or row.limit is None:
        return None
    return PLAIN[level_below(usual.systolic_mmhg, row.limit, row.dead_band)]


def explain(spot: Spot, _sample: Sample, row: Condition) -> Evidence:
    """The usual pressure, how many readings it is of, and the limit."""
    usual, count = usual_pressure(spot.state.readings)
    assert usual is not None
    values = reading_evidence(spot.rules.scheme, usual, readings=count).values
    return Evidence(values=values, limit=row.limit, scheme=spot.rules.scheme.id, guideline=row.guideline)
