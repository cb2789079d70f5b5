"""Where something is seen: the wearer, the rules, the stream."""

from __future__ import annotations

import msgspec

from edge.rulebook import Rulebook
from edge.wearer.state import WearerState

# What no device of the wearer's has to do with is told of the edge itself.
EDGE_DEVICE = "edge"


class Spot(msgspec.Struct, frozen=True):
    """Which wearer, by which rules, on which stream (`subject`) of which device."""

    state: WearerState
    rules: Rulebook
    subject: str
    device: str


def spot_of(state: WearerState, rules: Rulebook, subject: str) -> Spot:
    """The spot of a subject, on the device its stream is now taken from."""
    stream = state.streams.get(subject)
    return Spot(state, rules, subject, EDGE_DEVICE if stream is None else stream.device)
