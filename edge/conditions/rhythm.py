"""Irregular rhythm: votes of the model over successive windows."""

from __future__ import annotations

from edge.conditions.machine import Level

# Of the last VOTES judged windows at least PRESENT_VOTES must be irregular to start an episode, and at most
# ABSENT_VOTES may be for it to clear. An abstaining window casts no vote.
VOTES = 7
PRESENT_VOTES = 5
ABSENT_VOTES = 2


def cast_vote(votes: list[bool], is_irregular: bool) -> list[bool]:
    """The last VOTES votes, the new one at the end."""
    return [*votes, is_irregular][-VOTES:]


def rhythm_level(votes: list[bool]) -> Level:
    """What the votes say of irregular rhythm."""
    irregular = sum(votes)
    if irregular >= PRESENT_VOTES:
        return Level.PRESENT
    return Level.ABSENT if irregular <= ABSENT_VOTES else Level.DEAD_BAND
