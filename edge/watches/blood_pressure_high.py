"""The usual blood pressure in a category that the scheme calls high."""

from __future__ import annotations

from msgspec.structs import replace

from edge.conditions.blood_pressure import (
    AVERAGED_READINGS,
    LEAST_MMHG,
    Reading,
    Scheme,
    bounds_told,
    categorise,
    counted,
    high_level,
    moved,
    reading_evidence,
    readings_told,
    usual_pressure,
)
from edge.conditions.case import Case, Lever
from edge.conditions.condition import Condition, Level, Sight
from edge.conditions.pressure_history import remember
from edge.conditions.usual_pressure import UsualPressure, is_high
from edge.contract.explanation import Relation
from edge.contract.messages import Evidence
from edge.wearer.sample import Sample
from edge.wearer.spot import Spot


def note(spot: Spot, sample: Sample) -> None:
    """Keep the reading, and the category of the usual pressure that follows from it."""
    systolic_mmhg, diastolic_mmhg = sample.values[0], sample.values[1]
    if systolic_mmhg is None or diastolic_mmhg is None:
        return
    state = spot.state
    reading = Reading(sample.at_s, systolic_mmhg, diastolic_mmhg)
    # A day of the wearer's begins when a night ends.
    _, day_until_s = spot.rules.night_at(sample.at_s)
    remember(state.history, reading, day_until_s)
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
    model = spot.rules.usual_pressure_of(spot.state.wearer, sample.at_s)
    level = _level(model, row, spot.rules.scheme, counted(spot.state.readings), usual)
    return Sight(level, news=spot.state.category_changed)


def explain(spot: Spot, sample: Sample, _row: Condition) -> Evidence:
    """The usual pressure, its category, how many readings it is of, and how sure that is."""
    scheme, readings = spot.rules.scheme, spot.state.readings
    model = spot.rules.usual_pressure_of(spot.state.wearer, sample.at_s)
    usual, count = usual_pressure(readings)
    assert usual is not None
    evidence = reading_evidence(scheme, usual, readings=count)
    values = evidence.values | model.evidence(readings[-count:], is_high(scheme))
    return replace(evidence, values=values, bundle=model.name)


def case(spot: Spot, sample: Sample, row: Condition) -> Case:
    """The readings, their average, where the scheme's high categories begin, and how sure that is."""
    scheme = spot.rules.scheme
    model = spot.rules.usual_pressure_of(spot.state.wearer, sample.at_s)
    readings = counted(spot.state.readings)
    usual, _ = usual_pressure(readings)
    assert usual is not None
    (high,) = (item for item in scheme.category if item.code == scheme.high_from)
    names = ("average_systolic_mmhg", "average_diastolic_mmhg")

    def look_at(mean: Reading) -> Sight:
        return Sight(_level(model, row, scheme, moved(readings, usual, mean), mean))

    case = Case(
        inputs=readings_told(readings),
        thresholds=bounds_told(
            (
                (names[0], usual.systolic_mmhg, high.systolic_from),
                (names[1], usual.diastolic_mmhg, high.diastolic_from),
            ),
            Relation.FROM,
            row.dead_band or None,
        ),
        levers=(
            Lever(names[0], usual.systolic_mmhg, LEAST_MMHG[0]),
            Lever(names[1], usual.diastolic_mmhg, LEAST_MMHG[1]),
        ),
        look=lambda values: look_at(Reading(usual.at_s, values[0], values[1])),
    )
    return model.explained(case, readings, is_high(scheme))


def _level(
    model: UsualPressure, row: Condition, scheme: Scheme, readings: list[Reading], usual: Reading
) -> Level:
    """The level of the average, while the model is sure enough of it."""
    return model.surely(high_level(row, scheme, usual), readings, is_high(scheme))
