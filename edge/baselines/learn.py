"""How a heart rate becomes part of what is usual: minute by minute, at rest, and never during an episode."""

from __future__ import annotations

from typing import Final

from edge.baselines.limits import own_limits
from edge.contract.durations import HOUR_S, MINUTE_S
from edge.signals.nights import clock_s
from edge.wearer.rest import is_at_rest, is_trusted
from edge.wearer.sample import Sample
from edge.wearer.spot import Spot
from edge.wearer.state import WearerState
from edge.wearer.usual import (
    KEPT_DAYS,
    LEAST_MINUTES,
    PART_H,
    PARTS,
    POPULATION_DAYS,
    HeartRateBaseline,
    Minute,
    summarise,
)

# Later than this a minute is over and done with; nothing is to be learned of it.
MINUTE_LATE_S: Final = 120.0
PART_S: Final = PART_H * HOUR_S
# While one of these is on its way or present, the heart rate is not the wearer's usual one.
FREEZING: Final = (
    "tachycardia_at_rest/hr",
    "heart_rate_unexplained/hr",
    "night_heart_rate_high/hr",
    "irregular_rhythm/rr",
    "early_warning/vitals",
)
# A slow heart that was told from the first day may be that of a trained wearer: only where the usual is known
# does this one say that a rate is not usual.
FREEZING_THE_KNOWN: Final = "bradycardia_at_rest/hr"


def note(spot: Spot, sample: Sample) -> None:
    """Count a heart rate; the first of a minute closes the last one, and may close a part of the day."""
    hr_bpm, at_s = sample.values[0], sample.at_s
    if hr_bpm is None:
        return
    baseline = spot.state.baseline
    minute, start_s = baseline.minute, at_s // MINUTE_S * MINUTE_S
    if start_s != minute.start_s:
        if minute.count:
            _close(spot, minute, at_s)
        minute.start_s, minute.sum_bpm, minute.count = start_s, 0.0, 0
        if at_s >= baseline.until_s:
            _turn(spot, at_s)
    minute.sum_bpm += hr_bpm
    minute.count += 1


def is_frozen(state: WearerState) -> bool:
    """Whether nothing is learned now, because of an episode or of one that may begin."""
    episodes, baseline = state.episodes, state.baseline
    if any(key in episodes for key in FREEZING):
        return True
    return FREEZING_THE_KNOWN in episodes and len(baseline.days[baseline.part]) > POPULATION_DAYS


def forget_running(baseline: HeartRateBaseline) -> None:
    """Drop what is being counted, where the clock was set and times no longer fit together."""
    baseline.minute, baseline.minutes_bpm, baseline.until_s = Minute(), [], 0.0


def _close(spot: Spot, minute: Minute, at_s: float) -> None:
    end_s = minute.start_s + MINUTE_S
    if at_s - end_s > MINUTE_LATE_S:
        return
    minute.mean_bpm, minute.closed_s = minute.sum_bpm / minute.count, at_s
    if is_at_rest(spot.state.cadences, end_s) and is_trusted(spot) and not is_frozen(spot.state):
        spot.state.baseline.minutes_bpm.append(round(minute.mean_bpm))


def _turn(spot: Spot, at_s: float) -> None:
    """End the part of the day that is over, and begin the one at `at_s` with limits of its own."""
    state, baseline = spot.state, spot.state.baseline
    if len(baseline.minutes_bpm) >= LEAST_MINUTES:
        days = [*baseline.days[baseline.part], summarise(baseline.minutes_bpm)]
        baseline.days[baseline.part] = days[-KEPT_DAYS:]
    clock = clock_s(state.nights, at_s)
    baseline.part = min(int(clock // PART_S), PARTS - 1)
    baseline.until_s = at_s + PART_S - clock % PART_S
    baseline.minutes_bpm = []
    baseline.limits = own_limits(baseline, spot.rules.profile_of(state.wearer), at_s)
