"""A resting heart rate above the wearer's own on two nights running (Alavi 2022, NightSignal)."""

from __future__ import annotations

from typing import Final

from edge.conditions.condition import PLAIN, Condition, Level, Sight
from edge.conditions.rest import is_at_rest, is_trusted
from edge.contract.messages import Evidence
from edge.pipeline.intake import Sample
from edge.pipeline.spot import Spot
from edge.signals.nights import Night, excesses, night_at

# One heart rate a minute counts; a night of fewer is not judged.
EVERY_S: Final = 60.0
LEAST_MINUTES: Final = 120
# Nights that make a baseline, and over how many it goes.
LEAST_NIGHTS: Final = 7
KEPT_NIGHTS: Final = 30
DAY_S: Final = 86_400.0


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
        nights.from_s, nights.until_s = night_at(at_s, spot.rules.zone)
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
    above: list[float | None] = [None, *excesses([n.mean_bpm for n in nights.before], LEAST_NIGHTS)]
    previous, last = above[-2:]
    if last is None:
        return PLAIN[Level.UNKNOWN]
    if last <= row.limit - row.dead_band:
        return PLAIN[Level.ABSENT]
    is_next = len(nights.before) > 1 and nights.before[-1].until_s - nights.before[-2].until_s < 1.5 * DAY_S
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
