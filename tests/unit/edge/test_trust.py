"""Whose values count: not those of a device off the body or stuck, nor what an illness makes usual."""

from __future__ import annotations

import pytest

from edge.baselines.learn import is_frozen
from edge.baselines.limits import own_limits
from edge.baselines.population import median_bpm
from edge.conditions.machine import Episode, Stage
from edge.contract.commands import PauseAudio
from edge.contract.messages import Priority
from edge.contract.profile import UNKNOWN_WEARER, Profile
from edge.contract.samples import Mode
from edge.watches.early_warning import parts_now
from edge.wearer.rest import is_at_rest
from edge.wearer.spot import spot_of
from edge.wearer.state import WearerState
from edge.wearer.usual import PARTS, HeartRateBaseline, Stretch
from tests.support.corridor import NOON_S, Patient

DAY_S = 86_400.0


def minutes(patient: Patient, from_s: float, count: int, hr_bpm: float, *, step_bpm: float = 1.0) -> float:
    """Minutes at rest with a heart rate that moves by `step_bpm`, or not at all; when they are over."""
    for minute in range(count):
        at_s = from_s + 60.0 * (minute + 1)
        patient.send("activity", [at_s], "watch", cadence=[0.0])
        patient.send("hr", [at_s], "strap", hr=[hr_bpm + step_bpm * (minute % 3 - 1)])
    return from_s + 60.0 * count


def with_usual(awake_bpm: float = 55.0) -> Patient:
    """A wearer at noon with a usual of seven days, still for two hours."""
    patient = Patient()
    days = [Stretch(awake_bpm, 3.0)] * 7
    patient.state.baseline = HeartRateBaseline(days=[list(days) for _ in range(PARTS)])
    minutes(patient, NOON_S - 300.0, 5, awake_bpm)
    patient.state.still_s = patient.state.effort_s = NOON_S - 7200.0
    return patient


def take_off(patient: Patient, at_s: float) -> None:
    patient.send("contact", [at_s], "strap", contact=[0.0])


def test_a_stuck_heart_rate_is_told_as_stuck_and_as_nothing_else() -> None:
    """120/min that never changes for an hour is no fast heart at rest from when it is known to be stuck."""
    patient = Patient()
    minutes(patient, NOON_S, 60, 120.0, step_bpm=0.0)

    (stuck,) = patient.alerts("sensor_frozen")
    told = patient.alerts("tachycardia_at_rest")
    assert all(alert.at_s <= stuck.at_s or alert.phase.value == "end" for alert in told)
    assert not patient.state.is_active("tachycardia_at_rest", "hr")


def test_nothing_is_learned_from_a_strap_on_the_table() -> None:
    """Its minutes at rest are not the wearer's; those of the same strap worn are."""
    worn, off = Patient(), Patient()
    take_off(off, NOON_S)
    for patient in (worn, off):
        minutes(patient, NOON_S, 30, 60.0)

    assert worn.state.baseline.minutes_bpm
    assert off.state.baseline.minutes_bpm == []


def test_a_strap_on_the_table_says_of_no_unexplained_rate() -> None:
    """95/min against a usual of 55 is told of a strap that is worn, and not of one that is off."""
    worn, off = with_usual(), with_usual()
    take_off(off, NOON_S)
    for patient in (worn, off):
        minutes(patient, NOON_S, 40, 95.0)

    assert worn.alerts("heart_rate_unexplained")
    assert "heart_rate_unexplained/hr" not in off.state.episodes


def test_a_strap_on_the_table_makes_no_night() -> None:
    """Six hours of 75/min from a strap off the body are no part of the night's mean."""
    worn, off = Patient(), Patient()
    take_off(off, NOON_S)
    for patient in (worn, off):
        minutes(patient, NOON_S + DAY_S / 2.0, 360, 75.0)

    assert worn.state.nights.minutes > 300
    assert off.state.nights.minutes == 0


def test_a_strap_on_the_table_is_not_stuck() -> None:
    """That nothing changes there is no fault of the sensor."""
    patient = Patient()
    take_off(patient, NOON_S)
    minutes(patient, NOON_S, 120, 60.0, step_bpm=0.0)

    assert "sensor_frozen/hr" not in patient.state.episodes


@pytest.mark.parametrize(
    "key",
    [
        "tachycardia_at_rest/hr",
        "heart_rate_unexplained/hr",
        "night_heart_rate_high/hr",
        "irregular_rhythm/rr",
        "early_warning/vitals",
    ],
)
def test_nothing_is_learned_while_one_of_these_is_present_or_may_be(key: str) -> None:
    """From its first sign on, whatever its stage."""
    for stage in (Stage.PENDING, Stage.ACTIVE, Stage.CLEARING):
        assert is_frozen(WearerState("w1", Mode.TEST, episodes={key: Episode(stage=stage)}))
    assert not is_frozen(WearerState("w1", Mode.TEST, episodes={"battery_low/battery@b": Episode()}))


def test_an_unexplained_rate_is_one_above_the_highest_usual_of_the_day() -> None:
    """Nights at 50 and evenings at 72: the limit stands 25 above the evening, at 97, not above the night."""
    parts = [50.0, 50.0, 60.0, 60.0, 72.0, 60.0]
    baseline = HeartRateBaseline(days=[[Stretch(bpm, 3.0)] * 7 for bpm in parts])

    assert own_limits(baseline, UNKNOWN_WEARER, NOON_S)["heart_rate_unexplained"] == 97.0


@pytest.mark.parametrize(
    ("age_years", "slow_is_own", "calm_is_judged"),
    [(13, False, False), (14, True, False), (15, True, False), (16, True, True)],
)
def test_from_which_age_on_the_own_usual_counts(
    age_years: int, slow_is_own: bool, calm_is_judged: bool
) -> None:
    """Seattle criteria: trained hearts from 14 on; NEWS2, by which 90 is calm, from 16 on."""
    baseline = HeartRateBaseline(days=[[Stretch(40.0, 1.0)] * 7 for _ in range(PARTS)], part=3)
    limits = own_limits(baseline, Profile(birth_year=2026 - age_years), NOON_S)

    slow_bpm = limits["bradycardia_at_rest"]
    assert slow_bpm is not None
    assert (slow_bpm < 50.0) is slow_is_own
    assert (limits["heart_rate_unexplained"] is not None) is calm_is_judged


def test_who_has_told_no_age_is_taken_for_forty() -> None:
    """The median at rest of those of about forty years (NHANES 1999-2008, Ostchega 2011), sexes together."""
    assert median_bpm(UNKNOWN_WEARER, NOON_S) == 72.0


@pytest.mark.parametrize(("after_s", "rests"), [(180.0, True), (181.0, None)])
def test_rest_is_known_for_three_minutes_after_the_last_steps_were_told(
    after_s: float, rests: bool | None
) -> None:
    """A minute later than that nobody can tell."""
    assert is_at_rest([(NOON_S, 0.0)], NOON_S + after_s) is rests


@pytest.mark.parametrize(("steps_s", "rests"), [(300.0, False), (301.0, True)])
def test_steps_of_five_minutes_ago_are_no_rest_yet(steps_s: float, rests: bool) -> None:
    """To the second, as in NightSignal (Alavi 2022)."""
    now_s = NOON_S + 600.0
    assert is_at_rest([(now_s - steps_s, 60.0), (now_s - 10.0, 0.0)], now_s) is rests


@pytest.mark.parametrize(("still_s", "is_told"), [(599.0, False), (600.0, True)])
def test_a_rate_needs_ten_minutes_without_steps_to_be_unexplained(still_s: float, is_told: bool) -> None:
    """Nine minutes and 59 seconds are not enough to begin its quarter of an hour."""
    patient = with_usual()
    at_s = NOON_S + 60.0
    patient.state.still_s = at_s + 60.0 - still_s
    minutes(patient, NOON_S, 2, 95.0)

    assert ("heart_rate_unexplained/hr" in patient.state.episodes) is is_told


@pytest.mark.parametrize(("ago_s", "is_known"), [(3600.0, True), (3601.0, False)])
def test_a_pulse_of_an_hour_ago_is_no_part_of_the_early_warning(ago_s: float, is_known: bool) -> None:
    """The parts of a score are observed together: what is older says nothing of now."""
    patient = Patient()
    patient.send("activity", [NOON_S - ago_s], cadence=[0.0])
    patient.send("hr", [NOON_S - ago_s], hr=[135.0])
    patient.send("activity", [NOON_S], cadence=[0.0])

    assert ("pulse" in parts_now(spot_of(patient.state, patient.rules, "hr"), NOON_S)) is is_known


def severe(patient: Patient, minute: float, systolic_mmhg: float) -> None:
    patient.send("bp", [NOON_S + 60.0 * minute], systolic=[systolic_mmhg], diastolic=[80.0])


def test_the_reading_that_confirms_a_severe_one_asks_once() -> None:
    """It raises the priority; that it came again is not told a second time, nor of a third within minutes."""
    patient = Patient()
    for minute in (0, 2, 4):
        severe(patient, minute, 185.0)

    told = [(alert.phase.value, alert.priority) for alert in patient.alerts("blood_pressure_severe")]
    assert told == [("start", Priority.MEDIUM), ("update", Priority.HIGH)]


def test_a_severe_pressure_that_comes_again_ends_a_pause_of_the_sound() -> None:
    """Confirmed, acknowledged, paused; an hour later it is severe once more: it must be heard."""
    patient = Patient()
    severe(patient, 0, 185.0)
    severe(patient, 2, 186.0)
    patient.acknowledge("blood_pressure_severe")
    assert patient.order(PauseAudio(request="p", for_s=7200.0, reason="asleep")).is_accepted
    assert patient.state.board.audio_pause is not None

    severe(patient, 62, 187.0)

    assert patient.state.board.audio_pause is None
