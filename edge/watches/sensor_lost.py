"""A sensor of which nothing usable has been heard for too long: raised by time, ended by a sample."""

from __future__ import annotations

from typing import Final

from edge.conditions.case import Case, case_of_quantity
from edge.conditions.condition import PLAIN, Condition, Level, Sight
from edge.contract.catalogue import SIGNALS
from edge.contract.explanation import LimitSource, Relation
from edge.contract.messages import Evidence
from edge.wearer.freshness import stale_after_s
from edge.wearer.rest import is_worn
from edge.wearer.spot import Spot
from edge.wearer.state import WearerState

# By so much the difference of two times may miss what it should be.
ROUNDING_S: Final = 2e-6


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
    return silent_since_s(state, subject) + silence_s


def silent_since_s(state: WearerState, subject: str) -> float:
    """From when on the silence of a stream counts: heard of last, or worn again."""
    stream = state.streams[subject]
    contact = state.streams.get(f"contact@{stream.device}")
    return max(stream.heard_s, contact.since_s if contact is not None else 0.0)


def explain(spot: Spot, *, is_lost: bool) -> Evidence:
    """The last usable sample, once lost, and the silence allowed."""
    stream = spot.state.streams[spot.subject]
    # There was none where all that ever came was history or held no value.
    is_told = is_lost and stream.last_s > 0.0
    values: dict[str, float | str] = {"last_sample_s": stream.last_s} if is_told else {}
    return Evidence(values=values, limit=stale_after_s(stream, SIGNALS[spot.subject]))


def case(spot: Spot, row: Condition, at_s: float) -> Case:
    """For how long nothing was heard, and for how long that may be."""
    after_s = stale_after_s(spot.state.streams[spot.subject], SIGNALS[spot.subject])
    assert after_s is not None
    # As times of this size are rounded.
    silent_s = round(at_s - silent_since_s(spot.state, spot.subject), 6)
    if abs(silent_s - after_s) < ROUNDING_S:
        # It is raised the moment it has lasted long enough: of a sender's own batches no round number.
        silent_s = after_s

    def look_after(seconds: float) -> Sight:
        return PLAIN[Level.PRESENT if seconds >= after_s else Level.ABSENT]

    return case_of_quantity(
        "silent_s",
        silent_s,
        row,
        look_after,
        relation=Relation.FROM,
        limit=after_s,
        source=LimitSource.SIGNAL,
        calm=0.0,
        at_s=at_s,
    )
