"""What should come of each fault: the technical conditions it is, and why its messages may be set aside."""

from __future__ import annotations

from device_sim.faults.kinds import (
    AnyFault,
    ClockJump,
    CuffFit,
    Delay,
    Drop,
    Duplicate,
    Fault,
    Freeze,
    Gap,
    LowBattery,
    Malformed,
    MotionNoise,
    OffBody,
    Outliers,
    OutOfRange,
    ReconnectStorm,
    Reorder,
    UnitMixUp,
    WrongIdentity,
)
from edge.contract.messages import Reason

_LOST = "sensor_lost"
# Of values that none can be are no windows that a model could judge.
_ABSTAINING = "model_abstaining"
# The conditions that alerts may report while the fault lasts; none where nobody should be told.
CONDITIONS_OF: dict[type[Fault], tuple[str, ...]] = {
    OffBody: ("off_body",),
    Gap: (_LOST,),
    OutOfRange: (_LOST,),
    Freeze: ("sensor_frozen",),
    LowBattery: (_LOST, "battery_low"),
    MotionNoise: (_LOST,),
    Outliers: (_LOST, "values_out_of_range", _ABSTAINING),
    UnitMixUp: (_LOST, "values_out_of_range", _ABSTAINING),
    CuffFit: (),
    ClockJump: (_LOST,),
    Drop: (_LOST,),
    Duplicate: (),
    Reorder: (),
    Delay: (_LOST,),
    ReconnectStorm: (),
    Malformed: (_LOST,),
    WrongIdentity: (_LOST,),
}
# Why a gateway may set messages aside. Anything else that it sets aside is its mistake.
REASONS_OF: dict[type[Fault], tuple[Reason, ...]] = {
    OutOfRange: (Reason.LATE,),
    MotionNoise: (Reason.OUT_OF_RANGE,),
    Outliers: (Reason.OUT_OF_RANGE,),
    UnitMixUp: (Reason.OUT_OF_RANGE,),
    CuffFit: (Reason.OUT_OF_RANGE,),
    ClockJump: (Reason.LATE, Reason.REFUSED),
    Duplicate: (Reason.DUPLICATE,),
    Reorder: (Reason.LATE,),
    Delay: (Reason.LATE,),
    ReconnectStorm: (Reason.DUPLICATE,),
    Malformed: (Reason.REFUSED,),
    WrongIdentity: (Reason.LATE, Reason.DUPLICATE),
}


def reasons_for(faults: list[AnyFault]) -> set[Reason]:
    """Why messages may be set aside, given what happens."""
    return {reason for fault in faults for reason in REASONS_OF.get(type(fault), ())}


def shows_from_s(fault: AnyFault, condition: str) -> float:
    """From when on a fault may be told as a condition: an empty battery while it runs down."""
    if isinstance(fault, LowBattery) and condition == "battery_low":
        return fault.at_s - fault.warns_s
    return fault.at_s
