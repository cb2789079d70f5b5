"""The gateway's clock was set so far that times before and after do not fit together."""

from __future__ import annotations

from typing import Final

from edge.conditions.case import Case, case_of_quantity
from edge.conditions.condition import PLAIN, Condition, Level, Sight
from edge.contract.explanation import LimitSource, Relation
from edge.contract.messages import Evidence

SUBJECT: Final = "clock"


def look(step_s: float, row: Condition) -> Sight:
    """Present for a step beyond the limit, either way."""
    is_far = row.limit is not None and abs(step_s) > row.limit
    return PLAIN[Level.PRESENT if is_far else Level.ABSENT]


def explain(step_s: float, row: Condition) -> Evidence:
    """By how much the clock was set."""
    return Evidence(values={"clock_step_s": round(step_s, 3)}, limit=row.limit)


def case(step_s: float, row: Condition, at_s: float) -> Case:
    """The size of the step, either way."""
    assert row.limit is not None
    return case_of_quantity(
        "clock_step_size_s",
        round(abs(step_s), 3),
        row,
        lambda size_s: look(size_s, row),
        relation=Relation.ABOVE,
        limit=row.limit,
        source=LimitSource.TABLE,
        calm=0.0,
        at_s=at_s,
    )
