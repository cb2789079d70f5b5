"""Two systems that need no sensors: one that never says anything, and one that always says everything."""

from __future__ import annotations

from device_sim.scoring.episodes import AlertEpisode
from device_sim.truth import CONDITIONS, Truth
from edge.contract.messages import Priority


def always_silent(_truth: Truth) -> list[AlertEpisode]:
    """No alert, whatever happens."""
    return []


def always_alarm(truth: Truth) -> list[AlertEpisode]:
    """Every condition of every wearer, at the highest priority, from the first moment on."""
    return [
        AlertEpisode(
            id=f"{watch.wearer}/{condition}",
            wearer=watch.wearer,
            condition=condition,
            kind=kind,
            priority=Priority.HIGH,
            onset_s=watch.start_s,
            at_s=watch.start_s,
            end_s=None,
        )
        for watch in truth.wearers
        for condition, kind in CONDITIONS.items()
    ]


# What they decide on: nothing, and everything.
BASELINES = {"always_silent": (always_silent, 0.0), "always_alarm": (always_alarm, 1.0)}
