"""What really happened to a wearer, fixed before any alert exists."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

import msgspec

from device_sim.events import (
    Bradycardia,
    Event,
    Fibrillation,
    Frozen,
    OffBody,
    Silence,
    Tachycardia,
)
from edge.contract.messages import Kind, Priority

CONDITIONS = {
    "irregular_rhythm": Kind.PHYSIOLOGICAL,
    "tachycardia_at_rest": Kind.PHYSIOLOGICAL,
    "bradycardia_at_rest": Kind.PHYSIOLOGICAL,
    "blood_pressure_high": Kind.PHYSIOLOGICAL,
    "blood_pressure_severe": Kind.PHYSIOLOGICAL,
    "sensor_lost": Kind.TECHNICAL,
    "sensor_frozen": Kind.TECHNICAL,
    "off_body": Kind.TECHNICAL,
}

_CONDITION_OF: dict[type[Event], str] = {
    Fibrillation: "irregular_rhythm",
    Tachycardia: "tachycardia_at_rest",
    Bradycardia: "bradycardia_at_rest",
    OffBody: "off_body",
    Silence: "sensor_lost",
    Frozen: "sensor_frozen",
}


class Expected(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An episode that an edge must report, in seconds of the scenario.

    An alert must start within `within_s` of `onset_s`, and reach `priority` if one is named. Where not
    `required`, it may be reported and need not be.
    """

    condition: str
    onset_s: Annotated[float, msgspec.Meta(ge=0)]
    end_s: Annotated[float, msgspec.Meta(ge=0)]
    within_s: Annotated[float, msgspec.Meta(gt=0)]
    priority: Priority | None = None
    required: bool = True


class TruthEpisode(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A condition that a wearer had from `onset_s` to `end_s` (Unix seconds).

    Where `must_be_found`, an alert has to start by `latest_s` and to reach `priority`; elsewhere an alert is
    merely not false.
    """

    wearer: str
    condition: str
    onset_s: float
    end_s: float
    must_be_found: bool
    latest_s: float | None = None
    priority: Priority | None = None


def expected_episode(wearer: str, expected: Expected, start_s: float) -> TruthEpisode:
    """The truth an expectation states, in Unix seconds."""
    return TruthEpisode(
        wearer=wearer,
        condition=expected.condition,
        onset_s=start_s + expected.onset_s,
        end_s=start_s + expected.end_s,
        must_be_found=expected.required,
        latest_s=start_s + expected.onset_s + expected.within_s,
        priority=expected.priority,
    )


def present_episodes(wearer: str, events: Iterable[Event], start_s: float) -> list[TruthEpisode]:
    """What the events of a timeline are by themselves, whether or not an alert must come of it."""
    return [
        TruthEpisode(
            wearer=wearer,
            condition=_CONDITION_OF[type(event)],
            onset_s=start_s + event.at_s,
            end_s=start_s + event.end_s,
            must_be_found=False,
        )
        for event in events
        if type(event) in _CONDITION_OF
    ]


def write_truth(path: Path, episodes: Iterable[TruthEpisode]) -> None:
    """Write one JSON object a line."""
    encoder = msgspec.json.Encoder()
    path.write_bytes(b"".join(encoder.encode(episode) + b"\n" for episode in episodes))
