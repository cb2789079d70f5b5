"""A wristband: heart rate every few seconds and steps each minute."""

from __future__ import annotations

from collections import deque

from device_sim.devices.batches import Sender, Sent
from device_sim.devices.worn import spans_of, within
from device_sim.events import DeviceKind, Event, Frozen, OffBody, Silence
from device_sim.wearers.heart import Beat
from device_sim.wearers.wearer import Body
from edge.contract.samples import Mode

HR_EVERY_S = 5.0
HR_MEAN_OVER_S = 10.0


class Wristband:
    """A wristband of one wearer; it sends what it has at every step."""

    def __init__(self, wearer: str, events: tuple[Event, ...], start_s: float, mode: Mode) -> None:
        self._sender = Sender(wearer, DeviceKind.WRISTBAND, mode)
        self._start_s = start_s
        self._off = spans_of(events, OffBody, DeviceKind.WRISTBAND)
        self._silent = spans_of(events, Silence, DeviceKind.WRISTBAND)
        self._frozen = spans_of(events, Frozen, DeviceKind.WRISTBAND)
        self._recent: deque[Beat] = deque()
        self._shown_bpm: float | None = None
        self._hr_due_s = HR_EVERY_S

    def observe(self, body: Body, to_s: float) -> list[Sent]:
        """The batches for what the body did up to `to_s` of the scenario."""
        batches = self._hr_batches(body.beats, to_s)
        minutes = [
            minute
            for minute in body.minutes
            if not within(self._off, minute.end_s) and not within(self._silent, minute.end_s)
        ]
        if minutes:
            times_s = [self._start_s + minute.end_s for minute in minutes]
            steps: list[float | None] = [minute.steps for minute in minutes]
            batches.append(self._sender.batch("activity", times_s, {"cadence": steps}))
        return batches

    def _hr_batches(self, beats: list[Beat], to_s: float) -> list[Sent]:
        self._recent.extend(beats)
        times_s: list[float] = []
        values: list[float | None] = []
        while self._hr_due_s <= to_s:
            at_s, self._hr_due_s = self._hr_due_s, self._hr_due_s + HR_EVERY_S
            while self._recent and self._recent[0].at_s <= at_s - HR_MEAN_OVER_S:
                self._recent.popleft()
            rr_ms = [beat.rr_ms for beat in self._recent if beat.at_s <= at_s]
            if rr_ms and not (self._shown_bpm is not None and within(self._frozen, at_s)):
                self._shown_bpm = float(round(60_000.0 * len(rr_ms) / sum(rr_ms)))
            if self._shown_bpm is None or within(self._off, at_s) or within(self._silent, at_s):
                continue
            times_s.append(self._start_s + at_s)
            values.append(self._shown_bpm)
        return [self._sender.batch("hr", times_s, {"hr": values})] if times_s else []
