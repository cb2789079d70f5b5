"""The dead-man heartbeat: sent by the main loop, so that a subscriber notices when it has stopped."""

from __future__ import annotations

from edge.contract.alarms import Heartbeat
from edge.contract.codec import encode
from edge.contract.topics import Topics
from edge.delivery import Publisher

# One heartbeat may be lost or late without anybody being alarmed.
MISSED_BEATS = 2.5


class Heart:
    """Beats every `period_s` while there is a link."""

    def __init__(self, publisher: Publisher, topics: Topics, edge: str, period_s: float) -> None:
        self._publisher = publisher
        self._topic = topics.heartbeat(edge)
        self._edge = edge
        self._period_s = period_s
        self._n = 0
        self.due_s = 0.0

    def proceed(self, monotonic_s: float, now_s: float, decided_s: float | None) -> None:
        """Beat if it is time. What nobody took is worth nothing later, so it expires."""
        if monotonic_s < self.due_s or not self._publisher.is_connected:
            return
        self.due_s = monotonic_s + self._period_s
        self._n += 1
        within_s = MISSED_BEATS * self._period_s
        beat = Heartbeat(edge=self._edge, n=self._n, at_s=now_s, next_within_s=within_s, decided_s=decided_s)
        self._publisher.publish(self._topic, encode(beat), expiry_s=within_s)
