"""The named facts that rules of advice speak of: what each means, in which unit, and how it is shown."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final, NamedTuple

Value = int | float | str


class About(NamedTuple):
    """What a fact is, and with how many decimals it is told; None for text."""

    text: str
    decimals: int | None = 0


# Why those of the facts that are None are not known, and the facts.
Told = Iterator[tuple[str, dict[str, Value | None]]]


class Facts(NamedTuple):
    """The facts known of a wearer at a time, and why the others are not."""

    known: dict[str, Value]
    missing: dict[str, str]


# Known each day, as far as profile and state tell them.
DAILY: Final[dict[str, About]] = {
    "age_years": About("age reached this year"),
    "bmi_kg_m2": About("body mass index", 1),
    "weight_5_percent_kg": About("a twentieth of the weight, kg", 1),
    "smoking_0_to_2": About("0 never, 1 formerly, 2 now"),
    "has_sleep_trouble": About("1 if a doctor was told of trouble sleeping"),
    "drinks_per_day": About("drinks (14 g of alcohol) on a day with drinks", 1),
    "drinks_above_limit": About("by how much that is above 1 for women and 2 for men, drinks", 1),
    "alcohol_g_per_week": About("alcohol in an average week, g"),
    "active_min_per_week": About("minutes with at least 100 steps in a week, by the last days"),
    "active_days_per_week": About("days a week with at least 10 such minutes", 1),
    "active_min_change": About("that week's minutes less those of the week before"),
    "bp_readings_kept": About("cuff readings of the last four weeks"),
    "bp_readings": About("readings that count in the present course by protocol"),
    "bp_readings_behind": About("how many fewer that is than the protocol wants by now"),
    "bp_readings_wanted": About("readings the protocol wants"),
    "bp_days": About("days with readings that count in the present course"),
    "bp_days_left": About("days until the present course ends"),
    "bp_systolic_mmhg": About("systolic average of the last complete course by protocol"),
    "bp_diastolic_mmhg": About("its diastolic average"),
    "bp_above_limit_mmhg": About("by how much that average is above the protocol's limit, the worse of both"),
    "bp_pulse_bpm": About("the average pulse of its readings"),
    "rest_hr_bpm": About("the wearer's own usual heart rate at rest by day"),
    "night_hr_bpm": About("mean heart rate at rest in the last seven nights"),
    "night_hr_change_bpm": About("that less the mean of the nights before", 1),
    "sleep_h_mean": About("mean sleep a night in the last week, hours", 1),
    "sleep_h_short": About("by how much that is short of the least for the age, hours", 1),
    "sleep_h_least": About("the least sleep for the age, hours"),
    "sleep_h_most": About("the most sleep for the age, hours"),
    "sleep_regularity_index": About("sleep regularity index (Phillips 2017), -100 to 100"),
    "counts_most": About("the topic whose change would lower the risk model's answer most", None),
    "counts_most_for": About("the outcome of the model whose log-odds would fall most", None),
    "counts_most_logit": About("by how much those of all its outcomes would fall, log-odds", 2),
    "risk_model": About("the bundle that says so", None),
    "compared_topics": About("how many topics were compared"),
}
# Known when a condition starts: its evidence.
OF_CONDITIONS: Final[dict[str, About]] = {
    "hr_bpm": About("heart rate"),
    "systolic_mmhg": About("systolic pressure, a reading or their average"),
    "diastolic_mmhg": About("diastolic pressure"),
    "readings": About("how many readings that is of"),
    "category": About("its category", None),
    "usual_is_high_percent": About("how likely the usual pressure is high, %"),
    "usual_is_low_percent": About("how likely the usual systolic pressure is low, %"),
    "week_systolic_mmhg": About("systolic mean of the last week"),
    "before_systolic_mmhg": About("systolic mean of the four weeks before"),
    "rise_mmhg": About("the difference", 0),
    "day_systolic_mmhg": About("systolic mean by day"),
    "night_systolic_mmhg": About("systolic mean by night"),
    "dip_percent": About("by how much the pressure falls at night, %"),
    "nights": About("how many nights of the last week were judged"),
    "apnea_minutes_per_hour": About("minutes of an hour of sleep with likely pauses of breath"),
    "second_night_bpm": About("mean heart rate of the last night"),
    "second_night_above_usual_bpm": About("by how much it was above the usual", 0),
}
FACTS: Final = DAILY | OF_CONDITIONS


def shown(name: str, value: Value) -> str:
    """A value as a text tells it."""
    decimals = FACTS[name].decimals
    if isinstance(value, str) or decimals is None:
        return str(value)
    # Rounding must not leave a minus before zero.
    return f"{round(value, decimals) + 0.0:.{decimals}f}"


def number(known: Mapping[str, Value], name: str) -> float | None:
    """A fact as a number; None where it is not known or a word."""
    value = known.get(name)
    return None if value is None or isinstance(value, str) else float(value)
