"""An irregular heart rhythm, by votes over the windows of the rhythm model."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from edge.conditions.case import Case
from edge.conditions.condition import PLAIN, Condition, Level, Sight
from edge.conditions.votes import Vote, VoteRule, otherwise, positive, positive_since_s, vote_level
from edge.contract.explanation import (
    Contributions,
    DecidingModel,
    Input,
    LimitSource,
    Needs,
    Probability,
    Relation,
    Threshold,
    WindowVote,
)
from edge.contract.messages import Evidence
from edge.rulebook import Judgement, Scorer
from edge.signals.shapley import shapley
from edge.signals.tachogram_parts import BASELINE, put_together, tachogram_parts
from edge.wearer.state import Window
from edge.wearer.windows import values_of


def look(votes: list[Vote], rule: VoteRule) -> Sight:
    """What the last windows say together; the onset is the first of those that agree without a break."""
    level = vote_level(votes, rule)
    return Sight(level, since_s=positive_since_s(votes)) if level is Level.PRESENT else PLAIN[level]


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


def case(
    votes: list[Vote] | None, judgement: Judgement, model: Scorer, rule: VoteRule, window: Window
) -> Case:
    """The intervals of the last window, what the model made of them, and the windows that voted with it."""
    told = (window_told(window, judgement),)
    by = DecidingModel(bundle=model.name, sha256=model.sha256)
    if votes is None:
        return Case(inputs=told, model=by, not_told={"probability": "the model abstained"})
    known = [vote.probability for vote in votes if vote.probability is not None]
    return Case(
        inputs=told,
        thresholds=(
            Threshold(
                quantity="positive_windows",
                value=positive(votes),
                relation=Relation.FROM,
                limit=rule.present,
                source=LimitSource.TABLE,
                dead_band=rule.present - rule.absent,
            ),
            Threshold(
                quantity="probability",
                value=judgement.probability or 0.0,
                relation=Relation.FROM,
                limit=model.stream.threshold,
                source=LimitSource.BUNDLE,
            ),
        ),
        needs=Needs.ALL,
        model=by,
        probability=Probability(
            value=judgement.probability or 0.0,
            low=min(known, default=0.0),
            high=max(known, default=1.0),
            interval="least and greatest of the windows that voted",
        ),
        votes=tuple(
            WindowVote(at_s=vote.at_s, probability=vote.probability, is_positive=vote.is_positive)
            for vote in votes
            if vote.probability is not None
        ),
        contributions=lambda: contributions(values_of(window), model),
        windows=otherwise(votes, rule),
    )


def window_told(window: Window, judgement: Judgement) -> Input:
    """The intervals of a window, as the model was given them."""
    usable = [value for value in window.values if value is not None]
    return Input(
        quantity="rr_ms",
        values=tuple(window.values),
        count=len(window.values),
        first_s=window.last_s - sum(usable) / 1000.0,
        last_s=window.last_s,
        least=min(usable, default=None),
        greatest=max(usable, default=None),
        quality=round(judgement.quality, 3),
    )


def contributions(rr_ms: NDArray[np.float32], model: Scorer) -> Contributions | None:
    """How parts of a window move the model's logit away from that of an even rhythm; None if it fails."""
    parts = tachogram_parts(rr_ms)
    logits: dict[frozenset[str], float] = {}

    def worth(kept: frozenset[str]) -> float:
        # All parts together are the window itself, to the last bit.
        is_whole = len(kept) == len(parts)
        only = (
            rr_ms if is_whole else put_together([parts[name] for name in parts if name in kept], len(rr_ms))
        )
        logits[kept] = model.logit(only)
        return logits[kept]

    groups = shapley(tuple(parts), worth)
    if not all(map(math.isfinite, logits.values())):
        return None
    return Contributions(
        baseline=BASELINE,
        baseline_logit=logits[frozenset()],
        logit=logits[frozenset(parts)],
        groups={name: round(share, 6) for name, share in groups.items()},
    )
