"""Why the gate closed: a range too small, a group that falls between two steps, or layers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from converter.coverage import Coverage
from converter.limits import Limits
from converter.quantise import LayerError

# Rounding alone gives 0.29 steps, a graph of some layers less than 2.
SUSPECT_RMS_STEPS: Final = 2.0
# Below this a group's inputs fall into a handful of steps, and what parts them is lost.
FEW_STEPS: Final = 4.0
WORST_LAYERS: Final = 3


def causes(coverage: Sequence[Coverage], errors: Sequence[LayerError], limits: Limits) -> list[str]:
    """What to mend, most likely cause first; `coverage` of all and of the groups that lost too much."""
    found = [
        f"the range measured for {part.name} is too small: {part.held.low:.4g} to {part.held.high:.4g}, "
        f"but held-out inputs go from {part.low:.4g} to {part.high:.4g}; "
        f"show such inputs in the representative set"
        for part in coverage
        if part.saturated_percent > limits.saturated
    ]
    if found:
        return found
    found = [
        f"the range of {part.name} is too wide for {part.group}: its inputs spread over "
        f"{part.steps_per_sd:.1f} int8 steps; scale or clip the inputs in the features"
        for part in coverage
        if part.group is not None and part.steps_per_sd < FEW_STEPS
    ]
    suspects = sorted(errors, key=lambda error: -error.rms_steps)[:WORST_LAYERS]
    suspects = [error for error in suspects if error.rms_steps > SUSPECT_RMS_STEPS] or suspects[:1]
    found += [
        f"keep in float, or replace: {_name(error)}, off by {error.rms_steps:.1f} of its int8 steps (rms)"
        for error in suspects
    ]
    return found


def _name(error: LayerError) -> str:
    if error.layer is None:
        return f"operator {error.operator}"
    return f"layer {error.layer.name!r} ({error.layer.kind}), operator {error.operator}"
