"""Alerts held against truth: what was found, what was missed, what was false, and how late."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import msgspec
import numpy as np

from device_sim.truth import TruthEpisode
from edge.contract.messages import Alert, Kind, Phase, Priority

_URGENCY = list(Priority)


class AlertEpisode(msgspec.Struct, frozen=True, kw_only=True):
    """All messages of one episode: `at_s` is when its start was told, `end_s` None while it lasts."""

    id: str
    wearer: str
    condition: str
    kind: Kind
    priority: Priority
    onset_s: float
    at_s: float
    end_s: float | None


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
    """A run held against its truth; `false` are the alert episodes that no truth accounts for."""

    outcomes: tuple[Outcome, ...]
    false: tuple[AlertEpisode, ...]
    forbidden: tuple[AlertEpisode, ...]

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


def alert_episodes(alerts: Iterable[Alert]) -> list[AlertEpisode]:
    """Gather alert messages into episodes, ordered by wearer, time and id. Duplicates do no harm."""
    messages: dict[str, dict[int, Alert]] = {}
    for alert in alerts:
        messages.setdefault(alert.id, {})[alert.n] = alert
    episodes = [_episode([by_n[n] for n in sorted(by_n)]) for by_n in messages.values()]
    return sorted(episodes, key=lambda episode: (episode.wearer, episode.at_s, episode.id))


def score(
    truth: Sequence[TruthEpisode],
    alerts: Iterable[Alert],
    forbidden: Iterable[tuple[str, str]] = (),
) -> Score:
    """Score the alerts of a run; `forbidden` are pairs of wearer and condition that must not appear."""
    episodes = alert_episodes(alerts)
    not_allowed = set(forbidden)
    return Score(
        outcomes=tuple(
            Outcome(truth=episode, alert=_first_to_find(episode, episodes))
            for episode in truth
            if episode.must_be_found
        ),
        false=tuple(alert for alert in episodes if not any(_overlap(episode, alert) for episode in truth)),
        forbidden=tuple(alert for alert in episodes if (alert.wearer, alert.condition) in not_allowed),
    )


def delay_percentiles(delays_s: Sequence[float]) -> Delays:
    """Median and 95th percentile, interpolated linearly between ranks."""
    if not delays_s:
        return Delays(None, None)
    p50_s, p95_s = np.percentile(delays_s, [50, 95])
    return Delays(round(float(p50_s), 3), round(float(p95_s), 3))


def _episode(messages: list[Alert]) -> AlertEpisode:
    first = next((message for message in messages if message.phase is Phase.START), messages[0])
    return AlertEpisode(
        id=first.id,
        wearer=first.wearer,
        condition=first.condition,
        kind=first.kind,
        priority=max((message.priority for message in messages), key=_URGENCY.index),
        onset_s=first.onset_s,
        at_s=first.at_s,
        end_s=messages[-1].end_s if messages[-1].phase is Phase.END else None,
    )


def _overlap(truth: TruthEpisode, alert: AlertEpisode) -> bool:
    """Whether an alert speaks of this truth: same wearer and condition, and a common instant."""
    return (
        truth.wearer == alert.wearer
        and truth.condition == alert.condition
        and alert.onset_s <= truth.end_s
        and (alert.end_s is None or alert.end_s >= truth.onset_s)
    )


def _first_to_find(truth: TruthEpisode, alerts: list[AlertEpisode]) -> AlertEpisode | None:
    """The first alert that speaks of this truth in time and with the urgency it needs."""
    for alert in alerts:
        in_time = truth.latest_s is None or alert.at_s <= truth.latest_s
        urgent = truth.priority is None or _URGENCY.index(alert.priority) >= _URGENCY.index(truth.priority)
        if _overlap(truth, alert) and in_time and urgent:
            return alert
    return None
