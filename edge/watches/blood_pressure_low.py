"""A usual systolic pressure below the limit."""

from __future__ import annotations

from msgspec.structs import replace

from edge.conditions.blood_pressure import (
    MOST_MMHG,
    Reading,
    counted,
    moved,
    reading_evidence,
    readings_told,
    usual_pressure,
)
from edge.conditions.case import Case, Lever
from edge.conditions.condition import PLAIN, Condition, Sight, level_below
from edge.conditions.usual_pressure import UsualPressure, is_low
from edge.contract.explanation import Relation, Threshold
from edge.contract.messages import Evidence
from edge.watches.sample_case import source_of_limit
from edge.wearer.sample import Sample
from edge.wearer.spot import Spot


def look(spot: Spot, sample: Sample, row: Condition) -> Sight | None:
    """What the usual pressure says; None where too few readings tell of it."""
    usual, _ = usual_pressure(spot.state.readings) if sample.values[0] is not None else (None, 0)
    if usual is None or row.limit is None:
        return None
    model = spot.rules.usual_pressure_of(spot.state.wearer, sample.at_s)
    return _judge(model, row, row.limit, counted(spot.state.readings), usual)


def explain(spot: Spot, sample: Sample, row: Condition) -> Evidence:
    """The usual pressure, how many readings it is of, the limit, and how sure that is."""
    scheme, readings = spot.rules.scheme, counted(spot.state.readings)
    model = spot.rules.usual_pressure_of(spot.state.wearer, sample.at_s)
    usual, count = usual_pressure(readings)
    assert usual is not None
    assert row.limit is not None
    evidence = reading_evidence(scheme, usual, readings=count)
    values = evidence.values | model.evidence(readings, is_low(row.limit))
    return replace(evidence, values=values, limit=row.limit, guideline=row.guideline, bundle=model.name)


def case(spot: Spot, sample: Sample, row: Condition) -> Case:
    """The readings, their average, and how sure that is."""
    limit, readings = row.limit, counted(spot.state.readings)
    model = spot.rules.usual_pressure_of(spot.state.wearer, sample.at_s)
    usual, _ = usual_pressure(readings)
    assert usual is not None
    assert limit is not None

    def look_at(mean: Reading) -> Sight:
        return _judge(model, row, limit, moved(readings, usual, mean), mean)

    case = Case(
        inputs=readings_told(readings),
        thresholds=(
            Threshold(
                quantity="average_systolic_mmhg",
                value=usual.systolic_mmhg,
                relation=Relation.BELOW,
                limit=limit,
                source=source_of_limit(spot, row),
                dead_band=row.dead_band or None,
            ),
        ),
        levers=(Lever("average_systolic_mmhg", usual.systolic_mmhg, MOST_MMHG[0]),),
        look=lambda values: look_at(Reading(usual.at_s, values[0], usual.diastolic_mmhg)),
    )
    return model.explained(case, readings, is_low(limit))


def _judge(
    model: UsualPressure, row: Condition, limit_mmhg: float, readings: list[Reading], usual: Reading
) -> Sight:
    """What an average says, while the model is sure enough of it."""
    level = level_below(usual.systolic_mmhg, limit_mmhg, row.dead_band)
    return PLAIN[model.surely(level, readings, is_low(limit_mmhg))]
