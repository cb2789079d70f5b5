"""An irregular heart rhythm, by votes over the windows of the rhythm model."""

from __future__ import annotations

from edge.conditions.condition import Condition, Sight
from edge.conditions.votes import Vote, VoteRule, positive, positive_since_s, vote_level
from edge.contract.messages import Evidence
from edge.pipeline.rulebook import Judgement, Scorer


def look(votes: list[Vote], rule: VoteRule) -> Sight:
    """What the last windows say together; the onset is the first of those that agree without a break."""
    return Sight(vote_level(votes, rule), since_s=positive_since_s(votes))


def explain(votes: list[Vote] | None, judgement: Judgement, model: Scorer, row: Condition) -> Evidence:
    """The votes and the last judgement; without them, None, where the last window was not judged."""
    return Evidence(
        values={} if votes is None else {"positive_windows": positive(votes), "windows": len(votes)},
        limit=model.stream.threshold,
        guideline=row.guideline,
        bundle=model.name,
        quality=round(judgement.quality, 3),
        probability=None if votes is None else round(judgement.probability or 0.0, 4),
    )
