"""RR intervals of atrial fibrillation: irregular without a pattern, each person in their own way.

Measured on LTAFDB (Petrutiu 2007): 68 persons with at least 20 runs of 128 intervals within AFIB. Mean of the
persons' means (SD between persons; median SD of runs within a person): coefficient of variation 0.216
(0.042; 0.025), correlation of neighbours 0.05 (0.09; 0.11), skewness 0.80 (0.26; 0.39), RMSSD / mean 0.297
(0.058; 0.038), shortest / mean 0.63 (0.06; 0.05), longest / mean 1.73 (0.15; 0.18), rate 93 (22; 11) a
minute.
"""

from __future__ import annotations

import math
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from device_sim.wearers.randomness import Streams
from device_sim.wearers.stretch import STRETCH_S, Grid, spread
from device_sim.wearers.wander import wander, wandered

# Between persons: the log-normal's median and log spread of the coefficient of variation.
VARIATION: Final = (0.212, 0.21)
# The part of an interval that does not vary: more of it skews the rest. Uniform between persons.
FIXED: Final = (-0.3, 0.55)
# Correlation of neighbours, beyond what the wandering rate brings.
NEIGHBOURS: Final = (0.04, 0.08)
# Within a person irregularity comes and goes over a quarter of an hour; log spread.
VARIATION_WITHIN: Final = (900.0, 0.09)
# The mean rate itself wanders over minutes and over half hours.
RATE_WITHIN: Final = ((100.0, 0.055, 5.0), (1800.0, 0.08, 60.0))
# No interval is shorter than the AV node lets through; an escape beat ends the longest.
SHORTEST, LONGEST = 0.42, 2.4
# How far effort and sleep move the ventricles' rate in AF against sinus rhythm.
FOLLOWS_EFFORT: Final = 0.7


# In some persons fibrillation organises for minutes: the ventricles follow nearly regularly, or a whole
# number of atrial waves apart. In 10 of 68 persons of LTAFDB 0.6 to 30 % of the windows of 64 beats are such.
# Part of persons, part of their time (log-normal), how much of the variation is left, waves to an interval.
ORGANISES: Final = 0.20
ORGANISED_SHARE: Final = (0.04, 1.2)
LEFT_WHEN_REGULAR: Final = (0.04, 0.40)
WAVES: Final = (2.6, 4.4)
WAVE_JITTER: Final = 0.02


class Irregularity(NamedTuple):
    """A person's fibrillation; `organised` is the part of time in which it is nearly regular."""

    variation: float
    fixed: float
    neighbours: float
    organised: float


class Conduction(NamedTuple):
    """How the AV node conducts for a while: a factor of the variation; waves to an interval, if it counts."""

    factor: float
    waves: float | None


def drawn_irregularity(rng: np.random.Generator) -> Irregularity:
    """That of one person."""
    normals = rng.standard_normal(2)
    return Irregularity(
        variation=VARIATION[0] * math.exp(VARIATION[1] * float(normals[0])),
        fixed=float(rng.uniform(*FIXED)),
        neighbours=min(max(NEIGHBOURS[0] + NEIGHBOURS[1] * float(normals[1]), -0.3), 0.4),
        organised=min(ORGANISED_SHARE[0] * math.exp(ORGANISED_SHARE[1] * float(rng.standard_normal())), 0.4)
        if float(rng.random()) < ORGANISES
        else 0.0,
    )


class Fibrillating:
    """A person's fibrillation through time: rate and irregularity wander whether or not it shows."""

    def __init__(self, streams: Streams) -> None:
        self._streams = streams
        self.irregularity = drawn_irregularity(streams.at("fibrillation"))
        self._rates = [0.0] * len(RATE_WITHIN)
        self._logged = 0.0

    def move_on(self, number: int) -> tuple[Grid, Conduction]:
        """For the next stretch: the relative rate on its grid, and how the AV node conducts."""
        rng = self._streams.at("fibrillation", number + 1)
        rate = np.ones(1)
        for place, (time_s, sd, step_s) in enumerate(RATE_WITHIN):
            normals = rng.standard_normal(int(STRETCH_S / step_s))
            path = wander(self._rates[place], normals, step_s=step_s, time_s=time_s, sd=sd)
            self._rates[place] = float(path[-1])
            rate = rate + spread(path)
        time_s, sd = VARIATION_WITHIN
        self._logged = wandered(
            self._logged, step_s=STRETCH_S, time_s=time_s, sd=sd, normal=float(rng.standard_normal())
        )
        is_organised, counts, left, waves = rng.random(4).tolist()
        if is_organised >= self.irregularity.organised:
            conduction = Conduction(math.exp(self._logged), None)
        elif counts < 0.5:
            conduction = Conduction(math.exp(self._logged), WAVES[0] + (WAVES[1] - WAVES[0]) * waves)
        else:
            conduction = Conduction(
                LEFT_WHEN_REGULAR[0] + (LEFT_WHEN_REGULAR[1] - LEFT_WHEN_REGULAR[0]) * left, None
            )
        return np.maximum(rate, 0.4), conduction


def irregular(
    person: Irregularity, conduction: Conduction, normals: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Intervals of mean 1, one fewer than the draws: log-normal but for a fixed part, a little correlated."""
    correlated = normals[1:] + person.neighbours * normals[:-1]
    correlated /= math.sqrt(1.0 + person.neighbours**2)
    spread_of_rest = person.variation * conduction.factor / (1.0 - person.fixed)
    log_sd = math.sqrt(math.log1p(spread_of_rest**2))
    varied = (1.0 - person.fixed) * np.exp(log_sd * correlated - log_sd * log_sd / 2.0)
    lengths: NDArray[np.float64] = (person.fixed + varied).clip(SHORTEST, LONGEST)
    if conduction.waves is not None:
        counted = np.maximum(np.rint(lengths * conduction.waves), 1.0) / conduction.waves
        # What remains of the draw within its step is as good as a new one.
        lengths = counted + WAVE_JITTER * 2.0 * (lengths - counted) * conduction.waves
    return lengths
