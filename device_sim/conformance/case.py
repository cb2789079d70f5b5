"""What there is to look at of one wearer of a story: what was so, and what a gateway has told."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from device_sim.scoring.episodes import AlertEpisode, Told, alert_episodes
from device_sim.scoring.matching import Score, overlap, score
from device_sim.scoring.verdict import Observed
from device_sim.truth import Truth, TruthEpisode, Watched
from edge.contract.samples import Mode


class Heard(NamedTuple):
    """What a gateway has told; `observed` and `modes`, by wearer, are None where it tells nothing of it."""

    told: list[Told]
    observed: dict[str, Observed] | None
    modes: dict[str, set[Mode]] | None


class Case(NamedTuple):
    """One wearer of a story."""

    watch: Watched
    part: Score
    told: list[Told]
    observed: Observed
    modes: set[Mode] | None

    @property
    def required(self) -> list[TruthEpisode]:
        """The episodes that must be told."""
        return [outcome.truth for outcome in self.part.outcomes]

    def alerts_of(self, episode: TruthEpisode) -> list[AlertEpisode]:
        """The alerts that speak of an episode, however late, the earliest first."""
        return sorted((a for a in self.part.alerts if overlap(episode, a)), key=lambda alert: alert.at_s)


def cases(truth: Truth, heard: Heard) -> Iterator[Case]:
    """One for each wearer of the truth."""
    result = score(truth, alert_episodes(heard.told))
    told_of = _by_wearer(heard.told)
    for watch in truth.wearers:
        yield Case(
            watch,
            result.of({watch.wearer}),
            told_of.get(watch.wearer, []),
            (heard.observed or {}).get(watch.wearer, Observed()),
            None if heard.modes is None else heard.modes.get(watch.wearer, set()),
        )


def _by_wearer(messages: Iterable[Told]) -> dict[str, list[Told]]:
    by_wearer: dict[str, list[Told]] = {}
    for message in messages:
        by_wearer.setdefault(message.wearer, []).append(message)
    return by_wearer
