"""More messages wait in the gateway, from devices or for subscribers, than it gets done with."""

from __future__ import annotations

from typing import Final

from edge.conditions.case import Case, case_of_quantity
from edge.conditions.condition import PLAIN, Condition, Sight, level_above
from edge.contract.explanation import LimitSource, Relation
from edge.contract.messages import Evidence

SUBJECT: Final = "queue"


def look(waiting: float, row: Condition) -> Sight:
    """Present above the limit; the on-delay leaves time for what was only a moment."""
    assert row.limit is not None
    return PLAIN[level_above(waiting, row.limit, row.dead_band)]


def explain(inbox: int, outbox: int, row: Condition) -> Evidence:
    """How many messages wait on either side."""
    return Evidence(values={"inbox_messages": inbox, "outbox_messages": outbox}, limit=row.limit)


def case(inbox: int, outbox: int, row: Condition, at_s: float) -> Case:
    """How many messages wait in all."""
    assert row.limit is not None
    return case_of_quantity(
        "messages_waiting",
        inbox + outbox,
        row,
        lambda waiting: look(waiting, row),
        relation=Relation.ABOVE,
        limit=row.limit,
        source=LimitSource.TABLE,
        calm=0.0,
        at_s=at_s,
    )
