"""The status topics: published when they have changed, and all of them after a new connection."""

from __future__ import annotations

from collections.abc import Sequence

from edge.contract.codec import encode
from edge.contract.messages import SleepStatus, Status, WearerStatus
from edge.contract.topics import Topics
from edge.delivery import Publisher


class Reporter:
    """Publishes statuses at most every `period_s`."""

    def __init__(self, publisher: Publisher, topics: Topics, period_s: float) -> None:
        self._publisher = publisher
        self._topics = topics
        self._period_s = period_s
        self._last: dict[str, bytes] = {}
        self.due_s = 0.0

    def start_over(self) -> None:
        """After a new connection nothing said before counts as said."""
        self._last.clear()
        self.due_s = 0.0

    def hurry(self) -> None:
        """Something has changed that nobody should have to wait for."""
        self.due_s = 0.0

    def is_due(self, monotonic_s: float) -> bool:
        """Whether it is time to report, and somebody listens."""
        return monotonic_s >= self.due_s and self._publisher.is_connected

    def report(
        self,
        monotonic_s: float,
        status: Status,
        wearers: Sequence[WearerStatus],
        sleepers: Sequence[SleepStatus] = (),
    ) -> None:
        """Publish what has changed. What is told of a wearer is not retained: it would outlive its truth."""
        self.due_s = monotonic_s + self._period_s
        self._publish(self._topics.status(status.edge), encode(status), retain=True)
        for wearer in wearers:
            self._publish(
                self._topics.wearer_status(wearer.wearer, wearer.mode), encode(wearer), retain=False
            )

        for sleeper in sleepers:
            self._publish(self._topics.sleep(sleeper.wearer, sleeper.mode), encode(sleeper), retain=False)

    def _publish(self, topic: str, payload: bytes, *, retain: bool) -> None:
        if self._last.get(topic) != payload:
            self._last[topic] = payload
            self._publisher.publish(topic, payload, retain=retain)
