"""Messages that pile up in the gateway: when that is noticed, and what each wearer is told of it."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from edge.conditions.condition import Level, level_above
from edge.conditions.table import CONDITIONS
from edge.contract.codec import encode
from edge.contract.samples import Mode, SampleBatch
from edge.contract.topics import Encoding, SampleTopic, Topics
from edge.ends import Entry, Letter
from edge.pipeline.queue_length import QUEUE_TOPIC, QueueLength
from edge.pipeline.ward import Ward
from edge.queue_watch import QueueWatch
from tests.support.corridor import NOON_S, make_rules

TOPICS = Topics()
ROW = CONDITIONS["queue_growing"]


def ward_of(*wearers: str) -> Ward:
    """Wearers who have each sent one charge, which is never missed."""
    ward = Ward(make_rules(), TOPICS, {}, on_stream_time=False)
    for wearer in wearers:
        batch = SampleBatch(seq=1, times_s=[NOON_S], values={"battery": [80.0]})
        topic = TOPICS.samples(SampleTopic(wearer, "d1", "battery"))
        ward.take(Entry(NOON_S, topic, Encoding.JSON, encode(batch)))
    return ward


def see(ward: Ward, at_s: float, inbox: int, outbox: int) -> list[Letter]:
    length = QueueLength(inbox=inbox, outbox=outbox)
    return ward.take(Entry(at_s, QUEUE_TOPIC, Encoding.JSON, encode(length)))


def alerts(letters: list[Letter]) -> list[tuple[str, str]]:
    """Wearer and phase of each alert."""
    told = [(letter.topic.split("/"), letter.payload) for letter in letters]
    return [(topic[4], json.loads(payload)["phase"]) for topic, payload in told if topic[2] == "alerts"]


def test_a_queue_that_stays_long_is_told_of_every_wearer_and_its_end_too() -> None:
    """65 messages for ten minutes raise it for both, with either side's number; 32 end it."""
    ward = ward_of("w1", "w2")
    before = [alerts(see(ward, NOON_S + 60.0 * minute, 5, 60)) for minute in range(10)]
    told = see(ward, NOON_S + 600.0, 4, 70)
    assert [*before, alerts(told)] == [[]] * 10 + [[("w1", "start"), ("w2", "start")]]
    start = json.loads(told[0].payload)
    assert start["text"].startswith("More than 64 messages")
    assert start["evidence"]["values"] == {"inbox_messages": 4, "outbox_messages": 70}
    assert ward.has_queue()

    assert alerts(see(ward, NOON_S + 660.0, 0, 40)) == []
    assert alerts(see(ward, NOON_S + 720.0, 0, 32)) == [("w1", "end"), ("w2", "end")]
    assert not ward.has_queue()


def test_a_queue_that_was_long_for_a_moment_is_not_told() -> None:
    """A broker that comes back after five minutes has its messages, and nobody hears of them."""
    ward = ward_of("w1")
    for minute in range(5):
        assert see(ward, NOON_S + 60.0 * minute, 0, 5000) == []
    see(ward, NOON_S + 300.0, 0, 3)

    assert ward.pass_time(NOON_S + 3600.0) == []


@given(st.lists(st.tuples(st.integers(0, 80), st.integers(0, 80)), max_size=60), st.booleans())
def test_the_journal_gets_what_changes_and_once_a_minute_what_waits(
    lengths: list[tuple[int, int]], has_waited: bool
) -> None:
    """A length a second: one with another meaning is handed on, one with the same only after a minute."""
    watch = QueueWatch(ROW, has_waited=has_waited)
    meaning, since = None if has_waited else Level.ABSENT, 0
    for second, (inbox, outbox) in enumerate(lengths * 3):
        now = level_above(inbox + outbox, 64.0, 32.0)
        is_news = now is not meaning or (now is not Level.ABSENT and second - since >= 60)
        assert (watch.notice(inbox, outbox, float(second)) is not None) == is_news
        if is_news:
            meaning, since = now, second


def test_the_length_is_of_no_wearer_in_another_mode() -> None:
    """A wearer in mode test is told in mode test: each subscriber hears of the queue where it listens."""
    ward = ward_of("w1")
    batch = SampleBatch(seq=1, times_s=[NOON_S], values={"battery": [80.0]}, mode=Mode.TEST)
    topic = TOPICS.samples(SampleTopic("w1", "d1", "battery"))
    ward.take(Entry(NOON_S, topic, Encoding.JSON, encode(batch)))
    for minute in range(10):
        see(ward, NOON_S + 60.0 * minute, 0, 100)
    told = see(ward, NOON_S + 600.0, 0, 100)
    modes = [letter.topic.split("/")[3] for letter in told if b'"phase":"start"' in letter.payload]

    assert modes == ["real", "test"]
