"""When advice is given and repeated, and how much of it: each bound from either side, by event time."""

from __future__ import annotations

import pytest

from edge.advice.diary import ActiveDay, Diary, SleepWeek, Told, remember_day, remember_reading
from edge.advice.facts import Value
from edge.advice.protocols import HomeReading
from edge.advice.rates import free_s, note_told
from edge.contract.messages import Advice, Priority
from edge.pipeline.advise import on_start
from edge.pipeline.gather_facts import gather
from tests.support.corridor import NOON_S, Patient
from tests.unit.advice.diary_days import DAY_S, ELEVEN_S, advice, live, measure, rules_for, told

HOUR_S = 3600.0


@pytest.mark.parametrize(
    ("ago_h", "free_h"),
    [
        ([], None),
        ([1.0], None),
        # Two in 24 hours: the next a day after the first of them.
        ([2.0, 1.0], 22.0),
        ([24.0, 1.0], 0.0),
        # Five in seven days: the next a week after the first of them.
        ([100.0, 75.0, 50.0, 25.0], -26.0),
        ([167.0, 100.0, 75.0, 50.0, 25.0], 1.0),
        ([168.0, 100.0, 75.0, 50.0, 25.0], 0.0),
    ],
)
def test_a_wearer_gets_two_pieces_of_advice_a_day_and_five_a_week(
    ago_h: list[float], free_h: float | None
) -> None:
    """By when earlier ones were told, hours ago: in how many hours the next may be, or since when."""
    diary = Diary(told=[Told(NOON_S - hours * HOUR_S, is_habit=False) for hours in ago_h])

    assert free_s(diary) == (0.0 if free_h is None else NOON_S + free_h * HOUR_S)


@pytest.mark.parametrize(
    ("habits_ago_h", "others_ago_h", "free_h"),
    [
        ([], [], None),
        # One of habits in 24 hours.
        ([1.0], [], 23.0),
        ([24.0], [], 0.0),
        # Three of habits in seven days.
        ([100.0, 50.0], [], -26.0),
        ([167.0, 100.0, 50.0], [], 1.0),
        ([168.0, 100.0, 50.0], [], 0.0),
        # What is no habit counts for the limits of all: with one a day ago and one now it is full for a day.
        ([], [1.0], None),
        ([], [2.0, 1.0], 22.0),
    ],
)
def test_of_that_one_a_day_and_three_a_week_are_about_habits(
    habits_ago_h: list[float], others_ago_h: list[float], free_h: float | None
) -> None:
    """By when earlier ones were told, hours ago: in how many hours the next about a habit may be."""
    diary = Diary(
        told=[
            *(Told(NOON_S - hours * HOUR_S, is_habit=True) for hours in habits_ago_h),
            *(Told(NOON_S - hours * HOUR_S, is_habit=False) for hours in others_ago_h),
        ]
    )

    assert free_s(diary, is_habit=True) == (0.0 if free_h is None else NOON_S + free_h * HOUR_S)


def test_the_next_habit_is_told_exactly_a_day_after_the_last() -> None:
    """A smoker who sleeps badly hears of the one at eleven and of the other at eleven the next day."""
    patient = Patient(rules_for(smoking_0_to_2=2, has_sleep_trouble=True))
    live(patient, 2)

    assert [(item.rule, item.at_s) for item in advice(patient)] == [
        ("stop_smoking", ELEVEN_S + DAY_S),
        ("sleep_trouble", ELEVEN_S + 2 * DAY_S),
    ]


@pytest.mark.parametrize(("ago_s", "rules"), [(DAY_S - 1.0, []), (DAY_S, ["stop_smoking"])])
def test_a_habit_is_told_as_soon_as_two_others_leave_room(ago_s: float, rules: list[str]) -> None:
    """Of two pieces of advice the earlier was given so long before eleven."""
    patient = Patient(rules_for(smoking_0_to_2=2))
    patient.send("activity", [ELEVEN_S - 6 * HOUR_S], cadence=[0.0])
    for at_s in (ELEVEN_S - ago_s, ELEVEN_S - HOUR_S):
        note_told(patient.state.advice, at_s, is_habit=False)
    patient.wait_until(ELEVEN_S + HOUR_S)

    assert told(patient) == rules


def test_what_was_told_a_week_ago_is_forgotten() -> None:
    """At the moment it stops counting, and no sooner."""
    diary = Diary(told=[Told(NOON_S - ago_s, is_habit=True) for ago_s in (7 * DAY_S, 7 * DAY_S - 1.0)])
    note_told(diary, NOON_S, is_habit=False)

    assert [item.at_s - NOON_S for item in diary.told] == [1.0 - 7 * DAY_S, 0.0]


@pytest.mark.parametrize(("age_years", "rules"), [(17, []), (18, ["stop_smoking"]), (19, ["stop_smoking"])])
def test_advice_is_for_those_who_reach_eighteen_this_year(age_years: int, rules: list[str]) -> None:
    """A smoker of 17 is told nothing."""
    patient = Patient(rules_for(birth_year=2026 - age_years, smoking_0_to_2=2))
    live(patient, 1)

    assert told(patient) == rules


@pytest.mark.parametrize(
    ("silent_s", "rules"),
    [(3 * DAY_S - 1.0, ["stop_smoking"]), (3 * DAY_S, ["stop_smoking"]), (3 * DAY_S + 1.0, [])],
)
def test_habits_are_told_while_the_wearer_was_heard_of_in_three_days(
    silent_s: float, rules: list[str]
) -> None:
    """At eleven in the morning 72 hours after the last sample the day is still looked at."""
    patient = Patient(rules_for(smoking_0_to_2=2))
    patient.send("bp", [ELEVEN_S - silent_s], systolic=[118.0], diastolic=[72.0])
    patient.state.advice.due_s = ELEVEN_S
    patient.wait_until(ELEVEN_S + HOUR_S)

    assert told(patient) == rules


@pytest.mark.parametrize(
    ("at_s", "rules"),
    [(ELEVEN_S - 1.0, []), (ELEVEN_S, ["stop_smoking"]), (ELEVEN_S + 1.0, ["stop_smoking"])],
)
def test_habits_are_looked_at_four_hours_after_the_night(at_s: float, rules: list[str]) -> None:
    """The night ends at seven: at eleven the day is looked at, not before."""
    patient = Patient(rules_for(smoking_0_to_2=2))
    patient.send("activity", [ELEVEN_S - 6 * HOUR_S], cadence=[0.0])
    patient.wait_until(at_s)

    assert told(patient) == rules


@pytest.mark.parametrize(
    ("after_s", "rules"),
    [
        (7 * DAY_S - 1.0, ["measure_for_a_week"]),
        (7 * DAY_S, ["measure_for_a_week"]),
        (7 * DAY_S + 1.0, []),
    ],
)
def test_what_waits_for_the_end_of_an_alarm_is_of_use_for_a_week(after_s: float, rules: list[str]) -> None:
    """High pressure found under an alarm of high priority: its advice is given when that is acknowledged."""
    patient = Patient()
    for minute in (0.0, 5.0):
        measure(patient, NOON_S + 60.0 * minute, 192.0, 124.0)
    assert patient.retained["blood_pressure_severe"].priority is Priority.HIGH
    (waiting,) = patient.state.advice.waiting
    # Severe readings are forgotten after a day without any: the alarm is over then, and waits to be seen.
    patient.acknowledge("blood_pressure_severe", waiting.since_s + after_s)
    patient.wait_until(waiting.since_s + after_s)

    assert told(patient) == rules


RISING = {"week_systolic_mmhg": 135, "before_systolic_mmhg": 120, "rise_mmhg": 15.0}


@pytest.mark.parametrize(
    ("after_s", "times"), [(30 * DAY_S - 1.0, 1), (30 * DAY_S, 2), (30 * DAY_S + 1.0, 2)]
)
def test_a_rule_without_a_number_is_repeated_after_its_days_of_silence(after_s: float, times: int) -> None:
    """`pressure_rising` keeps silent for 30 days after it was given, however often it rises."""
    patient = Patient()
    said = [
        *on_start(patient.state, patient.rules, "blood_pressure_rising", dict(RISING), NOON_S),
        *on_start(patient.state, patient.rules, "blood_pressure_rising", dict(RISING), NOON_S + after_s),
    ]

    assert [item.rule for item in said] == ["pressure_rising"] * times


@pytest.mark.parametrize(
    ("systolic_mmhg", "times"), [(150, 1), (154, 1), (154.9, 1), (155, 2), (145, 2), (145.1, 1)]
)
def test_a_rule_with_a_number_is_repeated_only_once_that_has_moved(systolic_mmhg: float, times: int) -> None:
    """`measure_for_a_week` after 40 days: of a pressure 5 mmHg higher or lower than 150, not of less."""
    patient = Patient()
    said = list[Advice]()
    for at_s, mmhg in ((NOON_S, 150.0), (NOON_S + 40 * DAY_S, systolic_mmhg)):
        evidence: dict[str, Value] = {
            "systolic_mmhg": mmhg,
            "diastolic_mmhg": 95,
            "readings": 4,
            "category": "x",
            "category_code": "stage_2",
            "usual_is_high_percent": 95,
        }
        said += on_start(patient.state, patient.rules, "blood_pressure_high", evidence, at_s)

    assert [item.rule for item in said] == ["measure_for_a_week"] * times


def sleeps(patient: Patient, day: int, index: float | None) -> None:
    """One morning's regularity of sleep, a sign of life, and the day after it."""
    noon_s = NOON_S + day * DAY_S
    patient.state.advice.sleep = None if index is None else SleepWeek(noon_s, 0, None, index)
    live(patient, 1, first=day)


@pytest.mark.parametrize(("days", "told_after"), [(20, None), (21, 21), (22, 21)])
def test_a_number_is_told_again_after_three_weeks(days: int, told_after: int | None) -> None:
    """An index of 58 is told the first morning and again on the 21st day after it, as unchanged."""
    patient = Patient()
    for day in range(days + 1):
        sleeps(patient, day, 58.0)
    found = [round((item.at_s - advice(patient)[0].at_s) / DAY_S) for item in advice(patient)]

    assert found == ([0] if told_after is None else [0, told_after])


@pytest.mark.parametrize(
    ("late_days", "is_told"), [(1, True), (13, True), (14, True), (15, False), (16, False), (30, False)]
)
def test_a_number_that_is_missing_is_waited_for_two_weeks(late_days: int, *, is_told: bool) -> None:
    """Due on the 21st day and known again so many days later: up to 14 days later it is still told."""
    patient = Patient()
    sleeps(patient, 0, 58.0)
    for day in range(1, 21 + late_days):
        sleeps(patient, day, None)
    # So regular that there is nothing to advise anew.
    for day in range(21 + late_days, 24 + late_days):
        sleeps(patient, day, 90.0)

    later = advice(patient)[1:]
    assert [round((item.at_s - advice(patient)[0].at_s) / DAY_S) for item in later] == (
        [21 + late_days] if is_told else []
    )


@pytest.mark.parametrize(("back_on", "is_told"), [(22, True), (35, True), (36, False), (60, False)])
def test_who_comes_back_too_late_is_told_of_no_follow_up(back_on: int, *, is_told: bool) -> None:
    """Nothing is heard from the first day to this one, then the number is known: 36 days are too many."""
    patient = Patient()
    sleeps(patient, 0, 58.0)
    for day in range(back_on, back_on + 3):
        sleeps(patient, day, 90.0)

    assert len(advice(patient)) == (2 if is_told else 1)


def test_four_weeks_of_readings_by_protocol_are_kept() -> None:
    """Two each morning and evening are 112: the first of 113 is forgotten, none of 112 is."""
    diary = Diary()
    for number in range(112):
        remember_reading(diary, HomeReading(NOON_S + number, 120.0, 70.0))
    assert (len(diary.readings), diary.readings[0].at_s) == (112, NOON_S)
    remember_reading(diary, HomeReading(NOON_S + 112, 120.0, 70.0))

    assert (len(diary.readings), diary.readings[0].at_s) == (112, NOON_S + 1)


def test_two_weeks_of_activity_are_compared() -> None:
    """Seven days of 10 minutes after seven of 20, the first of them of 90: 70 less 210 minutes a week."""
    patient = Patient()
    for number in range(15):
        active_min = 1000 if number == 0 else 90 if number == 1 else 20 if number < 8 else 10
        remember_day(patient.state.advice, ActiveDay(NOON_S - (14 - number) * DAY_S, active_min))
    facts = gather(patient.state, patient.rules, NOON_S)

    assert facts.known["active_min_per_week"] == 70.0
    # (90 + 6 x 20) / 7 = 30 a day.
    assert facts.known["active_min_change"] == 70.0 - 210.0
