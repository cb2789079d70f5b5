"""A sensor that goes on sending, with fresh times, one value that does not change."""

from __future__ import annotations

from edge.conditions.condition import PLAIN, Condition, Level, Sight
from edge.conditions.rest import is_worn
from edge.contract.catalogue import SIGNALS
from edge.contract.messages import Evidence
from edge.pipeline.intake import Sample
from edge.pipeline.spot import Spot


def note(spot: Spot, sample: Sample) -> None:
    """Note how long a value has stood still."""
    value = sample.values[0]
    silence_s = SIGNALS[spot.subject].stale_after_s
    if value is None or silence_s is None:
        return
    stream = spot.state.streams[spot.subject]
    # Time without values is no sameness: one that returns to an old value has not stood still.
    if value != stream.value or sample.at_s - stream.value_s >= silence_s:
        stream.value, stream.since_s = value, sample.at_s
    stream.value_s = sample.at_s


def look(spot: Spot, sample: Sample, _row: Condition) -> Sight | None:
    """Present once a value has stood still for longer than life allows; not known of a device not worn."""
    after_s = SIGNALS[spot.subject].frozen_after_s
    if sample.values[0] is None or after_s is None:
        return None
    if sample.at_s - spot.state.streams[spot.subject].since_s < after_s:
        return PLAIN[Level.ABSENT]
    return PLAIN[Level.PRESENT if is_worn(spot.state, spot.device) else Level.UNKNOWN]


def explain(spot: Spot, sample: Sample, _row: Condition) -> Evidence:
    """For how long the value has not changed."""
    still_s = sample.at_s - spot.state.streams[spot.subject].since_s
    return Evidence(values={"unchanged_s": still_s}, limit=SIGNALS[spot.subject].frozen_after_s)
