"""The faults there are: entries of a wearer's list of faults."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import msgspec

from device_sim.events import Span
from edge.contract.durations import HOUR_S

Seconds = Annotated[float, msgspec.Meta(gt=0, le=86_400)]


class Fault(Span, frozen=True, kw_only=True):
    """Something wrong with the `device` of that name, from `at_s` for `for_s` seconds.

    `probability` is that of each sample or message within that time, or, for a fault that has no parts, of
    the fault itself.
    """

    device: str = "strap"
    probability: Annotated[float, msgspec.Meta(gt=0, le=1)] = 1.0


class OffBody(Fault, frozen=True, kw_only=True, tag="off_body"):
    """The device is taken off and says so; it measures nothing."""


class Gap(Fault, frozen=True, kw_only=True, tag="gap"):
    """The device measures and sends nothing."""


class OutOfRange(Fault, frozen=True, kw_only=True, tag="out_of_range"):
    """The device measures and keeps, and hands over when it is back."""


class LowBattery(Fault, frozen=True, kw_only=True, tag="low_battery"):
    """The battery runs down over `warns_s` before `at_s`; then the device is dead until it is charged."""

    # Wristbands tell their charge every five minutes: in less than two of those no fall would be seen.
    warns_s: Annotated[float, msgspec.Meta(ge=600, le=86_400)] = HOUR_S


class Freeze(Fault, frozen=True, kw_only=True, tag="freeze"):
    """The device repeats its last value with fresh times."""


class MotionNoise(Fault, frozen=True, kw_only=True, tag="motion_noise"):
    """Values are off by a normal error of `spread` of their size, and the device doubts or drops them.

    A share of `admitted` is sent as questionable, the rest as invalid.
    """

    spread: Annotated[float, msgspec.Meta(gt=0, le=1)] = 0.25
    admitted: Annotated[float, msgspec.Meta(ge=0, le=1)] = 0.2


class Outliers(Fault, frozen=True, kw_only=True, tag="outliers"):
    """Single values are `factor` times what they should be, and sent as valid."""

    factor: Annotated[float, msgspec.Meta(gt=0, le=100)] = 10.0


class UnitMixUp(Fault, frozen=True, kw_only=True, tag="unit_mix_up"):
    """Values come in another unit: RR in s, heart rate in Hz, pressure in kPa."""


class BadFit(StrEnum):
    """What a cuff's status can say of a reading besides the pulse."""

    TOO_LOOSE = "too_loose"
    MOVEMENT = "movement"
    BAD_POSITION = "bad_position"


class CuffFit(Fault, frozen=True, kw_only=True, tag="cuff_fit"):
    """Readings are `bias_mmhg` off; the cuff says why in their status, unless it is not `told`."""

    status: BadFit = BadFit.TOO_LOOSE
    bias_mmhg: Annotated[float, msgspec.Meta(ge=-100, le=100)] = 60.0
    told: bool = True
    device: str = "cuff"


class ClockJump(Fault, frozen=True, kw_only=True, tag="clock_jump"):
    """The device's clock shows a time `shift_s` away."""

    shift_s: Annotated[float, msgspec.Meta(ge=-1e9, le=1e9)] = -HOUR_S


class Drop(Fault, frozen=True, kw_only=True, tag="drop"):
    """Messages get lost."""


class Duplicate(Fault, frozen=True, kw_only=True, tag="duplicate"):
    """Messages come twice."""


class Reorder(Fault, frozen=True, kw_only=True, tag="reorder"):
    """A message is overtaken by the next one of its signal."""


class Delay(Fault, frozen=True, kw_only=True, tag="delay"):
    """Messages come `delay_s` later."""

    delay_s: Seconds = 60.0


class ReconnectStorm(Fault, frozen=True, kw_only=True, tag="reconnect_storm"):
    """The link breaks every `every_s`: the last `resent` messages come once more, as QoS 1 allows."""

    every_s: Seconds = 15.0
    resent: Annotated[int, msgspec.Meta(ge=1, le=32)] = 4


class Malformed(Fault, frozen=True, kw_only=True, tag="malformed"):
    """Payloads are cut off or garbled."""


class WrongIdentity(Fault, frozen=True, kw_only=True, tag="wrong_identity"):
    """Messages come under the name of another wearer."""

    as_wearer: str


AnyFault = (
    OffBody
    | Gap
    | OutOfRange
    | LowBattery
    | Freeze
    | MotionNoise
    | Outliers
    | UnitMixUp
    | CuffFit
    | ClockJump
    | Drop
    | Duplicate
    | Reorder
    | Delay
    | ReconnectStorm
    | Malformed
    | WrongIdentity
)
# These are there or not as a whole; the others befall samples or messages one by one.
WHOLE = OffBody | Gap | OutOfRange | LowBattery | Freeze | UnitMixUp | CuffFit | ClockJump | ReconnectStorm
