"""Devices as their plans want them."""

from __future__ import annotations

import numpy as np

from device_sim.devices.bed_sensor import BedSensor
from device_sim.devices.cuff import Cuff
from device_sim.devices.kinds import DeviceKind, DevicePlan
from device_sim.devices.samples import Device
from device_sim.devices.strap import Strap
from device_sim.devices.wristband import Wristband


def make_device(plan: DevicePlan, rng: np.random.Generator) -> Device:
    """The device of a plan; `rng` is all that is random in it."""
    match plan.kind:
        case DeviceKind.STRAP:
            return Strap()
        case DeviceKind.CUFF:
            return Cuff()
        case DeviceKind.BED_SENSOR:
            return BedSensor(plan.every_s)
        case DeviceKind.WRISTBAND:
            return Wristband(plan.every_s, rng, rr_from_pulse=plan.rr_from_pulse)
