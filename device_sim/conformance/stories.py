"""Which stories can be played to a gateway that is somebody else's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from device_sim.scenario import Scenario
from device_sim.simulate import Story


class Chosen(NamedTuple):
    """The stories to play, and why others are not."""

    stories: list[Story]
    left_out: dict[str, str]


def choose(
    scenarios: Sequence[Scenario], library: Sequence[str], scheme: str, untimely: Mapping[str, str] = {}
) -> Chosen:
    """Of the scenarios wanted those that need nothing but messages, for a gateway set to `scheme`.

    `untimely` are those that cannot start now, by name, and why.
    """
    left_out = dict.fromkeys(library, "its story was not chosen")
    stories = []
    for scenario in scenarios:
        left_out.pop(scenario.name, None)
        if scenario.disturbances:
            left_out[scenario.name] = "broker and gateway are yours: try it by hand"
        elif scenario.scheme != scheme:
            left_out[scenario.name] = f"it is about the scheme {scenario.scheme}: --scheme {scenario.scheme}"
        elif scenario.name in untimely:
            left_out[scenario.name] = untimely[scenario.name]
        else:
            stories.append(Story(scenario, scenario.seed, f"{scenario.name}--"))
    return Chosen(stories, left_out)
