"""A sensor that goes on sending, with fresh times, one value that does not change."""

from __future__ import annotations

from copy import copy

from msgspec.structs import replace

from edge.conditions.case import Case, case_of_quantity
from edge.conditions.condition import ABSENT, PLAIN, Condition, Level, Sight
from edge.contract.catalogue import SIGNALS
from edge.contract.explanation import LimitSource, Relation
from edge.contract.messages import Evidence
from edge.wearer.rest import is_worn
from edge.wearer.sample import Sample
from edge.wearer.spot import Spot


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
        return ABSENT
    return PLAIN[Level.PRESENT if is_worn(spot.state, spot.device) else Level.UNKNOWN]


def explain(spot: Spot, sample: Sample, _row: Condition) -> Evidence:
    """For how long the value has not changed."""
    still_s = sample.at_s - spot.state.streams[spot.subject].since_s
    return Evidence(values={"unchanged_s": still_s}, limit=SIGNALS[spot.subject].frozen_after_s)


def case(spot: Spot, sample: Sample, row: Condition) -> Case:
    """For how long the value has stood still, and for how long it may."""
    still_s = sample.at_s - spot.state.streams[spot.subject].since_s
    after_s = SIGNALS[spot.subject].frozen_after_s
    assert after_s is not None

    def look_after(unchanged_s: float) -> Sight:
        streams = dict(spot.state.streams)
        stream = streams[spot.subject] = copy(streams[spot.subject])
        stream.since_s = sample.at_s - unchanged_s
        state = copy(spot.state)
        state.streams = streams
        return look(replace(spot, state=state), sample, row) or PLAIN[Level.UNKNOWN]

    return case_of_quantity(
        "unchanged_s",
        still_s,
        row,
        look_after,
        relation=Relation.FROM,
        limit=after_s,
        source=LimitSource.SIGNAL,
        calm=0.0,
        at_s=sample.at_s,
    )
