"""A model that has given no answer for too long, though its signal comes from a sensor that is worn."""

from __future__ import annotations

from edge.conditions.condition import PLAIN, Condition, Level, Sight
from edge.contract.messages import Evidence
from edge.pipeline.rulebook import Judgement


def look(judgement: Judgement, *, is_trusted: bool) -> Sight:
    """What one window says; nothing while the sensor is not worn or stuck, which is told by itself."""
    if not is_trusted:
        return PLAIN[Level.UNKNOWN]
    return PLAIN[Level.PRESENT if judgement.probability is None else Level.ABSENT]


def explain(judgement: Judgement, model: str, row: Condition) -> Evidence:
    """Why the model abstained last, and from which quality."""
    return Evidence(
        values={} if judgement.reason is None else {"reason": judgement.reason},
        guideline=row.guideline,
        bundle=model,
        quality=round(judgement.quality, 3),
    )
