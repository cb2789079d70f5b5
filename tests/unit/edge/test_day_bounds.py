"""What of a day counts: beats, devices, hours, days and weeks, each bound from either side."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from numpy.typing import NDArray

from edge.adapters.zone import night_in
from edge.bundles import SHIPPED
from edge.conditions.blood_pressure import find_scheme
from edge.contract.bundle import read_bundle
from edge.contract.codec import encode
from edge.contract.reports import LastNights, NightReport, SleepNight
from edge.contract.samples import Mode, SampleBatch
from edge.contract.topics import Encoding, SampleTopic
from edge.days.alarm_spans import AlarmSpan
from edge.days.judge import DayJudge, Order, Source, begun_between, hours_of, open_to_read
from edge.days.recorded import Recorded, Series, read_day
from edge.days.weeks import steps_of, week_report
from edge.ends import Entry
from edge.pipeline.day import next_day
from edge.signals.nights import utc_night_at
from edge.storage.store import Store
from edge.wearer.state import WearerState
from edge.wearer.summary import CuffReading, Day, Hour
from tests.support.corridor import NOON_S, Patient
from tests.support.home import HOUR_S, MIDNIGHT_S, TOPICS

DAY_S = 86_400.0
# MIDNIGHT_S is that of a Monday.
TEN_S = MIDNIGHT_S + 10.0 * HOUR_S


def batch(signal: str, device: str, times_s: list[float], **columns: list[float | None]) -> Entry:
    """A message as the journal has it."""
    told = SampleBatch(seq=1, times_s=times_s, values=columns, mode=Mode.TEST)
    topic = TOPICS.samples(SampleTopic("w1", device, signal))
    return Entry(times_s[-1], topic, Encoding.JSON, encode(told))


def recorded(folder: Path, entries: list[Entry]) -> Recorded:
    """The day that ends on Monday at ten, by a journal of these entries."""
    store = Store(folder, lambda: True)
    store.keep_messages(entries)
    store.close()
    database = open_to_read(folder)
    try:
        return read_day(database, TOPICS, ("w1", Mode.TEST), (TEN_S - DAY_S, TEN_S))
    finally:
        database.close()


@pytest.mark.parametrize(("told_s", "beat_s"), [(0.5, 1.0), (2.9, 1.0), (3.0, 1.0), (3.1, 3.1)])
def test_a_beat_is_placed_by_its_interval_up_to_two_seconds_off_the_time_told(
    told_s: float, beat_s: float
) -> None:
    """A second after the beat at 0 comes the next; told more than two seconds later it is as told."""
    rr = Series(np.array([0.0, told_s]), np.array([[1000.0], [1000.0]]))

    assert Recorded(0.0, 9.0, {"rr": rr}).beat_s.tolist() == [0.0, beat_s]


def test_a_beat_that_is_told_no_later_than_the_one_before_is_none() -> None:
    """Intervals that ran ahead of the times told leave a beat out, and the next is joined to the last one."""
    told_s, rr_ms = np.array([0.0, 0.5, 2.0, 3.0]), np.array([[1000.0], [2000.0], [4000.0], [1000.0]])

    assert Recorded(0.0, 9.0, {"rr": Series(told_s, rr_ms)}).beat_s.tolist() == [0.0, 2.0, 3.0]


def test_a_day_begins_at_ten_and_ends_before_the_next(tmp_path: Path) -> None:
    """A heart rate of ten sharp is of the day that begins then, not of the one that ends."""
    times_s = [TEN_S - DAY_S - 1.0, TEN_S - DAY_S, TEN_S - 1.0, TEN_S]
    found = recorded(tmp_path, [batch("hr", "band", times_s, hr=[61.0, 62.0, 63.0, 64.0])])

    assert found.of("hr").values.ravel().tolist() == [62.0, 63.0]


def test_contact_counts_from_its_very_second(tmp_path: Path) -> None:
    """With the report that the band is off its heart rate is not believed any more, with the next it is."""
    seconds = [MIDNIGHT_S + second for second in (9.0, 10.0, 11.0, 19.0, 20.0, 21.0)]
    found = recorded(
        tmp_path,
        [
            batch("hr", "band", seconds, hr=[61.0, 62.0, 63.0, 64.0, 65.0, 66.0]),
            batch("contact", "band", [MIDNIGHT_S + 10.0, MIDNIGHT_S + 20.0], contact=[0.0, 1.0]),
        ],
    )

    assert found.of("hr").values.ravel().tolist() == [61.0, 65.0, 66.0]


@pytest.mark.parametrize(("band", "watch", "told_by"), [(3, 2, 70.0), (2, 2, 70.0), (2, 3, 80.0)])
def test_of_several_devices_the_one_that_tells_most_counts(
    band: int, watch: int, told_by: float, tmp_path: Path
) -> None:
    """A watch with one heart rate more than the band is listened to; with as many it is not."""
    entries = [
        batch("hr", device, [MIDNIGHT_S + number for number in range(count)], hr=[bpm] * count)
        for device, bpm, count in (("band", 70.0, band), ("watch", 80.0, watch))
    ]

    assert set(recorded(tmp_path, entries).of("hr").values.ravel()) == {told_by}


@pytest.mark.parametrize(("strap_minutes", "bpm"), [(4, 70.0), (5, 70.0), (6, 60.0)])
def test_heart_rate_is_as_sent_unless_intervals_cover_more_minutes(strap_minutes: int, bpm: float) -> None:
    """Five minutes of a watch at 70 beside a strap at 60: from its sixth minute on the strap is told."""

    def each_minute(count: int, value: float) -> Series:
        return Series(60.0 * np.arange(count, dtype=np.float64), np.full((count, 1), value))

    day = Recorded(0.0, 600.0, {"hr": each_minute(5, 70.0), "rr": each_minute(strap_minutes, 1000.0)})

    assert set(day.heart_rate(0.0, 600.0).values.ravel()) == {bpm}


def test_what_covers_more_is_told_by_minutes_of_the_clock() -> None:
    """Two heart rates within a minute are one minute, two beats on either side of its end are two."""
    sent = Series(np.array([0.0, 59.0]), np.array([[70.0], [70.0]]))
    beats = Series(np.array([0.0, 60.0]), np.array([[1000.0], [1000.0]]))
    day = Recorded(0.0, 600.0, {"hr": sent, "rr": beats})

    assert day.heart_rate(0.0, 600.0).values.ravel().tolist() == [60.0, 60.0]


def hour_with(rates_bpm: NDArray[np.float64], minutes_walked: int = 0) -> tuple[Hour, ...]:
    """The hours of a day in whose first hour these heart rates, and so many minutes of steps, came."""
    signals = {"hr": Series(10.0 * np.arange(len(rates_bpm), dtype=np.float64), rates_bpm.reshape(-1, 1))}
    if minutes_walked:
        signals["activity"] = Series(
            60.0 * np.arange(minutes_walked, dtype=np.float64), np.full((minutes_walked, 1), 7.0)
        )
    return hours_of(Recorded(0.0, DAY_S, signals))


@pytest.mark.parametrize(("rates", "bpm"), [(9, None), (10, 66.0), (11, 66.0)])
def test_an_hours_heart_rate_is_told_of_ten_samples(rates: int, bpm: float | None) -> None:
    """Nine heart rates of an hour say nothing of it; its steps are told, and without these no hour."""
    hours = hour_with(np.full(rates, 66.0), minutes_walked=3)

    assert [(hour.bpm, hour.steps, hour.minutes) for hour in hours] == [(bpm, 21.0, 3)]
    assert [hour.bpm for hour in hour_with(np.full(rates, 66.0))] == ([] if bpm is None else [bpm])


def test_an_hour_is_told_by_its_median_and_what_a_twentieth_lies_beyond() -> None:
    """Of 40, 41 and so on to 140 the middle is 90, and five lie below 45 and above 135."""
    (hour,) = hour_with(np.arange(40.0, 141.0))

    assert (hour.bpm, hour.low_bpm, hour.high_bpm) == (90.0, 45.0, 135.0)


def test_a_sample_on_the_hour_is_of_the_hour_that_begins() -> None:
    """Steps told at one o'clock sharp do not count for the hour before."""
    steps = Series(np.array([0.0, 3540.0, 3600.0]), np.array([[1.0], [2.0], [4.0]]))
    hours = hours_of(Recorded(0.0, DAY_S, {"activity": steps}))

    assert [(hour.from_s, hour.steps, hour.minutes) for hour in hours] == [(0.0, 3.0, 2), (3600.0, 4.0, 1)]


@pytest.mark.parametrize(
    ("from_s", "begun"), [(99.0, {}), (100.0, {}), (101.0, {"off_body": 1}), (200.0, {"off_body": 1})]
)
def test_an_alarm_is_of_the_week_after_whose_beginning_it_began(from_s: float, begun: dict[str, int]) -> None:
    """One that began as the week before ended is that one's, one that begins at its end is its own."""
    assert begun_between([AlarmSpan("off_body", from_s, None)], 100.0, 200.0) == begun


def test_an_alarm_of_after_the_week_is_not_of_it() -> None:
    """The judging may come late, when the next week has alarms already."""
    assert begun_between([AlarmSpan("off_body", 200.5, None)], 100.0, 200.0) == {}


def day_ended(days_ago: float, *, readings: int = 0, night: NightReport | None = None) -> Day:
    """A day that ended so many days before Monday at ten, with so many readings."""
    until_s = TEN_S - days_ago * DAY_S
    return Day(
        wearer="w1",
        mode=Mode.TEST,
        from_s=until_s - DAY_S,
        until_s=until_s,
        readings=tuple(CuffReading(until_s - 60.0 - number, 120.0, 70.0) for number in range(readings)),
        night=night,
    )


def source(task: str) -> Source:
    return Source(SHIPPED[task], read_bundle(SHIPPED[task]).sha256)


def judged(
    folder: Path, kept: Iterable[Day] = (), entries: Iterable[Entry] = (), until_s: float = TEN_S
) -> Day:
    """The day that ends then, by a store of these days and messages."""
    store = Store(folder, lambda: True)
    store.keep_messages(list(entries))
    store.keep_decisions(0, [], [], [WearerState("w1", Mode.TEST, now_s=until_s)], list(kept))
    store.close()
    judge = DayJudge(TOPICS, source("sleep"), source("apnea"), find_scheme("esc-2024"), utc_night_at, UTC)
    return judge.judge(folder, Order("w1", Mode.TEST, until_s - DAY_S, until_s))


@pytest.mark.parametrize(
    ("weekday", "is_told"), [(-1, False), (0, True), (1, False), (2, False), (3, False), (6, False)]
)
def test_the_week_is_told_on_monday_morning_alone(weekday: int, *, is_told: bool, tmp_path: Path) -> None:
    """A week ends with the day that ends on Monday at ten; on no other morning is it summed up."""
    until_s = TEN_S + weekday * DAY_S
    reading = batch("bp", "cuff", [until_s - HOUR_S], systolic=[120.0], diastolic=[70.0], pulse=[60.0])
    found = judged(tmp_path, entries=[reading], until_s=until_s)

    assert datetime.fromtimestamp(until_s, UTC).isoweekday() == 1 + weekday % 7
    assert (found.week is not None) is is_told
    assert found.readings == (CuffReading(until_s - HOUR_S, 120.0, 70.0),)


def test_a_week_is_of_seven_days(tmp_path: Path) -> None:
    """Of days with 1, 2, 4 and 8 readings those that ended six days ago and later are of the week."""
    kept = [day_ended(ago, readings=count) for ago, count in ((8.0, 8), (7.0, 4), (6.0, 2), (1.0, 1))]
    week = judged(tmp_path, kept).week

    assert week is not None
    assert (week.readings, week.from_s) == (3, TEN_S - 7.0 * DAY_S)


def slept(days_ago: float) -> Day:
    """A day with one whole night of eight hours."""
    day = day_ended(days_ago)
    from_s = day.from_s + 13.0 * HOUR_S
    sleep = SleepNight(
        bundle="sleep-0.0.1",
        from_s=from_s,
        onset_s=from_s,
        wake_s=from_s + 8.0 * HOUR_S,
        total_sleep_min=480.0,
        wake_after_onset_min=0.0,
        efficiency_percent=100.0,
        rem_min=0.0,
        is_whole=True,
        hypnogram="N" * 960,
    )
    night = NightReport(
        id="x",
        wearer="w1",
        mode=Mode.TEST,
        from_s=day.from_s,
        until_s=day.until_s,
        text="",
        last_nights=LastNights(),
        sleep=sleep,
    )
    return day_ended(days_ago, night=night)


def test_regularity_is_of_the_last_fourteen_days(tmp_path: Path) -> None:
    """Of twenty days before today thirteen count, which are twelve pairs; today's sleep is not known."""
    kept = [slept(float(ago)) for ago in range(20, 0, -1)]
    heard = batch("hr", "band", [MIDNIGHT_S], hr=[60.0])
    night = judged(tmp_path, kept, [heard]).night

    assert night is not None
    assert night.last_nights.regularity_pairs == 12


def walked(minutes: int) -> Day:
    """A day of 24 hours of which steps are known for so many minutes."""
    hours = tuple(
        Hour(number * HOUR_S, steps=500.0, minutes=min(60, minutes - 60 * number))
        for number in range(-(-minutes // 60))
    )
    return Day(wearer="w1", mode=Mode.TEST, from_s=0.0, until_s=DAY_S, hours=hours)


@pytest.mark.parametrize(("minutes", "steps"), [(959, None), (960, 8000.0), (961, 8500.0)])
def test_the_steps_of_a_day_are_told_of_sixteen_hours(minutes: int, steps: float | None) -> None:
    """959 minutes of steps are too few to tell those of the day."""
    assert steps_of(walked(minutes)) == steps


@pytest.mark.parametrize(("readings", "mean_mmhg"), [(0, None), (1, None), (2, 120.0), (3, 120.0)])
def test_a_weeks_pressure_is_told_of_two_readings(readings: int, mean_mmhg: float | None) -> None:
    """A single reading of a week is counted, and makes neither a mean nor a category."""
    week = week_report([day_ended(0.0, readings=readings)], find_scheme("esc-2024"), {})

    assert (week.readings, week.systolic_mmhg) == (readings, mean_mmhg)
    assert (week.category is None) is (mean_mmhg is None)


@pytest.mark.parametrize(("minutes", "active_min"), [(959, []), (960, [960]), (961, [961])])
def test_a_day_of_activity_needs_sixteen_hours(minutes: int, active_min: list[int]) -> None:
    """Of 24 hours with 959 minutes of steps nothing goes into the diary; with 960 they count."""
    patient = Patient()
    times_s = [NOON_S + 60.0 * minute for minute in range(minutes)]
    for first in range(0, minutes, 4):
        part = times_s[first : first + 4]
        patient.send("activity", part, cadence=[100.0] * len(part))
    patient.send("activity", [NOON_S + DAY_S], cadence=[0.0])

    assert [day.active_min for day in patient.state.advice.active_days] == active_min


@pytest.mark.parametrize("period_s", [10.0, 30.0, 60.0])
def test_steps_told_more_often_are_not_more_minutes(period_s: float) -> None:
    """Sixteen hours of walking are 960 minutes of activity, whether told once in a minute or six times."""
    patient = Patient()
    for number in range(int(16 * HOUR_S / period_s)):
        patient.send("activity", [NOON_S + period_s * number], cadence=[100.0])
    patient.send("activity", [NOON_S + DAY_S], cadence=[0.0])

    (day,) = patient.state.advice.active_days
    assert day.active_min in (960, 961)


def test_steps_told_more_often_are_not_more_steps() -> None:
    """An hour at 50 steps a minute is 3,000 steps, also of a band that tells them every ten seconds."""
    time_s = np.arange(0.0, HOUR_S - 15.0, 10.0)
    steps = Series(time_s, np.full((len(time_s), 1), 50.0))
    (hour,) = hours_of(Recorded(0.0, DAY_S, {"activity": steps}))

    assert (hour.steps, hour.minutes) == (3000.0, 60)


@pytest.mark.parametrize(("gap_s", "days"), [(DAY_S - 1.0, 0), (DAY_S, 1), (DAY_S + 1.0, 1)])
def test_a_day_of_activity_is_over_after_24_hours(gap_s: float, days: int) -> None:
    """The minute told 24 hours after the first is of the next day."""
    patient = Patient()
    for minute in range(960):
        patient.send("activity", [NOON_S + 60.0 * minute], cadence=[0.0])
    patient.send("activity", [NOON_S + gap_s], cadence=[0.0])

    assert len(patient.state.advice.active_days) == days


@pytest.mark.parametrize(("late_s", "first_s"), [(-1.0, TEN_S), (0.0, TEN_S), (1.0, TEN_S + 34.0 * DAY_S)])
def test_days_are_caught_up_with_for_five_weeks(late_s: float, first_s: float) -> None:
    """35 days after the last day judged the one after it comes next; a second later only the last one."""
    state = WearerState("w1", Mode.REAL, now_s=TEN_S + 35.0 * DAY_S + late_s, day_until_s=TEN_S)
    span = next_day(state, utc_night_at)

    assert span == (first_s, first_s + DAY_S)


@pytest.mark.parametrize(("late_s", "is_due"), [(-1.0, False), (0.0, True)])
@pytest.mark.parametrize("evening", ["2026-03-28T10:00+01:00", "2026-10-24T10:00+02:00"])
def test_a_day_on_which_clocks_change_is_due_at_ten_as_any_other(
    evening: str, late_s: float, *, is_due: bool
) -> None:
    """Where a day has 23 or 25 hours it is judged at ten by the clock, not 24 hours after the last."""
    zone = ZoneInfo("Europe/Berlin")
    begin = datetime.fromisoformat(evening)
    end_s = datetime(begin.year, begin.month, begin.day + 1, 10, tzinfo=zone).timestamp()
    state = WearerState("w1", Mode.REAL, now_s=end_s + late_s, day_until_s=begin.timestamp())

    assert (next_day(state, night_in(zone)) is not None) is is_due
