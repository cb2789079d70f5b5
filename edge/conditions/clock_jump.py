"""The gateway's clock was set so far that times before and after do not fit together."""

from __future__ import annotations

from typing import Final

from edge.conditions.condition import PLAIN, Condition, Level, Sight
from edge.contract.messages import Evidence

SUBJECT: Final = "clock"


def look(step_s: float, row: Condition) -> Sight:
    """Present for a step beyond the limit, either way."""
    is_far = row.limit is not None and abs(step_s) > row.limit
    return PLAIN[Level.PRESENT if is_far else Level.ABSENT]


def explain(step_s: float, row: Condition) -> Evidence:
    """By how much the clock was set."""
    return Evidence(values={"clock_step_s": round(step_s, 3)}, limit=row.limit)
