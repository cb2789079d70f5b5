"""The stages of a night, epoch by epoch.

A night is a chain of cycles: non-REM sleep first, then REM. In non-REM a Markov chain moves between wake, N1,
N2 and N3, deep sleep the less likely the later the cycle; in REM another lets sleep break off now and then.
The numbers were set on the 25 nights of sleep-accel (Walch 2019): steps from stage to stage, shares of stages
by quarter of the night, time from one REM to the next (median 94 min, middle half 76-112), minutes to the
first (median 90) and the length of each (19, 29, 30, 29 min). They are of adults near 30 years; with age N3
gives way to wake and N1 (Ohayon 2004, Sleep 27:1255).
"""

from __future__ import annotations

from enum import IntEnum
from typing import Final

import numpy as np
from numpy.typing import NDArray

EPOCH_S: Final = 30.0


class Stage(IntEnum):
    """Sleep stages of the AASM manual."""

    WAKE = 0
    N1 = 1
    N2 = 2
    N3 = 3
    REM = 4


# Minutes of the parts of a cycle: mean and SD. The first begins with the falling asleep.
NREM_MIN: Final = ((86.0, 30.0), (74.0, 20.0), (68.0, 20.0), (64.0, 20.0), (60.0, 20.0), (60.0, 20.0))
REM_MIN: Final = ((21.0, 10.0), (30.0, 12.0), (33.0, 14.0), (34.0, 14.0), (32.0, 14.0), (32.0, 14.0))
# Wake before the first sleep: log-normal, median and spread of the log.
LATENCY_MIN: Final = (8.0, 0.8)

# From an epoch's stage (row) to the next one's, in the order of `Stage`, in the first cycle of a young adult.
NREM_STEPS: Final = np.array(
    [
        [0.700, 0.245, 0.054, 0.001, 0.0],
        [0.060, 0.540, 0.400, 0.000, 0.0],
        [0.015, 0.028, 0.917, 0.040, 0.0],
        [0.010, 0.003, 0.025, 0.962, 0.0],
        [0.010, 0.040, 0.950, 0.000, 0.0],
    ]
)
REM_STEPS: Final = np.array(
    [
        [0.700, 0.180, 0.000, 0.000, 0.120],
        [0.060, 0.500, 0.140, 0.000, 0.300],
        [0.010, 0.030, 0.760, 0.000, 0.200],
        [0.000, 0.000, 1.000, 0.000, 0.000],
        [0.009, 0.014, 0.003, 0.000, 0.974],
    ]
)
# How likely N3 is in each cycle against the first.
DEEP_BY_CYCLE: Final = (1.0, 0.55, 0.25, 0.10, 0.05, 0.05)
# The age at which the steps hold, and how many years halve deep sleep and double waking.
YOUNG_YEARS: Final = 30.0
DEEP_HALVES_YEARS: Final = 45.0
WAKE_DOUBLES_YEARS: Final = 40.0


def hypnogram(epochs: int, age_years: float, rng: np.random.Generator) -> NDArray[np.int8]:
    """The stage of each of so many epochs from lights-out on; int8 (epochs,) of `Stage`."""
    older = max(age_years - YOUNG_YEARS, 0.0)
    deep = 0.5 ** (older / DEEP_HALVES_YEARS)
    wake = 2.0 ** (older / WAKE_DOUBLES_YEARS)
    # People differ as nights do.
    deep *= float(np.exp(0.45 * rng.standard_normal()))
    wake *= float(np.exp(0.30 * rng.standard_normal()))
    draws = rng.random(epochs).tolist()
    stages = np.empty(epochs, dtype=np.int8)
    stage = int(Stage.WAKE)
    asleep_at = round(LATENCY_MIN[0] * float(np.exp(LATENCY_MIN[1] * rng.standard_normal())) * 60.0 / EPOCH_S)
    plan = _plan(epochs, asleep_at, rng)
    for first, end, steps, share in plan:
        cumulated = np.cumsum(_adapted(steps, deep * share, wake), axis=1).tolist()
        for at in range(first, min(end, epochs)):
            row = cumulated[stage]
            draw = draws[at]
            stage = next((to for to, limit in enumerate(row) if draw < limit), stage)
            stages[at] = stage
    stages[: min(asleep_at, epochs)] = Stage.WAKE
    return stages


def _plan(
    epochs: int, asleep_at: int, rng: np.random.Generator
) -> list[tuple[int, int, NDArray[np.float64], float]]:
    """The parts of the night: first and end epoch, steps, how likely N3 is."""
    parts = []
    at, cycle = 0, 0
    while at < epochs:
        number = min(cycle, len(NREM_MIN) - 1)
        for (mean_min, sd_min), steps, extra in (
            (NREM_MIN[number], NREM_STEPS, asleep_at if cycle == 0 else 0),
            (REM_MIN[number], REM_STEPS, 0),
        ):
            minutes = max(mean_min + sd_min * float(rng.standard_normal()), 0.25 * mean_min)
            end = at + extra + round(minutes * 60.0 / EPOCH_S)
            parts.append((at, end, steps, DEEP_BY_CYCLE[number]))
            at = end
        cycle += 1
    return parts


def _adapted(steps: NDArray[np.float64], deep: float, wake: float) -> NDArray[np.float64]:
    """The steps with N3 `deep` times and wake `wake` times as likely against the others; rows sum to 1."""
    weighed = steps.copy()
    weighed[: Stage.N3, Stage.N3] *= deep
    weighed[Stage.N3, : Stage.N3] /= max(deep, 0.3)
    weighed[1:, Stage.WAKE] *= wake
    adapted: NDArray[np.float64] = weighed / weighed.sum(axis=1, keepdims=True)
    return adapted
