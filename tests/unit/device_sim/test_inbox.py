"""What a subscriber keeps: each message once, the last status, nothing it cannot read."""

from __future__ import annotations

import msgspec
import pytest

from device_sim.subscriber import Inbox
from edge.contract.advice import Topic
from edge.contract.errors import RuntimeMissingError
from edge.contract.messages import (
    Advice,
    Alert,
    Evidence,
    Kind,
    LinkState,
    Phase,
    Priority,
    Status,
    WearerStatus,
)
from edge.contract.samples import Mode, SampleBatch
from edge.contract.topics import SampleTopic, Topics

TOPICS = Topics("sim")
ALERT = Alert(
    id="abc",
    n=1,
    phase=Phase.START,
    condition="off_body",
    kind=Kind.TECHNICAL,
    priority=Priority.LOW,
    wearer="anna",
    mode=Mode.TEST,
    onset_s=1.0,
    at_s=2.0,
    text="",
    evidence=Evidence(values={}),
    signal="contact",
    device="strap",
)
ADVICE = Advice(
    id="def",
    rule="rest",
    topic=Topic.HEART_RATE,
    wearer="anna",
    mode=Mode.TEST,
    at_s=1.0,
    language="en",
    text="",
    guideline="",
    link="",
    values={},
)


def received(*messages: tuple[str, msgspec.Struct | bytes]) -> Inbox:
    inbox = Inbox(TOPICS, "edge")
    for topic, message in messages:
        inbox.receive(topic, message if isinstance(message, bytes) else msgspec.json.encode(message))
    return inbox


def test_messages_received_twice_are_kept_once() -> None:
    """Alerts count by id and number, advice by id."""
    alerts, advice = TOPICS.alerts("anna", "off_body", "test"), TOPICS.advice("anna", "rest", "test")
    second = msgspec.structs.replace(ALERT, n=2)

    inbox = received((alerts, ALERT), (alerts, second), (alerts, ALERT), (advice, ADVICE), (advice, ADVICE))

    assert inbox.alerts() == [ALERT, second]
    assert inbox.advice() == [ADVICE]


def test_alarms_are_open_until_their_topic_is_emptied() -> None:
    """What is still retained at the end is known, so that it can be removed from a broker that lives on."""
    first, second = (TOPICS.alarms("anna", name, "hr", "test") for name in ("sensor_lost", "sensor_frozen"))
    inbox = received((first, b"{}"), (second, b"{}"), (first, b"{}"), (second, b""))

    assert inbox.open_alarms() == [first]


def test_what_cannot_be_read_is_left_out() -> None:
    """A stranger's message on our topics stops nothing."""
    inbox = received((TOPICS.alerts("anna", "off_body", "test"), b"{"), (TOPICS.status("edge"), b"[]"))

    assert inbox.alerts() == []
    assert inbox.status() is None


def test_the_last_status_and_the_last_samples_count() -> None:
    """Another edge's status is not ours."""
    online = Status(state=LinkState.ONLINE, edge="edge", version="1")
    batch = SampleBatch(seq=0, times_s=[1.0], values={"hr": [60.0]}, mode=Mode.TEST)
    topic = SampleTopic("anna", "band", "hr")

    inbox = received(
        (TOPICS.status("edge"), online),
        (TOPICS.status("other"), msgspec.structs.replace(online, edge="other")),
        (TOPICS.samples(topic), batch),
    )

    assert inbox.status() == online
    assert inbox.last_samples() == {topic: batch}


def test_waiting_ends_when_nothing_arrives() -> None:
    """Silence is told as such, not waited for without end."""
    with pytest.raises(RuntimeMissingError, match="no sign of progress"):
        Inbox(TOPICS, "edge").wait_for(lambda: False, within_s=0.01, what="progress", check=lambda: None)


def test_waiting_ends_when_it_has_become_pointless() -> None:
    """The check's own error comes through."""

    def gone() -> None:
        raise RuntimeMissingError("it ended", where="the edge", allowed="an edge that runs")

    with pytest.raises(RuntimeMissingError, match="it ended"):
        Inbox(TOPICS, "edge").wait_for(lambda: False, within_s=60.0, what="progress", check=gone)


def test_alerts_and_advice_that_are_retained_are_of_an_earlier_run() -> None:
    """The contract retains neither: an edge that says nothing now has told nothing."""
    inbox = Inbox(TOPICS, "edge")
    for topic, message in (
        (TOPICS.alerts("anna", "off_body", "test"), ALERT),
        (TOPICS.advice("anna", "rest", "test"), ADVICE),
    ):
        assert not inbox.receive(topic, msgspec.json.encode(message), is_retained=True)

    assert (inbox.alerts(), inbox.advice()) == ([], [])


def test_a_message_that_says_nothing_new_is_told_from_one_that_does() -> None:
    """An alert that comes again and a status that repeats itself are no news; another status is."""
    inbox = Inbox(TOPICS, "edge")
    alert, status = TOPICS.alerts("anna", "off_body", "test"), TOPICS.wearer_status("anna", "test")
    quiet, active = (
        msgspec.json.encode(WearerStatus(wearer="anna", mode=Mode.TEST, active=active))
        for active in ((), ("off_body",))
    )

    news = [
        inbox.receive(topic, payload)
        for topic, payload in [(alert, msgspec.json.encode(ALERT))] * 2
        + [(status, quiet), (status, quiet), (status, active), (status, b"garbage")]
    ]

    assert news == [True, False, True, False, True, False]
