"""Recordings played as the devices that made them: what is sent, step by step, and what is true of it."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator

import numpy as np

from device_sim.devices.kinds import DeviceKind, DevicePlan
from device_sim.devices.line import Line
from device_sim.devices.samples import Samples
from device_sim.faults.draws import drawn_faults, happening
from device_sim.faults.kinds import AnyFault
from device_sim.faults.truth import reasons_for
from device_sim.recordings.recording import Recording
from device_sim.simulate import Step
from device_sim.truth import Truth, TruthEpisode, Watched, allowed_episode, present_episodes
from edge.contract.catalogue import SIGNALS
from edge.contract.errors import ConfigError
from edge.contract.samples import Mode
from edge.contract.topics import Topics

# All recordings start at once, at a time that is always the same, so that runs can be compared.
BEGINS_S = 1_767_225_600.0  # 2026-01-01T00:00:00Z
STEP_S = 10.0
# Episodes shorter than this need not be found (an irregular rhythm is told after several windows of beats).
REFERENCE_EPISODE_S = 120.0


class Player:
    """One device of a recording."""

    def __init__(self, parts: tuple[Samples, ...]) -> None:
        self._parts = parts
        self._at = [0] * len(parts)

    def until(self, to_s: float) -> list[Samples]:
        """The samples since the last call, up to `to_s` of the recording."""
        due = []
        for index, part in enumerate(self._parts):
            begin, end = self._at[index], bisect_right(part.times_s, to_s, lo=self._at[index])
            self._at[index] = end
            if end > begin:
                due.append(part.at(list(range(begin, end))))
        return due


def play(
    recordings: list[Recording], topics: Topics, faults: tuple[AnyFault, ...] = (), seed: int = 0
) -> Iterator[Step]:
    """All recordings side by side, until the longest ends, each with the same faults laid over it."""
    players = [
        (Player(parts), _line(recording.name, device, topics, faults, seed))
        for recording in recordings
        for device, parts in recording.devices.items()
    ]
    length_s = max(recording.length_s for recording in recordings)
    to_s = 0.0
    while to_s < length_s:
        to_s += STEP_S
        is_last = to_s >= length_s
        yield Step(
            BEGINS_S + to_s,
            [
                packet
                for player, line in players
                for packet in line.send(player.until(to_s), to_s, is_last=is_last)
            ],
        )


def truth_of_recordings(
    recordings: list[Recording], faults: tuple[AnyFault, ...] = (), seed: int = 0
) -> Truth:
    """Fibrillation as annotated, silences in what was recorded and after it, and the faults laid over it.

    ConfigError for a fault that begins after the end.
    """
    _check_times(recordings, faults)
    length_s = max(recording.length_s for recording in recordings) + STEP_S
    episodes: list[TruthEpisode] = []
    wearers = []
    for recording in recordings:
        happened = [
            fault for fault in happening(faults, seed, recording.name) if fault.device in recording.devices
        ]
        episodes += _truth(recording, length_s)
        episodes += present_episodes(recording.name, (), happened, BEGINS_S)
        wearers.append(
            Watched(
                wearer=recording.name,
                story="replay",
                start_s=BEGINS_S,
                end_s=BEGINS_S + length_s,
                excused=tuple(sorted(reasons_for(happened))),
            )
        )
    return Truth(wearers, episodes)


def _check_times(recordings: list[Recording], faults: tuple[AnyFault, ...]) -> None:
    """ConfigError for a fault that begins when all that its device has recorded is over."""
    for index, fault in enumerate(faults):
        ends_s = [recording.length_s for recording in recordings if fault.device in recording.devices]
        if ends_s and fault.at_s > max(ends_s):
            raise ConfigError(
                f"begins at {fault.at_s:g} s",
                where=f"--faults: faults[{index}]",
                allowed=f"up to the end of the recording, {max(ends_s):g} s",
            )


def _line(wearer: str, device: str, topics: Topics, faults: tuple[AnyFault, ...], seed: int) -> Line:
    plan = DevicePlan(kind=DeviceKind.STRAP, name=device, batch_s=STEP_S)
    drawn = drawn_faults(faults, seed, wearer)
    return Line(wearer, plan, drawn, start_s=BEGINS_S, mode=Mode.TEST, topics=topics)


def _truth(recording: Recording, length_s: float) -> Iterator[TruthEpisode]:
    # Most records are labelled from about their first beat on; before the first label nobody knows.
    if recording.labelled_from_s > STEP_S:
        until_s = BEGINS_S + recording.labelled_from_s
        yield allowed_episode(recording.name, "irregular_rhythm", BEGINS_S, until_s)
    for onset_s, until_s in recording.fibrillation_s or ():
        yield TruthEpisode(
            wearer=recording.name,
            condition="irregular_rhythm",
            onset_s=BEGINS_S + onset_s,
            end_s=BEGINS_S + until_s,
            must_be_found=until_s - onset_s >= REFERENCE_EPISODE_S,
        )
    for code, signal in SIGNALS.items():
        for part in recording.samples_of(code):
            times_s = np.array([0.0, *part.times_s, length_s])
            stale_after_s = signal.stale_after_s or np.inf
            for at in np.flatnonzero(np.diff(times_s) > stale_after_s).tolist():
                yield TruthEpisode(
                    wearer=recording.name,
                    condition="sensor_lost",
                    onset_s=BEGINS_S + float(times_s[at]),
                    end_s=BEGINS_S + float(times_s[at + 1]),
                    must_be_found=False,
                )
