"""The case of a condition that one value of each sample decides."""

from __future__ import annotations

from collections.abc import Callable

from msgspec.structs import replace

from edge.conditions.case import Case, Lever, values_told
from edge.conditions.condition import Condition, Sight
from edge.contract.catalogue import SIGNALS
from edge.contract.explanation import LimitSource, Relation, Threshold
from edge.wearer.sample import Sample
from edge.wearer.spot import Spot


def source_of_limit(spot: Spot, row: Condition) -> LimitSource:
    """Whether the limit in force is the table's, one set for this wearer, or one of age and of the usual."""
    if row.code in spot.state.limits:
        return LimitSource.WEARER
    is_own = row.limit != spot.rules.conditions[row.code].limit
    return LimitSource.BASELINE if is_own else LimitSource.TABLE


def case_of_sample(
    spot: Spot,
    sample: Sample,
    row: Condition,
    look: Callable[[Spot, Sample, Condition], Sight | None],
    *,
    quantity: str,
    relation: Relation,
    limit: float | None = None,
) -> Case:
    """The case of a condition that one value of a sample decides; `limit` where the table has none."""
    value = sample.values[0]
    if value is None:
        return Case()
    component = SIGNALS[spot.subject.partition("@")[0]].components[0]
    episode = spot.state.episodes.get(f"{row.code}/{spot.subject}")
    trail = None if episode is None else episode.trail
    bound = row.limit if limit is None else limit
    assert bound is not None
    return Case(
        inputs=(values_told(quantity, [sample.at_s], [value]) if trail is None else trail.told(quantity),),
        thresholds=(
            Threshold(
                quantity=quantity,
                value=value,
                relation=relation,
                limit=bound,
                source=LimitSource.SIGNAL if limit is not None else source_of_limit(spot, row),
                dead_band=row.dead_band or None,
            ),
        ),
        levers=(
            Lever(
                quantity,
                value,
                component.low if relation in {Relation.ABOVE, Relation.FROM} else component.high,
            ),
        ),
        look=lambda values: look(spot, replace(sample, values=(values[0], *sample.values[1:])), row),
    )
