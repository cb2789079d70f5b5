"""How long a silence may last before a sensor is lost: as the catalogue says, or three of its batches."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

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


def by_seconds(patient: Patient, until_s: float) -> None:
    """Let time pass as an edge does, second by second."""
    while patient.state.now_s < until_s:
        patient.wait_until(patient.state.now_s + 1.0)


def test_the_silence_of_a_device_that_took_over_is_told_in_time() -> None:
    """The first strap was taken off, for which no silence counts; of the second it does."""
    patient = Patient()
    for second in range(30):
        patient.send("rr", [NOON_S + second], "d1", rr=[800.0 + second % 3])
    patient.send("contact", [NOON_S + 30.0], "d1", contact=[0.0])
    by_seconds(patient, NOON_S + 120.0)
    for second in range(120, 400):
        patient.send("rr", [NOON_S + second], "d2", rr=[800.0 + second % 3])
        by_seconds(patient, NOON_S + second)

    by_seconds(patient, NOON_S + 399.0 + 60.0)

    (alert,) = patient.alerts("sensor_lost")
    assert alert.at_s == NOON_S + 399.0 + 60.0


EVENTS = st.lists(
    st.tuples(
        st.sampled_from(["d1", "d2"]),
        st.sampled_from([1, 5, 60, 300]),
        st.sampled_from([0.0, 20.0, 70.0, 200.0, 1200.0]),
        st.sampled_from([None, 0.0, 1.0]),
    ),
    min_size=1,
    max_size=12,
)


@settings(deadline=None)
@given(EVENTS)
def test_what_is_told_of_a_silence_does_not_hang_on_when_it_was_last_looked_for(
    events: list[tuple[str, int, float, float | None]],
) -> None:
    """Who looks anew at every event tells the same as who remembers until when not to look."""
    patients = Patient(), Patient()
    for patient in patients:
        at_s = NOON_S
        for device, beats, silence_s, contact in events:
            if patient is patients[1]:
                patient.state.quiet_until_s = 0.0
            if contact is not None:
                patient.send("contact", [at_s], device, contact=[contact])
            times_s = [at_s + second for second in range(1, beats + 1)]
            patient.send("rr", times_s, device, rr=[800.0 + second % 7 for second in range(beats)])
            by_seconds(patient, at_s + beats)
            at_s += beats + silence_s
            patient.wait_until(at_s)

    told = [[(a.condition, a.phase, a.at_s) for a in patient.alerts("sensor_lost")] for patient in patients]
    assert told[0] == told[1]


def test_a_device_off_the_body_gives_way_to_one_that_is_worn() -> None:
    """A strap on the table goes on sending: the heart rate is taken from the watch on the wrist."""
    patient = Patient()
    patient.send("contact", [NOON_S], "strap", contact=[1.0])
    patient.send("hr", [NOON_S + 1.0], "strap", hr=[70.0])
    patient.send("contact", [NOON_S + 2.0], "strap", contact=[0.0])
    for second in range(3, 20, 2):
        patient.send("hr", [NOON_S + second], "strap", hr=[70.0 + second % 3])
        patient.send("hr", [NOON_S + second + 1.0], "watch", hr=[150.0 + second % 3])

    stream = patient.state.streams["hr"]
    assert (stream.device, stream.value) == ("watch", 151.0)


def test_of_two_devices_off_the_body_the_one_in_use_stays() -> None:
    """Nothing is gained by going from one to the other and back."""
    patient = Patient()
    for device in ("strap", "watch"):
        patient.send("contact", [NOON_S], device, contact=[0.0])
    patient.send("hr", [NOON_S + 1.0], "strap", hr=[70.0])
    patient.send("hr", [NOON_S + 2.0], "watch", hr=[150.0])

    assert patient.state.streams["hr"].device == "strap"


def test_a_device_whose_value_is_stuck_gives_way_to_one_whose_value_lives() -> None:
    """From when it is told that it is stuck; what it sends from then on is on standby."""
    patient = Patient()
    for minute in range(60):
        patient.send("hr", [NOON_S + 60.0 * minute], "strap", hr=[70.0])
    assert patient.state.is_active("sensor_frozen", "hr")

    patient.send("hr", [NOON_S + 3541.0], "watch", hr=[80.0])

    assert patient.state.streams["hr"].device == "watch"
    assert patient.send("hr", [NOON_S + 3542.0], "strap", hr=[70.0]).standby == 1


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
