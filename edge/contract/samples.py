"""Samples as they travel: one message holds one signal of one device, as columns."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import msgspec

# The largest whole number that every JSON library keeps exact.
MAX_SEQ = 2**53 - 1


class Mode(StrEnum):
    """Whether data are of a living wearer. Alerts inherit it, so that a test can page nobody."""

    REAL = "real"
    TEST = "test"
    DEMO = "demo"


class Validity(StrEnum):
    """What the device itself says of a sample."""

    VALID = "valid"
    QUESTIONABLE = "questionable"
    INVALID = "invalid"


class SampleBatch(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Samples of one signal of one device; who and what stand in the topic.

    `seq` counts the batches of this device and signal. `times_s` are Unix seconds in UTC, never decreasing.
    `values` has a column for each component of the signal, as long as `times_s`, None where the device has
    no value. `validity` is as long again, or None when every sample is valid.
    """

    seq: Annotated[int, msgspec.Meta(ge=0, le=MAX_SEQ)]
    times_s: Annotated[list[float], msgspec.Meta(min_length=1, max_length=4096)]
    values: dict[str, list[float | None]]
    validity: list[Validity] | None = None
    mode: Mode = Mode.REAL


class ClockTick(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The time it is in a simulated or replayed world, for an edge that runs on stream time."""

    now_s: float
