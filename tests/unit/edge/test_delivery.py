"""From outbox to broker: order, confirmation, and nothing forgotten too early."""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest
from msgspec.structs import replace

from edge.contract.messages import LinkState, SleepStatus, Status, WearerStatus
from edge.contract.samples import Mode
from edge.contract.topics import Topics
from edge.delivery import IN_FLIGHT_LIMIT, REFUSED_AGAIN_CAP_S, REFUSED_AGAIN_S, Delivery
from edge.ends import UNREADABLE_TOPIC, Lane, Letter
from edge.reporter import Reporter
from edge.storage.database import open_database
from edge.storage.outbox import Outbox


class FakePublisher:
    """A broker that takes everything that MQTT can carry and confirms nothing by itself."""

    def __init__(self) -> None:
        self.is_connected = True
        self.published: list[tuple[str, bool]] = []
        self.correlations: list[bytes | None] = []

    def publish(
        self,
        topic: str,
        payload: bytes,
        *,
        retain: bool = False,
        correlation: bytes | None = None,
        expiry_s: float | None = None,
    ) -> int:
        if "+" in topic:
            raise ValueError("Publish topic cannot contain wildcards.")
        self.published.append((topic, retain))
        self.correlations.append(correlation)
        return len(self.published)


@pytest.fixture
def outbox(tmp_path: Path) -> Iterator[Outbox]:
    database: sqlite3.Connection = open_database(tmp_path)
    yield Outbox(database)
    database.close()


def letters(count: int) -> list[Letter]:
    return [Letter(Lane.ALERT, f"t/{number}", b"") for number in range(count)]


def test_a_letter_is_forgotten_only_when_confirmed(outbox: Outbox) -> None:
    """Handed over is not sent: the outbox keeps a letter until the broker has confirmed it."""
    broker = FakePublisher()
    delivery = Delivery(outbox, broker, Topics())
    outbox.put(letters(2))

    delivery.proceed(outbox.mark_sent, 0.0)
    assert outbox.waiting() == 2
    delivery.confirm(1)
    delivery.proceed(outbox.mark_sent, 0.0)

    assert outbox.waiting() == 1
    assert broker.published == [("t/0", False), ("t/1", False)]
    assert not delivery.is_done


def test_only_so_many_are_under_way(outbox: Outbox) -> None:
    """A slow broker is not flooded; each confirmation makes room for one more, in order."""
    broker = FakePublisher()
    delivery = Delivery(outbox, broker, Topics())
    outbox.put(letters(IN_FLIGHT_LIMIT + 5))

    delivery.proceed(outbox.mark_sent, 0.0)
    assert len(broker.published) == IN_FLIGHT_LIMIT
    delivery.confirm(1)
    delivery.confirm(2)
    delivery.proceed(outbox.mark_sent, 0.0)

    assert [topic for topic, _ in broker.published] == [
        f"t/{number}" for number in range(IN_FLIGHT_LIMIT + 2)
    ]


def test_without_a_link_nothing_is_handed_over(outbox: Outbox) -> None:
    """While the broker is away letters stay in the outbox, and go once it is back."""
    broker = FakePublisher()
    delivery = Delivery(outbox, broker, Topics())
    broker.is_connected = False
    outbox.put(letters(1))
    delivery.proceed(outbox.mark_sent, 0.0)
    assert broker.published == []

    broker.is_connected = True
    delivery.proceed(outbox.mark_sent, 0.0)

    assert broker.published == [("t/0", False)]


def test_a_letter_that_cannot_be_sent_is_dropped_and_the_others_go(
    outbox: Outbox, caplog: pytest.LogCaptureFixture
) -> None:
    """What cannot be read or carried by MQTT is told by its row, once, and stands in nobody's way."""
    broker = FakePublisher()
    delivery = Delivery(outbox, broker, Topics())
    outbox.put(
        [
            Letter(Lane.ALERT, UNREADABLE_TOPIC, b"lane: 9"),
            Letter(Lane.ALERT, f"{SECRET}/+", b""),
            *letters(2),
        ]
    )

    for _ in range(3):
        delivery.proceed(outbox.mark_sent, 0.0)

    assert [topic for topic, _ in broker.published] == ["t/0", "t/1"]
    assert outbox.waiting() == 2
    assert [record.getMessage() for record in caplog.records if record.levelname == "WARNING"] == [
        "row 1 of the outbox cannot be sent and is dropped: lane: 9"
    ]
    assert "secret" not in caplog.text


def test_confirmations_of_other_messages_are_ignored(outbox: Outbox) -> None:
    """The id of a status message confirms no letter."""
    delivery = Delivery(outbox, FakePublisher(), Topics())
    outbox.put(letters(1))
    delivery.proceed(outbox.mark_sent, 0.0)

    delivery.confirm(99)
    delivery.proceed(outbox.mark_sent, 0.0)

    assert outbox.waiting() == 1


SECRET, OTHER = "vitalward/v1/alerts/real/secret-wearer/a", "vitalward/v1/alerts/real/w2/a"


def test_a_refused_letter_is_kept_and_tried_again_ever_more_rarely(outbox: Outbox) -> None:
    """What the broker refuses stays in the outbox; it is tried after 1 s, 2 s, 4 s and so on up to 60 s."""
    broker = FakePublisher()
    delivery = Delivery(outbox, broker, Topics())
    outbox.put([Letter(Lane.ALERT, SECRET, b"")])
    tried_s: list[float] = []

    for now_s in range(200):
        delivery.proceed(outbox.mark_sent, float(now_s))
        if len(broker.published) > len(tried_s):
            tried_s.append(float(now_s))
            assert delivery.refuse(len(broker.published), "Not authorized", float(now_s))

    gaps_s = [after - before for before, after in pairwise(tried_s)]
    assert gaps_s == [REFUSED_AGAIN_S, 2.0, 4.0, 8.0, 16.0, 32.0, REFUSED_AGAIN_CAP_S, REFUSED_AGAIN_CAP_S]
    assert outbox.waiting() == 1


def test_a_refused_topic_does_not_stop_the_others(outbox: Outbox) -> None:
    """More refused letters than may be under way leave the way free for those behind them."""
    broker = FakePublisher()
    delivery = Delivery(outbox, broker, Topics())
    outbox.put([Letter(Lane.ALERT, SECRET, b"")] * (2 * IN_FLIGHT_LIMIT))
    outbox.put([Letter(Lane.ALERT, OTHER, b"")])

    delivery.proceed(outbox.mark_sent, 0.0)
    for message_id in range(1, IN_FLIGHT_LIMIT + 1):
        delivery.refuse(message_id, "Not authorized", 0.0)
    delivery.proceed(outbox.mark_sent, 0.0)
    assert broker.published[IN_FLIGHT_LIMIT:] == [(OTHER, False)]
    delivery.confirm(IN_FLIGHT_LIMIT + 1)
    delivery.proceed(outbox.mark_sent, 0.0)

    assert outbox.waiting() == 2 * IN_FLIGHT_LIMIT
    assert delivery.is_done


def test_letters_of_a_refused_topic_keep_their_order(outbox: Outbox) -> None:
    """The second of three is refused: it and the third come again, one by one at first."""
    broker = FakePublisher()
    delivery = Delivery(outbox, broker, Topics())
    outbox.put([Letter(Lane.ALERT, SECRET, b"", is_retained) for is_retained in (False, False, True)])

    delivery.proceed(outbox.mark_sent, 0.0)
    delivery.confirm(1)
    delivery.refuse(2, "Quota exceeded", 0.0)
    delivery.confirm(3)
    delivery.proceed(outbox.mark_sent, REFUSED_AGAIN_S)
    assert broker.published[3:] == [(SECRET, False)]
    delivery.confirm(4)
    delivery.proceed(outbox.mark_sent, REFUSED_AGAIN_S)
    assert broker.published[4:] == [(SECRET, True)]
    delivery.confirm(5)
    delivery.proceed(outbox.mark_sent, REFUSED_AGAIN_S)

    assert outbox.waiting() == 0


def test_a_refusal_is_told_once_and_names_nobody(outbox: Outbox, caplog: pytest.LogCaptureFixture) -> None:
    """One warning for all that is refused below `alerts`, one line when all of it is taken again."""
    caplog.set_level(logging.DEBUG)
    broker = FakePublisher()
    delivery = Delivery(outbox, broker, Topics())
    outbox.put([Letter(Lane.ALERT, SECRET, b""), Letter(Lane.ALERT, OTHER, b"")])

    delivery.proceed(outbox.mark_sent, 0.0)
    delivery.refuse(1, "Not authorized", 0.0)
    delivery.refuse(2, "Not authorized", 0.0)
    delivery.proceed(outbox.mark_sent, REFUSED_AGAIN_S)
    delivery.confirm(3)
    delivery.confirm(4)

    assert [record.levelname for record in caplog.records] == ["WARNING", "DEBUG", "INFO"]
    assert "vitalward/v1/alerts: Not authorized" in caplog.text
    assert "secret" not in caplog.text


def test_refusals_of_other_messages_are_ignored(outbox: Outbox) -> None:
    """A refused status holds back no letter."""
    delivery = Delivery(outbox, FakePublisher(), Topics())
    outbox.put(letters(1))
    delivery.proceed(outbox.mark_sent, 0.0)

    assert not delivery.refuse(99, "Not authorized", 0.0)
    delivery.confirm(1)
    delivery.proceed(outbox.mark_sent, 0.0)

    assert outbox.waiting() == 0


def test_a_status_is_published_when_it_changed_and_after_a_new_connection() -> None:
    """Unchanged statuses are not repeated; only that of the edge is retained."""
    broker = FakePublisher()
    reporter = Reporter(broker, Topics(), period_s=10.0)
    status = Status(state=LinkState.ONLINE, edge="e", version="1")
    wearer = WearerStatus(wearer="w1", mode=Mode.REAL)

    assert reporter.is_due(100.0)
    reporter.report(100.0, status, [wearer])
    assert not reporter.is_due(109.0)
    reporter.report(110.0, status, [wearer])
    assert broker.published == [
        ("vitalward/v1/edge/e/status", True),
        ("vitalward/v1/wearers/real/w1/status", False),
    ]

    reporter.start_over()
    assert reporter.is_due(111.0)
    reporter.report(111.0, status, [wearer])
    assert len(broker.published) == 4


def test_who_sleeps_is_told_when_it_changes_and_is_never_retained() -> None:
    """The same state again is not repeated; a later one is a change."""
    broker = FakePublisher()
    reporter = Reporter(broker, Topics(), period_s=10.0)
    status = Status(state=LinkState.ONLINE, edge="e", version="1")
    sleeper = SleepStatus(wearer="w1", mode=Mode.REAL, is_asleep=True, at_s=300.0)

    for monotonic_s, told in ((100.0, sleeper), (110.0, sleeper), (120.0, replace(sleeper, at_s=600.0))):
        reporter.report(monotonic_s, status, [], [told])

    assert broker.published == [
        ("vitalward/v1/edge/e/status", True),
        ("vitalward/v1/wearers/real/w1/sleep", False),
        ("vitalward/v1/wearers/real/w1/sleep", False),
    ]


def test_a_reply_carries_what_its_question_is_known_by(outbox: Outbox) -> None:
    """The correlation data that came with a command goes out with its reply, and with nothing else."""
    broker = FakePublisher()
    outbox.put([Letter(Lane.ALERT, "replies/nurse", b"", correlation=b"\x00id"), *letters(1)])

    Delivery(outbox, broker, Topics()).proceed(outbox.mark_sent, 0.0)

    assert broker.correlations == [b"\x00id", None]


def test_it_is_done_when_nothing_waits_and_nothing_is_under_way(outbox: Outbox) -> None:
    """Not while a letter waits to be handed over, nor while the broker has not confirmed it, but then."""
    delivery, done = Delivery(outbox, FakePublisher(), Topics()), list[bool]()
    done.append(delivery.is_done)
    outbox.put(letters(1))
    done.append(delivery.is_done)
    delivery.proceed(outbox.mark_sent, 0.0)
    done.append(delivery.is_done)
    delivery.confirm(1)
    delivery.proceed(outbox.mark_sent, 0.0)
    done.append(delivery.is_done)

    assert done == [True, False, False, True]


def test_what_was_forgotten_is_not_forgotten_again(outbox: Outbox) -> None:
    """Each confirmed letter is handed to the store once, however often delivery goes on."""
    delivery, forgotten = Delivery(outbox, FakePublisher(), Topics()), list[list[int]]()
    outbox.put(letters(1))
    delivery.proceed(forgotten.append, 0.0)
    delivery.confirm(1)
    for _ in range(3):
        delivery.proceed(forgotten.append, 0.0)

    assert [len(ids) for ids in forgotten] == [1]
