"""How long a silence may last before a sensor is lost: as the catalogue says, or three of its batches."""

from __future__ import annotations

from itertools import pairwise

import pytest

from edge.contract.messages import Reason
from tests.support.corridor import NOON_S, Patient


def send_minutes(patient: Patient, ends_s: list[float], *, device: str = "d1") -> None:
    """At each of `ends_s` a batch of beats, one a second, since the one before (the first: of a minute)."""
    for since_s, end_s in pairwise([ends_s[0] - 60.0, *ends_s]):
        times_s = [since_s + second for second in range(1, int(end_s - since_s) + 1)]
        rr_ms = [1000.0 + 5.0 * (second % 7) for second in range(len(times_s))]
        patient.send("rr", times_s, device, rr=list(rr_ms))


def test_a_strap_that_sends_once_a_minute_is_never_lost() -> None:
    """Batches a minute apart, some late by half a minute, raise nothing; the catalogue alone says 60 s."""
    patient = Patient()

    send_minutes(patient, [NOON_S + at_s for at_s in (0, 60, 120, 205, 240, 300, 395, 480, 540)])

    assert patient.alerts("sensor_lost") == []


def test_it_is_lost_after_three_of_its_batches() -> None:
    """Three minutes of silence after the last batch, from the first batch on, and not a second before."""
    patient = Patient()
    send_minutes(patient, [NOON_S])

    patient.wait_until(NOON_S + 176.9)
    assert patient.alerts("sensor_lost") == []
    patient.wait_until(NOON_S + 1000.0)

    # The first batch spans 59 s between its first beat and its last.
    (alert,) = patient.alerts("sensor_lost")
    assert (alert.at_s, alert.evidence.limit) == (NOON_S + 177.0, 177.0)


@pytest.mark.parametrize("gap_s", [200.0, 7200.0])
def test_one_gap_is_no_habit(gap_s: float) -> None:
    """After an outage, whether or not what was kept comes with it, the same silence as before is allowed."""
    patient = Patient()
    back_s = NOON_S + 600.0 + gap_s
    send_minutes(patient, [NOON_S + 60.0 * minute for minute in range(11)])
    send_minutes(patient, [back_s, back_s + 60.0])

    patient.wait_until(back_s + 60.0 + 400.0)

    assert patient.phases("sensor_lost") == ["start", "end", "start"]
    assert patient.alerts("sensor_lost")[2].at_s == back_s + 60.0 + 180.0


def test_a_sender_of_hours_is_lost_between_its_messages() -> None:
    """What comes by the hour is history when it comes: a batch counts for five minutes of it at most."""
    patient = Patient()
    send_minutes(patient, [NOON_S + 3600.0 * hour for hour in range(6)])

    starts = [alert.at_s for alert in patient.alerts("sensor_lost") if alert.phase.value == "start"]
    assert starts[2:] == [NOON_S + 3600.0 * hour + 900.0 for hour in (2, 3, 4)]


def test_another_device_takes_over_only_from_one_that_is_silent_for_its_own_kind() -> None:
    """Of two straps that send by turns, once a minute each, the first is kept to until it is gone."""
    patient = Patient()
    for minute in range(5):
        send_minutes(patient, [NOON_S + 60.0 * minute])
        send_minutes(patient, [NOON_S + 60.0 * minute + 40.0], device="d2")

    assert patient.state.streams["rr"].device == "d1"
    send_minutes(patient, [NOON_S + 60.0 * minute + 100.0 for minute in range(4, 7)], device="d2")
    assert patient.state.streams["rr"].device == "d2"
    assert patient.alerts("sensor_lost") == []


def test_a_sample_is_live_up_to_the_age_at_which_it_is_history() -> None:
    """Of beats a second apart the one of exactly five minutes ago counts, the one before it does not."""
    outcome = Patient().send(
        "rr", [NOON_S - 1.0, NOON_S, NOON_S + 1.0], arrival_s=NOON_S + 300.0, rr=[813.0, 814.0, 815.0]
    )

    assert (outcome.live, [aside.samples for aside in outcome.set_aside]) == (2, [1])


def test_an_instant_counts_once_though_another_batch_tells_it_again() -> None:
    """The first to come is taken; what a later batch says of the same instant is history."""
    patient = Patient()
    patient.send("hr", [NOON_S], hr=[71.0])

    outcome = patient.send("hr", [NOON_S, NOON_S + 1.0], hr=[180.0, 72.0])

    assert outcome.live == 1
    assert [(aside.reason, aside.samples) for aside in outcome.set_aside] == [(Reason.LATE, 1)]


def test_a_device_that_takes_over_is_measured_by_its_own_batches() -> None:
    """The one before sent by the minute and might be silent for three; the new one for one only."""
    patient = Patient()
    send_minutes(patient, [NOON_S + 60.0 * minute for minute in range(5)])
    last_s = NOON_S + 240.0 + 100.0
    for number in range(2):
        patient.send("rr", [last_s - 1.0 + number], "d2", rr=[813.0 + number])
    assert patient.alerts("sensor_lost") == []

    patient.wait_until(last_s + 1000.0)

    assert [alert.at_s for alert in patient.alerts("sensor_lost")] == [last_s + 60.0]
