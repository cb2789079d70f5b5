"""The pages of a night and of a week, from what the edge keeps of a wearer's days."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import tzinfo

from edge.conditions.blood_pressure import Reading, Scheme, categorise
from edge.contract.reports import LastNights, NightReport
from edge.contract.samples import Mode
from edge.days.alarm_spans import AlarmSpan
from edge.days.kept import Kept
from edge.days.nights import hours as told_hours
from edge.days.weeks import steps_of, week_report
from edge.pages import charts
from edge.pages.clock import told_date, told_time
from edge.pages.page import facts, page, section
from edge.watches.apnea_index import CLASSES

BAND_WORDS = (
    "The line is the median of each hour. The band is what was usual for you at that hour of the day over "
    "the last week, give or take two standard deviations; it is drawn where three days or more are known."
)


def night_page(kept: Kept, night: NightReport, zone: tzinfo) -> str:
    """The last night; the days before it say what is usual."""
    span_s = (night.from_s, night.until_s)
    sections = []
    if night.sleep is not None:
        sections.append(section("Sleep", [charts.hypnogram(night.sleep, zone), _sleep_facts(night, zone)]))
    else:
        sections.append(section("Sleep", [], [f"It could not be judged: {night.no_sleep}."]))
    sections.append(section("Breathing", [], _breathing(night)))
    usual = charts.usual_rates(kept.hours, zone)
    rate = charts.heart_rate(
        [h for h in kept.hours if span_s[0] <= h.from_s < span_s[1]], usual, span_s, zone
    )
    if rate is not None:
        rows = {} if night.mean_bpm is None else {"mean of the night": f"{night.mean_bpm:.0f}/min"}
        if night.lowest_bpm is not None:
            rows["lowest"] = f"{night.lowest_bpm:.0f}/min"
        words = [BAND_WORDS, "Thin lines reach from the 5th to the 95th percentile of the hour."]
        sections.append(section("Heart rate", [rate, facts(rows)], words))
    sections.append(section("The last seven nights", [_nights_facts(night.last_nights)]))
    sections += _alarms(kept.alarms, span_s, zone)
    title = f"The night of {kept.wearer}"
    return page(title, _subtitle(kept, told_date(night.until_s, zone)), night.text, sections)


def week_page(kept: Kept, scheme: Scheme, zone: tzinfo) -> str:
    """The last seven days that are over and the one under way, at least one."""
    span_s = (kept.days[0].from_s, kept.days[-1].until_s)
    lead = week_report(kept.days, scheme, {}).text
    nights = [day.night for day in kept.days if day.night is not None]
    sections = []
    rate = charts.heart_rate(kept.hours, charts.usual_rates(kept.hours, zone), span_s, zone)
    if rate is not None:
        sections.append(section("Heart rate", [rate], [BAND_WORDS]))
    sleeps = {night.until_s: night.sleep for night in nights if night.sleep is not None}
    if sleeps:
        words = ["Blue is non-REM sleep, orange REM, grey awake."]
        sections.append(
            section("Sleep", [charts.nights_together(sleeps, zone), _sleep_table(nights, zone)], words)
        )
    if nights:
        sections.append(section("The nights together", [_nights_facts(nights[-1].last_nights)]))
    pictures = charts.pressure(kept.readings, scheme, span_s, zone)
    if pictures:
        sections.append(
            section("Blood pressure", [*pictures, _pressure_facts(kept.readings, scheme)], _bands(scheme))
        )
    walked = {told_date(day.from_s, zone): steps for day in kept.days if (steps := steps_of(day)) is not None}
    if walked:
        sections.append(section("Steps", [facts({day: f"{steps:.0f}" for day, steps in walked.items()})]))
    sections += _alarms(kept.alarms, span_s, zone)
    subtitle = f"{told_date(span_s[0], zone)} to {told_date(span_s[1], zone)}"
    return page(f"The week of {kept.wearer}", _subtitle(kept, subtitle), lead, sections)


def _subtitle(kept: Kept, told: str) -> str:
    mode = kept.days[-1].mode
    return told if mode is Mode.REAL else f"{told}. Samples of mode {mode}, not of a person."


def _sleep_table(nights: Sequence[NightReport], zone: tzinfo) -> str:
    return facts(
        {
            f"night to {told_date(night.until_s, zone)}": f"{told_hours(night.sleep.total_sleep_min)}, "
            f"{told_time(night.sleep.onset_s, zone)} to {told_time(night.sleep.wake_s, zone)}"
            for night in nights
            if night.sleep is not None
        }
    )


def _sleep_facts(night: NightReport, zone: tzinfo) -> str:
    sleep = night.sleep
    assert sleep is not None
    rows = {
        "asleep": f"{told_time(sleep.onset_s, zone)} to {told_time(sleep.wake_s, zone)}",
        "sleep": told_hours(sleep.total_sleep_min),
        "of it REM": told_hours(sleep.rem_min),
        "awake in between": f"{sleep.wake_after_onset_min:.0f} min",
        "efficiency": f"{sleep.efficiency_percent:.0f} % (85 % and more is usual)",
    }
    if not sleep.is_whole:
        rows["note"] = "the wristband was put on or taken off close to this sleep: it may have been longer"
    return facts(rows)


def _breathing(night: NightReport) -> list[str]:
    apnea = night.apnea
    if apnea is None:
        return [f"It could not be judged: {night.no_apnea}."]
    name = next(name for limit, name in CLASSES if apnea.per_hour >= limit)
    told = [
        f"Pauses of breath were likely in {apnea.apnea_minutes} of {apnea.minutes} minutes: "
        f"{apnea.per_hour:.0f} in an hour, probably between {apnea.low_per_hour:.0f} and "
        f"{apnea.high_per_hour:.0f}.",
        "This is estimated from the heartbeat alone. It counts minutes, not pauses, and is no diagnosis.",
    ]
    if name in {"moderate", "severe"}:
        told.append("Only a sleep study can tell what it is: speak to your doctor about one.")
    return told


def _nights_facts(nights: LastNights) -> str:
    rows = {}
    if nights.mean_sleep_min is not None:
        rows["mean sleep"] = f"{told_hours(nights.mean_sleep_min)} ({_nights(nights.sleep_nights)})"
    if nights.regularity_index is not None:
        rows["regularity"] = (
            f"{nights.regularity_index:.0f} (100: every day alike, 0: at random; half of all people have 74 "
            "to 86)"
        )
    if nights.mean_apnea_per_hour is not None:
        rows["minutes with likely pauses"] = (
            f"{nights.mean_apnea_per_hour:.0f} in an hour ({_nights(nights.apnea_nights)})"
        )
    return facts(rows or {"nights": "none could be judged yet"})


def _nights(count: int) -> str:
    return "1 night" if count == 1 else f"{count} nights"


def _pressure_facts(readings: Sequence[Reading], scheme: Scheme) -> str:
    systolic = sum(reading.systolic_mmhg for reading in readings) / len(readings)
    diastolic = sum(reading.diastolic_mmhg for reading in readings) / len(readings)
    category = categorise(scheme, systolic, diastolic).text
    return facts(
        {"readings": f"{len(readings)}", "mean": f"{systolic:.0f}/{diastolic:.0f} mmHg", "category": category}
    )


def _bands(scheme: Scheme) -> list[str]:
    return [
        f"The bands are the categories of {scheme.guideline}. They are meant for means, not for one reading."
    ]


def _alarms(alarms: Sequence[AlarmSpan], span_s: tuple[float, float], zone: tzinfo) -> list[str]:
    inside = [
        alarm for alarm in alarms if alarm.from_s < span_s[1] and (alarm.until_s or span_s[1]) > span_s[0]
    ]
    picture = charts.alarm_timeline(inside, span_s, zone)
    if picture is None:
        return [section("Alarms", [], ["None."])]
    return [section("Alarms", [picture], ["Red is about you, grey about the devices."])]
