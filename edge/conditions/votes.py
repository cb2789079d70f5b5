"""Votes over successive windows: one window of a model decides nothing."""

from __future__ import annotations

import msgspec

from edge.conditions.condition import Level


class VoteRule(msgspec.Struct, frozen=True, kw_only=True):
    """Of the last `of` judged windows at least `present` must be positive for the condition to be present.

    It is absent again when at most `absent` can be, whatever votes that are not cast yet would have said. A
    window the model abstains from casts no vote.
    """

    of: int
    present: int
    absent: int


class Vote(msgspec.Struct, frozen=True, array_like=True):
    """What one window said, and when; `probability` is what it rests on."""

    at_s: float
    is_positive: bool
    probability: float | None = None


def cast_vote(votes: list[Vote], vote: Vote, rule: VoteRule) -> list[Vote]:
    """The last votes that count, the new one at the end."""
    return [*votes, vote][-rule.of :]


def positive(votes: list[Vote]) -> int:
    """How many are positive."""
    return sum(vote.is_positive for vote in votes)


def vote_level(votes: list[Vote], rule: VoteRule) -> Level:
    """What the votes say of the condition."""
    count = positive(votes)
    if count >= rule.present:
        return Level.PRESENT
    # After a gap the votes begin anew: few of them are no sign that it is over.
    return Level.ABSENT if count + rule.of - len(votes) <= rule.absent else Level.DEAD_BAND


def positive_since_s(votes: list[Vote]) -> float | None:
    """The time of the first of the positive votes that stand at the end without a break; None without any."""
    since_s = None
    for vote in reversed(votes):
        if not vote.is_positive:
            break
        since_s = vote.at_s
    return since_s


def otherwise(votes: list[Vote], rule: VoteRule) -> int | None:
    """How many of the positive votes would have had to be otherwise for the condition not to be present."""
    turned = list(votes)
    for count, place in enumerate(place for place, vote in enumerate(votes) if vote.is_positive):
        if vote_level(turned, rule) is not Level.PRESENT:
            return count
        turned[place] = Vote(votes[place].at_s, is_positive=False)
    return None if vote_level(turned, rule) is Level.PRESENT else positive(votes)
