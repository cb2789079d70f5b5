"""Days judged in the morning: what they are made of, when, only once, and what conditions make of them."""

from __future__ import annotations

import shutil
import sqlite3
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from msgspec.structs import replace

from edge.adapters.zone import night_in
from edge.conditions.condition import PLAIN, Level
from edge.contract.codec import encode
from edge.contract.messages import Alert, Evidence
from edge.contract.profile import Profile
from edge.contract.reports import ApneaNight, LastNights, NightReport, SleepNight, Span, report_id
from edge.contract.samples import Mode, SampleBatch
from edge.contract.topics import Encoding, SampleTopic
from edge.days.alarm_spans import AlarmSpan, alarms_of
from edge.days.judge import Order, open_to_read
from edge.days.recorded import Recorded, read_day
from edge.days.worker import DayWorker
from edge.ends import Entry, Record, Said
from edge.pipeline.clock_step import ClockStep, step_clock
from edge.pipeline.day import day_begin, day_end, next_day, take_day
from edge.pipeline.say import say
from edge.pipeline.ward import Ward
from edge.rulebook import Rulebook
from edge.signals.nights import utc_night_at
from edge.slots.equipment import Equipment
from edge.storage.audit import Audit
from edge.storage.database import FILE_NAME, open_database
from edge.storage.days import Days
from edge.storage.store import Store
from edge.wearer.spot import Spot
from edge.wearer.state import WearerState
from edge.wearer.summary import Day
from tests.support.corridor import make_rules
from tests.support.home import (
    HOUR_S,
    MIDNIGHT_S,
    TOPICS,
    Home,
    fibrillating_night,
    in_order,
    shipped_equipment,
    strap_night,
    tick,
    wristband_day,
)
from tests.support.patience import await_it

DAY_S = 86_400.0
TEN_S = MIDNIGHT_S + 10 * HOUR_S


@pytest.fixture(scope="module")
def equipment(tmp_path_factory: pytest.TempPathFactory) -> Equipment:
    return shipped_equipment(tmp_path_factory.mktemp("equipment"))


@pytest.fixture(scope="module")
def morning(equipment: Equipment, tmp_path_factory: pytest.TempPathFactory) -> Home:
    """After a night from eleven to six with a swinging heart until five, and an ordinary night of another."""
    home = Home(tmp_path_factory.mktemp("morning"), equipment)
    home.take(
        in_order(
            wristband_day(0, (-1.0, 6.0)),
            strap_night(0, 5.0, 0.1),
            wristband_day(0, (-0.5, 7.0), wearer="w2"),
            strap_night(0, 7.0, 0.0, wearer="w2"),
        )
    )
    return home


def moment(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()


def test_a_night_is_reported_with_its_sleep(morning: Home) -> None:
    """Seven hours of stillness from eleven on: told to some minutes, with nothing after waking."""
    (night,) = [night for night in morning.nights() if night.wearer == "w1"]
    sleep = night.sleep

    assert sleep is not None
    assert (night.from_s, night.until_s) == (TEN_S - DAY_S, TEN_S)
    assert sleep.onset_s == pytest.approx(MIDNIGHT_S - HOUR_S, abs=15 * 60)
    assert sleep.wake_s == pytest.approx(MIDNIGHT_S + 6 * HOUR_S, abs=15 * 60)
    assert sleep.total_sleep_min == pytest.approx(420, abs=30)
    assert sleep.is_whole
    assert len(sleep.hypnogram) * 0.5 == pytest.approx(420, abs=60)
    assert night.lowest_bpm == pytest.approx(53.4, abs=1.0)


def test_swings_of_the_heart_are_reported_as_minutes_with_likely_pauses(morning: Home) -> None:
    """Five hours of swings of a tenth; a heart that only follows the breath has hardly any."""
    nights = {night.wearer: night.apnea for night in morning.nights()}
    swinging, steady = nights["w1"], nights["w2"]

    assert swinging is not None
    assert steady is not None
    assert swinging.per_hour > 45.0
    assert swinging.low_per_hour < swinging.per_hour <= swinging.high_per_hour
    assert steady.per_hour < 5.0


def test_apnea_is_alerted_once_with_its_uncertainty_and_no_diagnosis(morning: Home) -> None:
    """One alert, of the one wearer, at ten o'clock, low, with interval and bundle; no event index."""
    (alert,) = morning.alerts("apnea_index")

    assert (alert.wearer, alert.phase.value, alert.priority.value) == ("w1", "start", "low")
    assert alert.at_s == TEN_S
    assert alert.evidence.bundle == "apnea-1.0.0"
    assert set(alert.evidence.values) >= {"apnea_minutes_per_hour", "low_per_hour", "high_per_hour"}
    assert "not a diagnosis" in alert.text
    assert "AHI" not in encode(alert).decode()


def test_a_night_of_an_irregular_rhythm_is_not_judged_for_apnea(equipment: Equipment, tmp_path: Path) -> None:
    """Fibrillation swings of its own accord: the report says so instead of counting minutes."""
    home = Home(tmp_path, equipment)
    home.take(in_order(wristband_day(0, (-0.5, 7.0)), fibrillating_night(0, 7.0)))
    (night,) = home.nights()

    assert home.alerts("irregular_rhythm")[0].at_s < MIDNIGHT_S + HOUR_S
    assert (night.apnea, night.no_apnea) == (None, "the rhythm was irregular")
    assert home.alerts("apnea_index") == []


def test_a_night_of_fibrillation_that_came_before_is_not_judged_for_apnea_either(
    equipment: Equipment, tmp_path: Path
) -> None:
    """In the evening it came and went, seen by nobody; from midnight on it is an alarm of its own again."""
    home = Home(tmp_path, equipment)
    evening = fibrillating_night(0, -3.5, from_h=-4.0)
    home.take(in_order(wristband_day(0, (-0.5, 7.0)), evening, fibrillating_night(0, 7.0)))

    assert [record.what for record in log_of(home, "irregular_rhythm")] == [
        "raise",
        "clear",
        "retrigger",
        "clear",
    ]
    assert [(night.apnea, night.no_apnea) for night in home.nights()] == [(None, "the rhythm was irregular")]
    assert home.weeks()[0].alarms["irregular_rhythm"] == 2


def log_of(home: Home, condition: str) -> list[Record]:
    database = open_to_read(home.state_dir)
    try:
        return [record for record in Audit(database).records() if record.condition == condition]
    finally:
        database.close()


def alarms_after(folder: Path, state: WearerState, said: Said) -> list[AlarmSpan]:
    """The alarms that held after ten, by a store that was told this and has that state."""
    store = Store(folder, lambda: True)
    store.keep_decisions(0, [], [item for item in said if isinstance(item, Record)], [state])
    store.close()
    database = open_to_read(folder)
    try:
        return alarms_of(database, (state.wearer, state.mode), TEN_S)
    finally:
        database.close()


def seen(state: WearerState, level: Level, *times_s: float) -> Said:
    """What is said where fibrillation is found, or not found, at those times."""
    rules = make_rules()
    spot = Spot(state, rules, "rr", "strap")
    row = rules.conditions["irregular_rhythm"]
    return [
        item for at_s in times_s for item in say(spot, row, PLAIN[level], at_s, lambda: Evidence(values={}))
    ]


def test_an_alarm_of_days_ago_that_is_still_on_holds(tmp_path: Path) -> None:
    """Fibrillation for sixty hours: as long as it goes on no day is too far from its beginning."""
    state = WearerState("w1", Mode.TEST)
    began_s = TEN_S - 60 * HOUR_S
    said = seen(state, Level.PRESENT, *(began_s + minute * 60.0 for minute in range(0, 62 * 60, 5)))

    assert alarms_after(tmp_path, state, said) == [AlarmSpan("irregular_rhythm", began_s, None)]


def test_only_alarms_that_held_in_that_time_are_told(tmp_path: Path) -> None:
    """One was over before, one reaches into it, one comes after."""
    state = WearerState("w1", Mode.TEST)
    spans_h = [(-9.0, -8.0), (-1.0, 0.5), (2.0, 3.0)]
    said: Said = []
    for begin_h, end_h in spans_h:
        began_s, ended_s = TEN_S + begin_h * HOUR_S, TEN_S + end_h * HOUR_S
        said += seen(state, Level.PRESENT, *np.arange(began_s, ended_s, 300.0).tolist())
        said += seen(state, Level.ABSENT, ended_s - 60.0, ended_s)

    assert alarms_after(tmp_path, state, said) == [
        AlarmSpan("irregular_rhythm", TEN_S + begin_h * HOUR_S, TEN_S + end_h * HOUR_S)
        for begin_h, end_h in spans_h[1:]
    ]


def test_an_alarm_that_an_update_has_lost_does_not_hold_for_ever(tmp_path: Path) -> None:
    """The log has its beginning and will never have its end; the state does not know it."""
    state = WearerState("w1", Mode.TEST)
    said = seen(state, Level.PRESENT, TEN_S + HOUR_S)

    assert alarms_after(tmp_path / "lost", WearerState("w1", Mode.TEST), said) == [
        AlarmSpan("irregular_rhythm", TEN_S + HOUR_S, TEN_S + HOUR_S)
    ]
    assert alarms_after(tmp_path / "kept", state, said)[0].until_s is None


def test_on_monday_morning_the_week_is_summed_up(morning: Home) -> None:
    """The day ends on a Monday: one week for each wearer, with the means of the nights there are."""
    weeks = {week.wearer: week for week in morning.weeks()}

    assert set(weeks) == {"w1", "w2"}
    assert weeks["w1"].last_nights == morning.nights()[0].last_nights
    assert weeks["w1"].night_bpm == pytest.approx(55.0, abs=0.5)
    # Four steps a minute in 17 hours awake; the band tells them twice a minute.
    assert weeks["w1"].steps_per_day == pytest.approx(4 * 17 * 60, rel=0.01)
    assert weeks["w1"].text.startswith("You slept ")


def test_the_same_journal_gives_the_same_letters(morning: Home, equipment: Equipment) -> None:
    """A new ward over the whole journal, the judged days included, says the same bytes in the same order."""
    ward = Ward(equipment.rules, TOPICS, {}, on_stream_time=True)
    letters = [letter for _, entry in morning.store.journal.after(0, 100_000) for letter in ward.take(entry)]

    assert letters == morning.letters


@pytest.mark.parametrize("cut", ["before the judging", "after the day was journalled"])
def test_a_crash_loses_no_report_and_tells_none_twice(
    cut: str, morning: Home, equipment: Equipment, tmp_path: Path
) -> None:
    """Killed at either side of the judging, the edge goes on after its start and says what it owes, once."""
    home = Home(tmp_path, equipment)
    home.store.keep_messages(wristband_day(0, (-1.0, 6.0)))
    home.decide()
    if cut == "after the day was journalled":
        due = home.ward.next_day()
        assert due is not None
        day = equipment.day_judge({}).judge(tmp_path, Order(*due[0], *due[1]))
        home.store.keep_messages([Entry(TEN_S, "$day", Encoding.JSON, encode(day))])
    said = home.nights()
    home.close()

    again = Home(tmp_path, equipment)
    again.take([tick(TEN_S + 60.0)])
    third = Home(tmp_path, equipment)
    third.take([tick(TEN_S + 120.0)])

    assert said == third.nights() == []
    (night,) = again.nights()
    assert night.sleep is not None


def test_samples_that_come_late_count_and_repeated_ones_count_once(
    equipment: Equipment, tmp_path: Path
) -> None:
    """A band read out in the morning, twice: the corridor calls it late, the night is judged all the same."""
    home = Home(tmp_path, equipment)
    band = [entry for entry in wristband_day(0, (-1.0, 6.0)) if entry.topic != TOPICS.clock]
    before = SampleBatch(seq=0, times_s=[TEN_S - DAY_S + 60.0], values={"cadence": [0.0]}, mode=Mode.TEST)
    home.take(
        [
            Entry(
                before.times_s[0],
                TOPICS.samples(SampleTopic("w1", "watch", "activity")),
                Encoding.JSON,
                encode(before),
            )
        ]
    )
    home.take([tick(TEN_S - 60.0), *band, *band, tick(TEN_S + 1.0)])

    (night,) = home.nights()
    assert home.ward.counters["samples_late"] > 5000
    assert night.sleep is not None
    assert night.sleep.total_sleep_min == pytest.approx(420, abs=30)


def recorded(home: Home, wearer: str = "w1", mode: Mode = Mode.TEST) -> Recorded:
    connection = open_to_read(home.state_dir)
    try:
        return read_day(connection, TOPICS, (wearer, mode), (TEN_S - DAY_S, TEN_S))
    finally:
        connection.close()


def send(home: Home, signal: str, times_s: list[float], column: list[float | None], **where: Any) -> None:
    names = {"hr": "hr", "contact": "contact", "rr": "rr"}
    batch = SampleBatch(
        seq=int(times_s[0]) % 100_000,
        times_s=times_s,
        values={names[signal]: column},
        mode=where.get("mode", Mode.TEST),
    )
    topic = TOPICS.samples(SampleTopic(where.get("wearer", "w1"), where.get("device", "band"), signal))
    home.take([Entry(times_s[-1], topic, Encoding.JSON, encode(batch))])


def test_a_day_is_of_one_wearer_and_one_mode(equipment: Equipment, tmp_path: Path) -> None:
    """Others in the same journal, of a name that only begins alike or of another mode, are left out."""
    home = Home(tmp_path, equipment)
    send(home, "hr", [MIDNIGHT_S], [61.0])
    send(home, "hr", [MIDNIGHT_S + 1.0], [62.0], wearer="w11")
    send(home, "hr", [MIDNIGHT_S + 2.0], [63.0], mode=Mode.DEMO)

    assert recorded(home).of("hr").values.ravel().tolist() == [61.0]
    assert recorded(home, "w11").of("hr").values.ravel().tolist() == [62.0]
    assert recorded(home, mode=Mode.DEMO).of("hr").values.ravel().tolist() == [63.0]
    assert dict(recorded(home, "nobody").signals) == {}


def test_a_row_that_cannot_be_read_does_not_take_the_day_with_it(
    equipment: Equipment, tmp_path: Path
) -> None:
    """What the journal holds beside a row with an unknown encoding counts."""
    home = Home(tmp_path, equipment)
    send(home, "hr", [MIDNIGHT_S], [61.0])
    send(home, "hr", [MIDNIGHT_S + 1.0], [62.0])
    database = sqlite3.connect(home.state_dir / FILE_NAME, isolation_level=None)
    database.execute("UPDATE journal SET encoding = 'cbor' WHERE id = 1")
    database.close()

    assert recorded(home).of("hr").values.ravel().tolist() == [62.0]


def test_a_device_off_the_body_is_not_listened_to(equipment: Equipment, tmp_path: Path) -> None:
    """Between contact lost and found again its values count no more than missing ones."""
    home = Home(tmp_path, equipment)
    send(
        home, "hr", [MIDNIGHT_S + second for second in range(0, 60, 10)], [60.0, 61.0, 62.0, None, 64.0, 65.0]
    )
    send(home, "contact", [MIDNIGHT_S + 15.0], [0.0])
    send(home, "contact", [MIDNIGHT_S + 45.0], [1.0])

    assert recorded(home).of("hr").values.ravel().tolist() == [60.0, 61.0, 65.0]


def test_a_watch_that_seldom_sends_a_rate_does_not_hide_the_strap(
    equipment: Equipment, tmp_path: Path
) -> None:
    """One rate at noon and two at night: sleep and pulse are judged by the intervals of the strap."""
    home = Home(tmp_path, equipment)
    still = [entry for entry in wristband_day(0, (-1.0, 6.0)) if not entry.topic.endswith("/hr")]
    rates = SampleBatch(
        seq=1,
        times_s=[MIDNIGHT_S + hour * HOUR_S for hour in (-12.0, 3.0, 4.0)],
        values={"hr": [90.0, 90.0, 90.0]},
        mode=Mode.TEST,
    )
    watch = Entry(
        MIDNIGHT_S + 4.0 * HOUR_S,
        TOPICS.samples(SampleTopic("w1", "watch", "hr")),
        Encoding.JSON,
        encode(rates),
    )
    home.take(in_order(still, strap_night(0, 7.0, 0.0, from_h=-2.0), [watch]))

    (report,) = home.nights()
    assert report.sleep is not None
    assert report.mean_bpm == pytest.approx(60_000.0 / 950.0, abs=0.5)


def test_each_span_is_told_by_what_covers_more_of_it(equipment: Equipment, tmp_path: Path) -> None:
    """An hour of a watch and forty minutes of a strap: each in its own hour, the watch over both."""
    home = Home(tmp_path, equipment)
    minutes = [60.0 * minute for minute in range(60)]
    send(home, "hr", [MIDNIGHT_S - HOUR_S + each for each in minutes], [70.0] * 60)
    send(home, "rr", [MIDNIGHT_S + each for each in minutes[:40]], [1000.0] * 40)
    send(home, "hr", [MIDNIGHT_S + 30.0], [71.0])
    day = recorded(home)

    def rates(from_h: float, until_h: float) -> set[float]:
        return set(day.heart_rate(MIDNIGHT_S + from_h * HOUR_S, MIDNIGHT_S + until_h * HOUR_S).values.ravel())

    assert rates(-1.0, 0.0) == {70.0}
    assert rates(0.0, 1.0) == {60.0}
    assert rates(-1.0, 1.0) == {70.0, 71.0}
    assert rates(2.0, 3.0) == set()


def test_beats_are_placed_by_their_intervals(equipment: Equipment, tmp_path: Path) -> None:
    """Times rounded to the second by the device do not shake the beats; after a pause they begin anew."""
    home = Home(tmp_path, equipment)
    told = [MIDNIGHT_S + second for second in (1.0, 2.0, 2.0, 3.0, 60.0)]
    send(home, "rr", [*told[:2], told[3], told[4]], [800.0, 810.0, 790.0, 805.0])

    beats = (recorded(home).beat_s - MIDNIGHT_S).round(3).tolist()

    assert beats == [1.0, 1.81, 2.6, 60.0]


@pytest.mark.parametrize(
    ("at", "begin", "end"),
    [
        ("2026-06-01T09:59+02:00", "2026-05-31T10:00+02:00", "2026-06-01T10:00+02:00"),
        ("2026-06-01T10:00+02:00", "2026-06-01T10:00+02:00", "2026-06-02T10:00+02:00"),
        # Clocks go forward in that night: its day has 23 hours.
        ("2026-03-29T04:00+02:00", "2026-03-28T10:00+01:00", "2026-03-29T10:00+02:00"),
    ],
)
def test_a_day_is_from_ten_to_ten_where_the_wearer_lives(at: str, begin: str, end: str) -> None:
    """By the clock of the place, also when that is set."""
    night_at = night_in(ZoneInfo("Europe/Berlin"))

    assert (day_begin(night_at, moment(at)), day_end(night_at, moment(at))) == (moment(begin), moment(end))


def test_days_that_were_missed_are_judged_in_order_and_very_old_ones_not() -> None:
    """After three days of standstill three days are owed; after half a year the last one only."""
    state = WearerState("w1", Mode.REAL, now_s=TEN_S + 2.5 * DAY_S, day_until_s=TEN_S - DAY_S)

    spans = []
    while (span := next_day(state, utc_night_at)) is not None:
        spans.append(span)
        assert len(spans) < 9, "the days that are owed do not end"
        state.day_until_s = span[1]
    assert spans == [(TEN_S + (n - 1) * DAY_S, TEN_S + n * DAY_S) for n in range(3)]

    state.now_s += 180 * DAY_S
    assert next_day(state, utc_night_at) == (TEN_S + 181 * DAY_S, TEN_S + 182 * DAY_S)


def test_a_clock_that_was_far_ahead_does_not_silence_the_mornings() -> None:
    """A day judged in 2035 by mistake is forgotten when the clock is put right."""
    state = WearerState("w1", Mode.REAL, now_s=TEN_S + 3000 * DAY_S, day_until_s=TEN_S + 3000 * DAY_S)

    step_clock(state, ClockStep(from_s=state.now_s, to_s=TEN_S + HOUR_S))

    assert state.day_until_s == TEN_S + HOUR_S


def test_a_day_that_ends_again_after_the_clock_was_set_back_is_reported_as_another() -> None:
    """A clock a day ahead told of today already: today's own report must not be taken for that one."""
    state = WearerState("w1", Mode.REAL, now_s=TEN_S + HOUR_S, day_until_s=TEN_S - DAY_S)
    told = next_day(state, utc_night_at)
    state.day_until_s = TEN_S
    step_clock(state, ClockStep(from_s=TEN_S + HOUR_S, to_s=TEN_S - DAY_S + HOUR_S))
    state.now_s = TEN_S + HOUR_S
    lived = next_day(state, utc_night_at)

    assert told is not None
    assert lived is not None
    assert told[1] == lived[1]
    assert [report_id("w1", Mode.REAL, span, told) for span in Span] != [
        report_id("w1", Mode.REAL, span, lived) for span in Span
    ]


def night(**last: Any) -> NightReport:
    """A morning's report with these figures of the week, both models having judged."""
    sleep = SleepNight(
        bundle="sleep-1.0.0", from_s=0.0, onset_s=0.0, wake_s=0.0, total_sleep_min=300.0,
        wake_after_onset_min=0.0, efficiency_percent=100.0, rem_min=0.0, is_whole=True, hypnogram="",
    )  # fmt: skip
    apnea = ApneaNight(
        bundle="apnea-1.0.0",
        minutes=400,
        apnea_minutes=100,
        per_hour=15.0,
        low_per_hour=9.0,
        high_per_hour=21.0,
    )
    return NightReport(
        id="x", wearer="w1", mode=Mode.TEST, from_s=TEN_S - DAY_S, until_s=TEN_S, text="", sleep=sleep,
        apnea=apnea, last_nights=LastNights(**last),
    )  # fmt: skip


def phases(condition: str, reports: list[NightReport], rules: Rulebook | None = None) -> list[str]:
    """What is said of a condition by those reports on following days."""
    state = WearerState("w1", Mode.TEST, now_s=TEN_S)
    said: list[str] = []
    for number, report in enumerate(reports):
        until_s = TEN_S + number * DAY_S
        day = Day(
            wearer="w1",
            mode=Mode.TEST,
            from_s=until_s - DAY_S,
            until_s=until_s,
            night=replace(report, until_s=until_s),
        )
        alerts = [item for item in take_day(state, rules or make_rules(), day) if isinstance(item, Alert)]
        said += [alert.phase.value for alert in alerts if alert.condition == condition]
    return said


def apnea(mean: float) -> NightReport:
    return night(
        apnea_nights=1,
        mean_apnea_per_hour=mean,
        apnea_low_per_hour=mean - 6.0,
        apnea_high_per_hour=mean + 6.0,
    )


def test_apnea_starts_where_even_the_low_end_reaches_the_limit_and_ends_a_dead_band_below() -> None:
    """20.9 an hour may be 14.9: nothing; 21 starts; 10.1 is in the dead-band, 10 ends."""
    assert phases("apnea_index", [apnea(20.9), apnea(16.0)]) == []
    assert phases("apnea_index", [apnea(21.0), apnea(10.1), apnea(30.0)]) == ["start"]
    assert phases("apnea_index", [apnea(21.0), apnea(10.0)]) == ["start", "end"]


def slept(hours: float, nights: int = 6) -> NightReport:
    return night(sleep_nights=nights, mean_sleep_min=60.0 * hours)


def of_age(birth_year: int) -> Rulebook:
    from dataclasses import replace as with_changes

    return with_changes(make_rules(), profiles={"w1": Profile(birth_year=birth_year)})


@pytest.mark.parametrize(
    ("birth_year", "hours", "is_short"),
    [
        # Of 2026: 44, 64, 65 and 16 years. NSF 2015 does not recommend less than 6, 6, 5 and 7 h.
        (1982, 5.9, True),
        (1982, 6.0, False),
        (1962, 5.9, True),
        (1961, 5.9, False),
        (1961, 4.9, True),
        (2010, 6.9, True),
    ],
)
def test_short_sleep_is_short_for_the_wearers_age(birth_year: int, hours: float, *, is_short: bool) -> None:
    """The limits of the National Sleep Foundation by age."""
    assert phases("short_sleep", [slept(hours)], of_age(birth_year)) == (["start"] if is_short else [])


def test_short_sleep_needs_five_nights_and_ends_a_dead_band_above() -> None:
    """Four short nights say nothing, five do; without a year of birth the limit is that of adults."""
    assert phases("short_sleep", [slept(4.0, nights=4)]) == []
    assert phases("short_sleep", [slept(4.0, nights=5)]) == ["start"]
    assert phases("short_sleep", [slept(5.5), slept(6.4), slept(6.5)]) == ["start", "end"]


def regular(index: float, pairs: int = 6) -> NightReport:
    return night(regularity_index=index, regularity_pairs=pairs)


def test_irregular_sleep_needs_a_week_of_pairs() -> None:
    """Below 60 on Phillips' scale over six pairs of days; 64.9 is in the dead-band, 65 ends it."""
    assert phases("irregular_sleep", [regular(20.0, pairs=5)]) == []
    assert phases("irregular_sleep", [regular(60.0)]) == []
    assert phases("irregular_sleep", [regular(59.9), regular(64.9), regular(65.0)]) == ["start", "end"]


def test_a_day_that_was_taken_says_nothing_again() -> None:
    """The same day twice, as after a crash between two commits: one alert."""
    report = apnea(40.0)
    state, rules = WearerState("w1", Mode.TEST, now_s=TEN_S), make_rules()
    day = Day(wearer="w1", mode=Mode.TEST, from_s=TEN_S - DAY_S, until_s=TEN_S, night=report)

    assert any(isinstance(item, Alert) for item in take_day(state, rules, day))
    assert take_day(state, rules, day) == []


def test_a_day_that_cannot_be_judged_is_over_all_the_same() -> None:
    """A judge that fails leaves an empty day, not an edge that fails every morning."""

    def fails(_order: Order) -> Day:
        raise ZeroDivisionError("made up")

    worker = DayWorker(utc_night_at, lambda: None)
    worker.begin(fails, ("w1", Mode.TEST), (TEN_S - DAY_S, TEN_S))
    day = await_it(worker.take, "day of a judge that fails")
    worker.close()

    assert (day.until_s, day.night, worker.is_busy) == (TEN_S, None, False)


def test_a_store_of_the_layout_before_days_keeps_all_it_has(tmp_path: Path) -> None:
    """Layout 2 had no table of days: it is added, and what was there stays."""
    store = Store(tmp_path, lambda: True)
    store.keep_messages([tick(TEN_S)])
    store.close()
    database = open_database(tmp_path)
    database.executescript("DROP TABLE day; PRAGMA user_version = 2;")
    database.close()

    store = Store(tmp_path, lambda: True)
    state = WearerState("w1", Mode.TEST, now_s=TEN_S)
    day = Day(wearer="w1", mode=Mode.TEST, from_s=TEN_S - DAY_S, until_s=TEN_S)
    store.keep_decisions(1, [], [], [state], [day])

    assert [entry for _, entry in store.journal.after(0, 9)] == [tick(TEN_S)]
    store.close()
    database = open_database(tmp_path)
    assert Days(database).between("w1", Mode.TEST, 0.0, TEN_S) == [day]
    database.close()


def test_five_weeks_of_days_are_kept_for_each_wearer(tmp_path: Path) -> None:
    """The 37th day drops the first; others' stay as they are, and a day judged again takes its place."""
    database = open_database(tmp_path)
    days = Days(database)
    row = Day(wearer="w1", mode=Mode.TEST, from_s=0.0, until_s=TEN_S)
    days.keep([replace(row, wearer="w2")])
    days.keep([replace(row, until_s=TEN_S + number * DAY_S) for number in range(37)])
    days.keep([replace(row, from_s=1.0, until_s=TEN_S + 36 * DAY_S)])

    kept = days.between("w1", Mode.TEST, 0.0, TEN_S + 99 * DAY_S)
    assert [day.until_s for day in kept] == [TEN_S + number * DAY_S for number in range(1, 37)]
    assert kept[-1].from_s == 1.0
    assert len(days.between("w2", Mode.TEST, 0.0, TEN_S)) == 1
    database.close()


def test_a_store_can_be_read_but_not_changed_beside_the_edge(morning: Home, tmp_path: Path) -> None:
    """Reading needs nothing but the file, and writing through it fails."""
    copy = tmp_path / "copy"
    shutil.copytree(morning.state_dir, copy)
    connection = open_to_read(copy)

    assert connection.execute("SELECT count(*) FROM day").fetchone() == (2,)
    with pytest.raises(Exception, match="readonly"):
        connection.execute("DELETE FROM day")
    connection.close()
    assert (copy / FILE_NAME).exists()
