"""The door of the desk: a message becomes a question that may be asked, or a reason why not."""

from __future__ import annotations

from edge.adapters.mqtt import Received
from edge.contract.questions import Question, decode_question
from edge.contract.topics import QuestionTopic, Topics
from edge.pipeline.door import content_encoding
from edge.pipeline.intake import check_not_ahead, check_time


def read_question(topics: Topics, message: Received, now_s: float | None) -> tuple[QuestionTopic, Question]:
    """A question and its topic; `now_s` is None on stream time. MessageError for any other message."""
    topic = topics.parse_question(message.topic)
    question = decode_question(message.payload, content_encoding(message.content_type))
    check_time(question.at_s, where="at_s")
    # The findings of all questions behind it would be older than it, and be dropped.
    check_not_ahead(question.at_s, now_s, where="at_s")
    return topic, question
