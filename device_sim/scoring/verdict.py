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


def unfounded(score: Score) -> list[str]:
    """What is told though it is forbidden or false."""
    forbidden = [f"forbidden: {alert.condition}" for alert in score.forbidden]
    return forbidden + [f"false: {alert.condition}" for alert in score.false if alert not in score.forbidden]


def not_set_aside(watch: Watched, seen: Observed) -> list[str] | None:
    """Reasons for which something must be set aside and nothing was; None where nothing tries it."""
    if seen.reasons is None or not watch.quarantined:
        return None
    return [f"not set aside: {reason}" for reason in watch.quarantined if reason not in seen.reasons]


def set_aside_wrongly(watch: Watched, seen: Observed) -> list[str] | None:
    """Reasons for which something was set aside that had no fault; None where nothing tells of it."""
    if seen.reasons is None:
        return None
    return [f"set aside: {reason}" for reason in sorted(seen.reasons - {*watch.quarantined, *watch.excused})]


def not_heard(watch: Watched, seen: Observed) -> list[str] | None:
    """Signals that the devices send and the gateway does not name; None where nothing tries it."""
    if seen.signals is None or not watch.signals:
        return None
    return [f"not heard: {signal}" for signal in watch.signals if signal not in seen.signals]


def not_covered(watch: Watched, seen: Observed) -> list[str] | None:
    """A share of judged windows below what the story asks for; None where nothing tries it."""
    least = watch.least_coverage
    if seen.coverage is None or least is None:
        return None
    return [] if seen.coverage >= least else [f"coverage {seen.coverage:.2f} below {least:.2f}"]


def _alert_failures(score: Score) -> list[str]:
    missed = [f"missed: {episode.condition}" for episode in score.missed]
    urgent = [f"too urgent: {alert.condition}" for alert in score.too_urgent]
    return [*missed, *unfounded(score), *urgent]


def _told_failures(watch: Watched, seen: Observed) -> list[str]:
    rules = (not_set_aside, set_aside_wrongly, not_heard, not_covered)
    return [why for rule in rules for why in rule(watch, seen) or ()]
