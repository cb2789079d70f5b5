"""Recordings played as chest straps: what is sent, step by step, and what is true of it."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from device_sim.devices.batches import Sender, Sent
from device_sim.devices.grid import to_grid_s
from device_sim.recordings import Recording
from device_sim.simulate import Step
from device_sim.truth import TruthEpisode
from edge.contract.catalogue import SIGNALS
from edge.contract.samples import Mode, Validity

# All recordings start at once, at a time that is always the same, so that runs can be compared.
EPOCH_S = 1_767_225_600.0  # 2026-01-01T00:00:00Z
DEVICE = "strap"
STEP_S = 10.0
# Episodes shorter than this need not be found (an irregular rhythm is told after several windows of beats).
REFERENCE_EPISODE_S = 120.0

_RR = SIGNALS["rr"].components[0]


class StrapPlayer:
    """One recording as the batches a chest strap would send."""

    def __init__(self, recording: Recording) -> None:
        self._sender = Sender(recording.name, DEVICE, Mode.TEST)
        grid_s = np.array([to_grid_s(beat_s) for beat_s in recording.beats_s.tolist()])
        self._times_s = EPOCH_S + grid_s[1:]
        self._rr_ms = np.diff(grid_s) * 1000.0
        self._at = 0

    def batch_until(self, now_s: float) -> Sent | None:
        """The beats since the last batch; None when there were none.

        An interval that no heart makes is one the strap could not measure: it is sent without a value.
        """
        end = int(np.searchsorted(self._times_s, now_s, side="right"))
        times_s, rr_ms = self._times_s[self._at : end].tolist(), self._rr_ms[self._at : end].tolist()
        self._at = end
        if not times_s:
            return None
        is_valid = [_RR.low <= value <= _RR.high for value in rr_ms]
        values = [value if valid else None for value, valid in zip(rr_ms, is_valid, strict=True)]
        validity = [Validity.VALID if valid else Validity.INVALID for valid in is_valid]
        return self._sender.batch("rr", times_s, {"rr": values}, None if all(is_valid) else validity)


def play(recordings: list[Recording]) -> Iterator[Step]:
    """All recordings side by side, until the longest ends."""
    players = [StrapPlayer(recording) for recording in recordings]
    end_s = EPOCH_S + max(recording.length_s for recording in recordings)
    now_s = EPOCH_S
    while now_s < end_s:
        now_s += STEP_S
        batches = (player.batch_until(now_s) for player in players)
        yield Step(now_s, [batch for batch in batches if batch is not None])


def truth_of_recordings(recordings: list[Recording]) -> list[TruthEpisode]:
    """Fibrillation as annotated, and the silences between beats and after the last one."""
    end_s = max(recording.length_s for recording in recordings) + STEP_S
    return [episode for recording in recordings for episode in _truth(recording, end_s)]


def _truth(recording: Recording, end_s: float) -> Iterator[TruthEpisode]:
    stale_after_s = SIGNALS["rr"].stale_after_s or np.inf
    for onset_s, until_s in recording.fibrillation_s:
        yield TruthEpisode(
            wearer=recording.name,
            condition="irregular_rhythm",
            onset_s=EPOCH_S + onset_s,
            end_s=EPOCH_S + until_s,
            must_be_found=until_s - onset_s >= REFERENCE_EPISODE_S,
        )
    beats_s = np.append(recording.beats_s, end_s)
    for at in np.flatnonzero(np.diff(beats_s) > stale_after_s).tolist():
        yield TruthEpisode(
            wearer=recording.name,
            condition="sensor_lost",
            onset_s=EPOCH_S + float(beats_s[at]),
            end_s=EPOCH_S + float(beats_s[at + 1]),
            must_be_found=False,
        )
