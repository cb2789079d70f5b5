"""Watches how many messages wait in the gateway, and says when that is worth the journal."""

from __future__ import annotations

from typing import Final

from edge.conditions.condition import Condition, Level
from edge.pipeline.queue_length import QueueLength
from edge.watches import queue_growing

# While messages wait, so often: the delay before an alert runs by what is seen.
AGAIN_AFTER_S: Final = 60.0


class QueueWatch:
    """Remembers what the last length meant; the first after a start is news if messages waited before it."""

    def __init__(self, row: Condition, *, has_waited: bool) -> None:
        self._row = row
        self._level = None if has_waited else Level.ABSENT
        self._due_s = 0.0

    def notice(self, inbox: int, outbox: int, monotonic_s: float) -> QueueLength | None:
        """The length, if it means something else than the last, or messages have waited on for a minute."""
        level = queue_growing.look(inbox + outbox, self._row).level
        if level is self._level and (level is Level.ABSENT or monotonic_s < self._due_s):
            return None
        self._level, self._due_s = level, monotonic_s + AGAIN_AFTER_S
        return QueueLength(inbox=inbox, outbox=outbox)
