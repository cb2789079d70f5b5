"""Shapley values of a few players by exact enumeration (Shapley 1953, A value for n-person games)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import factorial

# With so many players 64 coalitions are asked; more would take longer than an alert may.
MOST_PLAYERS = 6


def shapley(players: Sequence[str], worth: Callable[[frozenset[str]], float]) -> dict[str, float]:
    """What each player adds to `worth`, averaged over all orders in which they may join.

    Asks for every coalition once; the values add up to the worth of all minus that of none. At most
    MOST_PLAYERS players.
    """
    count = len(players)
    if count > MOST_PLAYERS:
        raise ValueError(f"{count} players, at most {MOST_PLAYERS}")
    worths = [
        worth(frozenset(player for place, player in enumerate(players) if mask >> place & 1))
        for mask in range(1 << count)
    ]
    weights = [factorial(size) * factorial(count - size - 1) / factorial(count) for size in range(count)]
    return {
        player: sum(
            weights[mask.bit_count()] * (worths[mask | 1 << place] - worths[mask])
            for mask in range(1 << count)
            if not mask >> place & 1
        )
        for place, player in enumerate(players)
    }
