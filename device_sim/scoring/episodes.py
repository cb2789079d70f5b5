"""Alert messages gathered into episodes, whoever has sent them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import msgspec

from device_sim.truth import CONDITIONS
from edge.contract.messages import Alert, Kind, Phase, Priority

URGENCY = list(Priority)


class Told(NamedTuple):
    """One alert message; `n` puts the messages of an episode in order. Times are Unix seconds."""

    id: str
    n: int
    phase: Phase
    wearer: str
    condition: str
    at_s: float
    onset_s: float
    end_s: float | None = None
    priority: Priority | None = None


class AlertEpisode(msgspec.Struct, frozen=True, kw_only=True):
    """All messages of one episode: `at_s` is when its start was told, `end_s` None while it lasts."""

    id: str
    wearer: str
    condition: str
    kind: Kind
    priority: Priority | None
    onset_s: float
    at_s: float
    end_s: float | None


def told(alert: Alert) -> Told:
    """An alert of the edge."""
    return Told(
        alert.id,
        alert.n,
        alert.phase,
        alert.wearer,
        alert.condition,
        alert.at_s,
        alert.onset_s,
        alert.end_s,
        alert.priority,
    )


def alert_episodes(messages: Iterable[Told]) -> list[AlertEpisode]:
    """Episodes ordered by wearer, time and id. Messages that came twice or out of order do no harm."""
    by_id: dict[str, dict[int, Told]] = {}
    for message in messages:
        by_id.setdefault(message.id, {})[message.n] = message
    episodes = [_episode([by_n[n] for n in sorted(by_n)]) for by_n in by_id.values()]
    return sorted(episodes, key=lambda episode: (episode.wearer, episode.at_s, episode.id))


def _episode(messages: list[Told]) -> AlertEpisode:
    first = next((message for message in messages if message.phase is Phase.START), messages[0])
    priorities = [message.priority for message in messages if message.priority is not None]
    return AlertEpisode(
        id=first.id,
        wearer=first.wearer,
        condition=first.condition,
        kind=CONDITIONS.get(first.condition, Kind.PHYSIOLOGICAL),
        priority=max(priorities, key=URGENCY.index, default=None),
        onset_s=first.onset_s,
        at_s=first.at_s,
        end_s=messages[-1].end_s if messages[-1].phase is Phase.END else None,
    )
