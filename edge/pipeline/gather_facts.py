"""The daily facts of a wearer, from profile and state; what is not known says why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import chain
from statistics import fmean
from typing import Final

from edge.advice.diary import ActiveDay, SleepWeek
from edge.advice.facts import Facts, Told, Value, number
from edge.advice.protocols import Course, courses, days_between
from edge.advice.ranking import of_risk
from edge.advice.sleep_needs import sleep_need
from edge.baselines.limits import usual_by_part
from edge.contract.durations import DAY_S, WEEK_S
from edge.contract.profile import Profile, Sex
from edge.rulebook import Rulebook
from edge.signals.nights import Night
from edge.wearer.state import WearerState
from edge.wearer.usual import PART_H, HeartRateBaseline

# Days or nights that a week's mean needs.
LEAST_DAYS: Final = 4
# NHANES asks on how many days of a week somebody is active, for 10 minutes at least.
ACTIVE_DAY_MIN: Final = 10
# A drink in the United States, as NHANES and ACC/AHA count.
DRINK_G: Final = 14.0
WEEKS_A_YEAR: Final = 365.25 / 7.0
# From eight to eight most are awake.
DAY_PARTS: Final = range(8 // PART_H, 20 // PART_H)
# Drinks a day, ACC/AHA 2025.
DRINKS_LIMIT: Final = {Sex.FEMALE: 1.0, Sex.MALE: 2.0}
# Readings older than this say nothing of the pressure now.
READINGS_COUNT_S: Final = 28 * DAY_S
# A week of sleep is told anew each morning; one of three days ago is over.
SLEEP_COUNTS_S: Final = 3 * DAY_S


def gather(state: WearerState, rules: Rulebook, at_s: float) -> Facts:
    """The facts at event time `at_s`; each daily one is either known or missing with a reason."""
    profile = rules.profile_of(state.wearer)
    facts = Facts({}, {})
    first = chain(
        _of_profile(profile, at_s),
        _of_activity(state.advice.active_days, at_s),
        _of_pressure(state, rules, at_s),
        _of_nights(state.nights.before, at_s),
        _of_rest(state.baseline, profile, at_s),
        _of_sleep(state.advice.sleep, at_s),
    )
    _note(facts, first)
    _note(facts, chain(_of_sleep_need(rules, facts.known), of_risk(rules.advice.risk, profile, facts.known)))
    return facts


def _note(facts: Facts, told: Told) -> None:
    for why, values in told:
        for name, value in values.items():
            if value is None:
                facts.missing[name] = why
            else:
                facts.known[name] = value


def _of_profile(profile: Profile, at_s: float) -> Told:
    weight_kg, height_cm = profile.weight_kg, profile.height_cm
    drinks, days, trouble = profile.drinks_per_day, profile.alcohol_days_per_year, profile.has_sleep_trouble
    limit = None if profile.sex is None else DRINKS_LIMIT[profile.sex]
    bmi = None if weight_kg is None or height_cm is None else weight_kg / (height_cm / 100.0) ** 2
    above = None if drinks is None or limit is None else drinks - limit
    alcohol_g = None if drinks is None or days is None else DRINK_G * drinks * days / WEEKS_A_YEAR
    yield "the year of birth is not told", {"age_years": profile.age_years(at_s)}
    yield "height or weight is not told", {"bmi_kg_m2": bmi}
    yield (
        "the weight is not told",
        {"weight_5_percent_kg": None if weight_kg is None else 0.05 * weight_kg},
    )
    yield "smoking is not told", {"smoking_0_to_2": profile.smoking_0_to_2}
    yield "sleep trouble is not told", {"has_sleep_trouble": None if trouble is None else int(trouble)}
    yield "drinking is not told", {"drinks_per_day": drinks, "alcohol_g_per_week": alcohol_g}
    yield "drinking or sex is not told", {"drinks_above_limit": above}


def _of_activity(days: Sequence[ActiveDay], at_s: float) -> Told:
    week = [day.active_min for day in days if 0.0 <= at_s - day.until_s < WEEK_S]
    before = [day.active_min for day in days if WEEK_S <= at_s - day.until_s < 2 * WEEK_S]
    why = f"fewer than {LEAST_DAYS} whole days of steps in a week"
    minutes = _mean(week)
    active = _mean([float(item >= ACTIVE_DAY_MIN) for item in week])
    earlier = _mean(before)
    yield (
        why,
        {
            "active_min_per_week": None if minutes is None else 7.0 * minutes,
            "active_days_per_week": None if active is None else 7.0 * active,
            "active_min_change": None if minutes is None or earlier is None else 7.0 * (minutes - earlier),
        },
    )


def _of_pressure(state: WearerState, rules: Rulebook, at_s: float) -> Told:
    protocol = rules.advice.protocols[rules.scheme.id]

    def day_of(time_s: float) -> float:
        # A day of the wearer's begins when a night ends.
        return rules.night_at(time_s)[1]

    readings = state.advice.readings
    found = courses(readings, protocol, day_of, at_s)
    yield "", {"bp_readings_kept": sum(at_s - item.at_s < READINGS_COUNT_S for item in readings)}
    under_way: Course | None = found[-1] if found and not found[-1].is_over else None
    values: dict[str, Value | None] = dict.fromkeys(
        ("bp_readings", "bp_readings_behind", "bp_readings_wanted", "bp_days", "bp_days_left")
    )
    if under_way is not None:
        gone = days_between(day_of(under_way.first_s), day_of(at_s))
        # Two sittings a day, on the days that are over and count.
        due = 2 * protocol.readings_in_a_sitting * max(gone - protocol.dropped_days, 0)
        values = {
            "bp_readings": len(under_way.counted),
            "bp_readings_behind": due - len(under_way.counted),
            "bp_readings_wanted": protocol.wanted_readings,
            "bp_days": under_way.days,
            "bp_days_left": protocol.days - gone,
        }
    yield "no course of readings is under way", values
    whole = [
        course
        for course in found
        if course.is_over and course.is_enough and at_s - course.counted[-1].at_s < READINGS_COUNT_S
    ]
    names = ("bp_systolic_mmhg", "bp_diastolic_mmhg", "bp_above_limit_mmhg", "bp_pulse_bpm")
    averages: dict[str, Value | None] = dict.fromkeys(names)
    if whole:
        mean = whole[-1].mean()
        averages = {
            "bp_systolic_mmhg": mean.systolic_mmhg,
            "bp_diastolic_mmhg": mean.diastolic_mmhg,
            "bp_above_limit_mmhg": max(
                mean.systolic_mmhg - protocol.high_systolic, mean.diastolic_mmhg - protocol.high_diastolic
            ),
            "bp_pulse_bpm": mean.pulse_bpm,
        }
    yield "no course of readings by protocol is complete", averages


def _of_nights(nights: Sequence[Night], at_s: float) -> Told:
    week = _mean([night.mean_bpm for night in nights if at_s - night.until_s < WEEK_S])
    before = _mean([night.mean_bpm for night in nights if at_s - night.until_s >= WEEK_S])
    yield (
        f"fewer than {LEAST_DAYS} nights of heart rate in a week",
        {
            "night_hr_bpm": week,
            "night_hr_change_bpm": None if week is None or before is None else week - before,
        },
    )


def _of_rest(baseline: HeartRateBaseline, profile: Profile, at_s: float) -> Told:
    usual = usual_by_part(baseline, profile, at_s)
    by_day = [part.median_bpm for place, part in enumerate(usual) if part.is_own and place in DAY_PARTS]
    yield (
        "what is usual for the wearer at rest by day is not known yet",
        {"rest_hr_bpm": fmean(by_day) if by_day else None},
    )


def _of_sleep(week: SleepWeek | None, at_s: float) -> Told:
    if week is None or at_s - week.until_s >= SLEEP_COUNTS_S:
        week = SleepWeek(at_s, 0)
    mean_h = week.mean_sleep_h if week.nights >= LEAST_DAYS else None
    why = f"fewer than {LEAST_DAYS} nights of the last week were judged by the sleep model"
    yield why, {"sleep_h_mean": mean_h}
    yield "too few days of sleep could be compared", {"sleep_regularity_index": week.regularity_index}


def _of_sleep_need(rules: Rulebook, known: Mapping[str, Value]) -> Told:
    age, slept = number(known, "age_years"), number(known, "sleep_h_mean")
    need = None if age is None else sleep_need(rules.advice.sleep_needs, age)
    short = None if need is None or slept is None else need.least_h - slept
    yield (
        "the year of birth is not told",
        {
            "sleep_h_least": None if need is None else need.least_h,
            "sleep_h_most": None if need is None else need.most_h,
        },
    )
    yield "the year of birth or the sleep is not known", {"sleep_h_short": short}


def _mean(values: Sequence[float]) -> float | None:
    """The mean of a week's days; None where they are too few."""
    return fmean(values) if len(values) >= LEAST_DAYS else None
