"""Faults of the way: what becomes of a device's messages between device and broker."""

from __future__ import annotations

import numpy as np

from device_sim.devices.batches import Sent
from device_sim.devices.formats import Packet
from device_sim.faults.kinds import (
    AnyFault,
    Delay,
    Drop,
    Duplicate,
    Malformed,
    ReconnectStorm,
    Reorder,
    WrongIdentity,
)

# Never a part of UTF-8.
NOISE = b"\xff\xfe\x00\xff"


class MessageFaults:
    """The faults of one device's messages, applied in the order of the list."""

    def __init__(self, faults: list[tuple[AnyFault, np.random.Generator]]) -> None:
        self._faults = [
            (fault, rng)
            for fault, rng in faults
            if isinstance(fault, Drop | Duplicate | Delay | Reorder | ReconnectStorm | WrongIdentity)
        ]
        # Only what a storm may send again is kept: a fleet has thousands of these.
        self._kept = max(
            (fault.resent for fault, _ in self._faults if isinstance(fault, ReconnectStorm)), default=0
        )
        self._waiting: list[tuple[float, Sent]] = []
        self._overtaken: list[Sent] = []
        self._recent: list[Sent] = []
        self._storms_s: dict[int, float] = {}

    def apply(self, sent: list[Sent], now_s: float, *, is_last: bool = False) -> list[Sent]:
        """What arrives at `now_s` of the scenario, in order of arrival."""
        due = [message for at_s, message in self._waiting if at_s <= now_s or is_last]
        self._waiting = [(at_s, message) for at_s, message in self._waiting if at_s > now_s and not is_last]
        arrived = [*due, *(message for one in sent for message in self._way(one, now_s))]
        arrived += self._overtaken_by(arrived, is_last=is_last)
        if self._kept:
            self._recent = [*self._recent, *arrived][-self._kept :]
        return arrived + self._storms(now_s)

    def _way(self, message: Sent, now_s: float) -> list[Sent]:
        """The message after all faults that hold now: gone, changed, twice, or put off."""
        arriving = [message]
        for fault, rng in self._faults:
            if isinstance(fault, ReconnectStorm) or not fault.holds_at(now_s):
                continue
            if rng.random() >= fault.probability:
                continue
            match fault:
                case Drop():
                    return []
                case Duplicate():
                    arriving = [item for item in arriving for _ in range(2)]
                case Delay():
                    self._waiting += [(now_s + fault.delay_s, item) for item in arriving]
                    return []
                case Reorder() if not self._is_overtaken(message.topic.signal):
                    self._overtaken += arriving
                    return []
                case WrongIdentity():
                    arriving = [
                        item._replace(topic=item.topic._replace(wearer=fault.as_wearer)) for item in arriving
                    ]
        return arriving

    def _is_overtaken(self, signal: str) -> bool:
        """Whether a message of this signal waits already: the one that comes now is what it waits for."""
        return any(message.topic.signal == signal for message in self._overtaken)

    def _overtaken_by(self, arrived: list[Sent], *, is_last: bool) -> list[Sent]:
        """Those put back come behind the first message of their signal that came after them."""
        behind = [
            message
            for message in self._overtaken
            if is_last
            or any(
                other.topic.signal == message.topic.signal and other.batch.seq > message.batch.seq
                for other in arrived
            )
        ]
        self._overtaken = [message for message in self._overtaken if message not in behind]
        return behind

    def _storms(self, now_s: float) -> list[Sent]:
        again: list[Sent] = []
        for index, (fault, _) in enumerate(self._faults):
            is_due = now_s >= self._storms_s.get(index, fault.at_s)
            if isinstance(fault, ReconnectStorm) and fault.holds_at(now_s) and is_due:
                self._storms_s[index] = now_s + fault.every_s
                again += self._recent[-fault.resent :]
        return again


def garbled(
    packets: list[Packet], faults: list[tuple[AnyFault, np.random.Generator]], now_s: float
) -> list[Packet]:
    """Packets whose payload is cut off or overwritten where a fault says so."""
    for fault, rng in faults:
        if isinstance(fault, Malformed) and fault.holds_at(now_s):
            packets = [_garble(packet, rng, fault.probability) for packet in packets]
    return packets


def _garble(packet: Packet, rng: np.random.Generator, probability: float) -> Packet:
    if rng.random() >= probability:
        return packet
    payload = packet.payload
    cut = int(rng.integers(1, max(len(payload) // 2, 2)))
    if rng.random() < 0.5:
        return packet._replace(payload=payload[:-cut])
    return packet._replace(payload=payload[:cut] + NOISE + payload[cut + len(NOISE) :])
