"""What may rightly be told of a wearer because the body is so, whatever the event behind it is called."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

from device_sim.events import Event, Fibrillation, Flutter, Routine, Sitting, Sleep, Tachycardia, Treatment
from device_sim.wearers.pressure import WHITE_COAT_DIASTOLIC
from device_sim.wearers.profile import Dipping, Profile
from device_sim.wearers.rate import OF_STAGE
from edge.contract.durations import WEEK_S

# Where a gateway may tell: tachycardia ACC/AHA/HRS 2015, bradycardia ACC/AHA/HRS 2018, and a pulse that
# begins to count and a low systolic pressure RCP 2017 (NEWS2).
FAST_BPM: Final = 100.0
SLOW_BPM: Final = 50.0
COUNTS_BPM: Final = 90.0
LOW_MMHG: Final = 91.0
# Beyond this a heart rate, or with its jitter an interval of 200 ms, is out of the catalogue's range.
MOST_BELIEVED_BPM: Final = 250.0
# How far the rate of minutes may be from its mean: sinus rhythm, and fibrillation, whose rate wanders more.
SINUS_WANDERS: Final = 0.10
FIBRILLATION_WANDERS: Final = 0.20
# What the usual pressure may be off when it is judged by readings, and a single reading by its own spread;
# around the usual pressure days differ as well.
USUAL_MARGIN_MMHG: Final = (5.0, 3.0)
READING_MARGIN_MMHG: Final = (8.0, 7.0)
DAY_MARGIN_MMHG: Final = (20.0, 14.0)


class Limits(NamedTuple):
    """From where the usual pressure is high and a reading severe, systolic and diastolic, in mmHg."""

    high: tuple[float, float]
    severe: tuple[float, float]


# At home.
LIMITS: Final = {
    "acc-aha-2017": Limits((130.0, 80.0), (180.0, 120.0)),
    "esc-2024": Limits((135.0, 85.0), (180.0, 110.0)),
}


class Present(NamedTuple):
    """A condition that the body may rightly be told to have, in seconds of the scenario."""

    condition: str
    at_s: float
    end_s: float


def present(profile: Profile, events: tuple[Event, ...], scheme: str, length_s: float) -> Iterator[Present]:
    """What heart rate and blood pressure would be called, near a limit on either side of it as well."""
    yield from _rates(profile, events, length_s)
    if any(isinstance(event, Sitting) or (isinstance(event, Routine) and event.cuff_h) for event in events):
        yield from _usual_pressure(profile, events, LIMITS[scheme], length_s)
    for event in events:
        if isinstance(event, Sitting):
            yield from _sitting(event, LIMITS[scheme], length_s)


def is_beyond_sensors(event: Event) -> bool:
    """Whether a heart may be faster than what sensors are believed: flutter conducted one to one."""
    return isinstance(event, Flutter) and _reaches_bpm(event)[1] >= MOST_BELIEVED_BPM


def _rates(profile: Profile, events: tuple[Event, ...], length_s: float) -> Iterator[Present]:
    resting_bpm = profile.resting_bpm
    least_bpm, most_bpm = resting_bpm * (1.0 - SINUS_WANDERS), resting_bpm * (1.0 + SINUS_WANDERS)
    if most_bpm >= FAST_BPM:
        yield Present("tachycardia_at_rest", 0.0, length_s)
    if least_bpm <= SLOW_BPM:
        yield Present("bradycardia_at_rest", 0.0, length_s)
    for event in events:
        if isinstance(event, Sleep | Routine) and least_bpm * min(OF_STAGE.values()) <= SLOW_BPM:
            yield Present("bradycardia_at_rest", event.at_s, event.end_s)
        elif isinstance(event, Fibrillation | Flutter | Tachycardia):
            slowest_bpm, fastest_bpm = _reaches_bpm(event)
            if fastest_bpm >= FAST_BPM:
                yield Present("tachycardia_at_rest", event.at_s, event.end_s)
            if fastest_bpm >= COUNTS_BPM:
                yield Present("heart_rate_unexplained", event.at_s, event.end_s)
            if slowest_bpm <= SLOW_BPM:
                yield Present("bradycardia_at_rest", event.at_s, event.end_s)
        if is_beyond_sensors(event):
            for condition in ("sensor_lost", "values_out_of_range", "model_abstaining"):
                yield Present(condition, event.at_s, event.end_s)
        if isinstance(event, Flutter) and (event.change == 0.0 or len(set(event.conducted)) == 1):
            # An even pulse hardly differs from a stuck sensor.
            yield Present("sensor_frozen", event.at_s, event.end_s)


def _reaches_bpm(event: Fibrillation | Flutter | Tachycardia) -> tuple[float, float]:
    """The lowest and the highest rate that minutes of it may have."""
    if isinstance(event, Flutter):
        return event.waves_per_min / max(event.conducted), event.waves_per_min / min(event.conducted)
    wanders = FIBRILLATION_WANDERS if isinstance(event, Fibrillation) else SINUS_WANDERS
    return event.rate_bpm * (1.0 - wanders), event.rate_bpm * (1.0 + wanders)


def _usual_pressure(
    profile: Profile, events: tuple[Event, ...], limits: Limits, length_s: float
) -> Iterator[Present]:
    treatments = [event for event in events if isinstance(event, Treatment)]
    drifted_mmhg = profile.drift_mmhg_per_week * length_s / WEEK_S
    rises = [drifted_mmhg, *(treatment.systolic_mmhg for treatment in treatments)]
    diastolic_rises = [0.5 * drifted_mmhg, *(treatment.diastolic_mmhg for treatment in treatments)]
    first_mmhg = profile.white_coat_mmhg
    highest = (
        profile.systolic_mmhg + first_mmhg + sum(max(rise, 0.0) for rise in rises),
        profile.diastolic_mmhg
        + WHITE_COAT_DIASTOLIC * first_mmhg
        + sum(max(rise, 0.0) for rise in diastolic_rises),
    )
    lowest_mmhg = profile.systolic_mmhg + sum(min(rise, 0.0) for rise in rises)
    if _reaches(highest, limits.high, USUAL_MARGIN_MMHG):
        yield Present("blood_pressure_high", 0.0, length_s)
    if _reaches(highest, limits.severe, DAY_MARGIN_MMHG):
        yield Present("blood_pressure_severe", 0.0, length_s)
    if lowest_mmhg <= LOW_MMHG + USUAL_MARGIN_MMHG[0]:
        yield Present("blood_pressure_low", 0.0, length_s)
    if profile.dipping in (Dipping.NON_DIPPER, Dipping.REVERSE):
        yield Present("non_dipping", 0.0, length_s)


def _sitting(sitting: Sitting, limits: Limits, length_s: float) -> Iterator[Present]:
    """What the pressure given for a sitting would be called; the average keeps it until the end."""
    given = (sitting.systolic_mmhg or 0.0, sitting.diastolic_mmhg or 0.0)
    if _reaches(given, limits.high, USUAL_MARGIN_MMHG):
        yield Present("blood_pressure_high", sitting.at_s, length_s)
    if _reaches(given, limits.severe, READING_MARGIN_MMHG):
        yield Present("blood_pressure_severe", sitting.at_s, sitting.end_s)
    if sitting.systolic_mmhg is not None and sitting.systolic_mmhg <= LOW_MMHG + USUAL_MARGIN_MMHG[0]:
        yield Present("blood_pressure_low", sitting.at_s, length_s)


def _reaches(
    mmhg: tuple[float, float], limits: tuple[float, float], margins_mmhg: tuple[float, float]
) -> bool:
    """Whether either value is near its limit or above."""
    return any(
        value >= limit - margin for value, limit, margin in zip(mmhg, limits, margins_mmhg, strict=True)
    )
