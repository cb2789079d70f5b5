"""Stories through broker and edge, and what came of them, held against their truth."""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import groupby
from typing import NamedTuple

from device_sim.corridor import open_corridor
from device_sim.detectors import running_detectors
from device_sim.pace import Pace
from device_sim.scenario import truth_of
from device_sim.scoring.episodes import Told, told
from device_sim.scoring.verdict import Observed
from device_sim.simulate import Story, side_by_side, simulate
from device_sim.staging import stage
from device_sim.stopping import Stop
from device_sim.subscriber import Inbox
from device_sim.truth import Truth, Watched
from edge.contract.durations import DAY_S
from edge.contract.samples import Mode
from edge.contract.topics import Topics

# Longer stories have an edge to themselves: beside them the wearers of short ones would only be waited for.
LONG_S = 2 * DAY_S


class Trial(NamedTuple):
    """The messages of all alerts, and what else the edge has told of each wearer.

    `detectors` holds what published detectors told, by name, of the wearers `compared`: those who wear
    something that sends RR intervals, in stories that leave the broker alone.
    """

    told: list[Told]
    observed: dict[str, Observed]
    detectors: dict[str, list[Told]]
    compared: set[str]


def truth_of_stories(stories: list[Story]) -> Truth:
    """The truth of all stories together."""
    truths = [truth_of(*story) for story in stories]
    return Truth(
        [watch for truth in truths for watch in truth.wearers],
        [episode for truth in truths for episode in truth.episodes],
        tuple(item for truth in truths for item in truth.happenings),
    )


def run_trial(
    stories: list[Story],
    truth: Truth,
    stop: Stop,
    *,
    broker: str,
    prefix: str,
    mode: Mode,
    speed: float = math.inf,
    with_detectors: bool = False,
) -> Trial:
    """Play all stories, side by side where they need nothing of their own from broker or edge."""
    messages: list[Told] = []
    detectors: dict[str, list[Told]] = {}
    compared: set[str] = set()
    observed: dict[str, Observed] = {}
    topics = Topics(prefix)
    for group in _groups(stories):
        first = group[0].scenario
        names = {story.prefix + name for story in group for name in story.scenario.wearers}
        start_s = min(story.scenario.start_s for story in group)
        with open_corridor(
            broker,
            stop,
            name="simulate",
            prefix=prefix,
            scheme=first.scheme,
            is_disturbed=bool(first.disturbances),
        ) as corridor:
            play = side_by_side([simulate(story, mode, topics) for story in group])
            pace = Pace(start_s, speed)
            if with_detectors and not first.disturbances:
                with running_detectors(corridor.address, topics) as beside:
                    stage(corridor, play, pace, start_s=start_s)
                    beside.await_time(max(story.scenario.end_s for story in group), stop.check)
                for name, theirs in beside.told().items():
                    detectors.setdefault(name, []).extend(theirs)
                compared |= {w.wearer for w in truth.wearers if w.wearer in names and "rr" in w.signals}
            else:
                stage(corridor, play, pace, start_s=start_s, disturbances=first.disturbances)
            messages += map(told, corridor.inbox.alerts())
            observed |= {
                watch.wearer: observe(corridor.inbox, watch)
                for watch in truth.wearers
                if watch.wearer in names
            }
    return Trial(messages, observed, detectors, compared)


# Signals of which models judge windows.
_WINDOWED = {"rr"}


def observe(inbox: Inbox, watch: Watched) -> Observed:
    """What an edge has told of a wearer besides alerts.

    Coverage is the share of windows that models judged; for a wearer whose signals no model reads, the share
    of the signals that were heard. Who speaks the contract and tells no status has covered and heard nothing.
    """
    status = inbox.wearer_status(watch.wearer)
    if status is None:
        return Observed(0.0, frozenset(), inbox.reasons(watch.wearer))
    heard = frozenset(name.partition("@")[0] for name in status.signals)
    windows = sum(model.windows for model in status.models.values())
    abstained = sum(model.abstained for model in status.models.values())
    if windows or _WINDOWED & set(watch.signals):
        coverage = (windows - abstained) / max(windows, 1)
    else:
        coverage = len(heard & set(watch.signals)) / len(watch.signals) if watch.signals else 0.0
    return Observed(coverage, heard, inbox.reasons(watch.wearer))


def _groups(stories: list[Story]) -> Iterator[list[Story]]:
    """Stories that can share an edge: one scheme, no disturbances, of a day or so."""

    def needs(story: Story) -> tuple[str, str]:
        scenario = story.scenario
        is_alone = bool(scenario.disturbances) or scenario.length_s > LONG_S
        return scenario.scheme, scenario.name if is_alone else ""

    for _, group in groupby(sorted(stories, key=needs), key=needs):
        yield list(group)
