"""The early warning score through the corridor: what is needed to tell of it, and how it rises and falls."""

from __future__ import annotations

import pytest

from edge.contract.messages import AlarmState, Priority
from edge.pipeline.advise import is_withheld
from tests.support.corridor import NOON_S, Patient


def observe(patient: Patient, minute: float, *, resp: float, spo2: float, systolic: float = 125.0) -> None:
    """Rest, and five parts of seven: no one says whether oxygen is given or how awake the wearer is."""
    at_s = NOON_S + 60.0 * minute
    patient.send("activity", [at_s - 3.0], cadence=[0.0])
    patient.send("hr", [at_s - 2.0], hr=[112.0 + minute % 3])
    patient.send("temp", [at_s - 1.5], temp=[37.0])
    patient.send("bp", [at_s - 1.0], systolic=[systolic], diastolic=[70.0])
    patient.send("resp", [at_s], resp=[resp])
    patient.send("spo2", [at_s], spo2=[spo2])


def test_a_total_of_five_is_told_with_its_range_and_what_is_missing() -> None:
    """Pulse 112 (2), resp 22 (2), SpO2 95 (1): 5 at least; oxygen and consciousness may add 2 and 3."""
    patient = Patient()
    observe(patient, 0, resp=22.0, spo2=95.0)
    assert patient.alerts("early_warning") == []
    observe(patient, 6, resp=22.0, spo2=95.0)

    (alert,) = patient.alerts("early_warning")
    assert alert.priority is Priority.MEDIUM
    assert alert.evidence.values == {
        "news2_least": 5,
        "news2_greatest": 10,
        "missing": "oxygen, consciousness",
    }


def test_a_reading_handed_over_late_does_not_shorten_the_time_it_has_to_last() -> None:
    """It completes the score now, and only from now on it has to stay so for five minutes."""
    patient = Patient()
    patient.send("temp", [NOON_S], temp=[37.0])
    patient.send("oxygen", [NOON_S], oxygen=[0.0])
    patient.send("resp", [NOON_S], resp=[22.0])
    patient.send("spo2", [NOON_S], spo2=[95.0])
    patient.send("bp", [NOON_S - 1500.0], systolic=[95.0], diastolic=[60.0], arrival_s=NOON_S + 1.0)
    patient.send("spo2", [NOON_S + 240.0], spo2=[95.0])
    assert patient.alerts("early_warning") == []

    patient.send("spo2", [NOON_S + 300.0], spo2=[95.0])

    (alert,) = patient.alerts("early_warning")
    assert (alert.onset_s, alert.at_s) == (NOON_S, NOON_S + 300.0)


def test_a_late_reading_ends_nothing_before_it_began() -> None:
    """A normal pressure of five minutes ago ends the alert as of the newest part, not in the past."""
    patient = Patient()
    for minute in (0, 6):
        observe(patient, minute, resp=22.0, spo2=95.0, systolic=99.0)
    (start,) = patient.alerts("early_warning")
    at_s = NOON_S + 480.0
    patient.send("resp", [at_s], resp=[16.0])
    patient.send("bp", [NOON_S + 365.0], systolic=[125.0], diastolic=[70.0], arrival_s=at_s + 5.0)
    patient.send("spo2", [at_s + 300.0], spo2=[97.0])

    end = patient.alerts("early_warning")[-1]
    assert end.phase.value == "end"
    assert end.end_s is not None
    assert start.at_s < end.end_s == at_s


def test_with_three_parts_missing_nothing_is_said() -> None:
    """A saturation of 85 % alone, with pressure, temperature and breathing, is not a score to alarm by."""
    patient = Patient()
    for minute in range(0, 60, 6):
        at_s = NOON_S + 60.0 * minute
        patient.send("temp", [at_s - 1.5], temp=[37.0])
        patient.send("bp", [at_s - 1.0], systolic=[125.0], diastolic=[70.0])
        patient.send("resp", [at_s], resp=[22.0])
        patient.send("spo2", [at_s], spo2=[85.0])

    assert patient.alerts("early_warning") == []


def test_a_priority_that_falls_keeps_the_acknowledgement_and_calls_nobody() -> None:
    """7 is high, 5 is medium again: shown by the alarm, announced to no one, acknowledged still."""
    patient = Patient()
    for minute in (0, 6):
        observe(patient, minute, resp=22.0, spo2=95.0, systolic=99.0)
    assert patient.retained["early_warning"].priority is Priority.HIGH
    patient.acknowledge("early_warning")
    told = len(patient.alerts("early_warning"))
    observe(patient, 12, resp=22.0, spo2=95.0)

    alarm = patient.retained["early_warning"]
    assert (alarm.priority, alarm.state) == (Priority.MEDIUM, AlarmState.ACKNOWLEDGED)
    assert len(patient.alerts("early_warning")) == told
    # It has been of high priority and is not over: nobody is told of habits yet.
    assert is_withheld(patient.state)
    observe(patient, 18, resp=16.0, spo2=97.0)
    assert "early_warning" not in patient.retained
    assert not is_withheld(patient.state)


def test_a_pulse_of_exercise_is_no_part_of_the_score() -> None:
    """The same pulse while walking is left out: four parts are left, which say nothing."""
    patient = Patient()
    for minute in (0, 6, 12):
        at_s = NOON_S + 60.0 * minute
        observe(patient, minute, resp=22.0, spo2=95.0)
        patient.send("activity", [at_s + 1.0], cadence=[110.0])
        patient.send("spo2", [at_s + 2.0], spo2=[95.0])

    assert patient.alerts("early_warning") == []


@pytest.mark.parametrize(("aged_s", "is_told"), [(3600.0, True), (3601.0, False)])
@pytest.mark.parametrize("old", ["temp", "bp"])
def test_what_is_older_than_an_hour_is_no_part_of_the_score(
    old: str, aged_s: float, *, is_told: bool
) -> None:
    """One of five parts is an hour old: it counts; a second older it does not, and four say nothing."""
    patient = Patient()
    # The on-delay of five minutes is over with the last sample, when the one is as old as was said.
    last_s = NOON_S + 300.0
    temp_s, bp_s = (
        [last_s - aged_s] if signal == old else [NOON_S - 1.0, last_s - 1.0] for signal in ("temp", "bp")
    )
    times_s = {*temp_s, *bp_s, NOON_S, last_s}
    for at_s in sorted(times_s):
        patient.send("activity", [at_s], cadence=[0.0])
        if at_s in temp_s:
            patient.send("temp", [at_s], temp=[37.0])
        if at_s in bp_s:
            patient.send("bp", [at_s], systolic=[125.0], diastolic=[70.0])
        if at_s in {NOON_S, last_s}:
            patient.send("hr", [at_s], hr=[112.0 + at_s % 7])
            patient.send("resp", [at_s], resp=[25.0])
            patient.send("spo2", [at_s], spo2=[95.0 if at_s == last_s else 94.0])

    assert bool(patient.alerts("early_warning")) is is_told


def test_the_pulse_of_a_device_that_is_not_worn_is_no_part_of_the_score() -> None:
    """The same five parts, but the strap of the pulse lies on the table: four are left, which say nothing."""
    patient = Patient()
    patient.send("contact", [NOON_S - 10.0], contact=[0.0])
    for minute in (0, 6, 12):
        observe(patient, minute, resp=22.0, spo2=95.0)

    assert patient.alerts("early_warning") == []
