"""A sensor of which nothing usable has been heard for too long: raised by time, ended by a sample."""

from __future__ import annotations

from edge.conditions.rest import is_worn
from edge.contract.catalogue import SIGNALS
from edge.contract.messages import Evidence
from edge.pipeline.freshness import stale_after_s
from edge.pipeline.spot import Spot
from edge.pipeline.state import WearerState


def lost_at_s(state: WearerState, subject: str) -> float | None:
    """When the sensor of a stream counts as lost if nothing more is heard of it; None if silence is fine."""
    signal = SIGNALS.get(subject)
    if signal is None:
        return None
    stream = state.streams[subject]
    silence_s = stale_after_s(stream, signal)
    if silence_s is None:
        return None
    if not is_worn(state, stream.device):
        # Off the body it has nothing to say, and that it is off is already said.
        return None
    contact = state.streams.get(f"contact@{stream.device}")
    worn_since_s = contact.since_s if contact is not None else 0.0
    return max(stream.heard_s, worn_since_s) + silence_s


def explain(spot: Spot, *, is_lost: bool) -> Evidence:
    """The last sample, once lost, and the silence allowed."""
    stream = spot.state.streams[spot.subject]
    values: dict[str, float | str] = {"last_sample_s": stream.last_s} if is_lost else {}
    return Evidence(values=values, limit=stale_after_s(stream, SIGNALS[spot.subject]))
