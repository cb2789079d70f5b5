"""What a gateway may make of a device whose clock is off or that hands over rarely, without any fault."""

from __future__ import annotations

from typing import Final

from device_sim.devices.kinds import DevicePlan, signals_of
from edge.contract.catalogue import SIGNALS, Signal
from edge.contract.messages import Reason

# Clocks differ a little; samples from further ahead than this may be refused.
AHEAD_S: Final = 60.0


def reasons_against(device: DevicePlan, length_s: float) -> set[Reason]:
    """Why its messages may be set aside in a story of this length."""
    reasons = set()
    if any(_behind_s(device, length_s) > signal.late_after_s for signal in _signals(device)):
        reasons.add(Reason.LATE)
    if _shift_s(device, length_s) > AHEAD_S:
        # A gateway that goes by the time of the samples takes those of the other devices for old ones.
        reasons |= {Reason.LATE, Reason.REFUSED}
    return reasons


def may_seem_lost(device: DevicePlan, length_s: float) -> bool:
    """Whether it may be told as lost in a story of this length though it works."""
    return any(
        signal.stale_after_s is not None and _behind_s(device, length_s) > signal.stale_after_s
        for signal in _signals(device)
    )


def _signals(device: DevicePlan) -> list[Signal]:
    return [SIGNALS[code] for code in signals_of(device) if code in SIGNALS]


def _shift_s(device: DevicePlan, length_s: float) -> float:
    """How far its clock gets ahead."""
    return device.offset_s + max(device.drift_ppm * 1e-6 * length_s, 0.0)


def _behind_s(device: DevicePlan, length_s: float) -> float:
    """How far what it sends may be from the time it is sent, in either direction."""
    return abs(device.offset_s) + abs(device.drift_ppm) * 1e-6 * length_s + device.batch_s
