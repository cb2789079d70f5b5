"""A blood pressure cuff: systolic, diastolic and pulse with the status of each reading."""

from __future__ import annotations

from enum import IntFlag
from itertools import pairwise

from device_sim.devices.samples import Samples
from device_sim.wearers.heart import Beat
from device_sim.wearers.wearer import Body
from edge.contract.samples import Validity

# The beats a cuff counts while it deflates.
PULSE_BEATS = 20
# Beats that differ from their neighbour by more than this are what a cuff calls an irregular pulse.
IRREGULAR_SHARE = 0.25


class CuffStatus(IntFlag):
    """Status bits of a reading (Bluetooth Blood Pressure Measurement 0x2A35)."""

    MOVEMENT = 1 << 0
    TOO_LOOSE = 1 << 1
    IRREGULAR_PULSE = 1 << 2
    BAD_POSITION = 1 << 5


# What makes a reading worthless, and what merely makes it doubtful.
_INVALID = CuffStatus.TOO_LOOSE | CuffStatus.MOVEMENT


def validity_of(status: CuffStatus) -> Validity:
    """What status bits say of a reading."""
    if status & _INVALID:
        return Validity.INVALID
    return Validity.QUESTIONABLE if status else Validity.VALID


class Cuff:
    """A cuff of one wearer."""

    def __init__(self) -> None:
        self._recent: list[Beat] = []

    def observe(self, body: Body, _to_s: float) -> list[Samples]:
        """One sample for each reading that ended."""
        self._recent = [*self._recent, *body.beats][-PULSE_BEATS:]
        mean_rr_ms = sum(beat.rr_ms for beat in self._recent) / len(self._recent) if self._recent else None
        pulse_bpm = None if mean_rr_ms is None else float(round(60_000.0 / mean_rr_ms))
        status = CuffStatus.IRREGULAR_PULSE if self._is_irregular() else CuffStatus(0)
        return [
            Samples(
                "bp",
                [reading.at_s],
                {
                    "systolic": [reading.systolic_mmhg],
                    "diastolic": [reading.diastolic_mmhg],
                    "pulse": [pulse_bpm],
                    "status": [float(status)],
                },
                [validity_of(status)],
            )
            for reading in body.readings
        ]

    def _is_irregular(self) -> bool:
        rr_ms = [beat.rr_ms for beat in self._recent]
        jumps = sum(abs(later - before) > IRREGULAR_SHARE * before for before, later in pairwise(rr_ms))
        return jumps > len(rr_ms) / 4
