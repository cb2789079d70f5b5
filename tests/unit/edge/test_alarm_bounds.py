"""When an alarm rises, how long it is kept to be seen, and how long a command is known again."""

from __future__ import annotations

import pytest

from edge.contract.alarms import Withheld
from edge.contract.commands import PauseAudio, ResumeAudio
from edge.contract.messages import AlarmState, Priority
from tests.support.corridor import NOON_S, Patient

HOUR_S, DAY_S = 3600.0, 86_400.0
LOST = "sensor_lost"


def silent() -> Patient:
    """One whose chest strap fell silent at noon: lost after a minute, an alarm of low priority."""
    patient = Patient()
    patient.send("rr", [NOON_S], rr=[1000.0])
    return patient


# The strap counts as lost a minute after its last beat.
LOST_S = NOON_S + 60.0


@pytest.mark.parametrize(("after_s", "told"), [(59.9, []), (60.0, [Priority.LOW]), (60.1, [Priority.LOW])])
def test_a_strap_is_lost_after_a_minute_of_silence(after_s: float, told: list[Priority]) -> None:
    """59.9 s without a beat are none; from 60 s on the alarm is there."""
    patient = silent()
    patient.wait_until(NOON_S + after_s)

    assert [alert.priority for alert in patient.alerts(LOST)] == told


@pytest.mark.parametrize(
    ("after_h", "priority", "told"),
    [
        (12.0 - 0.001, Priority.LOW, 1),
        (12.0, Priority.MEDIUM, 2),
        (12.0 + 0.001, Priority.MEDIUM, 2),
        # Once is enough: nobody's sensor becomes an emergency by being silent for days.
        (24.0, Priority.MEDIUM, 2),
        (96.0, Priority.MEDIUM, 2),
    ],
)
def test_a_lost_sensor_rises_once_and_only_to_medium(after_h: float, priority: Priority, told: int) -> None:
    """Not acknowledged for half a day, the alarm of low priority becomes one of medium, and stays that."""
    patient = silent()
    patient.wait_until(LOST_S + after_h * HOUR_S)

    alarm = patient.retained[LOST]
    assert (alarm.priority, alarm.is_escalated) == (priority, told == 2)
    assert len(patient.alerts(LOST)) == told


def test_a_lost_sensor_that_somebody_has_seen_does_not_rise() -> None:
    """Acknowledged within half a day it stays of low priority."""
    patient = silent()
    patient.wait_until(LOST_S + 12.0 * HOUR_S - 1.0)
    patient.acknowledge(LOST)
    patient.wait_until(LOST_S + 96.0 * HOUR_S)

    assert (patient.retained[LOST].priority, len(patient.alerts(LOST))) == (Priority.LOW, 1)


def test_an_alarm_that_is_high_already_is_not_told_again_for_want_of_an_answer() -> None:
    """Two severe readings nobody looks at: told as medium and as high, and by time alone no more."""
    patient = Patient()
    for minute in (0.0, 2.0):
        patient.send("bp", [NOON_S + 60.0 * minute], systolic=[190.0], diastolic=[80.0])
    patient.wait_until(NOON_S + 20.0 * HOUR_S)

    told = [alert.priority for alert in patient.alerts("blood_pressure_severe")]
    assert told == [Priority.MEDIUM, Priority.HIGH]
    assert not patient.retained["blood_pressure_severe"].is_escalated


def test_a_withheld_alarm_does_not_rise_while_nobody_is_called() -> None:
    """A sensor that is lost and then said to be off the body is no alarm that somebody failed to answer."""
    patient = silent()
    patient.wait_until(LOST_S)
    patient.send("contact", [LOST_S + 60.0], contact=[0.0])
    patient.wait_until(LOST_S + 96.0 * HOUR_S)

    alarm = patient.retained[LOST]
    assert (alarm.withheld, alarm.priority) == (Withheld.INHIBITED, Priority.LOW)


@pytest.mark.parametrize(
    ("after_s", "is_kept"), [(HOUR_S - 1.0, True), (HOUR_S, False), (HOUR_S + 1.0, False)]
)
def test_a_low_alarm_that_is_over_stays_to_be_seen_for_an_hour(after_s: float, *, is_kept: bool) -> None:
    """A battery that was low and is charged is shown as returned for 60 minutes, and then no more."""
    patient = Patient()
    patient.send("battery", [NOON_S], battery=[10.0])
    patient.send("battery", [NOON_S + 600.0], battery=[80.0])
    assert patient.retained["battery_low"].state is AlarmState.RETURNED
    patient.wait_until(NOON_S + 600.0 + after_s)

    assert ("battery_low" in patient.retained) is is_kept


@pytest.mark.parametrize(("after_s", "is_kept"), [(DAY_S - 1.0, True), (DAY_S, False), (DAY_S + 1.0, False)])
def test_a_medium_alarm_that_is_over_stays_to_be_seen_for_a_day(after_s: float, *, is_kept: bool) -> None:
    """A low alarm that had risen to medium is kept for 24 hours after its end, as medium ones are."""
    patient = silent()
    patient.wait_until(LOST_S + 12.0 * HOUR_S)
    over_s = LOST_S + 13.0 * HOUR_S
    patient.send("rr", [over_s], rr=[1000.0])
    patient.send("contact", [over_s], contact=[0.0])
    assert patient.retained[LOST].state is AlarmState.RETURNED
    patient.wait_until(over_s + after_s)

    assert (LOST in patient.retained) is is_kept


@pytest.mark.parametrize(("between", "is_repeat"), [(62, True), (63, True), (64, False)])
def test_a_command_is_known_again_among_the_last_sixty_four(between: int, *, is_repeat: bool) -> None:
    """Sent again after 63 others it is a repeat that changes nothing; after 64 others it is carried out."""
    patient = Patient()
    patient.send("battery", [NOON_S], battery=[80.0])
    pause = PauseAudio(request="first", for_s=600.0, reason="in the room")
    patient.order(pause)
    for number in range(between):
        patient.order(ResumeAudio(request=f"r{number}"))
    reply = patient.order(pause)

    assert reply.is_accepted
    assert ("came before" in reply.what) is is_repeat
    assert (patient.state.board.audio_pause is None) is is_repeat


@pytest.mark.parametrize(("after_s", "is_paused"), [(599.0, True), (600.0, False), (601.0, False)])
def test_a_pause_of_the_sound_ends_at_its_second(after_s: float, *, is_paused: bool) -> None:
    """Ten minutes asked for are ten minutes."""
    patient = Patient()
    patient.send("battery", [NOON_S], battery=[10.0])
    patient.order(PauseAudio(request="p", for_s=600.0, reason="in the room"))
    patient.wait_until(NOON_S + after_s)

    assert (patient.retained["battery_low"].audio_paused_until_s is not None) is is_paused
