"""One device of one wearer, from what it measures to what arrives at the broker."""

from __future__ import annotations

from device_sim.devices.batches import Sender
from device_sim.devices.clock import stamped
from device_sim.devices.formats import Format, Packet, contract_packets, foreign_packets
from device_sim.devices.kinds import DevicePlan
from device_sim.devices.link import Link, pieces
from device_sim.devices.samples import Samples
from device_sim.faults.draws import Drawn
from device_sim.faults.kinds import ClockJump, OutOfRange
from device_sim.faults.messages import MessageFaults, garbled
from device_sim.faults.samples import SampleFaults
from edge.contract.samples import Mode
from edge.contract.topics import Topics


class Line:
    """Samples in, packets out; `form` is how they look, None for the contract of the edge."""

    def __init__(
        self,
        wearer: str,
        plan: DevicePlan,
        faults: list[Drawn],
        *,
        start_s: float,
        mode: Mode,
        topics: Topics,
        form: Format | None = None,
    ) -> None:
        own = [(fault, rng) for fault, rng in faults if fault.device == plan.label]
        self._plan = plan
        self._start_s = start_s
        self._topics = topics
        self._form = form
        self._own = own
        # Most devices of a fleet have no faults, and need no place to keep track of them.
        self._sample_faults = SampleFaults(own) if own else None
        self._link = Link(
            plan.batch_s, plan.buffer_s, [fault for fault, _ in own if isinstance(fault, OutOfRange)]
        )
        self._jumps = [fault for fault, _ in own if isinstance(fault, ClockJump)]
        self._sender = Sender(wearer, plan.label, mode)
        self._message_faults = MessageFaults(own) if own else None

    def send(self, samples: list[Samples], to_s: float, *, is_last: bool = False) -> list[Packet]:
        """What arrives at `to_s` of the scenario, given the samples since the last call."""
        measured = samples if self._sample_faults is None else self._sample_faults.apply(samples, to_s)
        # The world goes by its own time to the last; what a device's clock shows is seen by who reads it.
        shown = [
            stamped(part, self._jumps, offset_s=self._plan.offset_s, drift_ppm=self._plan.drift_ppm)
            for part in self._link.hand_over(measured, to_s, is_last=is_last)
        ]
        sent = [
            self._sender.batch(
                piece.signal, [self._start_s + at_s for at_s in piece.times_s], piece.values, piece.validity
            )
            for part in shown
            for piece in pieces(part)
        ]
        if self._message_faults is not None:
            sent = self._message_faults.apply(sent, to_s, is_last=is_last)
        packets = [
            packet
            for message in sent
            for packet in (
                contract_packets(self._topics, message)
                if self._form is None
                else foreign_packets(self._form, message)
            )
        ]
        return garbled(packets, self._own, to_s)
