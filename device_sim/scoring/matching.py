"""Alerts held against truth: what was found, what was missed, what was false, and how late."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import msgspec
import numpy as np

from device_sim.scoring.episodes import URGENCY, AlertEpisode
from device_sim.truth import Truth, TruthEpisode
from edge.contract.messages import Kind


class Delays(NamedTuple):
    """Percentiles in seconds, None where nothing was found."""

    p50_s: float | None
    p95_s: float | None


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What became of one truth episode: the alert that found it, None when it was missed."""

    truth: TruthEpisode
    alert: AlertEpisode | None

    @property
    def delay_s(self) -> float | None:
        """From the onset to the alert's start; None when missed, and when the alert was on before."""
        if self.alert is None or self.alert.at_s < self.truth.onset_s:
            return None
        return self.alert.at_s - self.truth.onset_s


class Score(msgspec.Struct, frozen=True, kw_only=True):
    """A run held against its truth; `false` are the alert episodes that no truth accounts for.

    `alerts` are those told of the wearers of the truth while these were watched.
    """

    outcomes: tuple[Outcome, ...]
    alerts: tuple[AlertEpisode, ...]
    false: tuple[AlertEpisode, ...]
    forbidden: tuple[AlertEpisode, ...]
    too_urgent: tuple[AlertEpisode, ...] = ()

    @property
    def missed(self) -> list[TruthEpisode]:
        """The truth episodes that had to be found and were not."""
        return [outcome.truth for outcome in self.outcomes if outcome.alert is None]

    @property
    def found(self) -> int:
        """How many of the truth episodes were found."""
        return len(self.outcomes) - len(self.missed)

    @property
    def delays(self) -> Delays:
        """Median and 95th percentile from onset to the alert's start, where it came after the onset."""
        return delay_percentiles([o.delay_s for o in self.outcomes if o.delay_s is not None])

    def false_of(self, kind: Kind) -> list[AlertEpisode]:
        """The false alert episodes of a kind."""
        return [episode for episode in self.false if episode.kind is kind]

    def of(self, wearers: set[str]) -> Score:
        """The part that concerns these wearers."""
        return Score(
            outcomes=tuple(outcome for outcome in self.outcomes if outcome.truth.wearer in wearers),
            alerts=tuple(alert for alert in self.alerts if alert.wearer in wearers),
            false=tuple(alert for alert in self.false if alert.wearer in wearers),
            forbidden=tuple(alert for alert in self.forbidden if alert.wearer in wearers),
            too_urgent=tuple(alert for alert in self.too_urgent if alert.wearer in wearers),
        )


def score(truth: Truth, episodes: Sequence[AlertEpisode]) -> Score:
    """Score the alert episodes of a run; those of wearers not watched, or after the watch, do not count."""
    watched = {wearer.wearer: wearer for wearer in truth.wearers}
    alerts = [
        alert
        for alert in episodes
        if (watch := watched.get(alert.wearer)) is not None and watch.start_s <= alert.at_s <= watch.end_s
    ]
    return Score(
        outcomes=tuple(
            Outcome(truth=episode, alert=_first_to_find(episode, alerts))
            for episode in truth.episodes
            if episode.must_be_found
        ),
        alerts=tuple(alerts),
        false=tuple(alert for alert in alerts if not any(overlap(item, alert) for item in truth.episodes)),
        forbidden=tuple(alert for alert in alerts if alert.condition in watched[alert.wearer].forbidden),
        too_urgent=tuple(alert for alert in alerts if any(_exceeds(item, alert) for item in truth.episodes)),
    )


def delay_percentiles(delays_s: Sequence[float]) -> Delays:
    """Median and 95th percentile, interpolated linearly between ranks."""
    if not delays_s:
        return Delays(None, None)
    p50_s, p95_s = np.percentile(delays_s, [50, 95])
    return Delays(round(float(p50_s), 3), round(float(p95_s), 3))


def overlap(truth: TruthEpisode, alert: AlertEpisode) -> bool:
    """Whether an alert speaks of this truth: same wearer and condition, and a common instant."""
    return (
        truth.wearer == alert.wearer
        and truth.condition == alert.condition
        and alert.onset_s <= truth.end_s
        and (alert.end_s is None or alert.end_s >= truth.onset_s)
    )


def _exceeds(truth: TruthEpisode, alert: AlertEpisode) -> bool:
    """Whether an alert about this truth is more urgent than it may be."""
    if truth.at_most is None or alert.priority is None or not overlap(truth, alert):
        return False
    return URGENCY.index(alert.priority) > URGENCY.index(truth.at_most)


def _first_to_find(truth: TruthEpisode, alerts: list[AlertEpisode]) -> AlertEpisode | None:
    """The first alert that speaks of this truth in time and with the urgency it needs.

    A system that knows no priorities is not blamed for it.
    """
    for alert in alerts:
        in_time = truth.latest_s is None or alert.at_s <= truth.latest_s
        urgent = (
            truth.priority is None
            or alert.priority is None
            or URGENCY.index(alert.priority) >= URGENCY.index(truth.priority)
        )
        if overlap(truth, alert) and in_time and urgent:
            return alert
    return None
