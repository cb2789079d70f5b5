"""A device that says itself that it does not touch the skin."""

from __future__ import annotations

from typing import Final

from edge.conditions.case import Case
from edge.conditions.condition import PLAIN, Condition, Level, Sight
from edge.contract.explanation import Relation
from edge.contract.messages import Evidence
from edge.watches.sample_case import case_of_sample
from edge.wearer.sample import Sample
from edge.wearer.spot import Spot

# As devices say it; 1 is skin.
NO_CONTACT: Final = 0.0


def note(spot: Spot, sample: Sample) -> None:
    """Note since when the contact is as it is."""
    contact = sample.values[0]
    stream = spot.state.streams[spot.subject]
    if contact is not None and contact != stream.value:
        stream.value, stream.since_s = contact, sample.at_s
        # What is silent counts as lost only while worn.
        spot.state.quiet_until_s = 0.0


def look(_spot: Spot, sample: Sample, _row: Condition) -> Sight | None:
    """What one report of contact says; None without a value."""
    contact = sample.values[0]
    if contact is None:
        return None
    return PLAIN[Level.PRESENT if contact == NO_CONTACT else Level.ABSENT]


def explain(_spot: Spot, _sample: Sample, _row: Condition) -> Evidence:
    """Nothing beside the condition itself."""
    return Evidence(values={})


def case(spot: Spot, sample: Sample, row: Condition) -> Case:
    """What the device says of its contact."""
    return case_of_sample(
        spot, sample, row, look, quantity="contact", relation=Relation.UP_TO, limit=NO_CONTACT
    )
