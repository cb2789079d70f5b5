"""Several vital signs together out of their usual ranges, by the score NEWS2."""

from __future__ import annotations

from typing import Final

from edge.conditions.condition import PLAIN, Condition, Level, Sight, level_above
from edge.conditions.rest import is_at_rest, is_trusted
from edge.contract.messages import Evidence, Priority
from edge.pipeline.intake import Sample
from edge.pipeline.spot import Spot, spot_of
from edge.signals.news2 import BANDS, News2, score_news2

# The parts are meant to be observed together; what is older says nothing of now.
TOGETHER_S: Final = 3600.0
# With fewer parts known the range is too wide to tell anybody of it.
LEAST_PARTS: Final = 5
# RCP 2017: 5 to 6, or one part of 3, asks for an urgent response, 7 and more for an emergency response.
EMERGENCY_FROM: Final = 7


def note(spot: Spot, sample: Sample) -> None:
    """Keep the last value of a vital sign."""
    if sample.values[0] is not None:
        stream = spot.state.streams[spot.subject]
        stream.value, stream.value_s = sample.values[0], sample.at_s


def score_now(spot: Spot, at_s: float) -> News2:
    """The score of what is known at `at_s`; a pulse counts only at rest."""
    state = spot.state
    values = {
        part: stream.value
        for part in ("resp", "spo2", "oxygen", "consciousness", "temp")
        if (stream := state.streams.get(part)) is not None
        and stream.value is not None
        and at_s - stream.value_s <= TOGETHER_S
    }
    if state.readings and at_s - state.readings[-1].at_s <= TOGETHER_S:
        values["systolic"] = state.readings[-1].systolic_mmhg
    heart = state.streams.get("hr")
    is_calm = is_at_rest(state.cadences, at_s) and is_trusted(spot_of(state, spot.rules, "hr"))
    if heart is not None and heart.value is not None and is_calm and at_s - heart.value_s <= TOGETHER_S:
        values["pulse"] = heart.value
    return score_news2(values)


def look(spot: Spot, sample: Sample, row: Condition) -> Sight | None:
    """What the score says with this sample: by its least value, so that what is missing alarms nobody."""
    if sample.values[0] is None or row.limit is None:
        return None
    score = score_now(spot, sample.at_s)
    if len(score.missing) > len(BANDS) - LEAST_PARTS:
        return PLAIN[Level.UNKNOWN]
    if score.is_red or score.least > row.limit:
        priority = Priority.HIGH if score.least >= EMERGENCY_FROM else row.priority
        return Sight(Level.PRESENT, priority=priority)
    return PLAIN[level_above(score.least, row.limit, row.dead_band)]


def explain(spot: Spot, sample: Sample, row: Condition) -> Evidence:
    """The range of the score and the parts it lacks."""
    score = score_now(spot, sample.at_s)
    values: dict[str, float | str] = {
        "news2_least": score.least,
        "news2_greatest": score.greatest,
        "missing": ", ".join(score.missing) or "none",
    }
    return Evidence(values=values, limit=row.limit, guideline=row.guideline)
