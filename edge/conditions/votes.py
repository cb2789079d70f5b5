"""Votes over successive windows: one window of a model decides nothing."""

from __future__ import annotations

import msgspec

from edge.conditions.machine import Level


class VoteRule(msgspec.Struct, frozen=True, kw_only=True):
    """Of the last `of` judged windows at least `present` must be positive for the condition to be present.

    It is absent again when at most `absent` are. A window the model abstains from casts no vote.
    """

    of: int
    present: int
    absent: int


def cast_vote(votes: list[bool], is_positive: bool, rule: VoteRule) -> list[bool]:
    """The last votes that count, the new one at the end."""
    return [*votes, is_positive][-rule.of :]


def vote_level(votes: list[bool], rule: VoteRule) -> Level:
    """What the votes say of the condition."""
    positive = sum(votes)
    if positive >= rule.present:
        return Level.PRESENT
    return Level.ABSENT if positive <= rule.absent else Level.DEAD_BAND
