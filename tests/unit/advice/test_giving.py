"""When advice is given: once a number, within the limits, after the alarm, in one's language, followed up."""

from __future__ import annotations

from dataclasses import replace

import pytest

from edge.adapters.litert import load_network
from edge.advice.diary import SleepWeek
from edge.advice.facts import DAILY
from edge.advice.priorities import LEAST_FALL, RiskModel
from edge.advice.rates import MOST_HABITS_A_WEEK, note_told
from edge.bundles import SHIPPED
from edge.contract.advice import Topic, Trend
from edge.contract.bundle import read_bundle
from edge.contract.commands import SetAdvice, Shelve
from edge.contract.messages import Priority
from edge.contract.profile import Sex
from edge.pipeline.clock_step import ClockStep, step_clock
from edge.pipeline.gather_facts import gather
from edge.wearer.usual import Stretch
from tests.support.corridor import NOON_S, Patient
from tests.unit.advice.diary_days import DAY_S, ELEVEN_S, advice, live, measure, rules_for, told


def test_a_quiet_week_brings_one_piece_of_advice_with_its_number() -> None:
    """Four whole days of 5 brisk minutes make 35 a week, told the next morning at eleven and never again."""
    quiet, active = Patient(), Patient()
    live(quiet, 20, active_min=5)
    live(active, 20, active_min=30)

    (item,) = advice(quiet)
    assert (item.rule, item.topic, item.language) == ("move_more", Topic.ACTIVITY, "en")
    assert item.at_s == ELEVEN_S + 4 * DAY_S
    assert "35 minutes" in item.text
    assert item.values == {"active_min_per_week": 35.0}
    assert item.guideline.startswith("WHO 2020")
    assert advice(active) == []


def test_steps_of_a_day_are_counted_from_the_samples() -> None:
    """Four days of steps each minute, 10 of them brisk, and one day with holes that does not count."""
    patient = Patient()
    for minute in range(5 * 1440 + 1):
        if not (minute // 1440 == 2 and minute % 1440 > 900):
            cadence = 100.0 if minute % 1440 < 10 else 99.0
            patient.send("activity", [NOON_S + 60.0 * minute], cadence=[cadence])
    assert [day.active_min for day in patient.state.advice.active_days] == [10, 10, 10, 10]

    patient.wait_until(ELEVEN_S + 6 * DAY_S)
    assert [item.values for item in advice(patient)] == [{"active_min_per_week": 70.0}]


@pytest.mark.parametrize(
    ("later_min", "change", "words"),
    [
        (25, Trend.IMPROVED, "better"),
        (6, Trend.UNCHANGED, "about the same"),
        (0, Trend.WORSE, "That is worse"),
    ],
)
def test_a_follow_up_says_what_became_of_the_number(later_min: int, change: Trend, words: str) -> None:
    """Three weeks after 35 minutes a week: 175, 42 and 0 of them; 30 are the step."""
    patient = Patient()
    live(patient, 5, active_min=5)
    (first,) = advice(patient)
    live(patient, 21, active_min=later_min, first=5)

    follow_up = advice(patient)[1]
    assert follow_up.follow_up is not None
    assert (follow_up.follow_up.of, follow_up.follow_up.fact) == (first.id, "active_min_per_week")
    assert (follow_up.follow_up.before, follow_up.follow_up.now) == (35.0, 7.0 * later_min)
    assert (follow_up.follow_up.after_days, follow_up.follow_up.change) == (21, change)
    assert words in follow_up.text
    assert f"{7 * later_min} minutes" in follow_up.text
    assert "21 days ago" in follow_up.text


def test_a_follow_up_waits_for_a_number_and_not_for_ever() -> None:
    """Without steps for five weeks after the advice nothing is told, also when steps come back."""
    patient = Patient()
    live(patient, 5, active_min=5)
    live(patient, 38, first=5)
    assert told(patient) == ["move_more"]

    live(patient, 6, active_min=5, first=43)
    assert told(patient) == ["move_more"]


def test_a_number_that_has_moved_may_be_spoken_of_again() -> None:
    """35 minutes, followed up as 84, then 21: advice again, no sooner than 28 days after the first."""
    patient = Patient()
    live(patient, 5, active_min=5)
    live(patient, 24, active_min=12, first=5)
    live(patient, 14, active_min=3, first=29)

    items = [item for item in advice(patient) if item.follow_up is None]
    assert [item.rule for item in items] == ["move_more", "move_more"]
    assert items[1].at_s - items[0].at_s >= 28 * DAY_S
    assert items[1].values == {"active_min_per_week": pytest.approx(50, abs=4)}


def test_many_habits_are_told_one_a_day_and_three_a_week() -> None:
    """Who smokes, drinks, is heavy, sleeps badly and was never measured hears of it bit by bit."""
    patient = Patient(
        rules_for(
            birth_year=1966,
            sex=Sex.MALE,
            height_cm=170.0,
            weight_kg=95.0,
            smoking_0_to_2=2,
            alcohol_days_per_year=300.0,
            drinks_per_day=5.0,
            has_sleep_trouble=True,
        )
    )
    live(patient, 40)

    assert sorted(told(patient)) == [
        "drink_less",
        "have_it_measured",
        "lose_some_weight",
        "sleep_trouble",
        "stop_smoking",
    ]
    times_s = [item.at_s for item in advice(patient)]
    assert [round((at_s - ELEVEN_S) / DAY_S) for at_s in times_s] == [1, 2, 3, 8, 9]
    assert MOST_HABITS_A_WEEK == 3
    texts = {item.rule: item.text for item in advice(patient)}
    # 95 / 1.7^2 = 32.9; 5 % of 95 = 4.75; 14 g x 5 x 300 / 52.18 = 402 g.
    assert "32.9" in texts["lose_some_weight"]
    assert "4.8 kg" in texts["lose_some_weight"]
    assert "402 g" in texts["drink_less"]


def test_what_counts_most_comes_first_and_says_why() -> None:
    """By the shipped risk model a smoker of 60 is told of smoking first, though weight stands before it."""
    rules = rules_for(
        birth_year=1966, sex=Sex.MALE, height_cm=180.0, weight_kg=86.0, smoking_0_to_2=2, drinks_per_day=4.0
    )
    bundle = read_bundle(SHIPPED["risk"])
    risk = RiskModel.of_bundle(bundle, load_network(bundle))
    patient = Patient(replace(rules, advice=replace(rules.advice, risk=risk)))
    live(patient, 6)

    first, second = advice(patient)[:2]
    assert (first.rule, first.topic) == ("what_counts_most", Topic.PRIORITIES)
    assert "Of 3 things that you can change, smoking counts most" in first.text
    assert "no cigarettes any more, less often had heart disease or a stroke" in first.text
    assert "links and not causes" in first.text
    assert "%" not in first.text
    assert (first.values["counts_most"], first.values["risk_model"]) == ("smoking", bundle.name)
    logit = first.values["counts_most_logit"]
    assert isinstance(logit, float)
    assert logit > LEAST_FALL
    assert second.rule == "stop_smoking"


def test_nobody_under_age_is_advised() -> None:
    """The rules are for grown-ups; a wearer of 15 hears nothing, of 20 something."""
    young, grown = (Patient(rules_for(birth_year=2026 - age, smoking_0_to_2=2)) for age in (15, 20))
    for patient in (young, grown):
        live(patient, 3)
        measure(patient, NOON_S + 4 * DAY_S, 165.0, 104.0)
        measure(patient, NOON_S + 4 * DAY_S + 60.0, 165.0, 104.0)

    assert told(young) == []
    assert told(grown) == ["stop_smoking", "measure_for_a_week"]


def test_advice_speaks_the_wearers_language() -> None:
    """Chinese with the same numbers; the category of the pressure, too."""
    patient = Patient(rules_for(language="zh"))
    measure(patient, NOON_S, 162.0, 100.0)
    measure(patient, NOON_S + 60.0, 162.0, 100.0)

    (item,) = advice(patient)
    assert (item.language, item.rule) == ("zh", "measure_for_a_week")
    assert "2 级高血压范围" in item.text


def test_a_whole_course_of_readings_is_told_with_its_average() -> None:
    """ESH: a first day of 170/105 does not count, six of 150/92 are high; who keeps to it is not urged on."""
    patient = Patient(rules_for(scheme="esc-2024"))
    for day in range(7):
        for hour in (-4.0, 8.0):
            for minute in (0.0, 60.0):
                top, low = (170.0, 105.0) if day == 0 else (150.0, 92.0)
                measure(patient, NOON_S + day * DAY_S + hour * 3600.0 + minute, top, low)
    live(patient, 3, first=7)

    items = {item.rule: item for item in advice(patient)}
    assert list(items) == ["measure_for_a_week", "average_high", "less_salt"]
    assert "150/92 mmHg" in items["average_high"].text
    assert items["average_high"].values["bp_above_limit_mmhg"] == 15.0


def test_who_stops_in_the_middle_is_asked_to_go_on() -> None:
    """Four readings on two days and then none: on the fifth morning 4 of 28, and 3 days left."""
    patient = Patient()
    for day in (0, 1):
        for minute in (0.0, 60.0):
            measure(patient, NOON_S + day * DAY_S + minute, 118.0, 72.0)
    live(patient, 4, first=2)

    (item,) = advice(patient)
    assert item.rule == "go_on_measuring"
    assert "So far 4 readings" in item.text
    assert "a full course has 28. Days left: 3." in item.text


def high_alarm(patient: Patient, at_s: float) -> None:
    """Two severe readings within half an hour."""
    measure(patient, at_s, 192.0, 124.0)
    measure(patient, at_s + 300.0, 190.0, 122.0)
    assert patient.retained["blood_pressure_severe"].priority is Priority.HIGH


def test_advice_is_withheld_during_a_high_alarm_and_given_after_it() -> None:
    """Two severe readings: what they call for is said when the alarm is over and seen, not before."""
    patient = Patient(rules_for(smoking_0_to_2=2))
    high_alarm(patient, NOON_S)
    live(patient, 2, first=1)
    assert told(patient) == []

    patient.acknowledge("blood_pressure_severe", NOON_S + 3 * DAY_S + 60.0)
    patient.wait_until(NOON_S + 3 * DAY_S + 120.0)
    assert "blood_pressure_severe" not in patient.retained
    assert told(patient) == ["measure_for_a_week", "stop_smoking"]
    assert {item.at_s for item in advice(patient)} == {NOON_S + 3 * DAY_S + 60.0}


def test_withheld_advice_survives_a_restart() -> None:
    """A snapshot between alarm and acknowledgement loses nothing, says nothing twice."""
    before = Patient(rules_for(smoking_0_to_2=2))
    high_alarm(before, NOON_S)
    live(before, 2, first=1)
    after = before.restarted()
    for patient in (before, after):
        patient.acknowledge("blood_pressure_severe", NOON_S + 3 * DAY_S + 60.0)
        patient.wait_until(NOON_S + 3 * DAY_S + 120.0)

    assert advice(after) == advice(before)
    assert after.state == before.state


def test_what_could_not_be_said_for_a_week_is_dropped() -> None:
    """Nobody wants to hear in two weeks that they should measure for a week."""
    patient = Patient()
    high_alarm(patient, NOON_S)
    assert [item.rule for item in patient.state.advice.waiting] == ["measure_for_a_week"]
    patient.acknowledge("blood_pressure_severe", NOON_S + 10 * DAY_S)
    patient.wait_until(NOON_S + 10 * DAY_S + 60.0)

    assert patient.state.advice.waiting == []
    assert told(patient) == []


def test_a_topic_is_turned_off_by_the_configuration() -> None:
    """Who wants no advice on smoking gets none, and the rest all the same."""
    patient = Patient(rules_for(smoking_0_to_2=2, has_sleep_trouble=True, advice_off=(Topic.SMOKING,)))
    live(patient, 5)

    assert told(patient) == ["sleep_trouble"]


def test_a_topic_is_turned_off_and_on_by_command() -> None:
    """The last word counts, also against the configuration; each stands in the log with who and why."""
    patient = Patient(rules_for(has_sleep_trouble=True, smoking_0_to_2=2, advice_off=(Topic.SMOKING,)))
    off = SetAdvice(request="1", topic=Topic.SLEEP, is_wanted=False, reason="I know")
    on = SetAdvice(request="2", topic=Topic.SMOKING, is_wanted=True, reason="help me")
    patient.send("activity", [NOON_S], cadence=[0.0])

    replies = [patient.order(command, NOON_S, who="w1") for command in (off, on)]
    live(patient, 5)

    assert [(reply.is_accepted, reply.what) for reply in replies] == [
        (True, "no advice on sleep"),
        (True, "advice on smoking"),
    ]
    assert told(patient) == ["stop_smoking"]
    assert [(line.who, line.what, line.reason, line.detail) for line in patient.records[:2]] == [
        ("w1", "set_advice", "I know", "no advice on sleep"),
        ("w1", "set_advice", "help me", "advice on smoking"),
    ]


def test_a_condition_that_is_not_announced_calls_for_no_advice() -> None:
    """While somebody has shelved high pressure, its advice is not given either."""
    patient = Patient()
    measure(patient, NOON_S, 118.0, 70.0)
    patient.order(
        Shelve(request="1", condition="blood_pressure_high", for_s=3600.0, reason="at the doctor's")
    )
    for minute in range(1, 8):
        measure(patient, NOON_S + 60.0 * minute, 165.0, 102.0)

    assert told(patient) == []


def test_who_is_not_heard_of_is_told_nothing_of_habits() -> None:
    """A gateway that runs on without its wearer does not go on advising."""
    patient = Patient(rules_for(smoking_0_to_2=2))
    patient.send("activity", [NOON_S - 4 * DAY_S], cadence=[0.0])
    patient.state.advice.due_s = NOON_S
    patient.wait_until(NOON_S + 30 * DAY_S)

    assert told(patient) == []


def test_how_often_time_is_passed_changes_nothing() -> None:
    """A tick each hour or one in a week: the same advice at the same times."""
    often, seldom = (Patient(rules_for(smoking_0_to_2=2, has_sleep_trouble=True)) for _ in range(2))
    for patient in (often, seldom):
        patient.send("activity", [NOON_S], cadence=[0.0])
        patient.state.streams["activity"].heard_s = NOON_S + 6 * DAY_S
    for hour in range(1, 24 * 7):
        often.wait_until(NOON_S + 3600.0 * hour)
    seldom.wait_until(NOON_S + 3600.0 * (24 * 7 - 1))

    assert told(often) == ["stop_smoking", "sleep_trouble"]
    assert advice(often) == advice(seldom)


def test_a_clock_that_is_set_back_silences_nothing_for_long() -> None:
    """What was told in a future that did not come counts as told now."""
    patient = Patient(rules_for(smoking_0_to_2=2, has_sleep_trouble=True))
    live(patient, 1)
    assert told(patient) == ["stop_smoking"]
    step_clock(patient.state, ClockStep(from_s=NOON_S + DAY_S, to_s=NOON_S - 30 * DAY_S))
    live(patient, 3, first=-30)

    assert told(patient) == ["stop_smoking", "sleep_trouble"]


def test_short_and_irregular_sleep_are_told_with_what_is_advised_at_the_age() -> None:
    """5.6 hours at 70, where 7 to 8 are advised, and an index of 58; three nights tell of no hours."""
    known, few = (Patient(rules_for(birth_year=1956)) for _ in range(2))
    for patient, nights in ((known, 6), (few, 3)):
        measure(patient, NOON_S - 60.0, 118.0, 72.0)
        for day in range(3):
            noon_s = NOON_S + day * DAY_S
            patient.state.advice.sleep = SleepWeek(noon_s, nights, 5.6, 58.0)
            patient.send("activity", [noon_s], cadence=[0.0])
            patient.wait_until(noon_s + DAY_S - 60.0)

    texts = {item.rule: item.text for item in advice(known)}
    assert list(texts) == ["sleep_longer", "sleep_regularly"]
    assert "You slept 5.6 hours a night" in texts["sleep_longer"]
    assert "At your age 7 to 8 hours are advised" in texts["sleep_longer"]
    assert "you reach 58" in texts["sleep_regularly"]
    assert told(few) == ["sleep_regularly"]


def test_each_daily_fact_is_known_or_says_why_not() -> None:
    """Of nobody who has told or measured anything only that there are no readings is known."""
    patient = Patient()
    patient.wait_until(NOON_S)
    facts = gather(patient.state, patient.rules, NOON_S)

    assert facts.known == {"bp_readings_kept": 0}
    assert facts.missing.keys() == DAILY.keys() - facts.known.keys()
    assert all(len(reason) > 10 for reason in facts.missing.values())


def test_what_is_too_much_for_a_day_comes_the_next() -> None:
    """After two pieces of advice the third waits until a day after the first, with its numbers."""
    patient = Patient()
    hour_s = 3600.0
    for hours in (2.0, 1.0):
        note_told(patient.state.advice, NOON_S - hours * hour_s, is_habit=False)
    measure(patient, NOON_S, 152.0, 96.0)
    measure(patient, NOON_S + 60.0, 152.0, 96.0)
    assert told(patient) == []

    patient.wait_until(NOON_S + 3 * DAY_S)
    (item,) = advice(patient)
    assert (item.rule, item.at_s) == ("measure_for_a_week", NOON_S - 2.0 * hour_s + DAY_S)
    assert "152/96 mmHg" in item.text


def test_the_usual_heart_rate_by_day_is_a_fact_once_it_is_the_wearers_own() -> None:
    """Eight days of 58/min from twelve to four; those of the night are of sleep and do not count."""
    day, night = Patient(), Patient()
    day.state.baseline.days[3] = [Stretch(58.0, 3.0)] * 8
    night.state.baseline.days[0] = [Stretch(58.0, 3.0)] * 8

    assert gather(day.state, day.rules, NOON_S).known["rest_hr_bpm"] == 58.0
    assert "rest_hr_bpm" in gather(night.state, night.rules, NOON_S).missing
