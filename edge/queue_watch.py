"""Watches how many messages wait in the gateway, and says when that has come to mean something else."""

from __future__ import annotations

from edge.conditions import queue_growing
from edge.conditions.condition import Condition, Level
from edge.pipeline.queue_length import QueueLength


class QueueWatch:
    """Remembers what the last length meant; the first after a start is news if messages waited before it."""

    def __init__(self, row: Condition, *, has_waited: bool) -> None:
        self._row = row
        self._level = None if has_waited else Level.ABSENT

    def notice(self, inbox: int, outbox: int) -> QueueLength | None:
        """The length, if it is beyond the limit or back below it, and was not before."""
        level = queue_growing.look(inbox + outbox, self._row).level
        if level is self._level:
            return None
        self._level = level
        return QueueLength(inbox=inbox, outbox=outbox)
