"""A heart rate far above the wearer's usual one, though there has been no effort that would explain it."""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy
from typing import Final

from msgspec.structs import replace

from edge.baselines.evidence import own_usual_at, tell_usual
from edge.conditions.case import Case, Lever, values_told
from edge.conditions.condition import PLAIN, Condition, Level, Sight, level_above
from edge.contract.catalogue import SIGNALS
from edge.contract.durations import HOUR_S
from edge.contract.explanation import Relation, Threshold
from edge.contract.messages import Evidence
from edge.watches.at_rest import steps_told
from edge.watches.sample_case import source_of_limit
from edge.wearer.rest import ACTIVITY_KNOWN_FOR_S, is_trusted
from edge.wearer.sample import Sample
from edge.wearer.spot import Spot
from edge.wearer.state import WearerState

# As watches do that warn of a high heart rate: after ten minutes without activity.
STILL_FOR_S: Final = 600.0
# A heart that has worked hard is not back at rest within minutes; an hour is left to it.
EFFORT_LASTS_S: Final = HOUR_S
QUANTITY: Final = "minute_hr_bpm"


def look(spot: Spot, sample: Sample, row: Condition) -> Sight | None:
    """What a minute that is over says; None with any other sample and while nothing is usual yet."""
    minute = spot.state.baseline.minute
    if minute.closed_s != sample.at_s or row.limit is None:
        return None
    level = level_above(minute.mean_bpm, row.limit, row.dead_band)
    # One thing is told once: what is fast by the guideline is not looked at here.
    if not is_trusted(spot) or spot.state.is_active("tachycardia_at_rest", spot.subject):
        return PLAIN[Level.UNKNOWN]
    if level is not Level.ABSENT and not _is_calm(spot.state, sample.at_s):
        return PLAIN[Level.UNKNOWN]
    return PLAIN[level]


def explain(spot: Spot, sample: Sample, row: Condition) -> Evidence:
    """The heart rate of the minute, what is usual at most, and for how long nothing has explained it."""
    state, own = spot.state, own_usual_at(spot, sample.at_s)
    values: dict[str, float | str] = {"hr_bpm": round(state.baseline.minute.mean_bpm)}
    if own:
        values |= tell_usual(max(own))
    if state.still_s is not None:
        values["still_s"] = sample.at_s - state.still_s
    return Evidence(values=values, limit=row.limit, guideline=row.guideline)


def follow(spot: Spot, _sample: Sample) -> float | None:
    """What is looked at is the minute, not the sample."""
    return spot.state.baseline.minute.mean_bpm


def case(spot: Spot, sample: Sample, row: Condition) -> Case:
    """The heart rates of the minutes since the limit was first crossed, and the steps beside them."""
    state = spot.state
    episode = state.episodes.get(f"{row.code}/{spot.subject}")
    trail = None if episode is None else episode.trail
    mean_bpm = state.baseline.minute.mean_bpm
    assert row.limit is not None

    def look_at(values: Sequence[float]) -> Sight | None:
        other = copy(state)
        other.baseline = copy(state.baseline)
        other.baseline.minute = copy(state.baseline.minute)
        other.baseline.minute.mean_bpm = values[0]
        return look(replace(spot, state=other), sample, row)

    minutes = values_told(QUANTITY, [sample.at_s], [mean_bpm]) if trail is None else trail.told(QUANTITY)
    return Case(
        inputs=(minutes, *steps_told(state, sample.at_s)),
        thresholds=(
            Threshold(
                quantity=QUANTITY,
                value=mean_bpm,
                relation=Relation.ABOVE,
                limit=row.limit,
                source=source_of_limit(spot, row),
                dead_band=row.dead_band or None,
            ),
        ),
        levers=(Lever(QUANTITY, mean_bpm, SIGNALS["hr"].components[0].low),),
        look=look_at,
    )


def _is_calm(state: WearerState, at_s: float) -> bool:
    """Whether the wearer is known to have been still for a while, and not to have worked hard before it."""
    if not state.cadences or at_s - state.cadences[-1][0] > ACTIVITY_KNOWN_FOR_S:
        return False
    if state.still_s is None or at_s - state.still_s < STILL_FOR_S:
        return False
    return state.effort_s is None or at_s - state.effort_s >= EFFORT_LASTS_S
