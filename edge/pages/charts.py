"""The charts of reports: hypnogram, heart rate with the usual band, blood pressure, alarms."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import tzinfo
from itertools import groupby, pairwise
from statistics import median
from typing import Final, NamedTuple

from edge.baselines.limits import SD_OF_MAD
from edge.conditions.blood_pressure import Reading, Scheme
from edge.conditions.table import CONDITIONS
from edge.contract.durations import DAY_S, HOUR_S
from edge.contract.reports import SleepNight
from edge.days.alarm_spans import AlarmSpan
from edge.pages.clock import at, hour_ticks, midnight_ticks, told_time
from edge.pages.plot import Plot
from edge.signals.sleep_epochs import EPOCH_S
from edge.wearer.summary import Hour

STAGE_NAMES: Final = {"N": "non-REM", "R": "REM", "W": "awake"}
STAGE_STYLE: Final = {"N": "nrem", "R": "rem", "W": "wake"}
# Less spread than this is chance.
LEAST_SPREAD_BPM: Final = 2.0
LEAST_DAYS: Final = 3
LANE: Final = 22.0


class Usual(NamedTuple):
    """The usual heart rate of an hour of the day."""

    bpm: float
    spread_bpm: float


class Bound(NamedTuple):
    """Where a category, counted from the lowest, begins; None where this value cannot lead to it."""

    category: int
    text: str
    from_mmhg: float | None


def hypnogram(sleep: SleepNight, zone: tzinfo) -> str:
    """The stages of a night, one below the other over time."""
    until_s = _end_s(sleep)
    plot = Plot(sleep.from_s, until_s, 0.0, 3.0, 150.0)
    rows = {letter: row for row, letter in enumerate(STAGE_NAMES)}
    parts = plot.ticks(hour_ticks(sleep.from_s, until_s, zone, 1))
    parts += plot.levels([(rows[key] + 0.5, name) for key, name in STAGE_NAMES.items()], with_lines=False)
    for letter, from_s, to_s in _stages(sleep):
        title = f"{STAGE_NAMES[letter]}, {told_time(from_s, zone)} to {told_time(to_s, zone)}"
        row = rows[letter]
        parts.append(plot.box((from_s, to_s), row + 0.12, row + 0.88, STAGE_STYLE[letter], title))
    label = f"Hypnogram from {told_time(sleep.from_s, zone)} to {told_time(until_s, zone)}"
    return plot.picture(parts, label)


def nights_together(sleeps: Mapping[float, SleepNight], zone: tzinfo) -> str:
    """A lane for each night under the same clock, by the end of its day; the last below."""
    begin_s = min(sleep.from_s - until_s for until_s, sleep in sleeps.items())
    end_s = max(_end_s(sleep) - until_s for until_s, sleep in sleeps.items())
    last_s = max(sleeps)
    plot = Plot(last_s + begin_s, last_s + end_s, 0.0, float(len(sleeps)), 40.0 + LANE * len(sleeps))
    parts = plot.ticks(hour_ticks(plot.from_s, plot.until_s, zone, 1))
    names = []
    for lane, (until_s, sleep) in enumerate(sorted(sleeps.items(), reverse=True)):
        names.append((lane + 0.5, f"{at(until_s, zone):%a %d}"))
        for letter, from_s, to_s in _stages(sleep):
            title = f"{STAGE_NAMES[letter]}, {told_time(from_s, zone)} to {told_time(to_s, zone)}"
            span_s = (from_s - until_s + last_s, to_s - until_s + last_s)
            parts.append(plot.box(span_s, lane + 0.2, lane + 0.8, STAGE_STYLE[letter], title))
    parts += plot.levels(names, with_lines=False)
    return plot.picture(parts, f"Sleep of {len(sleeps)} nights")


def _end_s(sleep: SleepNight) -> float:
    return sleep.from_s + EPOCH_S * len(sleep.hypnogram)


def _stages(sleep: SleepNight) -> Iterator[tuple[str, float, float]]:
    """Each stretch of one known stage: its letter, beginning and end."""
    begin_s = sleep.from_s
    for letter, run in groupby(sleep.hypnogram):
        end_s = begin_s + EPOCH_S * len(list(run))
        if letter in STAGE_NAMES:
            yield letter, begin_s, end_s
        begin_s = end_s


def usual_rates(hours: Sequence[Hour], zone: tzinfo) -> dict[int, Usual]:
    """The median and spread of each hour of the day, of at least three days."""
    by_hour: dict[int, list[float]] = defaultdict(list)
    for hour in hours:
        if hour.bpm is not None:
            by_hour[at(hour.from_s, zone).hour].append(hour.bpm)
    usual = {}
    for hour_of_day, rates in by_hour.items():
        if len(rates) >= LEAST_DAYS:
            middle = median(rates)
            spread = SD_OF_MAD * median(abs(rate - middle) for rate in rates)
            usual[hour_of_day] = Usual(middle, max(spread, LEAST_SPREAD_BPM))
    return usual


def heart_rate(
    hours: Sequence[Hour], usual: dict[int, Usual], span_s: tuple[float, float], zone: tzinfo
) -> str | None:
    """Each hour's median over the band of what is usual at that hour; None without any."""
    known = [hour for hour in hours if hour.bpm is not None]
    if not known:
        return None
    lows = [hour.low_bpm for hour in known if hour.low_bpm is not None]
    highs = [hour.high_bpm for hour in known if hour.high_bpm is not None]
    low = 10.0 * (min(lows) // 10.0)
    high = 10.0 * (max(highs) // 10.0 + 1.0)
    plot = Plot(*span_s, low, high, 220.0)
    is_long = span_s[1] - span_s[0] > 2.0 * DAY_S
    parts = plot.ticks(midnight_ticks(*span_s, zone) if is_long else hour_ticks(*span_s, zone, 3))
    step = 10 if high - low <= 80 else 20
    parts += plot.levels([(float(value), str(value)) for value in range(int(low), int(high) + 1, step)])
    for run in _runs([hour for hour in known if at(hour.from_s, zone).hour in usual]):
        bands = [(hour.from_s, usual[at(hour.from_s, zone).hour]) for hour in run]
        bands = [(from_s + shift_s, each) for from_s, each in bands for shift_s in (0.0, HOUR_S)]
        lower = [(at_s, each.bpm - 2.0 * each.spread_bpm) for at_s, each in bands]
        upper = [(at_s, each.bpm + 2.0 * each.spread_bpm) for at_s, each in bands]
        parts.append(plot.band(lower, upper, "usual"))
    for run in _runs(known):
        middles = [(hour.from_s + HOUR_S / 2.0, hour.bpm) for hour in run if hour.bpm is not None]
        parts.append(plot.line(middles, "rate"))
        for hour in run:
            if hour.low_bpm is not None and hour.high_bpm is not None and not is_long:
                middle_s = hour.from_s + HOUR_S / 2.0
                parts.append(plot.line([(middle_s, hour.low_bpm), (middle_s, hour.high_bpm)], "whisker"))
    label = f"Heart rate by the hour, from {low:.0f} to {high:.0f} beats a minute"
    return plot.picture(parts, label, caption="Beats a minute")


def pressure(
    readings: Sequence[Reading], scheme: Scheme, span_s: tuple[float, float], zone: tzinfo
) -> list[str]:
    """Systolic over diastolic readings, each on the bands of the scheme's categories; none without any."""
    if not readings:
        return []
    systolic = [(reading.at_s, reading.systolic_mmhg) for reading in readings]
    diastolic = [(reading.at_s, reading.diastolic_mmhg) for reading in readings]
    of_systolic = [Bound(n, item.text, item.systolic_from) for n, item in enumerate(scheme.category)]
    of_diastolic = [Bound(n, item.text, item.diastolic_from) for n, item in enumerate(scheme.category)]
    return [
        _pressure("Systolic", systolic, of_systolic, span_s, zone),
        _pressure("Diastolic", diastolic, of_diastolic, span_s, zone),
    ]


def _pressure(
    name: str,
    points: list[tuple[float, float]],
    bounds: list[Bound],
    span_s: tuple[float, float],
    zone: tzinfo,
) -> str:
    reached = [(each.category, each.text, each.from_mmhg) for each in bounds if each.from_mmhg is not None]
    inner = [from_mmhg for _, _, from_mmhg in reached[1:]]
    values = [value for _, value in points] + inner
    low, high = 10.0 * (min(values) // 10.0) - 10.0, 10.0 * (max(values) // 10.0) + 20.0
    plot = Plot(*span_s, low, high, 190.0)
    parts = []
    ends = [*inner, high]
    for (category, text, from_mmhg), end in zip(reached, ends, strict=True):
        begin = max(from_mmhg, low)
        parts.append(plot.box(span_s, begin, end, f"category level-{min(category, 3)}"))
        parts.append(plot.named(span_s[0] + 0.005 * (span_s[1] - span_s[0]), begin + 1.5, text))
    is_long = span_s[1] - span_s[0] > 2.0 * DAY_S
    parts += plot.ticks(midnight_ticks(*span_s, zone) if is_long else hour_ticks(*span_s, zone, 3))
    parts += plot.levels([(bound, f"{bound:g}") for bound in (low, *ends)])
    parts += [
        plot.dot(at_s, value, "reading", f"{value:.0f} mmHg, {at(at_s, zone):%a %H:%M}")
        for at_s, value in points
    ]
    label = f"{name} pressure in mmHg, {len(points)} readings"
    return plot.picture(parts, label, caption=f"{name} pressure, mmHg")


def alarm_timeline(alarms: Sequence[AlarmSpan], span_s: tuple[float, float], zone: tzinfo) -> str | None:
    """A lane for each condition with its alarms; None without any."""
    lanes = list(dict.fromkeys(alarm.condition for alarm in alarms))
    if not lanes:
        return None
    plot = Plot(*span_s, 0.0, float(len(lanes)), 40.0 + LANE * len(lanes))
    is_long = span_s[1] - span_s[0] > 2.0 * DAY_S
    parts = plot.ticks(midnight_ticks(*span_s, zone) if is_long else hour_ticks(*span_s, zone, 3))
    for alarm in alarms:
        lane = len(lanes) - 1 - lanes.index(alarm.condition)
        row = CONDITIONS.get(alarm.condition)
        title = alarm.condition if row is None else row.title
        until_s = span_s[1] if alarm.until_s is None else alarm.until_s
        end = "still on" if alarm.until_s is None else f"to {at(alarm.until_s, zone):%a %H:%M}"
        told = f"{title}, {at(alarm.from_s, zone):%a %H:%M} {end}"
        style = "technical" if row is None or row.kind.value == "technical" else "alarm"
        parts.append(plot.box((alarm.from_s, until_s), lane + 0.08, lane + 0.42, style, told))
    for place, condition in enumerate(lanes):
        row = CONDITIONS.get(condition)
        name = condition if row is None else row.title
        parts.append(plot.named(span_s[0], len(lanes) - 1 - place + 0.52, name))
    return plot.picture(parts, f"{len(alarms)} alarms")


def _runs(hours: Sequence[Hour]) -> list[list[Hour]]:
    """Hours that follow each other without a gap."""
    if not hours:
        return []
    runs = [[hours[0]]]
    for before, hour in pairwise(hours):
        if hour.from_s - before.from_s > 1.5 * HOUR_S:
            runs.append([])
        runs[-1].append(hour)
    return runs
