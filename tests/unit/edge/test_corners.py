"""Where two rules meet: gaps and votes, shelves and inhibition, late values and rest, days and clocks."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from edge.adapters.zone import night_in
from edge.conditions.blood_pressure import find_scheme
from edge.contract.alarms import Withheld
from edge.contract.codec import encode
from edge.contract.commands import PauseAudio, SetLimit, Shelve
from edge.contract.messages import AlarmState
from edge.contract.profile import Profile
from edge.contract.reports import LastNights, NightReport, SleepNight
from edge.contract.samples import Mode, SampleBatch
from edge.contract.topics import CommandTopic, Encoding, SampleTopic
from edge.days.judge import DayJudge, Source
from edge.days.nights import last_nights
from edge.days.recorded import Recorded, read_day
from edge.ends import Entry
from edge.pipeline.day import day_end
from edge.storage.database import open_for_reading
from edge.storage.store import Store
from edge.wearer.summary import CuffReading, Day
from tests.support.corridor import NOON_S, Patient, beats, make_rules
from tests.unit.edge.test_ward import TOPICS, entry, make_ward

HOUR_S, DAY_S = 3600.0, 86_400.0
UNEVEN = [600.0 if number % 2 else 1000.0 for number in range(400)]
FAST = "tachycardia_at_rest"


def test_an_irregular_rhythm_is_not_over_because_of_a_gap_and_few_windows() -> None:
    """Forty seconds of silence, one window, a minute without an answer, one window: all of them irregular."""
    patient = Patient()
    times_s, values = beats(NOON_S, UNEVEN[:300])
    patient.send("rr", times_s, rr=values)
    assert patient.phases("irregular_rhythm") == ["start"]
    times_s, values = beats(times_s[-1] + 40.0, UNEVEN[:64])
    patient.send("rr", times_s, rr=values)
    times_s, values = beats(times_s[-1], UNEVEN[:80], invalid={0, 20, 40, 60})
    patient.send("rr", times_s, rr=values)
    times_s, values = beats(times_s[-1], UNEVEN[:80])
    for first in range(0, 80, 16):
        patient.send("rr", times_s[first : first + 16], rr=values[first : first + 16])

    assert patient.phases("irregular_rhythm") == ["start"]
    assert patient.retained["irregular_rhythm"].state is AlarmState.UNACKNOWLEDGED


def rest_at(patient: Patient, from_s: float, until_s: float, bpm: float) -> None:
    """A heart rate every half minute of a wearer who sits, told as it comes."""
    for number in range(int((until_s - from_s) / 30.0) + 1):
        at_s = from_s + 30.0 * number
        if number % 2 == 0:
            patient.send("activity", [at_s], device="band", cadence=[0.0])
        patient.send("hr", [at_s], hr=[bpm + 0.1 * (number % 2)])


def shelve(patient: Patient, for_s: float) -> None:
    patient.order(Shelve(request=f"s{for_s}", condition=FAST, for_s=for_s, reason="known"))


def test_an_alarm_nobody_has_seen_outlives_an_episode_that_was_withheld() -> None:
    """Fast, over, unseen; shelved, fast again and over: the first is still to be seen, and expires."""
    patient = Patient()
    rest_at(patient, NOON_S, NOON_S + 420.0, 120.0)
    rest_at(patient, NOON_S + 450.0, NOON_S + 630.0, 70.0)
    assert patient.retained[FAST].state is AlarmState.RETURNED
    shelve(patient, HOUR_S)
    rest_at(patient, NOON_S + 660.0, NOON_S + 1080.0, 120.0)
    assert patient.retained[FAST].withheld is Withheld.SHELVED
    rest_at(patient, NOON_S + 1110.0, NOON_S + 1290.0, 70.0)

    assert patient.retained[FAST].state is AlarmState.RETURNED
    assert patient.phases(FAST) == ["start", "end"]
    patient.wait_until(patient.state.now_s + DAY_S + 60.0)
    assert FAST not in patient.retained


def test_an_alarm_seen_while_it_was_withheld_is_over_with_it() -> None:
    """Whoever acknowledges the second episode has seen the first: nothing is left."""
    patient = Patient()
    rest_at(patient, NOON_S, NOON_S + 420.0, 120.0)
    rest_at(patient, NOON_S + 450.0, NOON_S + 630.0, 70.0)
    shelve(patient, HOUR_S)
    rest_at(patient, NOON_S + 660.0, NOON_S + 1080.0, 120.0)
    patient.acknowledge(FAST)
    rest_at(patient, NOON_S + 1110.0, NOON_S + 1290.0, 70.0)

    assert FAST not in patient.retained


def test_what_a_shelf_kept_silent_is_announced_when_the_device_is_worn_again() -> None:
    """The shelf ends while the strap is off; with the strap on again the fast heart is told once more."""
    patient = Patient()
    patient.send("contact", [NOON_S - 1.0], contact=[1.0])
    rest_at(patient, NOON_S, NOON_S + 420.0, 120.0)
    shelve(patient, 300.0)
    rest_at(patient, NOON_S + 450.0, NOON_S + 660.0, 120.0)
    patient.send("contact", [NOON_S + 670.0], contact=[0.0])
    patient.wait_until(NOON_S + 730.0)
    assert patient.retained[FAST].withheld is Withheld.INHIBITED
    patient.send("contact", [NOON_S + 740.0], contact=[1.0])
    patient.wait_until(NOON_S + 755.0)
    rest_at(patient, NOON_S + 760.0, NOON_S + 900.0, 120.0)

    assert patient.phases(FAST)[:2] == ["start", "update"]


def test_a_flood_goes_on_while_alarms_go_on_beginning() -> None:
    """A device more tells an empty battery every half minute for half an hour: one flood."""
    patient = Patient()
    for number in range(60):
        patient.send("battery", [NOON_S + 30.0 * number], device=f"d{number}", battery=[5.0])
        patient.wait_until(NOON_S + 30.0 * number + 29.0)
    assert patient.phases("alarm_flood") == ["start"]
    patient.wait_until(NOON_S + 3000.0)

    assert patient.phases("alarm_flood") == ["start", "end"]
    assert len(patient.alerts("battery_low")) == 60


def test_a_heart_rate_handed_over_late_is_held_against_the_steps_of_its_time() -> None:
    """A walk ends at noon; the watch hands over six minutes of fast pulse at once: no rest."""

    def phases(*, at_once: bool) -> list[str]:
        patient, waiting = Patient(), []
        for second in range(-600, 901, 10):
            at_s = NOON_S + second
            if second % 60 == 0:
                patient.send("activity", [at_s], device="phone", cadence=[120.0 if second <= 0 else 0.0])
            if 0 <= second < 900:
                waiting.append((at_s, 120.0 + second // 10 % 2 if second <= 370 else 80.0))
            if waiting and (not at_once or second in (370, 640, 890)):
                times_s, values = zip(*waiting, strict=True)
                patient.send("hr", list(times_s), device="watch", arrival_s=at_s, hr=list(values))
                waiting = []
        return patient.phases(FAST)

    assert phases(at_once=True) == phases(at_once=False) == []


def test_intervals_measured_off_the_body_cast_no_vote_when_it_is_worn_again() -> None:
    """Sixty-three uneven intervals from the table, then an even heart: no window of both is irregular."""
    patient = Patient()
    patient.send("contact", [NOON_S - 1.0], contact=[1.0])
    times_s, values = beats(NOON_S, [800.0] * 64)
    patient.send("rr", times_s, rr=values)
    patient.send("contact", [times_s[-1]], contact=[0.0])
    times_s, values = beats(times_s[-1], UNEVEN[:63])
    patient.send("rr", times_s, rr=values)
    patient.send("contact", [times_s[-1]], contact=[1.0])
    times_s, values = beats(times_s[-1], [800.0] * 140)
    for at_s, value in zip(times_s, values, strict=True):
        patient.send("rr", [at_s], rr=[value])

    votes = patient.state.windows["rhythm"].votes["irregular_rhythm"]
    assert [vote.is_positive for vote in votes] == [False] * len(votes)
    assert any(vote.at_s > times_s[64] for vote in votes)


def test_a_command_about_nobody_stands_in_the_audit_log() -> None:
    """A misspelt wearer is what one looks for there: who asked for what, and that it was refused."""
    ward = make_ward()
    hr = SampleBatch(seq=0, times_s=[NOON_S], values={"hr": [60.0]})
    ward.take(entry(NOON_S, "maria", "hr", hr))
    order = encode(PauseAudio(request="1", for_s=60.0, reason="asleep"))
    for wearer in ("nobody", "maria"):
        topic = TOPICS.commands(CommandTopic("anna", Mode.REAL, wearer))
        ward.take(Entry(NOON_S, topic, Encoding.JSON, order))

    found = [(record.wearer, record.who, record.what, record.reason) for record in ward.records]
    assert found == [
        ("nobody", "anna", "pause_audio refused", "asleep"),
        ("maria", "anna", "pause_audio", "asleep"),
    ]


def test_a_device_put_aside_before_the_day_is_not_listened_to_in_it(tmp_path: Path) -> None:
    """It said so at half past nine; what it sends from ten on is of no wearer, wherever reading begins."""
    store = Store(tmp_path, lambda: False)

    def keep(signal: str, at_s: float, **values: list[float | None]) -> None:
        batch = SampleBatch(seq=int(at_s) % 10**6, times_s=[at_s], values=values, mode=Mode.TEST)
        topic = TOPICS.samples(SampleTopic("w1", "band", signal))
        store.keep_messages([Entry(at_s, topic, Encoding.JSON, encode(batch))])

    keep("contact", NOON_S - 1800.0, contact=[0.0])
    for minute in range(60):
        keep("hr", NOON_S + 60.0 * minute, hr=[60.0])
    keep("contact", NOON_S + HOUR_S, contact=[1.0])
    keep("hr", NOON_S + HOUR_S + 60.0, hr=[61.0])
    store.close()
    database = open_for_reading(tmp_path)
    days = [
        read_day(database, TOPICS, ("w1", Mode.TEST), (NOON_S, NOON_S + DAY_S), after_id)
        for after_id in (0, 1)
    ]
    database.close()

    assert [day.of("hr").values.tolist() for day in days] == [[[61.0]], [[61.0]]]


@pytest.mark.parametrize("month", [3, 10])
def test_a_week_has_seven_days_also_when_the_clocks_change(month: int) -> None:
    """In Berlin the clocks change on the last Sundays of March and October: no day is in two weeks."""
    zone = ZoneInfo("Europe/Berlin")
    night_at = night_in(zone)
    ends_s = [datetime(2026, month, 8, 10, tzinfo=zone).timestamp()]
    while len(ends_s) < 33:
        ends_s.append(day_end(night_at, ends_s[-1]))
    days = [day_of(*span_s) for span_s in pairwise(ends_s)]
    nowhere = Source(Path("nowhere"), "")
    judge = DayJudge(TOPICS, nowhere, nowhere, find_scheme("acc-aha-2017"), night_at, zone)
    readings, nights = [], set()
    for number in range(14, len(days)):
        day, before = (
            days[number],
            [each for each in days[:number] if each.until_s > days[number - 14].until_s],
        )
        nights.add(last_nights(Recorded(day.from_s, day.until_s), sleep(), None, before).sleep_nights)
        week = judge.with_week(day, before, []).week
        if week is not None:
            readings.append(week.readings)

    assert nights == {7}
    assert readings == [7] * len(readings)
    assert len(readings) >= 2


def sleep() -> SleepNight:
    return SleepNight(
        bundle="b",
        from_s=0.0,
        onset_s=0.0,
        wake_s=0.0,
        total_sleep_min=360.0,
        wake_after_onset_min=0.0,
        efficiency_percent=90.0,
        rem_min=1.0,
        is_whole=True,
        hypnogram="",
    )


def day_of(from_s: float, until_s: float) -> Day:
    night = NightReport(
        id="x",
        wearer="w1",
        mode=Mode.TEST,
        from_s=from_s,
        until_s=until_s,
        text="",
        last_nights=LastNights(),
        sleep=sleep(),
    )
    reading = CuffReading(from_s + HOUR_S, 120.0, 80.0)
    return Day(wearer="w1", mode=Mode.TEST, from_s=from_s, until_s=until_s, night=night, readings=(reading,))


@pytest.mark.parametrize(("birth_year", "limit_h"), [(1950, 5), (1990, 6), (None, 6)])
def test_a_limit_given_back_is_told_as_it_is_in_force(birth_year: int | None, limit_h: int) -> None:
    """Short sleep begins below five hours from 65 years on, below six for other adults (NSF 2015)."""
    patient = Patient(replace(make_rules(), profiles={"w1": Profile(birth_year=birth_year)}))
    patient.send("hr", [NOON_S], hr=[60.0])
    order = SetLimit(request="1", condition="short_sleep", limit=None, reason="as before")

    assert patient.order(order).what == f"the limit is {limit_h}"
