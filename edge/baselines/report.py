"""What is kept of a wearer's usual: handed out, or deleted."""

from __future__ import annotations

from edge.baselines.limits import usual_by_part
from edge.contract.baselines import Baseline, UsualHeartRate
from edge.contract.profile import Profile
from edge.signals.nights import Nights
from edge.wearer.state import WearerState
from edge.wearer.usual import PART_H, HeartRateBaseline


def report(state: WearerState, profile: Profile, at_s: float) -> Baseline:
    """All of it, as of `at_s`."""
    usual = usual_by_part(state.baseline, profile, at_s)
    return Baseline(
        heart_rate=tuple(
            UsualHeartRate(
                from_h=part * PART_H,
                until_h=(part + 1) * PART_H,
                median_bpm=now.median_bpm,
                mad_bpm=now.mad_bpm,
                is_own=now.is_own,
                day_medians_bpm=tuple(stretch.median_bpm for stretch in days),
            )
            for part, (now, days) in enumerate(zip(usual, state.baseline.days, strict=True))
        ),
        night_means_bpm=tuple(night.mean_bpm for night in state.nights.before),
        limits_bpm={
            code: state.limits.get(code, limit) for code, limit in sorted(state.baseline.limits.items())
        },
    )


def reset(state: WearerState) -> None:
    """Delete all of it; with the next heart rate learning begins anew."""
    state.baseline, state.nights = HeartRateBaseline(), Nights()
