"""A scenario, played: what all devices send, step by step."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple, Protocol

from device_sim.devices.batches import Sent
from device_sim.devices.cuff import Cuff
from device_sim.devices.strap import Strap
from device_sim.devices.wristband import Wristband
from device_sim.events import DeviceKind, Event
from device_sim.scenario import Scenario, WearerPlan
from device_sim.wearers.wearer import Body, Wearer
from edge.contract.samples import Mode

STEP_S = 5.0


class Step(NamedTuple):
    """What is sent at `now_s` (Unix seconds), the time the world has reached."""

    now_s: float
    sent: list[Sent]


class Device(Protocol):
    """Turns what a body did into batches."""

    def observe(self, body: Body, to_s: float) -> list[Sent]:
        """The batches for what the body did up to `to_s` of the scenario."""


def simulate(scenario: Scenario, seed: int, mode: Mode) -> Iterator[Step]:
    """Play a scenario from its start to its end; the same seed gives the same steps."""
    wearers = {
        name: Wearer(name, plan, plan.events, seed, scenario.clock_s)
        for name, plan in scenario.wearers.items()
    }
    devices = {
        name: [_device(kind, name, plan, scenario.start_s, mode) for kind in plan.devices]
        for name, plan in scenario.wearers.items()
    }
    to_s = 0.0
    while to_s < scenario.length_s:
        to_s = min(to_s + STEP_S, scenario.length_s)
        sent: list[Sent] = []
        for name, wearer in wearers.items():
            body = wearer.advance(to_s)
            for device in devices[name]:
                sent += device.observe(body, to_s)
        yield Step(scenario.start_s + to_s, sent)


def _device(kind: DeviceKind, wearer: str, plan: WearerPlan, start_s: float, mode: Mode) -> Device:
    makers: dict[DeviceKind, type[Strap] | type[Wristband] | type[Cuff]] = {
        DeviceKind.STRAP: Strap,
        DeviceKind.WRISTBAND: Wristband,
        DeviceKind.CUFF: Cuff,
    }
    events: tuple[Event, ...] = plan.events
    return makers[kind](wearer, events, start_s, mode)
