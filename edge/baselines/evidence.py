"""What is usual for a wearer, as the evidence of an alert tells it."""

from __future__ import annotations

from edge.baselines.limits import own_usual
from edge.wearer.spot import Spot
from edge.wearer.usual import Usual


def own_usual_at(spot: Spot, at_s: float) -> list[Usual]:
    """The wearer's own usual in the parts of the day in which there is one."""
    return own_usual(spot.state.baseline, spot.rules.profile_of(spot.state.wearer), at_s)


def tell_usual(usual: Usual) -> dict[str, float | str]:
    """Its values by the names they have in evidence."""
    return {
        "usual_bpm": usual.median_bpm,
        "usual_mad_bpm": usual.mad_bpm,
        "usual_days": usual.days,
    }
