"""RR intervals of sinus rhythm."""

from __future__ import annotations

import math

# The slow oscillation of blood pressure and heart rate, in the middle of the 0.04-0.15 Hz band.
SLOW_HZ = 0.1
# The pacemaker's own jitter, beat by beat.
JITTER_MS = 4.0
# An interval at which vagal variation is gone, about 160/min.
NO_VARIATION_MS = 375.0


def sinus_rr_ms(
    mean_rr_ms: float,
    resting_rr_ms: float,
    *,
    breath_phase: float,
    slow_phase: float,
    respiratory_ms: float,
    slow_ms: float,
    normal: float,
) -> float:
    """The next interval: the mean, swung by breath and by the slow wave. Phases are in radians.

    Both swings shrink as the heart speeds up, since the vagal tone that carries them is withdrawn.
    """
    tone = (mean_rr_ms - NO_VARIATION_MS) / (resting_rr_ms - NO_VARIATION_MS)
    tone = min(max(tone, 0.08), 1.3)
    swing_ms = respiratory_ms * math.sin(breath_phase) + slow_ms * math.sin(slow_phase)
    return max(mean_rr_ms + tone * swing_ms + JITTER_MS * normal, 0.6 * mean_rr_ms)
