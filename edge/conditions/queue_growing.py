"""More messages wait in the gateway, from devices or for subscribers, than it gets done with."""

from __future__ import annotations

from typing import Final

from edge.conditions.condition import PLAIN, Condition, Sight, level_above
from edge.contract.messages import Evidence

SUBJECT: Final = "queue"


def look(waiting: int, row: Condition) -> Sight:
    """Present above the limit; the on-delay leaves time for what was only a moment."""
    assert row.limit is not None
    return PLAIN[level_above(waiting, row.limit, row.dead_band)]


def explain(inbox: int, outbox: int, row: Condition) -> Evidence:
    """How many messages wait on either side."""
    return Evidence(values={"inbox_messages": inbox, "outbox_messages": outbox}, limit=row.limit)
