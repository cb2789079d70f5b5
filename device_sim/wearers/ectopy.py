"""Extra beats and the pauses after them."""

from __future__ import annotations

from device_sim.events import Origin

# A ventricular extra beat leaves the sinus node undisturbed: the beat after falls where it would have fallen.
# An atrial one resets the node, which needs a little longer than usual.
ATRIAL_PAUSE = 1.1
EARLIEST, LATEST = 0.55, 0.75


def coupling_ms(sinus_rr_ms: float, uniform: float) -> float:
    """The interval to an extra beat, from a draw in [0, 1)."""
    return sinus_rr_ms * (EARLIEST + (LATEST - EARLIEST) * uniform)


def pause_ms(origin: Origin, early_rr_ms: float, sinus_rr_ms: float) -> float:
    """The interval after an extra beat that came `early_rr_ms` after its predecessor."""
    if origin is Origin.ATRIAL:
        return ATRIAL_PAUSE * sinus_rr_ms
    return 2.0 * sinus_rr_ms - early_rr_ms
