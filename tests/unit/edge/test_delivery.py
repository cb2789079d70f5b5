"""From outbox to broker: order, confirmation, and nothing forgotten too early."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from edge.contract.messages import LinkState, Status, WearerStatus
from edge.contract.samples import Mode
from edge.contract.topics import Topics
from edge.delivery import IN_FLIGHT_LIMIT, Delivery
from edge.pipeline.ends import UNREADABLE_TOPIC, Lane, Letter
from edge.reporter import Reporter
from edge.storage.database import open_database
from edge.storage.outbox import Outbox


class FakePublisher:
    """A broker that takes everything and confirms nothing by itself."""

    def __init__(self) -> None:
        self.is_connected = True
        self.published: list[tuple[str, bool]] = []

    def publish(
        self,
        topic: str,
        payload: bytes,
        *,
        retain: bool = False,
        correlation: bytes | None = None,
        expiry_s: float | None = None,
    ) -> int:
        self.published.append((topic, retain))
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
    delivery = Delivery(outbox, broker)
    outbox.put(letters(2))

    delivery.proceed(outbox.mark_sent)
    assert outbox.waiting() == 2
    delivery.confirm(1)
    delivery.proceed(outbox.mark_sent)

    assert outbox.waiting() == 1
    assert broker.published == [("t/0", False), ("t/1", False)]
    assert not delivery.is_done


def test_only_so_many_are_under_way(outbox: Outbox) -> None:
    """A slow broker is not flooded; each confirmation makes room for one more, in order."""
    broker = FakePublisher()
    delivery = Delivery(outbox, broker)
    outbox.put(letters(IN_FLIGHT_LIMIT + 5))

    delivery.proceed(outbox.mark_sent)
    assert len(broker.published) == IN_FLIGHT_LIMIT
    delivery.confirm(1)
    delivery.confirm(2)
    delivery.proceed(outbox.mark_sent)

    assert [topic for topic, _ in broker.published] == [
        f"t/{number}" for number in range(IN_FLIGHT_LIMIT + 2)
    ]


def test_without_a_link_nothing_is_handed_over(outbox: Outbox) -> None:
    """While the broker is away letters stay in the outbox, and go once it is back."""
    broker = FakePublisher()
    delivery = Delivery(outbox, broker)
    broker.is_connected = False
    outbox.put(letters(1))
    delivery.proceed(outbox.mark_sent)
    assert broker.published == []

    broker.is_connected = True
    delivery.proceed(outbox.mark_sent)

    assert broker.published == [("t/0", False)]


def test_a_letter_that_cannot_be_sent_is_dropped_and_the_others_go(
    outbox: Outbox, caplog: pytest.LogCaptureFixture
) -> None:
    """What cannot be read or carried by MQTT is told by its row, once, and stands in nobody's way."""

    class StrictPublisher(FakePublisher):
        def publish(self, topic: str, payload: bytes, **options: Any) -> int:
            if "+" in topic:
                raise ValueError("no wildcards")
            return super().publish(topic, payload, **options)

    broker = StrictPublisher()
    delivery = Delivery(outbox, broker)
    outbox.put(
        [Letter(Lane.ALERT, UNREADABLE_TOPIC, b"lane: 9"), Letter(Lane.ALERT, "t/+", b""), *letters(2)]
    )

    for _ in range(3):
        delivery.proceed(outbox.mark_sent)

    assert [topic for topic, _ in broker.published] == ["t/0", "t/1"]
    assert outbox.waiting() == 2
    assert [record.getMessage() for record in caplog.records if record.levelname == "WARNING"] == [
        "row 1 of the outbox cannot be sent and is dropped: lane: 9"
    ]


def test_confirmations_of_other_messages_are_ignored(outbox: Outbox) -> None:
    """The id of a status message confirms no letter."""
    delivery = Delivery(outbox, FakePublisher())
    outbox.put(letters(1))
    delivery.proceed(outbox.mark_sent)

    delivery.confirm(99)
    delivery.proceed(outbox.mark_sent)

    assert outbox.waiting() == 1


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
