"""Acknowledge, pause, shelve, limits; inhibition and floods: what is announced, to whom, and when."""

from __future__ import annotations

import msgspec
import pytest

from edge.contract.alarms import Withheld
from edge.contract.commands import (
    Acknowledge,
    Command,
    PauseAudio,
    ResumeAudio,
    SetLimit,
    Shelve,
    Unshelve,
)
from edge.contract.messages import AlarmState, Priority
from edge.storage.snapshots import decode_state
from tests.support.corridor import NOON_S, Patient

FAST = "tachycardia_at_rest"


def minutes(patient: Patient, first: int, last: int, hr_bpm: float = 112.0, device: str = "d1") -> None:
    """Rest with that heart rate, once a minute; the value moves a little, as a living one does."""
    for minute in range(first, last):
        at_s = NOON_S + 60.0 * minute
        patient.send("activity", [at_s], cadence=[0.0])
        patient.send("hr", [at_s], device=device, hr=[hr_bpm + 0.1 * (minute % 3)])


def shelve(patient: Patient, for_s: float, condition: str = FAST, request: str = "s") -> bool:
    command = Shelve(request=request, condition=condition, for_s=for_s, reason="known fever")
    return patient.order(command).is_accepted


def test_what_is_acknowledged_stays_so_while_the_episode_lasts() -> None:
    """Updates of an acknowledged alarm go on, and say that it is; none asks to look again."""
    patient = Patient()
    minutes(patient, 0, 7)
    patient.acknowledge(FAST, who="anna")
    minutes(patient, 7, 120)

    start, *updates = patient.alerts(FAST)
    assert start.state is AlarmState.UNACKNOWLEDGED
    assert len(updates) == 3
    assert {update.state for update in updates} == {AlarmState.ACKNOWLEDGED}
    assert patient.retained[FAST].acknowledged_by == "anna"


def test_a_second_acknowledgement_is_told_who_was_first() -> None:
    """Acknowledging is shared: the next one changes nothing and learns who did it."""
    patient = Patient()
    minutes(patient, 0, 7)
    patient.acknowledge(FAST, who="anna")
    reply = patient.acknowledge(FAST, who="ben")

    assert reply.is_accepted
    assert "anna" in reply.what
    assert patient.retained[FAST].acknowledged_by == "anna"


def test_one_acknowledgement_is_of_one_alarm() -> None:
    """Acknowledging one alarm leaves another as it is; an unknown id lists the open ones."""
    patient = Patient()
    minutes(patient, 0, 7)
    patient.send("bp", [NOON_S + 420.0], systolic=[190.0], diastolic=[80.0])
    patient.acknowledge(FAST)
    reply = patient.order(Acknowledge(request="x", episode="0" * 20))

    assert patient.retained["blood_pressure_severe"].state is AlarmState.UNACKNOWLEDGED
    assert not reply.is_accepted
    assert patient.retained["blood_pressure_severe"].id in (reply.allowed or "")


def test_nothing_is_announced_from_the_shelf_and_all_of_it_at_its_end() -> None:
    """Shelved before it starts: no alert whatever the samples say, then one as the shelf ends."""
    patient = Patient()
    minutes(patient, 0, 2)
    assert shelve(patient, 3600.0)
    minutes(patient, 2, 60)
    assert patient.alerts(FAST) == []
    alarm = patient.retained[FAST]
    assert (alarm.withheld, alarm.withheld_by) == (Withheld.SHELVED, "nurse")
    assert alarm.withheld_until_s == NOON_S + 60.0 + 3600.0

    # No sample comes: the end of the shelf is enough.
    patient.wait_until(NOON_S + 3661.0)

    (alert,) = patient.alerts(FAST)
    assert (alert.phase.value, alert.n, alert.at_s) == ("start", 1, NOON_S + 60.0 + 3600.0)
    assert alert.onset_s == NOON_S


def test_unshelving_announces_at_once_what_is_still_unseen() -> None:
    """An alarm told before it was shelved is told again when the shelf ends; an acknowledged one is not."""
    loud, seen = Patient(), Patient()
    for patient in (loud, seen):
        minutes(patient, 0, 7)
        shelve(patient, 3600.0)
    seen.acknowledge(FAST)
    for patient in (loud, seen):
        minutes(patient, 7, 10)
        assert patient.order(Unshelve(request="u", condition=FAST)).is_accepted

    assert [alert.at_s - NOON_S for alert in loud.alerts(FAST)] == [300.0, 540.0]
    assert [alert.at_s - NOON_S for alert in seen.alerts(FAST)] == [300.0]


def test_what_ends_on_the_shelf_unheard_leaves_nothing_behind() -> None:
    """An alarm that came and went while shelved is not announced, not even its end, and not retained."""
    patient = Patient()
    minutes(patient, 0, 2)
    shelve(patient, 7200.0)
    minutes(patient, 2, 20)
    assert FAST in patient.retained
    minutes(patient, 20, 30, hr_bpm=80.0)

    assert patient.alerts(FAST) == []
    assert FAST not in patient.retained


def battery(patient: Patient, at_s: float, percent: float) -> None:
    patient.send("battery", [at_s], battery=[percent])


def test_what_is_acknowledged_and_ends_on_the_shelf_unheard_is_told_of_by_nobody() -> None:
    """Seen on the retained topic and acknowledged there, a withheld alarm ends without an alert."""
    patient = Patient()
    battery(patient, NOON_S, 80.0)
    assert shelve(patient, 3600.0, "battery_low")
    battery(patient, NOON_S + 60.0, 5.0)
    assert patient.acknowledge("battery_low").is_accepted
    battery(patient, NOON_S + 120.0, 90.0)

    assert patient.alerts("battery_low") == []
    assert "battery_low" not in patient.retained


def test_whoever_heard_the_start_hears_the_end_from_the_shelf() -> None:
    """Shelved after its start, an alarm that ends is told to be over, at once and as the next in number."""
    patient = Patient()
    battery(patient, NOON_S, 80.0)
    battery(patient, NOON_S + 60.0, 5.0)
    assert shelve(patient, 3600.0, "battery_low")
    battery(patient, NOON_S + 120.0, 90.0)

    told = [(alert.phase.value, alert.n, alert.at_s - NOON_S) for alert in patient.alerts("battery_low")]
    assert told == [("start", 1, 60.0), ("end", 2, 120.0)]


def test_high_priority_cannot_be_shelved_nor_hide_behind_a_shelf() -> None:
    """A shelf made while medium does not hide the rise to high; one asked for while high is refused."""
    patient = Patient()
    patient.send("bp", [NOON_S], systolic=[185.0], diastolic=[80.0])
    assert shelve(patient, 3600.0, "blood_pressure_severe")
    patient.send("bp", [NOON_S + 60.0], systolic=[186.0], diastolic=[80.0])

    assert [alert.priority for alert in patient.alerts("blood_pressure_severe")] == [
        Priority.MEDIUM,
        Priority.HIGH,
    ]
    assert not shelve(patient, 3600.0, "blood_pressure_severe", request="again")


def test_a_pause_of_the_sound_is_told_with_its_end_and_ends_by_itself() -> None:
    """Alerts go out during a pause and carry its end; a new alarm of high priority ends it at once."""
    patient = Patient()
    minutes(patient, 0, 7)
    patient.order(PauseAudio(request="p", for_s=120.0, reason="in the room"))
    until_s = NOON_S + 360.0 + 120.0
    assert patient.retained[FAST].audio_paused_until_s == until_s
    patient.send("bp", [NOON_S + 370.0], systolic=[185.0], diastolic=[80.0])
    assert patient.alerts("blood_pressure_severe")[0].audio_paused_until_s == until_s
    patient.send("bp", [NOON_S + 380.0], systolic=[186.0], diastolic=[80.0])
    assert patient.alerts("blood_pressure_severe")[1].audio_paused_until_s is None
    assert patient.retained[FAST].audio_paused_until_s is None

    patient.order(PauseAudio(request="q", for_s=60.0, reason="in the room"))
    assert patient.retained[FAST].audio_paused_until_s is not None
    patient.wait_until(NOON_S + 380.0 + 61.0)
    assert patient.retained[FAST].audio_paused_until_s is None
    assert patient.order(ResumeAudio(request="r")).what == "the sound was on already"


def test_a_limit_set_for_one_wearer_is_used_for_that_one() -> None:
    """112/min is no alarm where the limit is 120; null brings the table's limit back."""
    patient = Patient()
    reply = patient.order(SetLimit(request="l", condition=FAST, limit=120.0, reason="cardiologist"), NOON_S)
    assert reply.is_accepted
    minutes(patient, 0, 20)
    assert patient.alerts(FAST) == []

    patient.order(SetLimit(request="m", condition=FAST, limit=None, reason="fever is over"))
    minutes(patient, 20, 30)
    assert [alert.evidence.limit for alert in patient.alerts(FAST)] == [100.0]


@pytest.mark.parametrize(
    ("command", "allowed"),
    [
        (SetLimit(request="1", condition=FAST, limit=300.0, reason="x"), "90 to 130"),
        (SetLimit(request="1", condition="off_body", limit=1.0, reason="x"), FAST),
        (Shelve(request="1", condition="headache", for_s=1.0, reason="x"), FAST),
        (Unshelve(request="1", condition=FAST), "nothing is shelved"),
        (ResumeAudio(request="1", sent_s=NOON_S - 301.0), "at most 300 s"),
    ],
)
def test_a_command_that_cannot_be_carried_out_is_answered_with_what_could(
    command: Command, allowed: str
) -> None:
    """Out of range, unknown, without effect or too late: refused in words, logged, and nothing changed."""
    patient = Patient()
    minutes(patient, 0, 1)
    reply = patient.order(command)

    assert not reply.is_accepted
    assert allowed in (reply.allowed or "")
    assert patient.records[-1].what.endswith("refused")
    assert not patient.state.limits
    assert not patient.state.board.shelves


def test_a_command_that_comes_twice_is_carried_out_once() -> None:
    """The broker may deliver twice: the second time shelves for no longer than the first."""
    patient = Patient()
    minutes(patient, 0, 1)
    shelve(patient, 600.0)
    patient.wait_until(NOON_S + 300.0)
    assert shelve(patient, 600.0)

    assert patient.state.board.shelves[FAST].until_s == NOON_S + 600.0


def test_every_change_stands_in_the_log_with_who_and_why() -> None:
    """Raise, shelve, release, acknowledge and clear, each with its author; a command with its reason."""
    patient = Patient()
    minutes(patient, 0, 6)
    shelve(patient, 60.0)
    minutes(patient, 6, 8)
    patient.acknowledge(FAST, who="anna")
    minutes(patient, 8, 16, hr_bpm=80.0)

    assert [(r.what, r.who, r.reason) for r in patient.records] == [
        ("raise", "edge", None),
        ("withheld", "edge", None),
        ("shelve", "nurse", "known fever"),
        ("unshelve", "edge", None),
        ("released", "edge", None),
        ("acknowledge", "anna", None),
        ("clear", "edge", None),
    ]


def test_a_device_off_the_body_hides_its_heart_rate_alarm_and_no_other() -> None:
    """Taken off, the tachycardia is withheld and neither acknowledged nor over; pressure is not concerned."""
    patient = Patient()
    minutes(patient, 0, 7)
    patient.send("bp", [NOON_S + 370.0], systolic=[185.0], diastolic=[80.0])
    patient.send("contact", [NOON_S + 380.0], contact=[0.0])
    patient.wait_until(NOON_S + 411.0)
    hidden = patient.retained[FAST]
    assert (hidden.withheld, hidden.withheld_by) == (Withheld.INHIBITED, "off_body")
    assert patient.retained["blood_pressure_severe"].withheld is None

    patient.acknowledge("off_body")
    assert patient.retained[FAST].state is AlarmState.UNACKNOWLEDGED
    patient.send("contact", [NOON_S + 420.0], contact=[1.0])
    patient.wait_until(NOON_S + 431.0)
    assert patient.retained[FAST].withheld is None
    # It was told before: coming back is no reason to tell it again.
    assert len(patient.alerts(FAST)) == 1


def test_a_device_off_the_body_hides_nothing_of_a_signal_that_another_has_taken_over() -> None:
    """With the watch off and the strap worn the fast heart is shown at once, until the strap is off too."""
    patient = Patient()
    minutes(patient, 0, 7, device="watch")
    patient.send("contact", [NOON_S + 380.0], device="watch", contact=[0.0])
    patient.wait_until(NOON_S + 411.0)
    assert patient.retained[FAST].withheld is Withheld.INHIBITED

    minutes(patient, 7, 8, device="strap")
    assert patient.retained[FAST].withheld is None
    assert len(patient.alerts(FAST)) == 1

    patient.send("contact", [NOON_S + 440.0], device="strap", contact=[0.0])
    patient.wait_until(NOON_S + 471.0)
    assert patient.retained[FAST].withheld is Withheld.INHIBITED


def test_what_a_shelf_kept_silent_is_announced_at_its_end_though_the_device_before_is_off() -> None:
    """Raised by a watch on the shelf, measured by a strap when that ends: told then, not with an update."""
    patient = Patient()
    minutes(patient, 0, 1, device="watch")
    shelve(patient, 600.0)
    minutes(patient, 1, 7, device="watch")
    patient.send("contact", [NOON_S + 380.0], device="watch", contact=[0.0])
    minutes(patient, 7, 12, device="strap")

    assert [alert.at_s for alert in patient.alerts(FAST)] == [NOON_S + 600.0]


def flood(patient: Patient, alarms: int) -> None:
    """So many alarms in ten minutes: a device that is put on and taken off."""
    for number in range(alarms):
        at_s = NOON_S + 45.0 * number
        patient.send("contact", [at_s], contact=[0.0])
        patient.send("contact", [at_s + 31.0], contact=[1.0])


def test_a_flood_holds_back_low_alarms_and_never_others() -> None:
    """The eleventh alarm in ten minutes begins a flood: low ones wait for its end, medium ones do not."""
    patient = Patient()
    flood(patient, 10)
    assert patient.alerts("alarm_flood") == []
    flood_s = NOON_S + 450.0
    patient.send("contact", [flood_s], contact=[0.0])
    patient.wait_until(flood_s + 30.0)
    assert [alert.priority for alert in patient.alerts("alarm_flood")] == [Priority.MEDIUM]
    patient.send("contact", [flood_s + 31.0], contact=[1.0])
    patient.send("contact", [flood_s + 50.0], contact=[0.0])
    patient.wait_until(flood_s + 90.0)
    held = patient.retained["off_body"]
    assert (held.withheld, held.state) == (Withheld.FLOOD, AlarmState.UNACKNOWLEDGED)
    told = len(patient.alerts("off_body"))
    patient.send("bp", [flood_s + 95.0], systolic=[185.0], diastolic=[80.0])
    assert len(patient.alerts("blood_pressure_severe")) == 1

    patient.wait_until(flood_s + 2000.0)

    assert [alert.phase.value for alert in patient.alerts("alarm_flood")] == ["start", "end"]
    assert len(patient.alerts("off_body")) == told + 1
    assert patient.alerts("off_body")[-1].phase.value == "start"


def test_an_alarm_of_a_device_that_is_ahead_neither_breaks_a_flood_nor_ends_it_early() -> None:
    """A cuff a minute ahead alarms in a flood: what was raised before still counts by the gateway's time."""
    patient = Patient()
    flood(patient, 11)

    patient.send("bp", [NOON_S + 950.0], arrival_s=NOON_S + 890.0, systolic=[210.0], diastolic=[130.0])

    # The alarms of 345, 390, 435 and 480 s and that of the cuff are five within ten minutes until 945 s.
    patient.wait_until(NOON_S + 944.0)
    assert patient.phases("alarm_flood") == ["start"]
    patient.wait_until(NOON_S + 946.0)
    assert [alert.at_s - NOON_S for alert in patient.alerts("alarm_flood")] == [480.0, 945.0]


def test_a_flood_begins_when_it_is_known_though_the_device_that_begins_it_is_ahead() -> None:
    """The eleventh alarm is timed a minute ahead: the flood does not begin later than it ends."""
    patient = Patient()
    flood(patient, 10)
    begins_s = NOON_S + 629.0

    patient.send("bp", [begins_s + 60.0], arrival_s=begins_s, systolic=[210.0], diastolic=[130.0])
    patient.wait_until(NOON_S + 2000.0)

    begin, end = patient.alerts("alarm_flood")
    assert (begin.at_s, begin.onset_s) == (begins_s, begins_s)
    assert end.end_s is not None
    assert end.end_s >= begins_s


@pytest.mark.parametrize("kept_s", [[], [NOON_S + 950.0]])
def test_a_stored_state_with_too_few_alarms_for_its_flood_is_told_that_it_is_over(
    kept_s: list[float],
) -> None:
    """Earlier versions could store a flood of one alarm: the next look ends it, and time goes on."""
    patient = Patient()
    flood(patient, 11)
    patient.state.board.raised_s = kept_s

    again = patient.restarted()
    again.wait_until(NOON_S + 561.0)

    assert again.phases("alarm_flood") == ["end"]
    assert not again.state.is_active("alarm_flood", "alarms")


def test_a_restart_keeps_acknowledgement_shelf_pause_and_limit() -> None:
    """What people asked for is part of the state that a snapshot keeps."""
    patient = Patient()
    minutes(patient, 0, 7)
    patient.acknowledge(FAST, who="anna")
    shelve(patient, 3600.0, "off_body")
    patient.order(PauseAudio(request="p", for_s=600.0, reason="x"))
    patient.order(SetLimit(request="l", condition="bradycardia_at_rest", limit=40.0, reason="x"))

    again = patient.restarted()

    assert again.state == patient.state
    minutes(again, 7, 60)
    assert {alert.state for alert in again.alerts(FAST)} == {AlarmState.ACKNOWLEDGED}


def test_a_flood_is_of_ten_minutes_and_ends_when_fewer_than_five_are_left() -> None:
    """Eleven alarms a minute apart are no flood; 45 s apart they are, until the fifth last is old."""
    slow, fast = Patient(), Patient()
    for patient, apart_s in ((slow, 60.0), (fast, 45.0)):
        for number in range(11):
            patient.send("contact", [NOON_S + apart_s * number], contact=[0.0])
            patient.send("contact", [NOON_S + apart_s * number + 31.0], contact=[1.0])
        patient.wait_until(NOON_S + 2000.0)

    assert slow.alerts("alarm_flood") == []
    # Raised 30 s after each is taken off: the eleventh at 480 s; the seventh, the fifth last, at 300 s.
    assert [alert.at_s - NOON_S for alert in fast.alerts("alarm_flood")] == [480.0, 900.0]


def test_the_time_on_a_shelf_is_no_time_in_which_nobody_answered() -> None:
    """Shelved for an hour it does not rise; told at its end it rises half an hour after that, not at once."""
    patient = Patient()
    severe = "blood_pressure_severe"
    patient.send("bp", [NOON_S], systolic=[185.0], diastolic=[80.0])
    assert shelve(patient, 3600.0, severe)
    patient.wait_until(NOON_S + 3599.0)
    alarm = patient.retained[severe]
    assert (alarm.priority, alarm.is_escalated) == (Priority.MEDIUM, False)
    patient.wait_until(NOON_S + 7200.0)

    assert [(alert.at_s - NOON_S, alert.priority) for alert in patient.alerts(severe)] == [
        (0.0, Priority.MEDIUM),
        (3600.0, Priority.MEDIUM),
        (5400.0, Priority.HIGH),
    ]


def test_a_flood_holds_back_only_what_was_not_told_yet() -> None:
    """A low battery told before the flood stays announced through it."""
    patient = Patient()
    patient.send("battery", [NOON_S - 60.0], device="watch", battery=[10.0])
    flood(patient, 11)

    assert [alert.phase.value for alert in patient.alerts("alarm_flood")] == ["start"]
    assert patient.retained["battery_low"].withheld is None


def test_another_command_under_a_used_request_is_refused_and_the_same_one_a_repeat() -> None:
    """A request id stands for one command of one sender: nobody hears of success where nothing was done."""
    patient = Patient()
    minutes(patient, 0, 7)
    patient.order(PauseAudio(request="1", for_s=120.0, reason="in the room"))

    repeat = patient.order(PauseAudio(request="1", for_s=120.0, reason="in the room"))
    other = patient.order(Acknowledge(request="1", episode=patient.retained[FAST].id))
    of_another = patient.order(Acknowledge(request="1", episode=patient.retained[FAST].id), who="anna")

    assert repeat.is_accepted
    assert "came before" in repeat.what
    assert (other.is_accepted, other.what) == (False, "this request id was used for another command")
    assert (of_another.is_accepted, of_another.state) == (True, AlarmState.ACKNOWLEDGED)


def test_a_command_kept_without_its_content_counts_as_repeated() -> None:
    """A state that an earlier version stored is read, and its sender and request say what they said then."""
    patient = Patient()
    minutes(patient, 0, 1)
    stored = msgspec.msgpack.decode(msgspec.msgpack.encode(patient.state))
    stored["board"]["answered"] = [["nurse", "1"]]
    patient.state = decode_state(msgspec.msgpack.encode(stored))

    assert "came before" in patient.order(ResumeAudio(request="1")).what


@pytest.mark.parametrize(
    "command",
    [
        SetLimit(request="1", condition=FAST, limit=90.0, reason="x"),
        SetLimit(request="1", condition=FAST, limit=130.0, reason="x"),
        ResumeAudio(request="1", sent_s=NOON_S - 300.0),
    ],
)
def test_a_command_at_the_bound_of_what_is_allowed_is_carried_out(command: Command) -> None:
    """Where a refusal says 90 to 130, or at most 300 s, these themselves are accepted."""
    patient = Patient()
    minutes(patient, 0, 1)

    assert patient.order(command).is_accepted
