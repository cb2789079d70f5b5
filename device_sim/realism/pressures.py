"""Blood pressure and resting heart rate by age and sex against NHANES."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from device_sim.realism import simulated
from device_sim.realism.part import Part, Plot, Row, Values
from device_sim.realism.recordings import Adults, measured_adults, other_adults
from edge.contract.profile import Sex

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# Each decade from 20 years on; the survey writes 80 for all who are older, so it ends before.
DECADES: Final = (20, 30, 40, 50, 60, 70)
PULSE_TOLERANCE_BPM: Final = (2.5, 2.5)
SYSTOLIC_TOLERANCE_MMHG: Final = (4.0, 4.0)
# Other years: mean systolic pressure of the old fell by several mmHg from 1999 to 2016.
OTHER_YEARS_MMHG: Final = (6.0, 4.0)
DIASTOLIC_TOLERANCE_MMHG: Final = (4.0, 4.0)
# Part of all adults at or above a limit, weighted to the survey's ages.
LIMITS_MMHG: Final = ((130.0, 80.0), (140.0, 90.0), (180.0, 110.0))
LIMIT_TOLERANCES: Final = (0.06, 0.04, 0.01)


def compare(data: Path, persons: int, seed: int) -> list[Part]:
    """Against the cycles the numbers come from, and against those they do not come from."""
    made = _made(persons, seed)
    return [
        _part("pressure-measured", "NHANES 2009-2012", measured_adults(data), made, has_pulse=True),
        _part("pressure-other", "NHANES 1999-2008 and 2013-2016", other_adults(data), made, has_pulse=False),
    ]


def _made(persons: int, seed: int) -> Adults:
    drawn = simulated.adults(persons, seed)
    table = np.array(
        [
            (profile.age_years, profile.sex is Sex.MALE, 1.0, profile.resting_bpm, systolic, diastolic)
            for profile, systolic, diastolic in drawn
        ],
        dtype=np.float64,
    )
    return Adults(table[:, 0], table[:, 1] > 0.5, *table[:, 2:].T)


def _part(name: str, survey: str, real: Adults, made: Adults, *, has_pulse: bool) -> Part:
    rows = []
    measures = [
        ("systolic, mmHg", "systolic_mmhg", SYSTOLIC_TOLERANCE_MMHG if has_pulse else OTHER_YEARS_MMHG),
        ("diastolic, mmHg", "diastolic_mmhg", DIASTOLIC_TOLERANCE_MMHG),
    ]
    if has_pulse:
        measures.append(("resting rate, /min", "pulse_bpm", PULSE_TOLERANCE_BPM))
    for figure, column, tolerances in measures:
        theirs, ours = _by_decade(real, column), _by_decade(made, column)
        for what, place, tolerance in (("mean", 0, tolerances[0]), ("SD", 1, tolerances[1])):
            worst = int(np.argmax(np.abs(ours[:, place] - theirs[:, place])))
            group = f"{'men' if worst >= len(DECADES) else 'women'} from {DECADES[worst % len(DECADES)]}"
            rows.append(
                Row(
                    f"{figure}: {what} ({group}, the worst of 12)",
                    float(theirs[worst, place]),
                    float(ours[worst, place]),
                    tolerance,
                )
            )
    for (systolic, diastolic), tolerance in zip(LIMITS_MMHG, LIMIT_TOLERANCES, strict=True):
        rows.append(
            Row(
                f"part at or above {systolic:g}/{diastolic:g} mmHg, ages 20 to 79",
                _part_above(real, real, systolic, diastolic),
                _part_above(made, real, systolic, diastolic),
                tolerance,
            )
        )
    plots = [_ages_plot("systolic_mmhg", "systolic, mmHg", real, made),
             _ages_plot("diastolic_mmhg", "diastolic, mmHg", real, made)]  # fmt: skip
    if has_pulse:
        plots.append(_ages_plot("pulse_bpm", "resting heart rate, /min", real, made))
    return Part(
        name,
        f"Blood pressure{' and resting heart rate' if has_pulse else ''} by age, {survey}",
        f"{int(np.sum(~np.isnan(real.systolic_mmhg)))} adults",
        f"{len(made.age_years)} adults",
        tuple(rows),
        tuple(plots),
    )


def _by_decade(adults: Adults, column: str) -> Values:
    """Mean (weighted) and SD of women's decades, then of men's: (12, 2)."""
    values = getattr(adults, column)
    found = []
    for is_male in (False, True):
        for decade in DECADES:
            kept = _in_decade(adults, decade) & (adults.is_male == is_male) & ~np.isnan(values)
            found.append((np.average(values[kept], weights=adults.weight[kept]), values[kept].std()))
    return np.array(found)


def _in_decade(adults: Adults, decade: int) -> NDArray[np.bool_]:
    chosen: NDArray[np.bool_] = (adults.age_years >= decade) & (adults.age_years < decade + 10)
    return chosen


def _part_above(adults: Adults, as_in: Adults, systolic: float, diastolic: float) -> float:
    """The part above either limit, if the decades weighed what they do in `as_in`."""
    total, above = 0.0, 0.0
    for decade in DECADES:
        kept = _in_decade(adults, decade) & ~np.isnan(adults.systolic_mmhg) & ~np.isnan(adults.diastolic_mmhg)
        high = (adults.systolic_mmhg[kept] >= systolic) | (adults.diastolic_mmhg[kept] >= diastolic)
        weight = float(as_in.weight[_in_decade(as_in, decade)].sum())
        total += weight
        above += weight * float(np.average(high, weights=adults.weight[kept]))
    return above / total


def _ages_plot(column: str, label: str, real: Adults, made: Adults) -> Plot:
    def draw(axes: Axes) -> None:
        for adults, style, colour in ((real, "o--", "0.5"), (made, "-", "C0")):
            values = getattr(adults, column)
            for percentile in (5.0, 50.0, 95.0):
                of_decades = [
                    np.nanpercentile(values[_in_decade(adults, decade)], percentile) for decade in DECADES
                ]
                axes.plot([decade + 5 for decade in DECADES], of_decades, style, color=colour)
        axes.set(xlabel="years", ylabel=label)

    return Plot(f"{label}: 5th, 50th and 95th percentile by age; grey real, blue simulated", draw)
