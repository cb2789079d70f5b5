"""Intervals between pulse waves at the wrist (PPG): RR intervals with the errors of that way of measuring."""

from __future__ import annotations

import numpy as np

from device_sim.devices.samples import Samples
from device_sim.wearers.heart import Beat
from edge.contract.samples import Validity

# Pulse arrival wanders beat by beat. At rest, wrist intervals agree with the ECG's within some 10-20 ms (SD);
# while walking many waves are lost or doubted. Ours, of that order.
JITTER_SD_MS = 8.0
MOVING_JITTER_SD_MS = 45.0
MISSED_SHARE = 0.004
MOVING_MISSED_SHARE = 0.08
MOVING_CADENCE = 20.0
# Transit from the heart to the wrist.
TRANSIT_S = 0.25


def pulse_intervals(beats: list[Beat], cadence_per_min: float, rng: np.random.Generator) -> list[Samples]:
    """One interval for each beat: jittered, now and then joined to the next, doubted while walking."""
    is_moving = cadence_per_min > MOVING_CADENCE
    sd_ms = MOVING_JITTER_SD_MS if is_moving else JITTER_SD_MS
    missed_share = MOVING_MISSED_SHARE if is_moving else MISSED_SHARE
    jitter_ms = sd_ms * rng.standard_normal(len(beats))
    missed = rng.random(len(beats)) < missed_share
    times_s: list[float] = []
    values: list[float | None] = []
    validity: list[Validity] = []
    carried_ms = 0.0
    for beat, error_ms, is_missed in zip(beats, jitter_ms.tolist(), missed.tolist(), strict=True):
        if is_missed:
            carried_ms += beat.rr_ms
            continue
        times_s.append(round(beat.at_s + TRANSIT_S, 3))
        values.append(float(max(round(beat.rr_ms + carried_ms + error_ms), 1)))
        validity.append(Validity.QUESTIONABLE if is_moving or carried_ms else Validity.VALID)
        carried_ms = 0.0
    return [Samples("rr", times_s, {"rr": values}, validity)] if times_s else []
