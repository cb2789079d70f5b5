"""A clock that is set, forward or back, in the middle of everything."""

from __future__ import annotations

import json

import pytest

from edge.contract.codec import encode
from edge.contract.commands import Shelve
from edge.contract.samples import Mode, SampleBatch
from edge.contract.topics import CommandTopic, Encoding, SampleTopic, Topics
from edge.pipeline.clock_step import CLOCK_STEP_TOPIC, ClockStep
from edge.pipeline.ends import Entry, Letter
from edge.pipeline.ward import Ward
from tests.support.corridor import NOON_S, make_rules

TOPICS = Topics()


def send(ward: Ward, at_s: float, hr_bpm: float = 70.0) -> list[Letter]:
    batch = SampleBatch(seq=round(at_s), times_s=[at_s], values={"hr": [hr_bpm]})
    topic = TOPICS.samples(SampleTopic("w1", "d1", "hr"))
    return ward.take(Entry(at_s, topic, Encoding.JSON, encode(batch)))


def step(ward: Ward, from_s: float, to_s: float) -> list[Letter]:
    return ward.take(
        Entry(to_s, CLOCK_STEP_TOPIC, Encoding.JSON, encode(ClockStep(from_s=from_s, to_s=to_s)))
    )


@pytest.mark.parametrize("shift_s", [14 * 86_400.0, -14 * 86_400.0, 3600.0, -3600.0])
def test_a_clock_that_is_set_is_neither_silence_nor_lateness(shift_s: float) -> None:
    """After the clock was set by weeks either way no sensor counts as lost and the next sample is live."""
    ward = Ward(make_rules(), TOPICS, {}, on_stream_time=False)
    send(ward, NOON_S, 70.0)

    told = step(ward, NOON_S + 10.0, NOON_S + 10.0 + shift_s)
    assert {letter.topic.split("/")[5] for letter in told} == {"clock_jump"}
    assert ward.pass_time(NOON_S + shift_s + 20.0) == []
    live = ward.counters["samples_live"]
    assert send(ward, NOON_S + shift_s + 30.0, 71.0) == []
    assert ward.counters["samples_live"] == live + 1


@pytest.mark.parametrize("shift_s", [86_400.0, -86_400.0])
def test_true_silence_keeps_its_length_over_a_step(shift_s: float) -> None:
    """Ten minutes of silence before the step and five after it make the fifteen that mean lost."""
    ward = Ward(make_rules(), TOPICS, {}, on_stream_time=False)
    send(ward, NOON_S)
    step(ward, NOON_S + 600.0, NOON_S + 600.0 + shift_s)

    assert ward.pass_time(NOON_S + shift_s + 899.0) == []
    assert "sensor_lost" in {
        part for letter in ward.pass_time(NOON_S + shift_s + 901.0) for part in letter.topic.split("/")
    }


def test_a_clock_that_was_set_far_is_told_for_ten_minutes_and_a_small_step_not_at_all() -> None:
    """The alert names the step; it ends by itself. A step that samples stand is no alarm."""
    ward = Ward(make_rules(), TOPICS, {}, on_stream_time=False)
    send(ward, NOON_S)
    assert step(ward, NOON_S + 10.0, NOON_S + 60.0) == []

    told = step(ward, NOON_S + 70.0, NOON_S + 3670.0)
    alert = json.loads(told[0].payload)
    assert (alert["phase"], alert["evidence"]["values"]) == ("start", {"clock_step_s": 3600.0})
    assert ward.pass_time(NOON_S + 3670.0 + 599.0) == []
    ended = json.loads(ward.pass_time(NOON_S + 3670.0 + 601.0)[0].payload)
    assert (ended["phase"], ended["id"]) == ("end", alert["id"])


def test_a_shelf_lasts_as_long_as_was_asked_though_the_clock_is_set() -> None:
    """Half of an hour's shelf is over when the clock jumps a day ahead: the other half is still to come."""
    ward = Ward(make_rules(), TOPICS, {}, on_stream_time=False)
    send(ward, NOON_S)
    order = Shelve(request="s", condition="sensor_lost", for_s=3600.0, reason="x")
    topic = TOPICS.commands(CommandTopic("nurse", Mode.REAL, "w1"))
    ward.take(Entry(NOON_S, topic, Encoding.JSON, encode(order)))
    step(ward, NOON_S + 1800.0, NOON_S + 1800.0 + 86_400.0)

    board = ward.wearers["w1", Mode.REAL].board
    assert board.shelves["sensor_lost"].until_s == NOON_S + 86_400.0 + 3600.0
    ward.pass_time(NOON_S + 86_400.0 + 3601.0)
    assert board.shelves == {}


def test_a_state_that_was_ahead_of_the_clock_is_not_carried_into_the_future() -> None:
    """The clock goes an hour forward to where the state already was: silence, shelf and alarm do not."""
    ward = Ward(make_rules(), TOPICS, {}, on_stream_time=False)
    send(ward, NOON_S)
    ward.pass_time(NOON_S + 901.0)
    order = Shelve(request="s", condition="off_body", for_s=3600.0, reason="x")
    topic = TOPICS.commands(CommandTopic("nurse", Mode.REAL, "w1"))
    ward.take(Entry(NOON_S + 910.0, topic, Encoding.JSON, encode(order)))

    step(ward, NOON_S + 920.0 - 3600.0, NOON_S + 920.0)

    state = ward.wearers["w1", Mode.REAL]
    assert state.now_s == NOON_S + 920.0
    assert state.streams["hr"].heard_s == NOON_S + 10.0
    assert state.board.shelves["off_body"].until_s == NOON_S + 920.0 + 3600.0
    assert state.board.alarms["sensor_lost/hr"].asked_s <= NOON_S + 920.0
    assert max(state.board.raised_s) <= NOON_S + 920.0
