"""Which days, nights and readings make a fact that advice rests on: each bound from either side."""

from __future__ import annotations

from typing import cast

import numpy as np
import pytest
from msgspec.structs import replace
from numpy.typing import NDArray

from edge.advice.diary import ActiveDay, SleepWeek
from edge.advice.facts import Value
from edge.advice.priorities import RiskModel
from edge.advice.protocols import HomeReading, courses, load_protocols
from edge.advice.ranking import of_risk
from edge.contract.advice import Topic
from edge.contract.profile import Profile, Sex
from edge.pipeline.gather_facts import gather
from edge.signals.nights import Night
from edge.signals.risk import RISK_OUTCOMES, RISK_TERMS
from edge.wearer.usual import Stretch
from tests.support.corridor import NOON_S, Patient
from tests.unit.advice.diary_days import DAY_S, rules_for

HOUR_S = 3600.0
WEEK_S = 7 * DAY_S


def known(patient: Patient, at_s: float = NOON_S) -> dict[str, Value]:
    return gather(patient.state, patient.rules, at_s).known


def active(*days: tuple[float, int]) -> dict[str, Value]:
    """The facts at noon, of days that ended so many days ago with so many minutes of activity."""
    patient = Patient()
    patient.state.advice.active_days = [ActiveDay(NOON_S - ago * DAY_S, minutes) for ago, minutes in days]
    return known(patient)


@pytest.mark.parametrize(("days", "minutes"), [(3, None), (4, 84.0), (5, 84.0)])
def test_a_weeks_activity_needs_four_days(days: int, minutes: float | None) -> None:
    """Three days of 12 minutes tell of no week, four of 84 minutes in one."""
    assert active(*((ago, 12) for ago in range(days))).get("active_min_per_week") == minutes


@pytest.mark.parametrize(
    ("ago", "minutes"), [(6.9, 28.0), (7.0, None), (7.1, None), (0.0, 28.0), (-0.1, None)]
)
def test_a_weeks_activity_is_of_days_that_ended_within_seven_days(ago: float, minutes: float | None) -> None:
    """The fourth day of 4 minutes counts while it is less than a week ago, and not from the future."""
    assert active((ago, 4), (3.0, 4), (2.0, 4), (1.0, 4)).get("active_min_per_week") == minutes


@pytest.mark.parametrize(("ago", "change"), [(6.9, None), (7.0, 0.0), (13.9, 0.0), (14.0, None)])
def test_the_week_before_is_of_days_from_seven_to_fourteen_days_ago(ago: float, change: float | None) -> None:
    """Four days of this week against three of the week before and one that is of it or not."""
    this_week = [(float(number), 4) for number in range(4)]

    assert active(*this_week, (ago, 4), *((8.0 + n, 4) for n in range(3))).get("active_min_change") == change


@pytest.mark.parametrize(("minutes", "days"), [(9, 0.0), (10, 7.0), (11, 7.0)])
def test_a_day_is_active_from_ten_minutes_on(minutes: int, days: float) -> None:
    """NHANES asks for days with at least 10 minutes of activity."""
    assert active(*((ago, minutes) for ago in range(4)))["active_days_per_week"] == days


@pytest.mark.parametrize(("nights", "bpm"), [(3, None), (4, 60.0), (5, 60.0)])
def test_a_weeks_heart_rate_by_night_needs_four_nights(nights: int, bpm: float | None) -> None:
    """Three nights of 60 tell of no week."""
    patient = Patient()
    patient.state.nights.before = [Night(NOON_S - ago * DAY_S, 60.0) for ago in range(nights)]

    assert known(patient).get("night_hr_bpm") == bpm


@pytest.mark.parametrize(
    ("ago", "bpm", "change_bpm"), [(6.9, 61.5, None), (7.0, None, None), (7.1, None, None)]
)
def test_a_night_is_of_the_week_for_seven_days(
    ago: float, bpm: float | None, change_bpm: float | None
) -> None:
    """The fourth night of the week, of 66, counts until it is a week ago."""
    patient = Patient()
    others = [Night(NOON_S - days * DAY_S, 60.0) for days in (3, 2, 1)]
    patient.state.nights.before = [Night(NOON_S - ago * DAY_S, 66.0), *others]
    facts = known(patient)

    assert (facts.get("night_hr_bpm"), facts.get("night_hr_change_bpm")) == (bpm, change_bpm)


@pytest.mark.parametrize(("earlier", "change_bpm"), [(3, None), (4, -6.0)])
def test_a_change_by_night_needs_four_nights_before_the_week(earlier: int, change_bpm: float | None) -> None:
    """Four nights of 60 against four of 66 more than a week ago are 6 less; three of those are too few."""
    patient = Patient()
    before = [Night(NOON_S - (7 + days) * DAY_S, 66.0) for days in range(earlier)]
    now = [Night(NOON_S - days * DAY_S, 60.0) for days in range(4)]
    patient.state.nights.before = [*reversed(before), *reversed(now)]

    assert known(patient).get("night_hr_change_bpm") == change_bpm


@pytest.mark.parametrize(("nights", "hours"), [(3, None), (4, 6.5), (5, 6.5)])
def test_a_weeks_sleep_needs_four_nights(nights: int, hours: float | None) -> None:
    """The mean of three nights is not told; their regularity, which counts days of its own, is."""
    patient = Patient()
    patient.state.advice.sleep = SleepWeek(NOON_S, nights, 6.5, 80.0)
    facts = known(patient)

    assert (facts.get("sleep_h_mean"), facts["sleep_regularity_index"]) == (hours, 80.0)


@pytest.mark.parametrize(("after_s", "hours"), [(3 * DAY_S - 1.0, 6.5), (3 * DAY_S, None), (4 * DAY_S, None)])
def test_a_week_of_sleep_counts_for_three_days(after_s: float, hours: float | None) -> None:
    """Told anew each morning: what was told 72 hours ago is over."""
    patient = Patient()
    patient.state.advice.sleep = SleepWeek(NOON_S, 7, 6.5, 80.0)

    assert known(patient, NOON_S + after_s).get("sleep_h_mean") == hours


@pytest.mark.parametrize(
    ("part", "is_by_day"), [(0, False), (1, False), (2, True), (3, True), (4, True), (5, False)]
)
def test_the_usual_by_day_is_of_eight_to_eight(part: int, is_by_day: bool) -> None:
    """Of six parts of four hours the third to the fifth are by day: 08:00 to 20:00."""
    patient = Patient()
    patient.state.baseline.days[part] = [Stretch(58.0, 3.0)] * 8

    assert ("rest_hr_bpm" in known(patient)) is is_by_day


@pytest.mark.parametrize(
    ("sex", "drinks", "above"),
    [(Sex.FEMALE, 1.0, 0.0), (Sex.FEMALE, 1.5, 0.5), (Sex.MALE, 2.0, 0.0), (Sex.MALE, 1.5, -0.5)],
)
def test_drinks_are_above_the_limit_from_one_of_women_and_two_of_men(
    sex: Sex, drinks: float, above: float
) -> None:
    """ACC/AHA 2025: at most one drink a day for women, two for men."""
    assert known(Patient(rules_for(sex=sex, drinks_per_day=drinks)))["drinks_above_limit"] == above


def test_a_weeks_alcohol_is_fourteen_grams_a_drink() -> None:
    """Two drinks on each of 365.25 days are 28 g a day and 196 g a week; 5 % of 80 kg are 4 kg."""
    facts = known(Patient(rules_for(drinks_per_day=2.0, alcohol_days_per_year=365.25, weight_kg=80.0)))

    assert facts["alcohol_g_per_week"] == pytest.approx(196.0)
    assert facts["weight_5_percent_kg"] == pytest.approx(4.0)


@pytest.mark.parametrize(("ago_s", "kept"), [(28 * DAY_S - 1.0, 1), (28 * DAY_S, 0), (28 * DAY_S + 1.0, 0)])
def test_a_reading_counts_for_four_weeks(ago_s: float, kept: int) -> None:
    """After 28 days it says nothing of the pressure now."""
    patient = Patient()
    patient.state.advice.readings = [HomeReading(NOON_S - ago_s, 120.0, 70.0)]

    assert known(patient)["bp_readings_kept"] == kept


def course(days: int, *, diastolic: float = 79.0) -> list[HomeReading]:
    """Two readings each noon and each evening, of 128 mmHg and a pulse of 60."""
    return [
        HomeReading(NOON_S + day * DAY_S + hour * HOUR_S + minute * 60.0, 128.0, diastolic, 60.0)
        for day in range(days)
        for hour in (0.0, 8.0)
        for minute in (0.0, 1.0)
    ]


@pytest.mark.parametrize(("after_s", "mean_mmhg"), [(28 * DAY_S - 1.0, 128.0), (28 * DAY_S, None)])
def test_the_average_of_a_course_counts_for_four_weeks_after_its_last_reading(
    after_s: float, mean_mmhg: float | None
) -> None:
    """28 days after the last reading of a course its average is told no more."""
    patient = Patient()
    patient.state.advice.readings = course(7)
    last_s = patient.state.advice.readings[-1].at_s

    assert known(patient, last_s + after_s).get("bp_systolic_mmhg") == mean_mmhg


@pytest.mark.parametrize(("diastolic", "above"), [(79.0, -1.0), (80.0, 0.0), (81.0, 1.0)])
def test_an_average_is_held_against_the_worse_of_both_limits(diastolic: float, above: float) -> None:
    """ACC/AHA, at home: 128 is 2 below 130, so a diastolic value counts from 78 on against 80."""
    patient = Patient()
    patient.state.advice.readings = course(7, diastolic=diastolic)

    assert known(patient, NOON_S + 8 * DAY_S)["bp_above_limit_mmhg"] == above


@pytest.mark.parametrize(
    ("scheme", "day", "behind", "left"),
    [
        # By AHA four a day are wanted from the first day on, by ESH from the second.
        ("acc-aha-2017", 0, -4, 7),
        ("acc-aha-2017", 1, 0, 6),
        ("acc-aha-2017", 2, 4, 5),
        ("esc-2024", 0, 0, 7),
        ("esc-2024", 1, 0, 6),
        ("esc-2024", 2, 4, 5),
    ],
)
def test_a_course_under_way_is_behind_by_what_days_that_are_over_lack(
    scheme: str, day: int, behind: int, left: int
) -> None:
    """Four readings on the first day and none since: how many are wanted more by now, and for how long."""
    patient = Patient(rules_for(scheme=scheme))
    patient.state.advice.readings = course(1)
    facts = known(patient, NOON_S + day * DAY_S + 9 * HOUR_S)

    assert (facts["bp_readings_behind"], facts["bp_days_left"]) == (behind, left)


def test_the_last_course_is_the_one_under_way_and_the_last_complete_one_tells_the_average() -> None:
    """Whole courses of 128 and 118 mmHg and one day of a third: the average of the second is told."""
    patient = Patient()
    second = [replace(item, at_s=item.at_s + 7 * DAY_S, systolic_mmhg=118.0) for item in course(7)]
    third = [replace(item, at_s=item.at_s + 14 * DAY_S, systolic_mmhg=150.0) for item in course(1)]
    patient.state.advice.readings = [*course(7), *second, *third]
    facts = known(patient, NOON_S + 15 * DAY_S)

    assert (facts["bp_systolic_mmhg"], facts["bp_readings"], facts["bp_days_left"]) == (118.0, 4, 6)


def day_of(at_s: float) -> float:
    return at_s // DAY_S * DAY_S


AHA = load_protocols()["acc-aha-2017"]


@pytest.mark.parametrize(
    ("after_s", "counted"), [(3 * HOUR_S - 1.0, 2), (3 * HOUR_S, 2), (3 * HOUR_S + 1.0, 1)]
)
def test_a_sitting_is_of_three_hours_from_its_first_reading(after_s: float, counted: int) -> None:
    """Where first readings are dropped, one after more than three hours is a first again."""
    times_s = (NOON_S, NOON_S + HOUR_S, NOON_S + after_s)
    readings = [HomeReading(at_s, 120.0, 70.0) for at_s in times_s]
    (found,) = courses(readings, replace(AHA, dropped_first_readings=1), day_of, NOON_S + 4 * HOUR_S)

    assert len(found.counted) == counted


@pytest.mark.parametrize(("gap_days", "found"), [(2, 1), (3, 1), (4, 2)])
def test_a_course_goes_on_after_three_days_at_most(gap_days: int, found: int) -> None:
    """After more than three days without a reading the next begins another course."""
    readings = [HomeReading(NOON_S + day * DAY_S, 120.0, 70.0) for day in (0, gap_days)]

    assert len(courses(readings, AHA, day_of, NOON_S + gap_days * DAY_S)) == found


@pytest.mark.parametrize(("days", "is_over"), [(2, False), (3, False), (4, True)])
def test_a_course_is_given_up_after_three_days_without_a_reading(days: int, *, is_over: bool) -> None:
    """On the third day after the last reading somebody may still go on, on the fourth not."""
    (found,) = courses([HomeReading(NOON_S, 120.0, 70.0)], AHA, day_of, NOON_S + days * DAY_S)

    assert found.is_over is is_over


def test_days_without_a_reading_count_from_the_last_one() -> None:
    """Measured on the first and the fourth day, a course goes on on the seventh."""
    readings = [HomeReading(NOON_S + day * DAY_S, 120.0, 70.0) for day in (0, 3)]
    (found,) = courses(readings, AHA, day_of, NOON_S + 6 * DAY_S)

    assert not found.is_over


@pytest.mark.parametrize(("day", "found"), [(5, 1), (6, 1), (7, 2)])
def test_a_course_is_of_seven_days(day: int, found: int) -> None:
    """A reading on the eighth day is of the next course."""
    readings = [HomeReading(NOON_S + each * DAY_S, 120.0, 70.0) for each in (0, 2, 4, day)]

    assert len(courses(readings, AHA, day_of, NOON_S + day * DAY_S)) == found


class Terms:
    """A network of which each term adds what is told of its input, as it is; once at its aim, nothing."""

    def __init__(self, **shares: float) -> None:
        self.asked = 0
        self.shares = shares

    def run(self, *_values: NDArray[np.float32]) -> NDArray[np.float32]:
        self.asked += 1
        table = np.zeros((len(RISK_TERMS), len(RISK_OUTCOMES)))
        for name, share in self.shares.items():
            table[RISK_TERMS.index((name,)), 0] = share if self.asked == 1 else 0.0
        return cast("NDArray[np.float32]", table)


def model(**shares: float) -> RiskModel:
    return RiskModel("risk-0.0.1", Terms(**shares), np.ones(len(RISK_OUTCOMES)))


@pytest.mark.parametrize(("logit", "topic"), [(0.099, None), (0.1, "weight"), (0.101, "weight")])
def test_a_fall_of_less_than_a_tenth_of_a_logit_is_not_told(logit: float, topic: str | None) -> None:
    """What counts most by less than 0.1 would be an order by chance."""
    profile, facts = Profile(smoking_0_to_2=2), {"age_years": 52.0, "bmi_kg_m2": 30.0}
    ((_, found),) = of_risk(model(bmi_kg_m2=logit, smoking_0_to_2=0.05), profile, facts)

    assert found["counts_most"] == topic


@pytest.mark.parametrize(
    ("name", "at_aim", "off", "topic"),
    [
        ("bmi_kg_m2", 25.0, 25.1, Topic.WEIGHT),
        ("smoking_0_to_2", 1.0, 2.0, Topic.SMOKING),
        ("is_physically_active", 1.0, 0.0, Topic.ACTIVITY),
        ("active_days_per_week", 5.0, 4.9, Topic.ACTIVITY),
        ("drinks_per_day", 1.0, 1.1, Topic.ALCOHOL),
        ("systolic_mmhg", 129.0, 129.1, Topic.BLOOD_PRESSURE),
        ("diastolic_mmhg", 79.0, 79.1, Topic.BLOOD_PRESSURE),
        ("sleep_h", 7.0, 6.9, Topic.SLEEP),
    ],
)
def test_only_what_is_off_its_aim_can_count_most(name: str, at_aim: float, off: float, topic: Topic) -> None:
    """At the aim of a guideline there is nothing left to gain; a little beyond it there is."""
    person = {"age_years": 50.0}

    assert set(model().falls({**person, name: at_aim})) == set()
    assert set(model().falls({**person, name: off})) == {topic}


@pytest.mark.parametrize(("age_years", "is_ranked"), [(19, False), (20, True), (21, True)])
def test_the_risk_model_is_asked_from_twenty_years_on(age_years: int, *, is_ranked: bool) -> None:
    """It has seen nobody younger."""
    profile, facts = Profile(smoking_0_to_2=2), {"age_years": float(age_years), "bmi_kg_m2": 30.0}
    ((_, found),) = of_risk(model(bmi_kg_m2=1.0), profile, facts)

    assert (found["counts_most"] is not None) is is_ranked
