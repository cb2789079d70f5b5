"""The time grid of a chest strap: ticks of 1/1024 s, as in the Bluetooth Heart Rate Service (0x2A37)."""

from __future__ import annotations

TICKS_PER_S = 1024


def to_grid_s(at_s: float) -> float:
    """The nearest tick; exact in binary, so that differences of ticks are whole ticks."""
    return round(at_s * TICKS_PER_S) / TICKS_PER_S
