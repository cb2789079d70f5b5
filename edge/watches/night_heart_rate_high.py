"""A resting heart rate above the wearer's own on two nights running (Alavi 2022, NightSignal)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from edge.conditions.case import Case, Lever, values_told
from edge.conditions.condition import ABSENT, PLAIN, Condition, Level, Sight
from edge.contract.durations import DAY_S
from edge.contract.explanation import Needs, Relation, Threshold
from edge.contract.messages import Evidence
from edge.signals.nights import Night, excesses
from edge.watches.sample_case import source_of_limit
from edge.wearer.rest import is_at_rest, is_trusted
from edge.wearer.sample import Sample
from edge.wearer.spot import Spot

# One heart rate a minute counts; a night of fewer is not judged.
EVERY_S: Final = 60.0
LEAST_MINUTES: Final = 120
# Nights that make a baseline, and over how many it goes.
LEAST_NIGHTS: Final = 7
KEPT_NIGHTS: Final = 30
# No night is farther from the others.
MOST_BPM: Final = 260.0


def note(spot: Spot, sample: Sample) -> None:
    """Count one heart rate of the night, or close a night that is over."""
    nights, hr_bpm, at_s = spot.state.nights, sample.values[0], sample.at_s
    if hr_bpm is None:
        return
    if at_s >= nights.until_s:
        if nights.minutes >= LEAST_MINUTES:
            night = Night(nights.until_s, nights.sum_bpm / nights.minutes)
            nights.before = [*nights.before, night][-KEPT_NIGHTS:]
            nights.closed_s = at_s
        nights.from_s, nights.until_s = spot.rules.night_at(at_s)
        nights.sum_bpm, nights.minutes = 0.0, 0
    if at_s < nights.from_s or at_s - nights.last_s < EVERY_S:
        return
    if is_trusted(spot) and is_at_rest(spot.state.cadences, at_s):
        nights.last_s = at_s
        nights.sum_bpm += hr_bpm
        nights.minutes += 1


def look(spot: Spot, sample: Sample, row: Condition) -> Sight | None:
    """What a night says with which the sample came to an end; None with any other sample."""
    nights = spot.state.nights
    if nights.closed_s != sample.at_s or row.limit is None:
        return None
    return judge(nights.before, *last_excesses(nights.before), row)


def last_excesses(before: list[Night]) -> tuple[float | None, float | None]:
    """By how much the last two nights were above what was usual; None where that is not known."""
    above: list[float | None] = [None, None, *excesses([n.mean_bpm for n in before], LEAST_NIGHTS)]
    return above[-2], above[-1]


def judge(before: list[Night], previous: float | None, last: float | None, row: Condition) -> Sight:
    """What the excesses of the last two of the nights say."""
    if last is None or row.limit is None:
        return PLAIN[Level.UNKNOWN]
    if last <= row.limit - row.dead_band:
        return ABSENT
    is_next = len(before) > 1 and before[-1].until_s - before[-2].until_s < 1.5 * DAY_S
    # The paper's rule is from the limit on, not above it.
    is_high = last >= row.limit and previous is not None and previous >= row.limit and is_next
    return PLAIN[Level.PRESENT if is_high else Level.DEAD_BAND]


def explain(spot: Spot, _sample: Sample, row: Condition) -> Evidence:
    """The last two nights and how far each was above what was usual before it."""
    before = spot.state.nights.before[-2:]
    above = excesses([night.mean_bpm for night in spot.state.nights.before], LEAST_NIGHTS)[-2:]
    values: dict[str, float | str] = {}
    for name, night, excess_bpm in zip(("first_night", "second_night"), before, above, strict=False):
        values[f"{name}_bpm"] = round(night.mean_bpm, 1)
        if excess_bpm is not None:
            values[f"{name}_above_usual_bpm"] = round(excess_bpm, 1)
    return Evidence(values=values, limit=row.limit, guideline=row.guideline)


def case(spot: Spot, _sample: Sample, row: Condition) -> Case:
    """The nights, and by how much the last two were above those before."""
    before = spot.state.nights.before
    assert row.limit is not None
    names = ("first_night_above_usual_bpm", "second_night_above_usual_bpm")
    known = [
        (name, excess_bpm)
        for name, excess_bpm in zip(names, last_excesses(before), strict=True)
        if excess_bpm is not None
    ]

    def look_at(values: Sequence[float]) -> Sight:
        found: dict[str, float] = dict(zip((name for name, _ in known), values, strict=True))
        return judge(before, found.get(names[0]), found.get(names[1]), row)

    return Case(
        inputs=(
            values_told(
                "night_mean_bpm", [night.until_s for night in before], [night.mean_bpm for night in before]
            ),
        ),
        thresholds=tuple(
            Threshold(
                quantity=name,
                value=excess_bpm,
                relation=Relation.FROM,
                limit=row.limit,
                source=source_of_limit(spot, row),
                dead_band=row.dead_band or None,
            )
            for name, excess_bpm in known
        ),
        levers=tuple(Lever(name, excess_bpm, -MOST_BPM) for name, excess_bpm in known),
        look=look_at,
        needs=Needs.ALL,
    )
