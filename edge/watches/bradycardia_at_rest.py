"""A heart rate below the limit while the wearer rests."""

from __future__ import annotations

from edge.baselines.evidence import own_usual_at, tell_usual
from edge.conditions.case import Case
from edge.conditions.condition import Condition, Sight, level_below
from edge.contract.explanation import Relation
from edge.contract.messages import Evidence
from edge.watches.at_rest import at_rest, case_at_rest
from edge.wearer.sample import Sample
from edge.wearer.spot import Spot


def look(spot: Spot, sample: Sample, row: Condition) -> Sight | None:
    """What one heart rate says; None without a value."""
    hr_bpm = sample.values[0]
    if hr_bpm is None or row.limit is None:
        return None
    return at_rest(spot, sample, level_below(hr_bpm, row.limit, row.dead_band))


def explain(spot: Spot, sample: Sample, row: Condition) -> Evidence:
    """The heart rate and the limit, and the usual from which that follows."""
    hr_bpm, own = sample.values[0], own_usual_at(spot, sample.at_s)
    values: dict[str, float | str] = {} if hr_bpm is None else {"hr_bpm": round(hr_bpm)}
    if own:
        values |= tell_usual(min(own))
    return Evidence(values=values, limit=row.limit, guideline=row.guideline)


def case(spot: Spot, sample: Sample, row: Condition) -> Case:
    """The heart rates since it was first below the limit, and the rest they were seen at."""
    return case_at_rest(spot, sample, row, look, Relation.BELOW)
