"""The door of the desk: which questions are asked, and why others are not."""

from __future__ import annotations

import pytest

from edge.adapters.mqtt import Received
from edge.asked.door import read_question
from edge.contract.codec import encode
from edge.contract.errors import MessageError
from edge.contract.questions import Question
from edge.contract.topics import QuestionTopic, Topics
from edge.pipeline.intake import FUTURE_TOLERANCE_S
from tests.support.corridor import NOON_S

TOPIC = "vitalward/v1/questions/ada/camera/drowsy"


def question(at_s: float) -> Received:
    payload = encode(Question(at_s=at_s, inputs={"values": [1.0]}))
    return Received(TOPIC, payload, None, False, None, None, 1, 1, 1)


def test_a_question_from_the_future_is_refused_for_the_reason_samples_are() -> None:
    """One that is further ahead than clocks differ would outdate those behind it, and is not asked."""
    topics = Topics()
    topic, asked = read_question(topics, question(NOON_S + FUTURE_TOLERANCE_S), NOON_S)
    assert (topic, asked.at_s) == (QuestionTopic("ada", "camera", "drowsy"), NOON_S + FUTURE_TOLERANCE_S)

    with pytest.raises(MessageError) as caught:
        read_question(topics, question(NOON_S + FUTURE_TOLERANCE_S + 1), NOON_S)

    error = caught.value
    assert (error.what, error.where, error.allowed) == ("time in the future", "at_s", "at most 60 s ahead")


def test_on_stream_time_a_question_may_be_of_any_day() -> None:
    """Without a wall clock there is no future to compare with."""
    assert read_question(Topics(), question(NOON_S + 1e6), None)[1].at_s == NOON_S + 1e6
