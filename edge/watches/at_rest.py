"""What a heart rate says that counts at rest only, and its case."""

from __future__ import annotations

from collections.abc import Callable

from edge.conditions.case import Case, values_told
from edge.conditions.condition import PLAIN, Condition, Level, Sight
from edge.contract.explanation import Input, Relation
from edge.watches.sample_case import case_of_sample
from edge.wearer.rest import cadences_at, is_at_rest, is_trusted
from edge.wearer.sample import Sample
from edge.wearer.spot import Spot
from edge.wearer.state import WearerState


def at_rest(spot: Spot, sample: Sample, level: Level) -> Sight:
    """What a level means that counts at rest only: a rate that effort explains says nothing of rest."""
    if not is_trusted(spot):
        return PLAIN[Level.UNKNOWN]
    if level is not Level.ABSENT and not is_at_rest(spot.state.cadences, sample.at_s):
        return PLAIN[Level.UNKNOWN]
    return PLAIN[level]


def case_at_rest(
    spot: Spot,
    sample: Sample,
    row: Condition,
    look: Callable[[Spot, Sample, Condition], Sight | None],
    relation: Relation,
) -> Case:
    """The case of a heart rate that counts at rest only: with the steps that show the rest."""
    case = case_of_sample(spot, sample, row, look, quantity="hr_bpm", relation=relation)
    return case._replace(inputs=(*case.inputs, *steps_told(spot.state, sample.at_s)))


def steps_told(state: WearerState, at_s: float) -> tuple[Input, ...]:
    """The steps of the last minutes as an alert tells them; none where activity is not known."""
    known = cadences_at(state.cadences, at_s)
    if not known:
        return ()
    return (values_told("cadence_per_min", [time_s for time_s, _ in known], [steps for _, steps in known]),)
