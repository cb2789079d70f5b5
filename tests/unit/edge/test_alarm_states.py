"""The states of an alarm: every state with every event, and the rows of IEC 62682 through the corridor."""

from __future__ import annotations

import pytest

from edge.alarms.states import AlarmEvent, next_state
from edge.contract.messages import AlarmState, Priority
from tests.support.corridor import NOON_S, Patient

NORMAL = None
UNACK, ACK = AlarmState.UNACKNOWLEDGED, AlarmState.ACKNOWLEDGED
RETURNED, LATCHED = AlarmState.RETURNED, AlarmState.LATCHED

# One row for each state, one column for each event: what the standard's table of state transitions says.
# A raise is of an alarm that is normal and a clear of one that is present, so elsewhere they change nothing.
TABLE: dict[AlarmState | None, dict[AlarmEvent, AlarmState | None]] = {
    NORMAL: {AlarmEvent.RAISE: UNACK},
    UNACK: {
        AlarmEvent.ACKNOWLEDGE: ACK,
        AlarmEvent.CLEAR: RETURNED,
        AlarmEvent.CLEAR_LATCHING: LATCHED,
    },
    ACK: {
        AlarmEvent.CLEAR: NORMAL,
        AlarmEvent.CLEAR_LATCHING: NORMAL,
        AlarmEvent.RETRIGGER: UNACK,
        AlarmEvent.ESCALATE: UNACK,
    },
    RETURNED: {
        AlarmEvent.ACKNOWLEDGE: NORMAL,
        AlarmEvent.RETRIGGER: UNACK,
        AlarmEvent.EXPIRE: NORMAL,
    },
    LATCHED: {AlarmEvent.ACKNOWLEDGE: NORMAL, AlarmEvent.RETRIGGER: UNACK},
}


@pytest.mark.parametrize("event", AlarmEvent)
@pytest.mark.parametrize("state", TABLE)
def test_every_event_in_every_state_leads_where_the_table_says(
    state: AlarmState | None, event: AlarmEvent
) -> None:
    """What stands in the table happens; nothing else moves an alarm."""
    assert next_state(state, event) == TABLE[state].get(event, state)


def test_only_an_acknowledgement_or_a_new_crossing_ends_a_latch() -> None:
    """A latched alarm cannot expire or clear by itself, and none becomes acknowledged by itself."""
    assert {event for event in AlarmEvent if next_state(LATCHED, event) is not LATCHED} == {
        AlarmEvent.ACKNOWLEDGE,
        AlarmEvent.RETRIGGER,
    }
    assert {
        (state, event)
        for state in TABLE
        for event in AlarmEvent
        if state is not ACK and next_state(state, event) is ACK
    } == {(UNACK, AlarmEvent.ACKNOWLEDGE)}


class Story(Patient):
    """One who measures blood pressure: two severe readings are of high priority, one of medium."""

    def measure(self, minute: float, systolic_mmhg: float) -> None:
        self.send("bp", [NOON_S + 60.0 * minute], systolic=[systolic_mmhg], diastolic=[80.0])

    def state_now(self) -> AlarmState | None:
        alarm = self.retained.get("blood_pressure_severe")
        return None if alarm is None else alarm.state

    def told(self) -> list[tuple[str, AlarmState]]:
        return [(alert.phase.value, alert.state) for alert in self.alerts("blood_pressure_severe")]


def test_none_to_unacknowledged_to_acknowledged_to_normal() -> None:
    """Raised, acknowledged, cleared: the retained alarm is removed at the end."""
    story = Story()
    story.measure(0, 185)
    assert story.state_now() is UNACK
    reply = story.acknowledge("blood_pressure_severe")
    assert (reply.is_accepted, reply.state) == (True, ACK)
    alarm = story.retained["blood_pressure_severe"]
    assert (alarm.state, alarm.acknowledged_by, alarm.acknowledged_s) == (ACK, "nurse", NOON_S)
    story.measure(5, 120)

    assert story.state_now() is NORMAL
    assert story.told() == [("start", UNACK), ("end", ACK)]


def test_unacknowledged_to_returned_to_normal() -> None:
    """A medium alarm that clears unseen stays to be seen, and is over once it has been."""
    story = Story()
    story.measure(0, 185)
    story.measure(5, 120)
    assert story.state_now() is RETURNED
    reply = story.acknowledge("blood_pressure_severe")

    assert (reply.is_accepted, reply.state) == (True, None)
    assert story.state_now() is NORMAL
    assert story.told() == [("start", UNACK), ("end", RETURNED)]


def test_a_high_alarm_latches_until_somebody_has_seen_it() -> None:
    """Two severe readings, then a normal one: the alarm stays for days, and is over when acknowledged."""
    story = Story()
    story.measure(0, 185)
    story.measure(2, 186)
    story.measure(10, 120)
    assert story.state_now() is LATCHED
    story.wait_until(NOON_S + 30 * 86_400.0)
    assert story.state_now() is LATCHED
    story.acknowledge("blood_pressure_severe")

    assert story.state_now() is NORMAL


@pytest.mark.parametrize("is_high", [False, True])
def test_a_return_of_the_condition_is_a_new_episode_of_the_same_alarm(is_high: bool) -> None:
    """From returned and from latched a new crossing asks anew, under a new episode; an old id is refused."""
    story = Story()
    story.measure(0, 185)
    if is_high:
        story.measure(2, 186)
    first = story.retained["blood_pressure_severe"].id
    story.measure(10, 120)
    story.measure(60, 190)

    again = story.retained["blood_pressure_severe"]
    assert (again.state, again.id == first) == (UNACK, False)
    story.measure(70, 120)
    # What latched and was not seen goes on latching, though the second crossing was of medium priority.
    assert story.state_now() is (LATCHED if is_high else RETURNED)
    assert [record.what for record in story.records if record.condition == "blood_pressure_severe"].count(
        "retrigger"
    ) == 1


def test_an_escalation_resets_the_acknowledgement() -> None:
    """Acknowledged at medium, confirmed as high: it asks again, in the same episode."""
    story = Story()
    story.measure(0, 185)
    story.acknowledge("blood_pressure_severe")
    story.measure(2, 186)

    alarm = story.retained["blood_pressure_severe"]
    assert (alarm.state, alarm.priority, alarm.acknowledged_by) == (UNACK, Priority.HIGH, None)
    start, update = story.alerts("blood_pressure_severe")
    assert (start.id, update.n, update.priority, update.state) == (update.id, 2, Priority.HIGH, UNACK)


def test_a_retrigger_resets_the_acknowledgement() -> None:
    """A severe reading hours after the acknowledged one is news to whoever acknowledged."""
    story = Story()
    story.measure(0, 185)
    story.acknowledge("blood_pressure_severe")
    story.measure(180, 186)

    assert story.state_now() is UNACK
    assert story.told() == [("start", UNACK), ("update", UNACK)]


def test_an_alarm_that_nobody_acknowledges_rises_by_one_priority() -> None:
    """After the time of the table medium becomes high, once; an acknowledged one never does."""
    ignored, seen = Story(), Story()
    ignored.measure(0, 185)
    seen.measure(0, 185)
    seen.acknowledge("blood_pressure_severe")
    for story in (ignored, seen):
        story.wait_until(NOON_S + 1799.0)
        assert len(story.told()) == 1
        story.wait_until(NOON_S + 20_000.0)

    alarm = ignored.retained["blood_pressure_severe"]
    assert (alarm.priority, alarm.is_escalated) == (Priority.HIGH, True)
    assert [alert.at_s - NOON_S for alert in ignored.alerts("blood_pressure_severe")] == [0.0, 1800.0]
    assert len(seen.told()) == 1


def test_an_alarm_of_a_reading_handed_over_late_leaves_the_same_time_to_acknowledge() -> None:
    """Of a reading of half an hour ago nobody could hear before now: it rises half an hour from now."""
    story = Story()
    story.send("bp", [NOON_S], systolic=[185.0], diastolic=[70.0], arrival_s=NOON_S + 1790.0)
    story.wait_until(NOON_S + 1790.0 + 1799.0)
    assert len(story.told()) == 1

    story.wait_until(NOON_S + 1790.0 + 1800.0)

    assert story.retained["blood_pressure_severe"].priority is Priority.HIGH


def test_a_returned_alarm_that_nobody_looks_at_is_kept_for_a_day() -> None:
    """Of medium priority it is removed a day after it cleared, not before; the log says that it expired."""
    story = Story()
    story.measure(0, 185)
    story.measure(5, 120)
    story.wait_until(NOON_S + 300.0 + 86_399.0)
    assert story.state_now() is RETURNED
    story.wait_until(NOON_S + 300.0 + 86_401.0)

    assert story.state_now() is NORMAL
    assert [r.what for r in story.records if r.condition == "blood_pressure_severe"] == [
        "raise",
        "clear",
        "expire",
    ]


@pytest.mark.parametrize(("second_s", "priority"), [(1800.0, Priority.HIGH), (1801.0, Priority.MEDIUM)])
def test_a_repeat_confirms_for_half_an_hour_to_the_second(second_s: float, priority: Priority) -> None:
    """Acknowledged, so nothing escalates: after 30:00 minutes a repeat confirms, after 30:01 not."""
    story = Story()
    story.measure(0, 185)
    story.acknowledge("blood_pressure_severe")
    story.measure(second_s / 60.0, 186)

    alarm = story.retained["blood_pressure_severe"]
    assert (alarm.state, alarm.priority) == (UNACK, priority)


def test_what_was_confirmed_once_stays_high_until_it_is_over() -> None:
    """A third severe reading an hour after the confirmed two is high as well, and asks to look again."""
    story = Story()
    story.measure(0, 185)
    story.measure(2, 186)
    story.acknowledge("blood_pressure_severe")
    story.measure(62, 187)

    alarm = story.retained["blood_pressure_severe"]
    assert (alarm.priority, alarm.state) == (Priority.HIGH, UNACK)
    assert [alert.priority for alert in story.alerts("blood_pressure_severe")] == [
        Priority.MEDIUM,
        Priority.HIGH,
        Priority.HIGH,
    ]
