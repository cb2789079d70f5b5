"""Scenarios, played: what all devices send, step by step."""

from __future__ import annotations

from collections.abc import Iterator
from heapq import merge
from itertools import groupby
from typing import NamedTuple

import msgspec

from device_sim.devices.formats import Packet
from device_sim.devices.kinds import BATCH_S
from device_sim.devices.line import Line
from device_sim.devices.make import make_device
from device_sim.devices.samples import Device
from device_sim.faults.draws import drawn_faults
from device_sim.faults.kinds import AnyFault, WrongIdentity
from device_sim.scenario import Scenario, WearerPlan
from device_sim.wearers.randomness import stream
from device_sim.wearers.wearer import Wearer
from edge.contract.samples import Mode
from edge.contract.topics import Topics

# Devices that hand over more rarely are looked at more rarely; longer steps would delay what they say of
# themselves.
LONGEST_STEP_S = 60.0


class Step(NamedTuple):
    """What is sent at `now_s` (Unix seconds), the time the world has reached."""

    now_s: float
    packets: list[Packet]


class Story(NamedTuple):
    """A scenario with its seed; `prefix` keeps its wearers apart from those of other stories."""

    scenario: Scenario
    seed: int
    prefix: str = ""


def simulate(story: Story, mode: Mode, topics: Topics) -> Iterator[Step]:
    """Play a scenario from its start to its end; the same seed gives the same steps."""
    scenario, seed = story.scenario, story.seed
    casts = [
        (
            Wearer(name, plan, plan.events, seed, scenario.clock_s),
            _lines(story, name, plan, mode, topics),
        )
        for name, plan in scenario.wearers.items()
    ]
    step_s = _step_s(scenario)
    to_s = 0.0
    while to_s < scenario.length_s:
        to_s = min(to_s + step_s, scenario.length_s)
        is_last = to_s >= scenario.length_s
        packets: list[Packet] = []
        for wearer, lines in casts:
            body = wearer.advance(to_s)
            for device, line in lines:
                packets += line.send(device.observe(body, to_s), to_s, is_last=is_last)
        yield Step(scenario.start_s + to_s, packets)


def side_by_side(plays: list[Iterator[Step]]) -> Iterator[Step]:
    """Several plays at once, in order of time."""
    for now_s, steps in groupby(merge(*plays, key=lambda step: step.now_s), key=lambda step: step.now_s):
        yield Step(now_s, [packet for step in steps for packet in step.packets])


def _step_s(scenario: Scenario) -> float:
    batches_s = [device.batch_s for plan in scenario.wearers.values() for device in plan.device_plans]
    return min([*batches_s, LONGEST_STEP_S], default=BATCH_S)


def _lines(
    story: Story, name: str, plan: WearerPlan, mode: Mode, topics: Topics
) -> list[tuple[Device, Line]]:
    scenario, seed, prefix = story
    faults = [(_prefixed(fault, prefix), rng) for fault, rng in drawn_faults(plan.faults, seed, name)]
    return [
        (
            make_device(device, stream(seed, name, device.label)),
            Line(
                prefix + name,
                device,
                faults,
                start_s=scenario.start_s,
                mode=mode,
                topics=topics,
                form=None if device.format is None else scenario.formats[device.format],
            ),
        )
        for device in plan.device_plans
    ]


def _prefixed(fault: AnyFault, prefix: str) -> AnyFault:
    """A fault that names a wearer of the same story."""
    if isinstance(fault, WrongIdentity):
        return msgspec.structs.replace(fault, as_wearer=prefix + fault.as_wearer)
    return fault
