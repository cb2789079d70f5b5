"""Shapley values against games solved by hand and the axioms that define them."""

from __future__ import annotations

from itertools import permutations
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.signals.shapley import MOST_PLAYERS, shapley


def test_the_glove_game_of_the_textbooks() -> None:
    """One left glove and two right ones: the left is worth 2/3, each right one 1/6 (Shapley and Shubik)."""

    def worth(players: frozenset[str]) -> float:
        return float("left" in players and bool(players & {"right", "other"}))

    assert shapley(("left", "right", "other"), worth) == pytest.approx(
        {"left": 2 / 3, "right": 1 / 6, "other": 1 / 6}
    )


@given(st.integers(1, 5), st.integers(0, 10_000))
def test_values_are_the_mean_over_all_orders_of_joining(count: int, seed: int) -> None:
    """Any game: by the definition, worked over every permutation, and adding up to all minus none."""
    players = tuple("abcde"[:count])
    rng = Random(seed)
    game = {
        frozenset(player for place, player in enumerate(players) if mask >> place & 1): rng.uniform(-9.0, 9.0)
        for mask in range(1 << count)
    }
    orders = list(permutations(players))
    expected = dict.fromkeys(players, 0.0)
    for order in orders:
        for place, player in enumerate(order):
            gain = game[frozenset(order[: place + 1])] - game[frozenset(order[:place])]
            expected[player] += gain / len(orders)

    found = shapley(players, game.__getitem__)

    assert found == pytest.approx(expected)
    assert sum(found.values()) == pytest.approx(game[frozenset(players)] - game[frozenset()])


def test_too_many_players_are_refused() -> None:
    """Nobody asks by accident for thousands of coalitions."""
    with pytest.raises(ValueError, match="at most"):
        shapley(tuple("abcdefgh"[: MOST_PLAYERS + 1]), lambda _: 0.0)
