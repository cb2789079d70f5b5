"""Which devices there are, and how one of them is set up."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import msgspec

from edge.contract.durations import DAY_S
from edge.contract.topics import NAME_RULE

# How often devices hand over what they have, unless they are set up otherwise.
BATCH_S = 5.0


class DeviceKind(StrEnum):
    """The devices a wearer can have."""

    STRAP = "strap"
    WRISTBAND = "wristband"
    CUFF = "cuff"
    BED_SENSOR = "bed_sensor"


# What each kind sends; signals that the contract has no word for go out in other formats only.
SIGNALS_OF: dict[DeviceKind, frozenset[str]] = {
    DeviceKind.STRAP: frozenset({"rr", "contact"}),
    DeviceKind.WRISTBAND: frozenset(
        {"hr", "activity", "contact", "battery", "movement", "spo2", "skin_temperature"}
    ),
    DeviceKind.CUFF: frozenset({"bp"}),
    DeviceKind.BED_SENSOR: frozenset({"hr", "contact", "movement"}),
}


class DevicePlan(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A device and its settings.

    `name` stands in the topics (None: the kind). Heart rate comes every `every_s` (None: as usual for the
    kind), messages every `batch_s`. The device's clock starts `offset_s` off and gains `drift_ppm`. It keeps
    `buffer_s` of samples while out of range and loses older ones. `format` names how its messages look
    (None: the contract of the edge).
    """

    kind: DeviceKind
    name: Annotated[str, msgspec.Meta(pattern="^[A-Za-z0-9_-]{1,64}$", description=NAME_RULE)] | None = None
    every_s: Annotated[float, msgspec.Meta(ge=1, le=300)] | None = None
    batch_s: Annotated[float, msgspec.Meta(ge=1, le=3600)] = BATCH_S
    drift_ppm: Annotated[float, msgspec.Meta(ge=-1000, le=1000)] = 0.0
    offset_s: Annotated[float, msgspec.Meta(ge=-3600, le=3600)] = 0.0
    buffer_s: Annotated[float, msgspec.Meta(ge=0)] = DAY_S
    rr_from_pulse: bool = False
    format: str | None = None

    @property
    def label(self) -> str:
        """Its name in topics."""
        return self.name or self.kind.value


def signals_of(device: DevicePlan) -> frozenset[str]:
    """What a device sends as it is set up."""
    of_kind = SIGNALS_OF[device.kind]
    return of_kind | {"rr"} if device.rr_from_pulse else of_kind


def device_plan(device: DeviceKind | DevicePlan) -> DevicePlan:
    """A device given by its kind alone, with the usual settings."""
    return device if isinstance(device, DevicePlan) else DevicePlan(kind=device)
