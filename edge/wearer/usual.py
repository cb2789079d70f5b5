"""A wearer's usual heart rate at rest by time of day: medians of medians of days, of bounded size.

Of every part of a day the median of its resting minutes and their median absolute deviation (MAD) are kept;
usual is the median of those of the last three weeks. A single odd day moves it by one place in their order.
"""

from __future__ import annotations

from statistics import median
from typing import Final, NamedTuple

import msgspec

# Parts of the day by the wearer's clock: fine enough to keep sleep and waking apart.
PART_H: Final = 4
PARTS: Final = 24 // PART_H
# A part of a day with fewer minutes at rest is not judged.
LEAST_MINUTES: Final = 30
KEPT_DAYS: Final = 21
# The population counts as much as so many days; beyond that the usual is the wearer's own.
POPULATION_DAYS: Final = 3


class Stretch(msgspec.Struct, frozen=True, array_like=True):
    """The resting minutes of one part of one day: their median and MAD, 1/min."""

    median_bpm: float
    mad_bpm: float


class Usual(NamedTuple):
    """What is usual in a part of the day, from so many days; 1/min."""

    median_bpm: float
    mad_bpm: float
    days: int

    @property
    def is_own(self) -> bool:
        """Whether it is the wearer's own, and no longer mostly the population's."""
        return self.days > POPULATION_DAYS


class Minute(msgspec.Struct):
    """Heart rates since `start_s`, a whole minute, and the mean of the minute that was over at `closed_s`."""

    start_s: float = 0.0
    sum_bpm: float = 0.0
    count: int = 0
    mean_bpm: float = 0.0
    closed_s: float | None = None


class HeartRateBaseline(msgspec.Struct):
    """What is known of a wearer's usual heart rate at rest.

    `minutes_bpm` are the resting minutes of the part of the day that lasts until `until_s`; `days` those
    before, oldest first, by part of the day. `limits` follow from them while the part lasts; None where
    nothing is to be judged.
    """

    minute: Minute = msgspec.field(default_factory=Minute)
    part: int = 0
    until_s: float = 0.0
    minutes_bpm: list[int] = []
    days: list[list[Stretch]] = msgspec.field(default_factory=lambda: [[] for _ in range(PARTS)])
    limits: dict[str, float | None] = {}


def summarise(minutes_bpm: list[int]) -> Stretch:
    """Median and MAD of some minutes, at least one."""
    middle = median(minutes_bpm)
    return Stretch(float(middle), float(median(abs(bpm - middle) for bpm in minutes_bpm)))


def usual_of(days: list[Stretch], population: Stretch, least_bpm: float, most_bpm: float) -> Usual:
    """What is usual in a part of the day, started from the population and held within guideline limits."""
    known = [*([population] * POPULATION_DAYS), *days]
    middle = median(stretch.median_bpm for stretch in known)
    return Usual(
        min(max(middle, least_bpm), most_bpm), median(stretch.mad_bpm for stretch in known), len(days)
    )
