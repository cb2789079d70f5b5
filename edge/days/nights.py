"""The report of a night: its sleep, its apnea, its heart rate, and the nights of the week together."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from edge.contract.durations import DAY_S
from edge.contract.reports import ApneaNight, LastNights, NightReport, SleepNight, Span, report_id
from edge.contract.samples import Mode
from edge.days.alarm_spans import AlarmSpan, held_s
from edge.days.apnea import ApneaJudge
from edge.days.recorded import Recorded
from edge.days.sleep import UNKNOWN, SleepJudge
from edge.signals.sleep_epochs import EPOCH_S
from edge.signals.sleep_regularity import sleep_regularity
from edge.wearer.summary import Day, days_ago

DAY_EPOCHS: Final = int(DAY_S / EPOCH_S)
# The lowest heart rate is that which a twentieth of the night stays below.
LOWEST_PERCENTILE: Final = 5.0
LEAST_RATES: Final = 60
# The share of the night.
MOST_IRREGULAR: Final = 0.1


def night_report(
    day: Recorded,
    who: tuple[str, Mode],
    clock_night_s: tuple[float, float],
    judges: tuple[SleepJudge, ApneaJudge],
    before: Sequence[Day],
    *,
    alarms: Sequence[AlarmSpan],
) -> NightReport:
    """What the day's night was like; `before` are the days of the two weeks before, oldest first.

    Apnea is judged where sleep was found, else in the night by the clock; not while `alarms` tell of an
    irregular rhythm, which hides what breathing does to the heart.
    """
    wearer, mode = who
    slept = judges[0].judge(day)
    sleep = slept if isinstance(slept, SleepNight) else None
    span_s = clock_night_s if sleep is None else (sleep.onset_s, sleep.wake_s)
    is_irregular = held_s(alarms, "irregular_rhythm", span_s) > MOST_IRREGULAR * (span_s[1] - span_s[0])
    breath = "the rhythm was irregular" if is_irregular else judges[1].judge(day.beat_s, *span_s)
    apnea = breath if isinstance(breath, ApneaNight) else None
    rate_bpm = day.heart_rate(*span_s).values[:, 0]
    is_enough = len(rate_bpm) >= LEAST_RATES
    return NightReport(
        id=report_id(wearer, mode, Span.NIGHT, (day.from_s, day.until_s)),
        wearer=wearer,
        mode=mode,
        from_s=day.from_s,
        until_s=day.until_s,
        text=told(sleep, apnea),
        sleep=sleep,
        no_sleep=None if sleep is not None else str(slept),
        apnea=apnea,
        no_apnea=None if apnea is not None else str(breath),
        mean_bpm=round(float(np.mean(rate_bpm)), 1) if is_enough else None,
        lowest_bpm=round(float(np.percentile(rate_bpm, LOWEST_PERCENTILE)), 1) if is_enough else None,
        last_nights=last_nights(day, sleep, apnea, before),
    )


def last_nights(
    day: Recorded, sleep: SleepNight | None, apnea: ApneaNight | None, before: Sequence[Day]
) -> LastNights:
    """The nights of the last seven days together with this one, and how regular the last fourteen were."""
    week = [
        item.night for item in before if item.until_s > days_ago(day.until_s, 7) and item.night is not None
    ]
    sleeps = [night.sleep for night in week if night.sleep is not None] + ([] if sleep is None else [sleep])
    whole = [item.total_sleep_min for item in sleeps if item.is_whole]
    apneas = [night.apnea for night in week if night.apnea is not None] + ([] if apnea is None else [apnea])
    two_weeks = [
        (item.from_s, item.until_s, None if item.night is None else item.night.sleep) for item in before
    ]
    regular = sleep_regularity(np.array([asleep(*each) for each in _in_a_row(two_weeks, day, sleep)]))
    return LastNights(
        sleep_nights=len(whole),
        mean_sleep_min=_mean(whole),
        apnea_nights=len(apneas),
        mean_apnea_per_hour=_mean([item.per_hour for item in apneas]),
        apnea_low_per_hour=_mean([item.low_per_hour for item in apneas]),
        apnea_high_per_hour=_mean([item.high_per_hour for item in apneas]),
        regularity_index=None if regular is None else round(regular.index, 1),
        regularity_pairs=0 if regular is None else regular.pairs,
    )


Slept = tuple[float, float, SleepNight | None]


def _in_a_row(days: list[Slept], today: Recorded, sleep: SleepNight | None) -> list[Slept]:
    """Today and the days before it, with those of which nothing is kept in their places."""
    row: list[Slept] = []
    for each in [*days, (today.from_s, today.until_s, sleep)]:
        while row and each[0] - row[-1][1] > DAY_S / 2.0:
            row.append((row[-1][1], row[-1][1] + DAY_S, None))
        row.append(each)
    return row


def asleep(from_s: float, until_s: float, sleep: SleepNight | None) -> NDArray[np.float64]:
    """For each epoch of a day 1 asleep, 0 awake, NaN not known; (DAY_EPOCHS,), whatever the clocks did.

    Out of the main sleep a wearer counts as awake: naps are not seen.
    """
    if sleep is None or not sleep.is_whole:
        return np.full(DAY_EPOCHS, np.nan)
    row = np.zeros(DAY_EPOCHS)
    row[int((until_s - from_s) // EPOCH_S) :] = np.nan
    first = round((sleep.from_s - from_s) / EPOCH_S)
    for place, letter in enumerate(sleep.hypnogram, first):
        if 0 <= place < DAY_EPOCHS:
            row[place] = np.nan if letter == UNKNOWN else float(letter != "W")
    return row


def told(sleep: SleepNight | None, apnea: ApneaNight | None) -> str:
    """The night in plain words."""
    parts = []
    if sleep is not None:
        parts.append(
            f"You slept {hours(sleep.total_sleep_min)}, awake for {sleep.wake_after_onset_min:.0f} minutes "
            "in between."
        )
    else:
        parts.append("Your sleep could not be judged.")
    if apnea is not None:
        parts.append(
            f"Breathing pauses were likely in {apnea.apnea_minutes} of {apnea.minutes} minutes "
            f"({apnea.per_hour:.0f} in an hour)."
        )
    return " ".join(parts)


def hours(minutes: float) -> str:
    """Minutes as hours and minutes."""
    whole = round(minutes)
    return f"{whole // 60} h {whole % 60:02d} min"


def _mean(values: list[float]) -> float | None:
    return round(float(np.mean(values)), 2) if values else None
