"""A usual systolic pressure below the limit."""

from __future__ import annotations

from edge.conditions.blood_pressure import MOST_MMHG, counted, reading_evidence, readings_told, usual_pressure
from edge.conditions.case import Case, Lever
from edge.conditions.condition import PLAIN, Condition, Sight, level_below
from edge.conditions.sample_case import source_of_limit
from edge.contract.explanation import Relation, Threshold
from edge.contract.messages import Evidence
from edge.pipeline.intake import Sample
from edge.pipeline.spot import Spot


def look(spot: Spot, sample: Sample, row: Condition) -> Sight | None:
    """What the usual pressure says; None where too few readings tell of it."""
    usual, _ = usual_pressure(spot.state.readings) if sample.values[0] is not None else (None, 0)
    if usual is None or row.limit is None:
        return None
    return judge(usual.systolic_mmhg, row)


def judge(systolic_mmhg: float, row: Condition) -> Sight:
    """What an average says."""
    assert row.limit is not None
    return PLAIN[level_below(systolic_mmhg, row.limit, row.dead_band)]


def explain(spot: Spot, _sample: Sample, row: Condition) -> Evidence:
    """The usual pressure, how many readings it is of, and the limit."""
    usual, count = usual_pressure(spot.state.readings)
    assert usual is not None
    values = reading_evidence(spot.rules.scheme, usual, readings=count).values
    return Evidence(values=values, limit=row.limit, scheme=spot.rules.scheme.id, guideline=row.guideline)


def case(spot: Spot, _sample: Sample, row: Condition) -> Case:
    """The readings, and their average."""
    readings = counted(spot.state.readings)
    usual, _ = usual_pressure(readings)
    assert usual is not None
    assert row.limit is not None
    return Case(
        inputs=readings_told(readings),
        thresholds=(
            Threshold(
                quantity="average_systolic_mmhg",
                value=usual.systolic_mmhg,
                relation=Relation.BELOW,
                limit=row.limit,
                source=source_of_limit(spot, row),
                dead_band=row.dead_band or None,
            ),
        ),
        levers=(Lever("average_systolic_mmhg", usual.systolic_mmhg, MOST_MMHG[0]),),
        look=lambda values: judge(values[0], row),
    )
