"""The summary of a week, from its days."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from statistics import mean
from typing import Final

from msgspec.structs import replace

from edge.conditions.blood_pressure import Scheme, categorise
from edge.contract.reports import LastNights, Span, WeekReport, report_id
from edge.days.nights import hours
from edge.wearer.summary import LEAST_DAY_MINUTES, Day

LEAST_READINGS: Final = 2


def week_report(days: Sequence[Day], scheme: Scheme, alarms: Mapping[str, int]) -> WeekReport:
    """The week of these days, oldest first, at least one."""
    last = days[-1]
    nights = [day.night for day in days if day.night is not None]
    rates = [night.mean_bpm for night in nights if night.mean_bpm is not None]
    walked = [steps for day in days if (steps := steps_of(day)) is not None]
    readings = [reading for day in days for reading in day.readings]
    is_enough = len(readings) >= LEAST_READINGS
    systolic = mean(reading.systolic_mmhg for reading in readings) if is_enough else None
    diastolic = mean(reading.diastolic_mmhg for reading in readings) if is_enough else None
    category = None
    if systolic is not None and diastolic is not None:
        category = categorise(scheme, systolic, diastolic).text
    report = WeekReport(
        id=report_id(last.wearer, last.mode, Span.WEEK, (last.from_s, last.until_s)),
        wearer=last.wearer,
        mode=last.mode,
        from_s=days[0].from_s,
        until_s=last.until_s,
        text="",
        last_nights=nights[-1].last_nights if nights else LastNights(),
        night_bpm=_rounded(mean(rates) if rates else None),
        steps_per_day=None if not walked else round(mean(walked)),
        readings=len(readings),
        systolic_mmhg=_rounded(systolic),
        diastolic_mmhg=_rounded(diastolic),
        category=category,
        scheme=None if category is None else scheme.id,
        alarms=dict(sorted(alarms.items())),
    )
    return _with_text(report)


def steps_of(day: Day) -> float | None:
    """The steps of a day; None where too little of it is known."""
    known = [hour for hour in day.hours if hour.steps is not None]
    if sum(hour.minutes for hour in known) < LEAST_DAY_MINUTES:
        return None
    return sum(hour.steps for hour in known if hour.steps is not None)


def _with_text(week: WeekReport) -> WeekReport:
    """The week in plain words."""
    nights, parts = week.last_nights, []
    if nights.mean_sleep_min is not None:
        parts.append(
            f"You slept {hours(nights.mean_sleep_min)} a night (nights judged: {nights.sleep_nights})."
        )
    if week.night_bpm is not None:
        parts.append(f"Your heart beat {week.night_bpm:.0f} times a minute at night.")
    if week.category is not None:
        parts.append(
            f"Your {week.readings} blood pressure readings average "
            f"{week.systolic_mmhg:.0f}/{week.diastolic_mmhg:.0f} mmHg: {week.category}."
        )
    if week.steps_per_day is not None:
        parts.append(f"You took {week.steps_per_day:.0f} steps a day.")
    return replace(week, text=" ".join(parts) or "Too little was measured to say anything of this week.")


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 1)
