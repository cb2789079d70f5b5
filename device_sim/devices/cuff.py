"""A blood pressure cuff: systolic, diastolic and pulse, sent as each reading ends."""

from __future__ import annotations

from device_sim.devices.batches import Sender, Sent
from device_sim.devices.worn import spans_of, within
from device_sim.events import DeviceKind, Event, Silence
from device_sim.wearers.heart import Beat
from device_sim.wearers.wearer import Body
from edge.contract.samples import Mode

# The beats a cuff counts while it deflates.
PULSE_BEATS = 20


class Cuff:
    """A cuff of one wearer."""

    def __init__(self, wearer: str, events: tuple[Event, ...], start_s: float, mode: Mode) -> None:
        self._sender = Sender(wearer, DeviceKind.CUFF, mode)
        self._start_s = start_s
        self._silent = spans_of(events, Silence, DeviceKind.CUFF)
        self._recent: list[Beat] = []

    def observe(self, body: Body, to_s: float) -> list[Sent]:
        """The batches for what the body did up to `to_s` of the scenario."""
        self._recent = [*self._recent, *body.beats][-PULSE_BEATS:]
        if within(self._silent, to_s):
            return []
        mean_rr_ms = sum(beat.rr_ms for beat in self._recent) / len(self._recent) if self._recent else None
        pulse_bpm = None if mean_rr_ms is None else float(round(60_000.0 / mean_rr_ms))
        return [
            self._sender.batch(
                "bp",
                [self._start_s + reading.at_s],
                {
                    "systolic": [reading.systolic_mmhg],
                    "diastolic": [reading.diastolic_mmhg],
                    "pulse": [pulse_bpm],
                },
            )
            for reading in body.readings
        ]
