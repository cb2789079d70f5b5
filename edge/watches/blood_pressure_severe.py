"""A cuff reading beyond the severe bounds of the scheme; high priority once a repeat has confirmed it."""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy

from msgspec.structs import replace

from edge.conditions.blood_pressure import (
    CONFIRM_WITHIN_S,
    LEAST_MMHG,
    Reading,
    bounds_told,
    is_severe,
    reading_evidence,
    readings_told,
)
from edge.conditions.case import Case, Lever
from edge.conditions.condition import ABSENT, Condition, Level, Sight
from edge.contract.explanation import Relation
from edge.contract.messages import Evidence, Priority
from edge.wearer.sample import Sample
from edge.wearer.spot import Spot


def look(spot: Spot, sample: Sample, row: Condition) -> Sight | None:
    """What the last reading says; a severe one long after the one before it shows the condition anew."""
    if sample.values[0] is None:
        return None
    *earlier, last = spot.state.readings
    if not is_severe(spot.rules.scheme, last):
        return ABSENT
    severe = [reading for reading in earlier if is_severe(spot.rules.scheme, reading)]
    is_confirmed = any(last.at_s - reading.at_s <= CONFIRM_WITHIN_S for reading in severe)
    episode = spot.state.episodes.get(f"{row.code}/{spot.subject}")
    was_high = episode is not None and episode.priority is Priority.HIGH
    return Sight(
        Level.PRESENT,
        priority=Priority.HIGH if is_confirmed or was_high else row.priority,
        again=bool(severe) and not is_confirmed,
    )


def explain(spot: Spot, _sample: Sample, _row: Condition) -> Evidence:
    """The last reading."""
    last: Reading = spot.state.readings[-1]
    return reading_evidence(spot.rules.scheme, last, readings=1)


def case(spot: Spot, sample: Sample, row: Condition) -> Case:
    """The last reading with those shortly before, and the bounds of the scheme."""
    *earlier, last = spot.state.readings
    severe = spot.rules.scheme.severe

    def look_at(values: Sequence[float]) -> Sight | None:
        state = copy(spot.state)
        state.readings = [*earlier, Reading(last.at_s, *values)]
        return look(replace(spot, state=state), sample, row)

    near = [item for item in earlier if last.at_s - item.at_s <= CONFIRM_WITHIN_S]
    return Case(
        inputs=readings_told([*near, last]),
        thresholds=bounds_told(
            (
                ("systolic_mmhg", last.systolic_mmhg, severe.systolic),
                ("diastolic_mmhg", last.diastolic_mmhg, severe.diastolic),
            ),
            Relation.FROM if severe.inclusive else Relation.ABOVE,
        ),
        levers=(
            Lever("systolic_mmhg", last.systolic_mmhg, LEAST_MMHG[0]),
            Lever("diastolic_mmhg", last.diastolic_mmhg, LEAST_MMHG[1]),
        ),
        look=look_at,
    )
