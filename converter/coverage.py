"""How the inputs a model meets lie in the range its first int8 tensor can hold."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from converter.inspect import Range

# Beyond the first half step outside, a value is moved by more than rounding moves any other.
HALF_STEP: Final = 0.5


@dataclass(frozen=True, slots=True)
class Coverage:
    """One input of the model, or a channel of it: what it met against what int8 can hold.

    With `group`, only what that group met. `steps_per_sd` tells how finely int8 resolves it: where an SD is a
    handful of steps, differences between inputs are lost.
    """

    name: str
    group: str | None
    rows: int
    low: float
    high: float
    held: Range
    saturated_percent: float
    steps_per_sd: float


def cover(
    inputs: Mapping[str, NDArray[np.float32]], held: Sequence[Range], group: str | None = None
) -> list[Coverage]:
    """Each input as a whole: arrays (n, ...) by name, in the order of `held`."""
    return [
        _cover(name, values, span, group) for (name, values), span in zip(inputs.items(), held, strict=True)
    ]


def cover_channels(channels: Sequence[str], values: NDArray[np.float32], held: Range) -> list[Coverage]:
    """Each channel, the last axis, of one input."""
    return [_cover(name, values[..., at], held, None) for at, name in enumerate(channels)]


def _cover(name: str, values: NDArray[np.float32], held: Range, group: str | None) -> Coverage:
    margin = HALF_STEP * held.step
    outside = (values < held.low - margin) | (values > held.high + margin)
    return Coverage(
        name=name,
        group=group,
        rows=len(values),
        low=float(values.min()),
        high=float(values.max()),
        held=held,
        saturated_percent=100.0 * float(np.mean(outside)),
        steps_per_sd=float(np.std(values)) / held.step,
    )
