"""The usual blood pressure in a category that the scheme calls high."""

from __future__ import annotations

from edge.conditions.blood_pressure import (
    AVERAGED_READINGS,
    Reading,
    categorise,
    high_level,
    reading_evidence,
    usual_pressure,
)
from edge.conditions.condition import Condition, Sight
from edge.conditions.pressure_history import remember
from edge.contract.messages import Evidence
from edge.pipeline.intake import Sample
from edge.pipeline.spot import Spot


def note(spot: Spot, sample: Sample) -> None:
    """Keep the reading, and the category of the usual pressure that follows from it."""
    systolic_mmhg, diastolic_mmhg = sample.values[0], sample.values[1]
    if systolic_mmhg is None or diastolic_mmhg is None:
        return
    state = spot.state
    reading = Reading(sample.at_s, systolic_mmhg, diastolic_mmhg)
    remember(state.history, reading)
    state.readings = [*state.readings, reading][-AVERAGED_READINGS:]
    usual, _ = usual_pressure(state.readings)
    if usual is None:
        return
    category = categorise(spot.rules.scheme, usual.systolic_mmhg, usual.diastolic_mmhg).code
    state.category_changed = state.pressure_category not in {None, category}
    state.pressure_category = category


def look(spot: Spot, sample: Sample, row: Condition) -> Sight | None:
    """What the usual pressure says; None where too few readings tell of it."""
    usual, _ = usual_pressure(spot.state.readings) if sample.values[0] is not None else (None, 0)
    if usual is None:
        return None
    return Sight(high_level(row, spot.rules.scheme, usual), news=spot.state.category_changed)


def explain(spot: Spot, _sample: Sample, _row: Condition) -> Evidence:
    """The usual pressure, its category, and how many readings it is of."""
    usual, count = usual_pressure(spot.state.readings)
    assert usual is not None
    return reading_evidence(spot.rules.scheme, usual, readings=count)
