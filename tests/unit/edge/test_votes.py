"""Votes over windows, by hand."""

from __future__ import annotations

from edge.conditions.condition import Level
from edge.conditions.votes import Vote, VoteRule, cast_vote, positive_since_s, vote_level

RULE = VoteRule(of=4, present=3, absent=1)


def votes(pattern: str) -> list[Vote]:
    return [Vote(float(at_s), letter == "+") for at_s, letter in enumerate(pattern)]


def test_levels_follow_the_count_of_positive_votes() -> None:
    """Three of four is present, one or none absent, two in between."""
    levels = {
        pattern: vote_level(votes(pattern), RULE) for pattern in ("+-++", "+++", "++--", "--+-", "----")
    }

    assert list(levels.values()) == [
        Level.PRESENT,
        Level.PRESENT,
        Level.DEAD_BAND,
        Level.ABSENT,
        Level.ABSENT,
    ]


def test_few_votes_after_a_gap_are_no_sign_that_it_is_over() -> None:
    """Absent only when the votes that are still to be cast could not lift the count above one."""
    levels = {
        pattern: vote_level(votes(pattern), RULE) for pattern in ("", "+", "++", "-", "--", "---", "-+-")
    }

    assert [pattern for pattern, level in levels.items() if level is Level.ABSENT] == ["---"]
    assert Level.PRESENT not in levels.values()


def test_only_the_last_votes_count() -> None:
    """The fifth vote pushes out the first."""
    assert cast_vote(votes("+--+"), Vote(4.0, True), RULE) == [*votes("+--+")[1:], Vote(4.0, True)]


def test_the_onset_is_the_first_of_the_unbroken_positive_votes() -> None:
    """A gap in the votes moves the onset behind it; without a positive vote at the end there is none."""
    assert positive_since_s(votes("+-++")) == 2.0
    assert positive_since_s(votes("++++")) == 0.0
    assert positive_since_s(votes("+++-")) is None
