"""RR intervals of atrial fibrillation: irregular without a pattern.

Measured on LTAFDB (Petrutiu 2007; 13,414 runs of 128 intervals within AFIB, the first 40 records), as the
5th, 50th and 95th percentile: coefficient of variation 0.135, 0.208, 0.296; correlation of neighbours -0.17,
0.03, 0.30; skewness 0.02, 0.74, 1.54; RMSSD / mean 0.18, 0.29, 0.41; shortest / mean 0.46, 0.63, 0.75;
longest / mean 1.42, 1.67, 2.10.
"""

from __future__ import annotations

import math

# Log-normal with the median spread and skewness, cut where AV conduction ends and where an escape beat comes.
LOG_SD = 0.205
SHORTEST, LONGEST = 0.5, 2.1
# The mean rate itself wanders over minutes.
WANDER_SD = 0.06
WANDER_TIME_S = 100.0


def fibrillation_rr_ms(mean_rr_ms: float, wander: float, normal: float) -> float:
    """The next interval; `wander` is the present relative change of the mean, `normal` a standard draw."""
    ratio = math.exp(LOG_SD * normal - LOG_SD * LOG_SD / 2.0)
    return mean_rr_ms * (1.0 + wander) * min(max(ratio, SHORTEST), LONGEST)
