"""Sliding windows over arrays."""

from __future__ import annotations

from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

Value = TypeVar("Value", bound=np.generic)


def sliding(values: NDArray[Value], *, length: int, hop: int) -> NDArray[Value]:
    """Windows of `length` values every `hop` along the first axis: a read-only view (windows, ..., length).

    A rest too short for a window is left out; fewer than `length` values give no window.
    """
    if len(values) < length:
        return np.empty((0, *values.shape[1:], length), dtype=values.dtype)
    return np.lib.stride_tricks.sliding_window_view(values, length, axis=0)[::hop]
