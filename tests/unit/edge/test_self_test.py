"""The self-test as a state machine: what it sends, and what it takes for an answer."""

from __future__ import annotations

from dataclasses import dataclass, field

import msgspec
import pytest

from edge.contract.codec import decode_batch, encode
from edge.contract.messages import Alert, Evidence, Kind, Phase, Priority
from edge.contract.samples import Mode, SampleBatch
from edge.contract.topics import Encoding, SampleTopic, Topics
from edge.self_test import SelfTest, answers
from tests.support.corridor import NOON_S

TOPICS = Topics()
ALERT, ALARM = answers(TOPICS)
HOUR_S = 3600.0


@dataclass
class FakePublisher:
    """Notes what is published."""

    is_connected: bool = True
    published: list[tuple[str, bytes]] = field(default_factory=list)

    def publish(
        self,
        topic: str,
        payload: bytes,
        *,
        retain: bool = False,
        correlation: bytes | None = None,
        expiry_s: float | None = None,
    ) -> int:
        self.published.append((topic, payload))
        return len(self.published)

    def batches(self) -> list[SampleBatch]:
        return [decode_batch(data, Encoding.JSON) for topic, data in self.published if "/samples/" in topic]


def began() -> tuple[FakePublisher, SelfTest]:
    """A test whose crossing has been sent, a minute after the start."""
    publisher = FakePublisher()
    test = SelfTest(publisher, TOPICS, "home", HOUR_S, start_s=0.0)
    test.proceed(59.0, NOON_S + 59.0)
    assert publisher.published == []
    test.proceed(60.0, NOON_S + 60.0)
    return publisher, test


def alert(device: str, onset_s: float, phase: Phase = Phase.START) -> bytes:
    return encode(
        Alert(
            id="abc",
            n=1,
            phase=phase,
            condition="self_test",
            kind=Kind.TECHNICAL,
            priority=Priority.LOW,
            wearer="self-test",
            mode=Mode.TEST,
            onset_s=onset_s,
            at_s=onset_s,
            text="A test.",
            evidence=Evidence(values={}),
            signal="self_test",
            device=device,
        )
    )


def test_a_crossing_that_comes_back_and_is_removed_passes() -> None:
    """Values 0 and 1 go out; the alert leads to a 0 and an acknowledgement; the removal passes the test."""
    publisher, test = began()
    (crossing,) = publisher.batches()
    assert (crossing.mode, crossing.values["self_test"]) == (Mode.TEST, [0.0, 1.0])
    test.hear(ALERT, alert("home", crossing.times_s[-1]), 61.0, NOON_S + 61.0)
    topic, payload = publisher.published[-1]
    assert topic == "vitalward/v1/commands/home/test/self-test"
    assert msgspec.json.decode(payload)["episode"] == "abc"
    assert publisher.batches()[-1].values["self_test"] == [0.0]
    test.hear(ALARM, b"", 62.5, NOON_S + 62.5)

    assert test.status is not None
    assert (test.status.has_passed, test.status.took_s, test.status.n) == (True, 2.5, 1)
    assert test.due_s == 62.5 + HOUR_S


def failed_at(test: SelfTest, monotonic_s: float) -> str | None:
    """What the last test waited for in vain, at that time; None where there is none that failed."""
    test.proceed(monotonic_s, NOON_S + monotonic_s)
    return None if test.status is None else test.status.failed_at


@pytest.mark.parametrize(
    "answer",
    [
        alert("other", NOON_S + 60.0),
        alert("home", NOON_S + 59.0),
        alert("home", NOON_S + 60.0, Phase.END),
        b"{",
        b"\xff",
        b"[" * 100_000,
    ],
)
def test_what_is_no_answer_to_this_crossing_passes_nothing(answer: bytes) -> None:
    """Of another edge, of an earlier test, an end, or nonsense: the test fails after half a minute."""
    _, test = began()
    test.hear(ALERT, answer, 61.0, NOON_S + 61.0)
    test.hear(ALARM, b"", 62.0, NOON_S + 62.0)
    assert failed_at(test, 89.9) is None
    assert failed_at(test, 90.0) == "alert"
    assert test.due_s == 390.0


def test_without_a_link_no_test_begins() -> None:
    """What cannot be sent cannot come back; it begins when the link is there."""
    publisher = FakePublisher(is_connected=False)
    test = SelfTest(publisher, TOPICS, "home", HOUR_S, start_s=0.0)
    test.proceed(60.0, NOON_S)
    assert publisher.published == []
    publisher.is_connected = True
    test.proceed(70.0, NOON_S + 10.0)

    assert len(publisher.batches()) == 1


def test_the_crossing_of_another_edge_is_known_by_its_device() -> None:
    """Two edges on one broker: neither answers for the other, also where one name begins with the other."""
    _, test = began()

    def crossing(device: str, signal: str = "self_test") -> str:
        return TOPICS.samples(SampleTopic("self-test", device, signal))

    assert [test.is_of_another(crossing(name)) for name in ("home", "home2", "hom", "cabin")] == [
        False,
        True,
        True,
        True,
    ]
    assert not test.is_of_another(TOPICS.samples(SampleTopic("w1", "cabin", "hr")))


def test_any_other_signal_of_the_self_tests_wearer_is_for_the_corridor() -> None:
    """A device that sends for a wearer of that name is heard or refused, and not passed over in silence."""
    _, test = began()

    def is_left_out(signal: str) -> bool:
        return test.is_of_another(TOPICS.samples(SampleTopic("self-test", "watch", signal)))

    assert [is_left_out(signal) for signal in ("hr", "steps", "self_test", "self_test/msgpack")] == [
        False,
        False,
        True,
        True,
    ]
