"""A chest strap: RR intervals on a grid of 1/1024 s, and skin contact."""

from __future__ import annotations

from device_sim.devices.batches import Sender, Sent
from device_sim.devices.grid import to_grid_s
from device_sim.devices.worn import spans_of, within
from device_sim.events import DeviceKind, Event, Frozen, OffBody, Silence
from device_sim.wearers.heart import Beat
from device_sim.wearers.wearer import Body
from edge.contract.samples import Mode

# Contact is told on change, and now and then for a receiver that came late.
CONTACT_EVERY_S = 60.0


class Strap:
    """A chest strap of one wearer; it sends what it has at every step."""

    def __init__(self, wearer: str, events: tuple[Event, ...], start_s: float, mode: Mode) -> None:
        self._sender = Sender(wearer, DeviceKind.STRAP, mode)
        self._start_s = start_s
        self._off = spans_of(events, OffBody, DeviceKind.STRAP)
        self._silent = spans_of(events, Silence, DeviceKind.STRAP)
        self._frozen = spans_of(events, Frozen, DeviceKind.STRAP)
        self._last_rr_ms: float | None = None
        self._contact: float | None = None
        self._contact_due_s = 0.0

    def observe(self, body: Body, to_s: float) -> list[Sent]:
        """The batches for what the body did up to `to_s` of the scenario."""
        batches = [*self._contact_batches(to_s), *self._rr_batches(body.beats)]
        return [] if within(self._silent, to_s) else batches

    def _rr_batches(self, beats: list[Beat]) -> list[Sent]:
        times_s: list[float] = []
        values: list[float | None] = []
        for beat in beats:
            began_s = beat.at_s - beat.rr_ms / 1000.0
            # An interval needs both its beats on the skin.
            if within(self._off, began_s) or within(self._off, beat.at_s) or within(self._silent, beat.at_s):
                continue
            if self._last_rr_ms is None or not within(self._frozen, beat.at_s):
                self._last_rr_ms = 1000.0 * (to_grid_s(beat.at_s) - to_grid_s(began_s))
            times_s.append(self._start_s + to_grid_s(beat.at_s))
            values.append(self._last_rr_ms)
        return [self._sender.batch("rr", times_s, {"rr": values})] if times_s else []

    def _contact_batches(self, to_s: float) -> list[Sent]:
        changes_s = [edge_s for span in self._off for edge_s in (span.at_s, span.end_s)]
        at_s = max([edge_s for edge_s in changes_s if edge_s <= to_s], default=0.0)
        contact = 0.0 if within(self._off, to_s) else 1.0
        if contact == self._contact:
            if to_s < self._contact_due_s:
                return []
            at_s = to_s
        self._contact, self._contact_due_s = contact, to_s + CONTACT_EVERY_S
        return [self._sender.batch("contact", [self._start_s + at_s], {"contact": [contact]})]
