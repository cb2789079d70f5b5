"""Slow random change around nothing in particular (an Ornstein-Uhlenbeck process) on an even grid."""

from __future__ import annotations

import math
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

Value = TypeVar("Value", np.float64, np.complex128)


def wandered(value: float, *, step_s: float, time_s: float, sd: float, normal: float) -> float:
    """The value after `step_s`, returning to 0 over `time_s`, with standard deviation `sd` in the long run.

    `normal` is a standard normal draw.
    """
    keep = math.exp(-step_s / time_s)
    return value * keep + sd * math.sqrt(1.0 - keep * keep) * normal


def wander(
    value: complex, normals: NDArray[Value], *, step_s: float, time_s: float, sd: float
) -> NDArray[Value]:
    """As many steps of `wandered` as there are draws, with the start before them: shape (draws + 1,).

    Complex draws (of unit variance in either part) give a wander in the plane.
    """
    keep = math.exp(-step_s / time_s)
    path = np.empty(len(normals) + 1, dtype=normals.dtype)
    path[0] = value
    path[1:] = sd * math.sqrt(1.0 - keep * keep) * normals
    # x[k] = keep x[k-1] + noise[k], summed at once; grids are short enough that the powers stay finite.
    powers = keep ** np.arange(len(path))
    summed: NDArray[Value] = powers * np.cumsum(path / powers)
    return summed
