"""Whether a system has passed the stories: what failed, in words, for each wearer."""

from __future__ import annotations

from typing import NamedTuple

from device_sim.scoring.matching import Score
from device_sim.truth import Truth, Watched
from edge.contract.messages import Reason


class Observed(NamedTuple):
    """What a gateway has told of a wearer besides alerts; None where it tells nothing of the kind."""

    coverage: float | None = None
    signals: frozenset[str] | None = None
    reasons: frozenset[Reason] | None = None


def failures(truth: Truth, score: Score, observed: dict[str, Observed]) -> dict[str, list[str]]:
    """What each wearer's part of the stories was failed for; wearers that passed are left out."""
    failed = {
        watch.wearer: [
            *_alert_failures(score.of({watch.wearer})),
            *_told_failures(watch, observed.get(watch.wearer, Observed())),
        ]
        for watch in truth.wearers
    }
    return {wearer: counted(why) for wearer, why in failed.items() if why}


def counted(why: list[str]) -> list[str]:
    """Each reason once, with how often it came."""
    return [
        reason if (times := why.count(reason)) == 1 else f"{reason} ({times} times)"
        for reason in dict.fromkeys(why)
    ]


def _alert_failures(score: Score) -> list[str]:
    forbidden = [f"forbidden: {alert.condition}" for alert in score.forbidden]
    false = [f"false: {alert.condition}" for alert in score.false if alert not in score.forbidden]
    urgent = [f"too urgent: {alert.condition}" for alert in score.too_urgent]
    return [*(f"missed: {episode.condition}" for episode in score.missed), *forbidden, *false, *urgent]


def _told_failures(watch: Watched, seen: Observed) -> list[str]:
    why = []
    if seen.reasons is not None:
        why += [f"not set aside: {reason}" for reason in watch.quarantined if reason not in seen.reasons]
        allowed = {*watch.quarantined, *watch.excused}
        why += [f"set aside: {reason}" for reason in sorted(seen.reasons - allowed)]
    if seen.signals is not None:
        why += [f"not heard: {signal}" for signal in watch.signals if signal not in seen.signals]
    least = watch.least_coverage
    if least is not None and seen.coverage is not None and seen.coverage < least:
        why.append(f"coverage {seen.coverage:.2f} below {least:.2f}")
    return why
