"""What is usual for a wearer: how it is learned, bounded and forgotten, and which limits follow from it."""

from __future__ import annotations

import csv
import gzip
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.baselines.learn import is_frozen
from edge.baselines.limits import CALM_BPM, FAST_BPM, SLOW_BPM, SLOWEST_BPM, own_limits, usual_by_part
from edge.baselines.population import BANDS
from edge.contract.commands import ExportBaseline, ResetBaseline, SetLimit
from edge.contract.profile import UNKNOWN_WEARER, Profile, Sex
from edge.contract.samples import Mode
from edge.pipeline.clock_step import ClockStep, step_clock
from edge.signals.nights import Night
from edge.wearer.state import WearerState
from edge.wearer.usual import KEPT_DAYS, PARTS, HeartRateBaseline, Stretch, summarise, usual_of
from tests.benchmarks.baselines_mmash import live as live_again
from tests.benchmarks.baselines_mmash import rows_of
from tests.support.corridor import Patient, make_rules

DAY_S = 86_400.0
# 2026-06-01T00:00:00Z, a midnight.
MIDNIGHT_S = 1_780_272_000.0
NOON_S = MIDNIGHT_S + 12 * 3600.0
SLOW, FAST, UNEXPLAINED = "bradycardia_at_rest", "tachycardia_at_rest", "heart_rate_unexplained"


def rest(patient: Patient, from_s: float, minutes: int, hr_bpm: float, cadence: float = 0.0) -> float:
    """So many minutes, by default of rest, with a heart rate that moves by 1/min; when they are over."""
    for minute in range(minutes):
        at_s = from_s + 60.0 * (minute + 1)
        patient.send("activity", [at_s], cadence=[cadence])
        patient.send("hr", [at_s], hr=[hr_bpm + minute % 3 - 1])
    return from_s + 60.0 * minutes


def live(patient: Patient, days: int, asleep_bpm: float, awake_bpm: float, first: int = 0) -> float:
    """Days of rest, eight hours of each asleep; the midnight after them."""
    now_s = MIDNIGHT_S + DAY_S * first
    for _ in range(days):
        now_s = rest(patient, now_s, 480, asleep_bpm)
        now_s = rest(patient, now_s, 960, awake_bpm)
    return now_s


def known(*days_bpm: tuple[float, float], days: int = 7) -> HeartRateBaseline:
    """So many equal days: (median, MAD) of the parts of the day in turn, the last for all that follow."""
    parts = [*days_bpm, *([days_bpm[-1]] * (PARTS - len(days_bpm)))]
    return HeartRateBaseline(days=[[Stretch(*part)] * days for part in parts])


def of_age(birth_year: int | None, sex: Sex | None = None) -> Patient:
    """A wearer who has told it."""
    profile = Profile(birth_year=birth_year, sex=sex)
    return Patient(replace(make_rules(), profiles={"w1": profile}))


def test_a_part_of_a_day_is_summed_up_by_its_median_and_mad() -> None:
    """By hand: of 58, 60, 61, 70 and 60 the median is 60, and the deviations 2, 0, 1, 10, 0 have median 1."""
    assert summarise([58, 60, 61, 70, 60]) == Stretch(60.0, 1.0)


def test_the_usual_starts_from_the_population_and_is_the_wearers_own_from_the_fourth_day() -> None:
    """By hand: three places of 72 against one to four days of 50; one odd day of 90 then changes nothing."""
    population, day, odd = Stretch(72.0, 8.0), Stretch(50.0, 2.0), Stretch(90.0, 20.0)

    medians = [usual_of([day] * days, population, 30.0, 90.0).median_bpm for days in range(5)]
    assert medians == [72.0, 72.0, 72.0, 61.0, 50.0]
    assert [usual_of([day] * days, population, 30.0, 90.0).is_own for days in (3, 4)] == [False, True]
    assert usual_of([*[day] * 8, odd], population, 30.0, 90.0)[:2] == (50.0, 2.0)


def test_the_reference_values_are_those_of_nhanes(recordings: Path) -> None:
    """Medians by age and sex, MAD and both centiles, computed anew from the released table."""
    path = recordings / "nhanes" / "NHANESraw_2009-2012.csv.gz"
    with gzip.open(path, "rt") as lines:
        people = [
            (float(row["Age"]), row["Gender"], float(row["Pulse"]), float(row["WTMEC2YR"]))
            for row in csv.DictReader(lines)
            if _is_number(row["Pulse"]) and float(row["Pulse"]) > 30.0
        ]

    ends = [*(band.from_years for band in BANDS[1:]), 200]
    for band, end in zip(BANDS, ends, strict=True):
        of_band = [person for person in people if band.from_years <= person[0] < end]
        pulses = [(pulse, weight) for _, _, pulse, weight in of_band]
        middle = _quantile(pulses, 0.5)
        female, male = (
            _quantile([(pulse, weight) for _, sex, pulse, weight in of_band if sex == wanted], 0.5)
            for wanted in ("female", "male")
        )
        mad = _quantile([(abs(pulse - middle), weight) for pulse, weight in pulses], 0.5)
        centiles = (_quantile(pulses, 0.01), _quantile(pulses, 0.99))
        assert band == (band.from_years, female, male, middle, mad, *centiles)


def _is_number(text: str) -> bool:
    return text not in {"", "NA"}


def _quantile(pairs: Iterable[tuple[float, float]], share: float) -> float:
    """The least value at which the weights reach a share of their sum."""
    ordered = sorted(pairs)
    total, seen = sum(weight for _, weight in ordered), 0.0
    for value, weight in ordered:
        seen += weight
        if seen >= share * total:
            return value
    raise AssertionError("no values")


def test_a_trained_heart_is_told_as_slow_in_the_first_days_and_then_no_more() -> None:
    """38 by day and 34 asleep: told on the first, never after the fourth morning, and 29 is told again."""
    patient = Patient()
    midnight_s = live(patient, 7, asleep_bpm=34.0, awake_bpm=38.0)
    told = patient.alerts(SLOW)

    assert told[0].at_s < MIDNIGHT_S + 3600.0
    assert told[-1].phase.value == "end"
    assert told[-1].at_s < MIDNIGHT_S + 3 * DAY_S + 4.5 * 3600.0
    assert patient.state.baseline.limits[SLOW] == SLOWEST_BPM
    rest(patient, midnight_s, 30, 27.0)
    assert len(patient.alerts(SLOW)) == len(told) + 1
    values = patient.alerts(SLOW)[-1].evidence.values
    assert (values["usual_bpm"], values["usual_days"]) == (34.0, 7)


def test_a_rate_that_falls_far_below_the_usual_is_told_for_as_long_as_it_lasts() -> None:
    """After a week of 60 five days of 38 do not become usual: one episode, and the limit stays."""
    patient = Patient()
    live(patient, 7, asleep_bpm=52.0, awake_bpm=60.0)
    assert (patient.alerts(SLOW), patient.state.baseline.limits[SLOW]) == ([], 44.0)
    live(patient, 5, asleep_bpm=38.0, awake_bpm=38.0, first=7)

    assert {alert.phase.value for alert in patient.alerts(SLOW)} == {"start", "update"}
    assert patient.state.baseline.limits[SLOW] == 44.0


def test_asleep_a_rate_below_fifty_is_no_alarm_before_anything_is_known() -> None:
    """46/min in the first night is usual, the same at noon is told; below 40 the night is told too."""
    night, noon, low = Patient(), Patient(), Patient()
    rest(night, MIDNIGHT_S + 2 * 3600.0, 60, 46.0)
    rest(noon, MIDNIGHT_S + 12 * 3600.0, 60, 46.0)
    rest(low, MIDNIGHT_S + 2 * 3600.0, 60, 37.0)

    assert [len(patient.alerts(SLOW)) > 0 for patient in (night, noon, low)] == [False, True, True]


def test_of_two_healthy_men_who_sleep_below_fifty_neither_is_told(recordings: Path) -> None:
    """Persons 1 and 10 of MMASH: by the guideline alone both are slow in their first night."""
    told = [
        [
            code
            for _, code in live_again(rows_of(recordings / "mmash10" / name), 1, with_baseline=with_baseline)
        ]
        for with_baseline in (False, True)
        for name in ("subject_1", "subject_10")
    ]

    assert told == [[SLOW], [SLOW], [], []]


def prepared(awake_bpm: float = 55.0, mad_bpm: float = 3.0) -> Patient:
    """A wearer at noon whose usual is known, and who has been still for two hours."""
    patient = Patient()
    patient.state.baseline = known((awake_bpm - 6.0, mad_bpm), (awake_bpm, mad_bpm))
    rest(patient, NOON_S - 300.0, 5, awake_bpm)
    patient.state.still_s = patient.state.effort_s = NOON_S - 7200.0
    return patient


def test_a_rate_far_above_the_usual_without_activity_is_told_after_a_quarter_of_an_hour() -> None:
    """Usual 55, now 95 in a chair: told as low though below 100/min, with the usual beside it."""
    patient = prepared()
    rest(patient, rest(patient, NOON_S, 40, 95.0), 20, 58.0)
    start, end = patient.alerts(UNEXPLAINED)

    assert (start.at_s - start.onset_s, start.priority) == (900.0, "low")
    assert start.onset_s - NOON_S <= 180.0
    assert start.evidence.limit == 90.0
    assert start.evidence.values == {
        "hr_bpm": 94,
        "usual_bpm": 55.0,
        "usual_mad_bpm": 3.0,
        "usual_days": 7,
        "still_s": start.at_s - (NOON_S - 7200.0),
    }
    assert end.phase.value == "end"
    assert patient.alerts(FAST) == []


def test_what_effort_explains_is_not_told() -> None:
    """After a run the same 95 is left alone for an hour, after a walk to the door for ten minutes."""
    ran, walked = prepared(), prepared()
    rest(ran, rest(ran, NOON_S, 20, 140.0, cadence=160.0), 55, 95.0)
    rest(walked, rest(walked, NOON_S, 2, 95.0, cadence=40.0), 30, 95.0)

    assert ran.alerts(UNEXPLAINED) == []
    (alert,) = walked.alerts(UNEXPLAINED)
    assert alert.onset_s - (NOON_S + 120.0) >= 600.0


def test_nothing_is_told_while_activity_is_unknown_or_has_a_gap() -> None:
    """Heart rate alone says nothing; after a gap in activity an hour passes, as if there had been effort."""
    deaf, gap = prepared(), prepared()
    for minute in range(60):
        deaf.send("hr", [NOON_S + 60.0 * minute + 30.0], hr=[95.0 + minute % 3])
    rest(gap, NOON_S + 600.0, 50, 95.0)

    assert deaf.alerts(UNEXPLAINED) == gap.alerts(UNEXPLAINED) == []


def test_without_a_usual_of_ones_own_nothing_is_unexplained() -> None:
    """The first day knows only the population: 98/min at rest is not told."""
    patient = Patient()
    rest(patient, NOON_S, 180, 97.0)

    assert patient.alerts(UNEXPLAINED) == []
    assert patient.state.baseline.limits[UNEXPLAINED] is None


def test_a_fast_heart_is_told_once_and_not_again_as_unexplained() -> None:
    """112/min for two hours is a tachycardia; that it is also far above the usual is withheld."""
    patient = prepared()
    rest(patient, rest(patient, NOON_S, 120, 112.0), 30, 56.0)

    assert [alert.phase.value for alert in patient.alerts(FAST)][::4] == ["start", "end"]
    assert patient.alerts(UNEXPLAINED) == []


@settings(max_examples=50)
@given(st.lists(st.floats(85.5, 90.0), min_size=1, max_size=40), st.booleans())
def test_no_chatter_inside_the_dead_band_of_an_own_limit(rates_bpm: list[float], is_alarmed: bool) -> None:
    """Within 5/min below the wearer's limit nothing starts, ends or is raised anew, however it moves."""
    patient = prepared()
    now_s = rest(patient, NOON_S, 30, 95.0) if is_alarmed else NOON_S
    told, records = len(patient.alerts(UNEXPLAINED)), len(patient.records)
    assert told == int(is_alarmed)
    for step, hr_bpm in enumerate(rates_bpm, 1):
        patient.send("activity", [now_s + 60.0 * step], cadence=[0.0])
        patient.send("hr", [now_s + 60.0 * step], hr=[hr_bpm])

    assert (len(patient.alerts(UNEXPLAINED)), len(patient.records)) == (told, records)


MINUTES = st.lists(
    st.tuples(
        st.sampled_from([0.0, 0.0, 0.0, 30.0, 120.0]),
        st.sampled_from([45.0, 58.0, 93.0, 96.0, 104.0, 120.0]),
        st.integers(1, 20),
        st.lists(st.integers(1, 11), max_size=3, unique=True),
    ),
    min_size=1,
    max_size=12,
)


@settings(max_examples=30)
@given(MINUTES)
def test_the_same_samples_in_other_batches_give_the_same_alerts(
    story: list[tuple[float, float, int, list[int]]],
) -> None:
    """Twelve heart rates a minute as one batch or in pieces: alerts, records and baseline are the same."""
    whole, pieces, now_s = prepared(), prepared(), NOON_S
    for cadence, hr_bpm, minutes, cuts in story:
        for _ in range(minutes):
            times_s = [now_s + 5.0 * number for number in range(1, 13)]
            values: list[float | None] = [hr_bpm + number % 4 for number in range(12)]
            now_s += 60.0
            whole.send("hr", times_s, hr=values)
            for begin, end in zip([0, *sorted(cuts)], [*sorted(cuts), 12], strict=True):
                pieces.send("hr", times_s[begin:end], hr=values[begin:end])
            for patient in (whole, pieces):
                patient.send("activity", [now_s], cadence=[cadence])

    assert pieces.said == whole.said
    assert pieces.records == whole.records
    assert pieces.state.baseline == whole.state.baseline


@settings(max_examples=50)
@given(MINUTES)
def test_nothing_is_learned_during_an_episode_or_in_the_delay_before_one(
    story: list[tuple[float, float, int, list[int]]],
) -> None:
    """Whenever learning is frozen, the minutes that count stay as they are; and it survives a restart."""
    patient, now_s = prepared(), NOON_S
    for cadence, hr_bpm, minutes, _ in story:
        for _ in range(minutes):
            was_frozen, until_s = is_frozen(patient.state), patient.state.baseline.until_s
            before = list(patient.state.baseline.minutes_bpm)
            now_s = rest(patient, now_s, 1, hr_bpm, cadence)
            baseline = patient.state.baseline
            if was_frozen and baseline.until_s == until_s:
                assert baseline.minutes_bpm == before
            assert len(baseline.minutes_bpm) <= len(before) + 1
        again = patient.restarted().state
        assert msgspec.msgpack.encode(again) == msgspec.msgpack.encode(patient.state)


PART_DAYS = st.lists(st.builds(Stretch, st.floats(20.0, 260.0), st.floats(0.0, 60.0)), max_size=KEPT_DAYS)


@given(st.lists(PART_DAYS, min_size=PARTS, max_size=PARTS), st.integers(0, PARTS - 1))
def test_limits_stay_between_floor_and_ceiling_whatever_was_learned(
    days: list[list[Stretch]], part: int
) -> None:
    """Adults: slow at 30 to 50, fast at 100, unexplained at 90 to 100 or not judged; usual at 30 to 90."""
    baseline = HeartRateBaseline(days=days, part=part)
    limits = own_limits(baseline, UNKNOWN_WEARER, MIDNIGHT_S)
    slow_bpm, unexplained_bpm = limits[SLOW], limits[UNEXPLAINED]

    assert slow_bpm is not None
    assert SLOWEST_BPM <= slow_bpm <= SLOW_BPM
    assert limits[FAST] == FAST_BPM
    assert unexplained_bpm is None or CALM_BPM <= unexplained_bpm <= FAST_BPM
    assert all(
        SLOWEST_BPM <= usual.median_bpm <= CALM_BPM
        for usual in usual_by_part(baseline, UNKNOWN_WEARER, MIDNIGHT_S)
    )


def test_no_illness_becomes_usual_by_lasting_long() -> None:
    """Three days of 108 at rest after a week of 62: nothing of it is learned and it is told to the end."""
    patient = Patient()
    live(patient, 7, asleep_bpm=55.0, awake_bpm=62.0)
    limits = dict(patient.state.baseline.limits)
    live(patient, 3, asleep_bpm=108.0, awake_bpm=108.0, first=7)

    # The last evening of the week was over when the illness began.
    assert [len(part) for part in patient.state.baseline.days] == [7] * PARTS
    assert patient.state.baseline.limits == limits
    assert patient.alerts(FAST)[-1].phase.value == "update"


def test_a_baseline_is_of_bounded_size() -> None:
    """Beyond three weeks it grows no more, and the whole of it is less than 4 kB."""
    patient = Patient()
    sizes = []
    for first, days in ((0, KEPT_DAYS + 1), (KEPT_DAYS + 1, 1), (KEPT_DAYS + 2, 1)):
        live(patient, days, asleep_bpm=52.0, awake_bpm=64.0, first=first)
        sizes.append(len(msgspec.msgpack.encode(patient.state.baseline)))
        assert {len(days) for days in patient.state.baseline.days} == {KEPT_DAYS}

    assert max(sizes) - min(sizes) < 64
    assert max(sizes) < 4096


@pytest.mark.parametrize(
    ("birth_year", "slow_bpm", "fast_bpm"),
    [(2016, 58.0, 108.0), (2013, 54.0, 110.0), (2009, 50.0, 102.0), (2008, 50.0, 100.0), (1936, 50.0, 100.0)],
)
def test_limits_at_rest_are_those_of_the_age(birth_year: int, slow_bpm: float, fast_bpm: float) -> None:
    """In 2026, by day: centiles for the ages of 10, 13 and 17; all adults have those of adults."""
    patient = of_age(birth_year)
    rest(patient, NOON_S, 2, 75.0)

    assert patient.state.baseline.limits == {SLOW: slow_bpm, FAST: fast_bpm, UNEXPLAINED: None}


def test_a_child_asleep_is_not_held_against_children_awake() -> None:
    """At 10 and at 15 years a slow heart is not judged at night, at 15 it is once the usual is known."""
    limits = [
        own_limits(baseline, Profile(birth_year=birth_year), MIDNIGHT_S)[SLOW]
        for birth_year in (2016, 2011)
        for baseline in (HeartRateBaseline(part=0), known((60.0, 2.0), (72.0, 3.0)))
    ]

    # By hand: 60 less 3 * 1.4826 * 2.
    assert limits == [None, None, None, 51.0]


def test_a_child_too_young_for_any_source_is_not_judged_unless_a_limit_was_set() -> None:
    """At 5 years 150/min at rest is not told; with a limit that somebody set it is."""
    child, told = of_age(2021), of_age(2021)
    rest(told, NOON_S, 1, 100.0)
    assert told.order(SetLimit(request="1", condition=FAST, limit=130.0, reason="her doctor")).is_accepted
    for patient in (child, told):
        rest(patient, NOON_S + 60.0, 20, 150.0)

    assert child.alerts(FAST) == child.alerts(UNEXPLAINED) == []
    assert [alert.evidence.limit for alert in told.alerts(FAST)] == [130.0]
    assert (
        "nothing is judged" in told.order(SetLimit(request="2", condition=FAST, limit=None, reason="x")).what
    )


def test_a_baseline_is_handed_out_and_deleted_by_command() -> None:
    """All that is kept is in the reply; a reset leaves nothing of it; the log has no value."""
    patient = prepared()
    patient.state.nights.before = [Night(MIDNIGHT_S, 48.5)]
    given_out = patient.order(ExportBaseline(request="1"), who="maria").baseline
    assert given_out is not None
    evening = given_out.heart_rate[5]
    assert (evening.from_h, evening.until_h, evening.median_bpm, evening.is_own) == (20, 24, 55.0, True)
    assert evening.day_medians_bpm == (55.0,) * 7
    assert given_out.night_means_bpm == (48.5,)
    assert given_out.limits_bpm == {SLOW: 36.0, UNEXPLAINED: 90.0, FAST: 100.0}

    reply = patient.order(ResetBaseline(request="2", reason="new medicine"), who="maria")
    assert (reply.is_accepted, reply.baseline) == (True, None)
    fresh = WearerState("w1", Mode.TEST)
    assert (patient.state.baseline, patient.state.nights) == (fresh.baseline, fresh.nights)
    rest(patient, patient.state.now_s, 2, 70.0)
    after = patient.order(ExportBaseline(request="3"), who="maria").baseline
    assert after is not None
    assert {part.day_medians_bpm for part in after.heart_rate} == {()}
    assert [(record.what, record.who, record.reason) for record in patient.records] == [
        ("export_baseline", "maria", None),
        ("reset_baseline", "maria", "new medicine"),
        ("export_baseline", "maria", None),
    ]
    assert not any(character.isdigit() for record in patient.records for character in record.detail or "")


def test_a_clock_that_is_set_drops_what_is_being_counted_and_keeps_the_days() -> None:
    """Set back by a week in the middle of a part: days stay, and minutes are counted anew."""
    patient = prepared()
    days = [list(part) for part in patient.state.baseline.days]
    now_s = rest(patient, NOON_S, 31, 60.0)
    assert len(patient.state.baseline.minutes_bpm) == 31
    step_clock(patient.state, ClockStep(from_s=now_s, to_s=NOON_S - 7 * DAY_S))
    assert patient.state.baseline.minutes_bpm == []
    rest(patient, NOON_S - 7 * DAY_S, 31, 60.0)

    assert patient.state.baseline.days == days
    assert len(patient.state.baseline.minutes_bpm) == 30
    assert patient.state.nights.until_s < NOON_S


@pytest.mark.parametrize(
    ("cadence", "within_s"),
    [
        # Rest up to ten steps a minute: the two hours before count, and only the quarter of an hour passes.
        (10.0, 1200.0),
        # Walking: ten minutes of stillness first.
        (99.0, 2400.0),
        # At least moderate from 100 on (Tudor-Locke 2018): an hour.
        (100.0, None),
    ],
)
def test_how_long_steps_explain_a_heart_rate(cadence: float, within_s: float | None) -> None:
    """Two minutes of steps, then 95 at rest for 50 minutes: told at once, after ten minutes more, or not."""
    patient = prepared()
    still_s = rest(patient, NOON_S, 2, 95.0, cadence=cadence)
    rest(patient, still_s, 50, 95.0)
    told_s = [alert.at_s - still_s for alert in patient.alerts(UNEXPLAINED) if alert.phase.value == "start"]

    assert (told_s != []) is (within_s is not None)
    assert within_s is None or within_s - 1200.0 < told_s[0] <= within_s


def test_a_minute_that_is_closed_late_is_not_learned() -> None:
    """The next heart rate may come two minutes after the end of the last one's minute, not later."""
    learned = []
    for pause_s in (180.0, 240.0):
        patient = Patient()
        rest(patient, NOON_S - 60.0, 3, 61.0)
        before = len(patient.state.baseline.minutes_bpm)
        # The minute that began at the last heart rate ends 60 s later.
        patient.send("hr", [NOON_S + 120.0 + pause_s], hr=[66.0])
        learned.append(len(patient.state.baseline.minutes_bpm) - before)

    assert learned == [1, 0]


def test_the_last_three_weeks_are_kept() -> None:
    """After 21 days of 60 a day of 70 takes the place of the first, in each part of the day."""
    patient = Patient()
    patient.state.baseline = known((60.0, 3.0), days=21)
    live(patient, 1, asleep_bpm=70.0, awake_bpm=70.0)
    rest(patient, MIDNIGHT_S + DAY_S, 2, 70.0)

    for days in patient.state.baseline.days:
        assert [stretch.median_bpm for stretch in days] == [60.0] * 20 + [70.0]


@pytest.mark.parametrize(("hour", "is_told"), [(19, True), (20, False), (21, False), (7, False), (8, True)])
def test_the_parts_of_the_day_in_which_most_sleep_are_from_eight_to_eight(
    hour: int, *, is_told: bool
) -> None:
    """46/min is told of a wearer of whom nothing is known from 08:00 to 20:00 only."""
    patient = Patient()
    rest(patient, MIDNIGHT_S + 3600.0 * hour, 40, 46.0)

    assert bool(patient.alerts(SLOW)) is is_told
