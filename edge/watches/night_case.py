"""The case of a condition that one figure of a report of nights decides."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from msgspec.structs import replace

from edge.conditions.case import Case, case_of_quantity
from edge.conditions.condition import Condition, Sight
from edge.contract.explanation import LimitSource, Relation
from edge.contract.reports import NightReport
from edge.wearer.spot import Spot

# The models judged the night before the condition looked at it.
NOT_TOLD: Final = dict.fromkeys(
    ("model", "probability", "contributions"), "the report of the night tells what its model judged"
)


def case_of_nights(
    spot: Spot,
    night: NightReport,
    row: Condition,
    look: Callable[[Spot, NightReport, Condition], Sight],
    *,
    quantity: str,
    figure: str,
    relation: Relation,
    calm: float,
    limit: float | None = None,
    scale: float = 1.0,
) -> Case:
    """Of a `figure` of the last nights, told as `quantity` in units of `scale`; `limit` if not the row's."""
    found = getattr(night.last_nights, figure)
    bound = row.limit if limit is None else limit
    if found is None or bound is None:
        return Case(not_told=NOT_TOLD)

    def look_at(value: float) -> Sight:
        nights = replace(night.last_nights, **{figure: value * scale})
        return look(spot, replace(night, last_nights=nights), row)

    source = LimitSource.TABLE
    if row.code in spot.state.limits:
        source = LimitSource.WEARER
    elif bound != row.limit:
        source = LimitSource.BASELINE
    case = case_of_quantity(
        quantity,
        found / scale,
        row,
        look_at,
        relation=relation,
        limit=bound,
        source=source,
        calm=calm,
        at_s=night.until_s,
    )
    return case._replace(not_told=NOT_TOLD)
