"""One wearer of a fleet with the devices of an ordinary day, living in real time."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from device_sim.devices.formats import Packet
from device_sim.devices.kinds import DeviceKind, DevicePlan
from device_sim.devices.line import Line
from device_sim.devices.make import make_device
from device_sim.devices.samples import Device
from device_sim.events import Event, Routine
from device_sim.fleet.connection import Connection
from device_sim.fleet.packets import Will
from device_sim.wearers.population import person
from device_sim.wearers.randomness import Streams
from device_sim.wearers.stretch import STRETCH_S
from device_sim.wearers.wearer import Wearer
from edge.contract.durations import DAY_S
from edge.contract.samples import Mode
from edge.contract.topics import Topics

# One for all: frozen, and a fleet has thousands of wearers.
ROUTINE: tuple[Event, ...] = (Routine(at_s=0.0, for_s=366 * DAY_S),)


class Member:
    """A wearer with strap and wristband who hands over at `first_s` (Unix seconds) and then every batch.

    `owed` is what a lost connection has not delivered.
    """

    __slots__ = ("_devices", "_start_s", "_visits", "_wearer", "connection", "name", "owed")

    def __init__(
        self,
        number: int,
        of: int,
        plans: tuple[DevicePlan, ...],
        seed: int,
        topics: Topics,
        *,
        now_s: float,
        first_s: float,
    ) -> None:
        self.name = f"fleet-{number:05d}"
        streams = Streams(seed, self.name)
        batch_s = plans[0].batch_s
        # Lives are generated five minutes at a time. Each has begun a little earlier than the next, or all
        # would have to be gone on with at once. They are asked half a batch after their devices are ready, so
        # that a millisecond more or less makes no difference.
        lead_s = (number * STRETCH_S / of // batch_s + 1.5) * batch_s
        self._start_s = first_s - lead_s
        self._wearer = Wearer(self.name, person(streams), ROUTINE, seed, self._start_s % DAY_S)
        self._devices: tuple[tuple[Device, Line], ...] = tuple(
            (
                make_device(plan, streams.at(plan.label)),
                Line(self.name, plan, [], start_s=self._start_s, mode=Mode.TEST, topics=topics),
            )
            for plan in plans
        )
        self._visits = 0
        self.connection: Connection | None = None
        self.owed: list[Packet] = []
        # What was before it came is nobody's business.
        self.packets(now_s)

    def packets(self, now_s: float) -> list[Packet]:
        """What its devices hand over at `now_s` (Unix seconds)."""
        return list(self._packets(round(now_s - self._start_s, 3)))

    def will(self, topics: Topics) -> Will:
        """The last will of its connection, another one after each `visit`."""
        told = {"wearer": self.name, "mode": Mode.TEST, "visit": self._visits}
        return Will(will_topic(topics, self.name), msgspec.json.encode(told))

    def visit(self) -> None:
        """It connects once more."""
        self._visits += 1

    def _packets(self, to_s: float) -> Iterator[Packet]:
        body = self._wearer.advance(to_s)
        for device, line in self._devices:
            yield from line.send(device.observe(body, to_s), to_s)


def plans_of(batch_s: float) -> tuple[DevicePlan, ...]:
    """The devices of each wearer: every beat from the strap, all that the wristband measures."""
    return tuple(DevicePlan(kind=kind, batch_s=batch_s) for kind in (DeviceKind.STRAP, DeviceKind.WRISTBAND))


def will_topic(topics: Topics, wearer: str) -> str:
    """Where the broker says that a wearer of a fleet is gone; '+' stands for any."""
    return f"{topics.root}/simulator/gone/{wearer}"
