"""A clock that is set, forward or back, in the middle of everything."""

from __future__ import annotations

import pytest

from edge.contract.codec import encode
from edge.contract.samples import SampleBatch
from edge.contract.topics import Encoding, SampleTopic, Topics
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

    assert step(ward, NOON_S + 10.0, NOON_S + 10.0 + shift_s) == []
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
