"""A model that has given no answer for too long, though its signal comes from a sensor that is worn."""

from __future__ import annotations

from edge.conditions.case import Case
from edge.conditions.condition import PLAIN, Condition, Level, Sight
from edge.contract.explanation import DecidingModel, LimitSource, Relation, Threshold
from edge.contract.messages import Evidence
from edge.rulebook import Judgement, Scorer
from edge.watches.irregular_rhythm import window_told
from edge.wearer.state import Window


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


def case(judgement: Judgement, model: Scorer, window: Window) -> Case:
    """The last window, and the quality it would have needed; one judged in time would have prevented it."""
    return Case(
        inputs=(window_told(window, judgement),),
        thresholds=(
            Threshold(
                quantity="quality",
                value=judgement.quality,
                relation=Relation.BELOW,
                limit=model.stream.abstention.min_quality,
                source=LimitSource.BUNDLE,
            ),
        ),
        model=DecidingModel(bundle=model.name, sha256=model.sha256),
        windows=1,
        not_told={"probability": "the model abstained"},
    )
