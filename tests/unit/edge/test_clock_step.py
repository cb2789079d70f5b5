"""A clock that is set, forward or back, in the middle of everything."""

from __future__ import annotations

import json

import pytest

from edge.contract.codec import encode
from edge.contract.commands import Shelve
from edge.contract.messages import Priority
from edge.contract.samples import Mode, SampleBatch
from edge.contract.topics import CommandTopic, Encoding, SampleTopic, Topics
from edge.ends import Entry, Letter
from edge.pipeline.clock_step import CLOCK_STEP_TOPIC, ClockStep, step_clock
from edge.pipeline.ward import Ward
from edge.watches.early_warning import parts_now
from edge.wearer.spot import spot_of
from tests.support.corridor import NOON_S, Patient, beats, make_rules

TOPICS = Topics()
DAY_S = 86_400.0


def send(ward: Ward, at_s: float, hr_bpm: float = 70.0) -> list[Letter]:
    batch = SampleBatch(seq=round(at_s), times_s=[at_s], values={"hr": [hr_bpm]})
    topic = TOPICS.samples(SampleTopic("w1", "d1", "hr"))
    return ward.take(Entry(at_s, topic, Encoding.JSON, encode(batch)))


def step(ward: Ward, from_s: float, to_s: float) -> list[Letter]:
    return ward.take(
        Entry(to_s, CLOCK_STEP_TOPIC, Encoding.JSON, encode(ClockStep(from_s=from_s, to_s=to_s)))
    )


@pytest.mark.parametrize("shift_s", [14 * 86_400.0, -14 * 86_400.0, 3600.0, -3600.0])
def test_a_clock_that_is_set_is_neither_silence_nor_lateness(shift_s: float) -> None:
    """After the clock was set by weeks either way no sensor counts as lost and the next sample is live."""
    ward = Ward(make_rules(), TOPICS, {}, on_stream_time=False)
    send(ward, NOON_S, 70.0)

    told = step(ward, NOON_S + 10.0, NOON_S + 10.0 + shift_s)
    assert {letter.topic.split("/")[5] for letter in told} == {"clock_jump"}
    assert ward.pass_time(NOON_S + shift_s + 20.0) == []
    live = ward.counters["samples_live"]
    assert send(ward, NOON_S + shift_s + 30.0, 71.0) == []
    assert ward.counters["samples_live"] == live + 1


@pytest.mark.parametrize("shift_s", [86_400.0, -86_400.0])
def test_true_silence_keeps_its_length_over_a_step(shift_s: float) -> None:
    """Ten minutes of silence before the step and five after it make the fifteen that mean lost."""
    ward = Ward(make_rules(), TOPICS, {}, on_stream_time=False)
    send(ward, NOON_S)
    step(ward, NOON_S + 600.0, NOON_S + 600.0 + shift_s)

    assert ward.pass_time(NOON_S + shift_s + 899.0) == []
    assert "sensor_lost" in {
        part for letter in ward.pass_time(NOON_S + shift_s + 901.0) for part in letter.topic.split("/")
    }


def test_a_clock_that_was_set_far_is_told_for_ten_minutes_and_a_small_step_not_at_all() -> None:
    """The alert names the step; it ends by itself. A step that samples stand is no alarm."""
    ward = Ward(make_rules(), TOPICS, {}, on_stream_time=False)
    send(ward, NOON_S)
    assert step(ward, NOON_S + 10.0, NOON_S + 60.0) == []

    told = step(ward, NOON_S + 70.0, NOON_S + 3670.0)
    alert = json.loads(told[0].payload)
    assert (alert["phase"], alert["evidence"]["values"]) == ("start", {"clock_step_s": 3600.0})
    assert ward.pass_time(NOON_S + 3670.0 + 599.0) == []
    ended = json.loads(ward.pass_time(NOON_S + 3670.0 + 601.0)[0].payload)
    assert (ended["phase"], ended["id"]) == ("end", alert["id"])


def test_a_shelf_lasts_as_long_as_was_asked_though_the_clock_is_set() -> None:
    """Half of an hour's shelf is over when the clock jumps a day ahead: the other half is still to come."""
    ward = Ward(make_rules(), TOPICS, {}, on_stream_time=False)
    send(ward, NOON_S)
    order = Shelve(request="s", condition="sensor_lost", for_s=3600.0, reason="x")
    topic = TOPICS.commands(CommandTopic("nurse", Mode.REAL, "w1"))
    ward.take(Entry(NOON_S, topic, Encoding.JSON, encode(order)))
    step(ward, NOON_S + 1800.0, NOON_S + 1800.0 + 86_400.0)

    board = ward.wearers["w1", Mode.REAL].board
    assert board.shelves["sensor_lost"].until_s == NOON_S + 86_400.0 + 3600.0
    ward.pass_time(NOON_S + 86_400.0 + 3601.0)
    assert board.shelves == {}


def test_a_state_that_was_ahead_of_the_clock_is_not_carried_into_the_future() -> None:
    """The clock goes an hour forward to where the state already was: silence, shelf and alarm do not."""
    ward = Ward(make_rules(), TOPICS, {}, on_stream_time=False)
    send(ward, NOON_S)
    ward.pass_time(NOON_S + 901.0)
    order = Shelve(request="s", condition="off_body", for_s=3600.0, reason="x")
    topic = TOPICS.commands(CommandTopic("nurse", Mode.REAL, "w1"))
    ward.take(Entry(NOON_S + 910.0, topic, Encoding.JSON, encode(order)))

    step(ward, NOON_S + 920.0 - 3600.0, NOON_S + 920.0)

    state = ward.wearers["w1", Mode.REAL]
    assert state.now_s == NOON_S + 920.0
    assert state.streams["hr"].heard_s == NOON_S + 10.0
    assert state.board.shelves["off_body"].until_s == NOON_S + 920.0 + 3600.0
    assert state.board.alarms["sensor_lost/hr"].asked_s <= NOON_S + 920.0
    assert max(state.board.raised_s) <= NOON_S + 920.0


def parts(patient: Patient) -> set[str]:
    """The parts of the early warning score that count now."""
    return set(parts_now(spot_of(patient.state, patient.rules, "vitals"), patient.state.now_s))


def test_days_of_activity_have_24_hours_though_the_clock_is_set_back() -> None:
    """Set back by five days in the middle of a walk: each day counts the half-hour walked on it."""
    patient = Patient()
    for minute in range(30):
        patient.send("activity", [NOON_S + 60.0 * minute], cadence=[110.0])
    back_s = patient.state.now_s - 5 * DAY_S
    step_clock(patient.state, ClockStep(from_s=patient.state.now_s, to_s=back_s))

    for minute in range(1, 6 * 1440 + 60):
        is_walk = minute % 1440 < 30 and minute >= 1440
        patient.send("activity", [back_s + 60.0 * minute], cadence=[110.0 if is_walk else 0.0])

    days = patient.state.advice.active_days
    assert [day.active_min for day in days] == [30] * len(days)
    assert len(days) == 6


@pytest.mark.parametrize("shift_s", [-5 * DAY_S, -7200.0])
def test_values_from_before_the_clock_was_set_back_grow_old(shift_s: float) -> None:
    """A temperature and a pressure count in the score for the hour they are good for, and no longer."""
    patient = Patient()
    patient.send("temp", [NOON_S], temp=[39.5])
    patient.send("bp", [NOON_S], systolic=[150.0], diastolic=[80.0])
    step_clock(patient.state, ClockStep(from_s=NOON_S, to_s=NOON_S + shift_s))
    assert parts(patient) == {"temp", "systolic"}

    patient.wait_until(NOON_S + shift_s + 3590.0)
    assert parts(patient) == {"temp", "systolic"}
    patient.wait_until(NOON_S + shift_s + 3610.0)
    assert parts(patient) == set()


def test_what_an_old_clock_took_for_now_is_not_made_new_when_that_is_put_right() -> None:
    """An hour's setback at a boot and nine hours forward: the temperature of before does not count again."""
    patient = Patient()
    patient.send("temp", [NOON_S], temp=[39.5])
    step_clock(patient.state, ClockStep(from_s=NOON_S, to_s=NOON_S - 3600.0))
    step_clock(patient.state, ClockStep(from_s=NOON_S - 3600.0, to_s=NOON_S + 8 * 3600.0))

    assert parts(patient) == set()


def test_a_severe_reading_of_long_ago_does_not_confirm_one_though_the_clock_was_set_back() -> None:
    """A severe reading, the clock set back, and an hour later another: the first confirms it no more."""
    patient = Patient()
    patient.send("bp", [NOON_S], systolic=[195.0], diastolic=[100.0])
    patient.send("bp", [NOON_S + 60.0], systolic=[120.0], diastolic=[80.0])
    step_clock(patient.state, ClockStep(from_s=NOON_S + 60.0, to_s=NOON_S - DAY_S))

    patient.send("bp", [NOON_S - DAY_S + 3600.0], systolic=[195.0], diastolic=[100.0])

    assert {alert.priority for alert in patient.alerts("blood_pressure_severe")} == {Priority.MEDIUM}
    recent = patient.state.history.recent
    assert [reading.at_s for reading in recent] == sorted(reading.at_s for reading in recent)
    assert all(day.day <= (NOON_S - DAY_S) // DAY_S for day in patient.state.history.days)


def test_a_severe_reading_of_just_before_confirms_one_though_the_clock_was_set_back() -> None:
    """A severe reading, the clock set back by a day, and ten minutes later another: it is confirmed."""
    patient = Patient()
    patient.send("bp", [NOON_S], systolic=[195.0], diastolic=[100.0])
    step_clock(patient.state, ClockStep(from_s=NOON_S, to_s=NOON_S - DAY_S))

    patient.send("bp", [NOON_S - DAY_S + 600.0], systolic=[195.0], diastolic=[100.0])

    assert patient.alerts("blood_pressure_severe")[-1].priority is Priority.HIGH


def rests(ward: Ward, from_s: float, minutes: int, hr_bpm: float) -> list[Letter]:
    """So many minutes of rest from then on, a heart rate and no steps each."""
    letters: list[Letter] = []
    for minute in range(minutes):
        at_s = from_s + 60.0 * minute
        for signal, column, value in (("activity", "cadence", 0.0), ("hr", "hr", hr_bpm + minute % 3)):
            batch = SampleBatch(seq=round(at_s), times_s=[at_s], values={column: [value]})
            topic = TOPICS.samples(SampleTopic("w1", "d1", signal))
            letters += ward.take(Entry(at_s, topic, Encoding.JSON, encode(batch)))
    return letters


def told_of(letters: list[Letter], condition: str) -> list[tuple[str, str | None]]:
    """Phase and reason of the alerts of a condition, updates aside."""
    alerts = [json.loads(letter.payload) for letter in letters if "/alerts/" in letter.topic]
    return [
        (item["phase"], item.get("end_reason"))
        for item in alerts
        if item["condition"] == condition and item["phase"] != "update"
    ]


@pytest.mark.parametrize("shift_s", [86_400.0, -86_400.0])
def test_an_episode_under_way_outlives_a_step(shift_s: float) -> None:
    """A fast heart told before the clock was set a day either way goes on, and ends once, as cleared."""
    ward = Ward(make_rules(), TOPICS, {}, on_stream_time=False)
    letters = rests(ward, NOON_S, 10, 112.0)
    now_s = NOON_S + 600.0
    letters += step(ward, now_s, now_s + shift_s)
    letters += ward.pass_time(now_s + shift_s + 30.0)
    letters += rests(ward, now_s + shift_s + 60.0, 3, 112.0)
    assert told_of(letters, "tachycardia_at_rest") == [("start", None)]
    letters += rests(ward, now_s + shift_s + 240.0, 5, 80.0)

    assert told_of(letters, "tachycardia_at_rest") == [("start", None), ("end", "cleared")]


def test_a_delay_that_runs_goes_on_when_the_clock_is_set_back() -> None:
    """Three minutes fast before a step of a day back, five after it: told, not only a day later."""
    ward = Ward(make_rules(), TOPICS, {}, on_stream_time=False)
    rests(ward, NOON_S, 3, 112.0)
    step(ward, NOON_S + 170.0, NOON_S + 170.0 - 86_400.0)

    letters = rests(ward, NOON_S + 180.0 - 86_400.0, 6, 112.0)

    assert told_of(letters, "tachycardia_at_rest") == [("start", None)]


def test_a_clock_set_back_a_little_does_not_lengthen_what_a_delay_has_run() -> None:
    """Three minutes fast, then a minute back: it counts from the same time by the new clock as by the old."""
    patient = Patient()
    for minute in range(4):
        patient.send("activity", [NOON_S + 60.0 * minute], cadence=[0.0])
        patient.send("hr", [NOON_S + 60.0 * minute], hr=[112.0 + minute % 3])
    (episode,) = (patient.state.episodes[key] for key in ["tachycardia_at_rest/hr"])
    before_s = episode.since_s

    step_clock(patient.state, ClockStep(from_s=NOON_S + 190.0, to_s=NOON_S + 130.0))

    assert episode.since_s == before_s


def test_beats_from_before_and_after_a_step_and_a_pause_are_not_one_stretch() -> None:
    """Sixty beats, a step of an hour back, 100 s of pause, ten beats: no window of 64 is judged of them."""
    ward = Ward(make_rules(), TOPICS, {}, on_stream_time=False)
    topic = TOPICS.samples(SampleTopic("w1", "d1", "rr"))

    def beat(from_s: float, count: int, seq: int) -> None:
        times_s = [from_s + 0.8 * number for number in range(count)]
        batch = SampleBatch(
            seq=seq, times_s=times_s, values={"rr": [800.0 + number for number in range(count)]}
        )
        ward.take(Entry(times_s[-1], topic, Encoding.JSON, encode(batch)))

    beat(NOON_S, 60, 1)
    step(ward, NOON_S + 50.0, NOON_S + 50.0 - 3600.0)
    beat(NOON_S + 150.0 - 3600.0, 10, 2)

    window = ward.wearers["w1", Mode.REAL].windows["rhythm"]
    assert (window.judged, len(window.values)) == (0, 10)


def test_steps_of_a_time_to_come_are_no_rest() -> None:
    """After the clock was set back by a day the minutes before it tell of no rest now: nothing is assumed."""
    ward = Ward(make_rules(), TOPICS, {}, on_stream_time=False)
    rests(ward, NOON_S, 10, 80.0)
    letters = step(ward, NOON_S + 570.0, NOON_S + 570.0 - 86_400.0)
    for minute in range(20):
        letters += send(ward, NOON_S + 600.0 - 86_400.0 + 60.0 * minute, 112.0 + minute % 3)

    assert told_of(letters, "tachycardia_at_rest") == []


def test_an_alarm_escalates_after_its_time_though_the_clock_is_set() -> None:
    """Ten minutes unanswered before the clock jumps a day ahead and twenty after it make its half hour."""
    ward = Ward(make_rules(), TOPICS, {}, on_stream_time=False)
    batch = SampleBatch(seq=1, times_s=[NOON_S], values={"systolic": [185.0], "diastolic": [80.0]})
    topic = TOPICS.samples(SampleTopic("w1", "cuff", "bp"))
    ward.take(Entry(NOON_S, topic, Encoding.JSON, encode(batch)))
    step(ward, NOON_S + 600.0, NOON_S + 600.0 + 86_400.0)
    (alarm,) = (item for key, item in ward.wearers["w1", Mode.REAL].board.alarms.items() if "severe" in key)

    ward.pass_time(NOON_S + 86_400.0 + 1799.0)
    assert not alarm.is_escalated
    ward.pass_time(NOON_S + 86_400.0 + 1801.0)
    assert alarm.is_escalated


def set_clock(patient: Patient, shift_s: float) -> None:
    """Set the clock by so much now."""
    now_s = patient.state.now_s
    step_clock(patient.state, ClockStep(from_s=now_s, to_s=now_s + shift_s))


@pytest.mark.parametrize("shift_s", [60.0, -60.0])
def test_effort_explains_a_heart_rate_though_the_clock_was_set(shift_s: float) -> None:
    """Half an hour's run, the clock set by a minute, as long at rest: the run explains the heart rate."""
    patient = Patient()
    patient.state.baseline.until_s = 9e9
    patient.state.baseline.limits = {"heart_rate_unexplained": 90.0}
    for minute in range(60):
        if minute == 30:
            set_clock(patient, shift_s)
            patient.state.baseline.until_s = 9e9
        at_s = NOON_S + 60.0 * minute + (shift_s + 1.0 if minute >= 30 else 0.0)
        patient.send("activity", [at_s], cadence=[110.0 if minute < 30 else 0.0])
        patient.send("hr", [at_s], hr=[96.0 + minute % 3])

    assert patient.alerts("heart_rate_unexplained") == []


@pytest.mark.parametrize("shift_s", [3600.0, -3600.0])
def test_a_contact_lost_for_a_moment_is_not_off_the_body_because_the_clock_was_set(shift_s: float) -> None:
    """Five seconds off the skin before the step and twenty after it are not the thirty that count."""
    patient = Patient()
    patient.send("contact", [NOON_S], contact=[0.0])
    patient.wait_until(NOON_S + 5.0)
    set_clock(patient, shift_s)

    patient.wait_until(NOON_S + shift_s + 25.0)
    assert patient.alerts("off_body") == []
    patient.wait_until(NOON_S + shift_s + 36.0)
    (alert,) = patient.alerts("off_body")
    assert alert.at_s - 36.0 <= alert.onset_s <= alert.at_s


def test_a_steady_heart_rate_is_not_a_frozen_one_because_the_clock_was_set() -> None:
    """Ten minutes of one value, the clock a quarter of an hour ahead, one more: not the twenty that count."""
    patient = Patient()
    for minute in range(10):
        patient.send("hr", [NOON_S + 60.0 * minute], hr=[70.0])
    set_clock(patient, 800.0)
    patient.send("hr", [NOON_S + 600.0 + 800.0], hr=[70.0])

    assert patient.alerts("sensor_frozen") == []


@pytest.mark.parametrize("shift_s", [20.0, -7200.0])
def test_the_onset_of_an_irregular_rhythm_is_not_in_the_future_though_the_clock_was_set(
    shift_s: float,
) -> None:
    """Votes of before the step count on, and the onset that they tell lies within the minutes they took."""
    patient = Patient()
    times_s, rr_ms = beats(NOON_S, [600.0, 1000.0] * 60)
    patient.send("rr", times_s, rr=rr_ms)
    set_clock(patient, shift_s)
    times_s, rr_ms = beats(patient.state.now_s, [600.0, 1000.0] * 60)
    patient.send("rr", times_s, rr=rr_ms)

    alert = patient.alerts("irregular_rhythm")[0]
    assert patient.state.windows["rhythm"].judged > 7
    assert alert.at_s - 240 * 0.8 <= alert.onset_s <= alert.at_s
    assert alert.why is not None
    assert all(vote.at_s <= alert.at_s for vote in alert.why.votes)


def test_an_update_comes_no_sooner_because_the_clock_was_set() -> None:
    """A fast heart is told anew every half hour: a clock put an hour ahead is none."""
    patient = Patient()

    def rest(from_s: float, minutes: int) -> None:
        for minute in range(minutes):
            patient.send("activity", [from_s + 60.0 * minute], cadence=[0.0])
            patient.send("hr", [from_s + 60.0 * minute], hr=[112.0 + minute % 3])

    rest(NOON_S, 10)
    set_clock(patient, 3600.0)
    rest(patient.state.now_s + 60.0, 10)

    assert patient.phases("tachycardia_at_rest") == ["start"]
