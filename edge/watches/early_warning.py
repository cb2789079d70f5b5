"""Several vital signs together out of their usual ranges, by the score NEWS2."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from edge.conditions.case import Case, Lever, values_told
from edge.conditions.condition import PLAIN, Condition, Level, Sight, level_above
from edge.contract.durations import HOUR_S
from edge.contract.explanation import LimitSource, Relation, Threshold
from edge.contract.messages import Evidence, Priority
from edge.signals.news2 import RED, score_news2, score_part
from edge.watches.sample_case import source_of_limit
from edge.wearer.rest import is_at_rest, is_trusted
from edge.wearer.sample import Sample
from edge.wearer.spot import Spot, spot_of

# The parts are meant to be observed together; what is older says nothing of now.
TOGETHER_S: Final = HOUR_S
# The parts that are the last value of a stream; pressure is the last reading's, pulse only that at rest.
STREAMS: Final = ("resp", "spo2", "oxygen", "consciousness", "temp")
# With fewer parts known the range is too wide to tell anybody of it.
LEAST_PARTS: Final = 5
# RCP 2017: 5 to 6, or one part of 3, asks for an urgent response, 7 and more for an emergency response.
EMERGENCY_FROM: Final = 7
# A value of each part that scores 0, by the same chart, and the name under which an alert tells it.
CALM: Final[dict[str, tuple[str, float]]] = {
    "resp": ("resp_per_min", 16.0),
    "spo2": ("spo2_percent", 98.0),
    "oxygen": ("oxygen", 0.0),
    "systolic": ("systolic_mmhg", 130.0),
    "pulse": ("hr_bpm", 70.0),
    "consciousness": ("consciousness", 0.0),
    "temp": ("temp_celsius", 37.0),
}


def note(spot: Spot, sample: Sample) -> None:
    """Keep the last value of a vital sign."""
    if sample.values[0] is not None:
        stream = spot.state.streams[spot.subject]
        stream.value, stream.value_s = sample.values[0], sample.at_s


def time_s(spot: Spot, sample: Sample) -> float:
    """When the score stands that a sample changes: at its newest part, however late this one came."""
    streams = spot.state.streams
    parts_s = [streams[part].value_s for part in STREAMS if part in streams]
    return max([sample.at_s, *parts_s, *(reading.at_s for reading in spot.state.readings[-1:])])


def parts_now(spot: Spot, at_s: float) -> dict[str, tuple[float, float]]:
    """What is known at `at_s`, and of when it is; a pulse counts only at rest."""
    state = spot.state
    values = {
        part: (stream.value, stream.value_s)
        for part in STREAMS
        if (stream := state.streams.get(part)) is not None
        and stream.value is not None
        and at_s - stream.value_s <= TOGETHER_S
    }
    if state.readings and at_s - state.readings[-1].at_s <= TOGETHER_S:
        values["systolic"] = (state.readings[-1].systolic_mmhg, state.readings[-1].at_s)
    heart = state.streams.get("hr")
    is_calm = is_at_rest(state.cadences, at_s) and is_trusted(spot_of(state, spot.rules, "hr"))
    if heart is not None and heart.value is not None and is_calm and at_s - heart.value_s <= TOGETHER_S:
        values["pulse"] = (heart.value, heart.value_s)
    return values


def values_now(spot: Spot, at_s: float) -> dict[str, float]:
    """What is known at `at_s`."""
    return {part: value for part, (value, _) in parts_now(spot, at_s).items()}


def look(spot: Spot, sample: Sample, row: Condition) -> Sight | None:
    """What the score says with this sample: by its least value, so that what is missing alarms nobody."""
    if sample.values[0] is None or row.limit is None:
        return None
    return judge(values_now(spot, sample.at_s), row)


def judge(values: dict[str, float], row: Condition) -> Sight:
    """What the score of some parts says, by its least value."""
    assert row.limit is not None
    if len(values) < LEAST_PARTS:
        return PLAIN[Level.UNKNOWN]
    score = score_news2(values)
    if score.is_red or score.least > row.limit:
        priority = Priority.HIGH if score.least >= EMERGENCY_FROM else row.priority
        return Sight(Level.PRESENT, priority=priority)
    return PLAIN[level_above(score.least, row.limit, row.dead_band)]


def explain(spot: Spot, sample: Sample, row: Condition) -> Evidence:
    """The range of the score and the parts it lacks."""
    score = score_news2(values_now(spot, sample.at_s))
    values: dict[str, float | str] = {
        "news2_least": score.least,
        "news2_greatest": score.greatest,
        "missing": ", ".join(score.missing) or "none",
    }
    return Evidence(values=values, limit=row.limit, guideline=row.guideline)


def case(spot: Spot, sample: Sample, row: Condition) -> Case:
    """The parts that are known, the score they make, and which of them make it."""
    parts = parts_now(spot, sample.at_s)
    score = score_news2(values_now(spot, sample.at_s))
    # Those that score most first: they are the first that would have had to be otherwise.
    order = sorted(
        (part for part in parts if score_part(part, parts[part][0])),
        key=lambda part: -score_part(part, parts[part][0]),
    )
    assert row.limit is not None

    def look_at(values: Sequence[float]) -> Sight:
        known = {part: value for part, (value, _) in parts.items()} | dict(zip(order, values, strict=True))
        return judge(known, row)

    worst = max((score_part(part, value) for part, (value, _) in parts.items()), default=0)
    return Case(
        inputs=tuple(values_told(CALM[part][0], [at_s], [value]) for part, (value, at_s) in parts.items()),
        thresholds=(
            Threshold(
                quantity="news2_least",
                value=score.least,
                relation=Relation.ABOVE,
                limit=row.limit,
                source=source_of_limit(spot, row),
                dead_band=row.dead_band or None,
            ),
            Threshold(
                quantity="news2_part",
                value=worst,
                relation=Relation.FROM,
                limit=RED,
                source=LimitSource.TABLE,
            ),
        ),
        levers=tuple(Lever(CALM[part][0], parts[part][0], CALM[part][1]) for part in order),
        look=look_at,
    )
