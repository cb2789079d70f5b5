"""What holds of alarms whatever happens: no chatter, no latch that clears unseen, no alert from late data."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from hypothesis import example, given, settings
from hypothesis import strategies as st

from edge.contract.alarms import AlarmStatus
from edge.contract.commands import Shelve
from edge.contract.messages import AlarmState, Phase, Priority
from tests.support.corridor import NOON_S, Patient

SEVERE, FAST = "blood_pressure_severe", "tachycardia_at_rest"

# A reading (systolic), a silence in minutes, or what somebody does about the alarm of severe pressure.
READING = st.tuples(st.just("measure"), st.sampled_from([118.0, 150.0, 182.0, 200.0]))
SILENCE = st.tuples(st.just("wait"), st.sampled_from([1.0, 20.0, 40.0, 2000.0]))
ACT = st.tuples(st.sampled_from(["acknowledge", "shelve", "restart"]), st.just(0.0))


class Moment(NamedTuple):
    """After an act: the wearer, the alarm as it stood before, and whether an acknowledgement was accepted."""

    patient: Patient
    before: AlarmStatus | None
    is_accepted: bool | None


def play(story: list[tuple[str, float]], shelf_s: float) -> Iterator[Moment]:
    """The acts of a story, a minute or more apart; a restart goes on with another patient."""
    patient, now_s = Patient(), NOON_S
    for step, (act, amount) in enumerate(story):
        now_s += 60.0
        before, is_accepted = patient.retained.get(SEVERE), None
        match act:
            case "measure":
                patient.send("bp", [now_s], systolic=[amount], diastolic=[70.0])
            case "wait":
                now_s += 60.0 * amount
                patient.wait_until(now_s)
            case "shelve":
                patient.order(Shelve(request=f"s{step}", condition=SEVERE, for_s=shelf_s, reason="x"), now_s)
            case "restart":
                patient = patient.restarted()
            case _ if before is not None:
                is_accepted = patient.acknowledge(SEVERE, now_s).is_accepted
        yield Moment(patient, before, is_accepted)


@settings(max_examples=150)
@given(st.lists(READING | SILENCE | ACT, max_size=30))
def test_a_latched_alarm_never_clears_unacknowledged(story: list[tuple[str, float]]) -> None:
    """Once of high priority, an alarm is gone only after somebody acknowledged it after its last asking."""
    has_been_high = is_acknowledged = False
    for patient, before, is_accepted in play(story, shelf_s=900.0):
        if is_accepted is not None:
            is_acknowledged = is_accepted
        after = patient.retained.get(SEVERE)
        if after is None:
            assert before is None or is_acknowledged or not has_been_high
            has_been_high = is_acknowledged = False
            continue
        has_been_high = has_been_high or after.priority is Priority.HIGH
        is_acknowledged = after.state is AlarmState.ACKNOWLEDGED


@settings(max_examples=150)
@given(st.lists(READING | SILENCE | ACT, max_size=30))
@example([("shelve", 0.0), ("measure", 182.0), ("acknowledge", 0.0), ("measure", 118.0)])
@example([("measure", 182.0), ("shelve", 0.0), ("measure", 118.0)])
@example(
    [
        *[("shelve", 0.0), ("measure", 182.0), ("measure", 200.0), ("measure", 118.0)],
        *[("wait", 40.0), ("measure", 182.0), ("measure", 118.0), ("acknowledge", 0.0)],
    ]
)
def test_an_end_is_told_to_whoever_heard_a_start_and_to_nobody_else(story: list[tuple[str, float]]) -> None:
    """The alerts of an episode begin with its start, count on from 1, and say nothing after its end."""
    patient = Patient()
    told: dict[str, list[Phase]] = {}
    for patient, _, _ in play(story, shelf_s=7200.0):
        for alert in patient.alerts(SEVERE):
            phases = told.setdefault(alert.id, [])
            phases.append(alert.phase)
            assert alert.n == len(phases)
        patient.said.clear()

    for phases in told.values():
        assert phases[0] is Phase.START
        assert Phase.END not in phases[:-1]
    # Only what is still there can still be told to be over.
    now_there = patient.state.board.alarms.values()
    present = {alarm.alert.id for alarm in now_there if alarm.is_present}
    assert {episode for episode, phases in told.items() if phases[-1] is not Phase.END} <= present


@settings(max_examples=100)
@given(st.lists(st.floats(95.01, 100.0), min_size=1, max_size=60), st.booleans())
def test_no_chatter_inside_the_dead_band(rates_bpm: list[float], is_alarmed: bool) -> None:
    """Within the dead-band below the limit nothing starts, ends or is raised anew, however it moves."""
    patient, minute = Patient(), 0
    if is_alarmed:
        for minute in range(7):
            patient.send("activity", [NOON_S + 60.0 * minute], cadence=[0.0])
            patient.send("hr", [NOON_S + 60.0 * minute], hr=[110.0 + 0.1 * minute])
    told, records = len(patient.alerts(FAST)), len(patient.records)
    # Fewer minutes than an update takes.
    for step, hr_bpm in enumerate(rates_bpm[:20]):
        at_s = NOON_S + 60.0 * (minute + 1 + step)
        patient.send("activity", [at_s], cadence=[0.0])
        patient.send("hr", [at_s], hr=[hr_bpm])

    assert told == int(is_alarmed)
    assert (len(patient.alerts(FAST)), len(patient.records)) == (told, records)


@settings(max_examples=100)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["hr", "bp", "rr"]),
            st.floats(1801.0, 90_000.0),
            st.floats(20.0, 260.0),
            st.integers(1, 5),
        ),
        max_size=20,
    )
)
def test_late_data_raise_no_alert(batches: list[tuple[str, float, float, int]]) -> None:
    """Whatever comes half an hour or more after its time is history: no alert, no alarm, no record."""
    patient = Patient()
    for signal, late_s, value, count in batches:
        now_s = max(patient.state.now_s, NOON_S) + 1.0
        times_s = [now_s - late_s + 0.1 * number for number in range(count)]
        values: list[float | None] = [value] * count
        match signal:
            case "bp":
                severe: list[float | None] = [299.0] * count
                patient.send("bp", times_s, arrival_s=now_s, systolic=severe, diastolic=values)
            case "rr":
                patient.send("rr", times_s, arrival_s=now_s, rr=values)
            case _:
                patient.send("hr", times_s, arrival_s=now_s, hr=values)

    # That a sensor which was heard of once is silent now is true, and is not told from late values.
    assert {alarm for alarm in patient.retained if alarm != "sensor_lost"} == set()
    assert [item for item in patient.said if getattr(item, "condition", None) != "sensor_lost"] == []
