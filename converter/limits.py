"""What int8 may lose against float: the part of a recipe that the gate holds a conversion to."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

Percent = Annotated[float, Meta(ge=0.0, le=100.0)]


class Limits(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Losses in percentage points unless said otherwise; `gate` of a run folder's run.json.

    `decides` says how outputs become decisions where the run is not one of a stream: `sign` (each output is a
    logit, present above 0), `half` (a probability, present above 0.5), `argmax` (the largest along the last
    axis) or `none` (the outputs are quantities). Of several outputs it is the finding's that decides.
    `output_p99` is in standard deviations of the float outputs.
    Of several outputs each is held to it by itself.
    Groups and classes of fewer than `min_rows` decisions are shown and not judged, and close no gate.
    """

    decides: Literal["sign", "half", "argmax", "none"] = "none"
    metric: Percent = 0.5
    per_class: Percent = 1.0
    per_group: Percent = 2.0
    flips: Percent = 1.0
    output_p99: Annotated[float, Meta(gt=0.0, le=10.0)] = 0.25
    saturated: Percent = 0.5
    min_rows: Annotated[int, Meta(ge=1, le=1_000_000)] = 100
