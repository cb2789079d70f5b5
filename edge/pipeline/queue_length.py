"""How many messages wait in the gateway, as the edge itself journals it, and what that means to wearers."""

from __future__ import annotations

from typing import Final

import msgspec

from edge.ends import Said
from edge.pipeline.say import say
from edge.rulebook import Rulebook
from edge.watches import queue_growing
from edge.wearer.spot import spot_of
from edge.wearer.state import WearerState

# Not a topic anyone can publish to: '$' is the broker's own.
QUEUE_TOPIC: Final = "$queue"


class QueueLength(msgspec.Struct, frozen=True, kw_only=True):
    """Messages that wait: in the inbox to be journalled, in the outbox to be confirmed by the broker."""

    inbox: int
    outbox: int


def decode_queue(payload: bytes) -> QueueLength:
    """Read a length from the journal, where only the edge itself has written it."""
    return msgspec.json.decode(payload, type=QueueLength)


def tell_queue(state: WearerState, rules: Rulebook, queue: QueueLength, at_s: float) -> Said:
    """Hold a length that was seen at `at_s` against the condition."""
    row = rules.conditions["queue_growing"]
    spot = spot_of(state, rules, queue_growing.SUBJECT)
    sight = queue_growing.look(queue.inbox + queue.outbox, row)
    return say(
        spot,
        row,
        sight,
        at_s,
        lambda: queue_growing.explain(queue.inbox, queue.outbox, row),
        case=lambda: queue_growing.case(queue.inbox, queue.outbox, row, at_s),
    )
