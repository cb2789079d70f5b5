"""What each part of the report is made of: rows that hold or do not, and plots."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Values = NDArray[np.float64]
# One entry a person for each figure.
Persons = Mapping[str, Values]


@dataclass(frozen=True)
class Row:
    """A figure of real persons and of simulated ones, and how far apart the two may be."""

    figure: str
    real: float
    simulated: float
    tolerance: float

    @property
    def holds(self) -> bool:
        """Whether they are near enough; a figure that cannot be had is not."""
        return abs(self.simulated - self.real) <= self.tolerance


class Plot(NamedTuple):
    """A plot: what it shows, and how to draw it."""

    caption: str
    draw: Callable[[Axes], None]


@dataclass(frozen=True)
class Part:
    """One comparison: against what, how much of either, its rows and its plots."""

    name: str
    title: str
    source: str
    amount: str
    rows: tuple[Row, ...]
    plots: tuple[Plot, ...] = ()

    @property
    def failed(self) -> list[Row]:
        """The rows that do not hold."""
        return [row for row in self.rows if not row.holds]


def person_rows(
    real: Persons, simulated: Persons, tolerances: Mapping[str, tuple[float, float]]
) -> tuple[Row, ...]:
    """Mean over persons and spread between them (SD) of each figure that has tolerances for the two."""
    rows = []
    for figure, (of_mean, of_spread) in tolerances.items():
        ours, theirs = simulated[figure], real[figure]
        rows.append(Row(f"{figure}: mean", float(np.mean(theirs)), float(np.mean(ours)), of_mean))
        rows.append(
            Row(f"{figure}: SD between persons", float(np.std(theirs)), float(np.std(ours)), of_spread)
        )
    return tuple(rows)


def histogram(figure: str, real: Values, simulated: Values, unit: str = "") -> Plot:
    """Both distributions, over the range of nearly all."""
    low, high = np.percentile(np.concatenate([real, simulated]), [0.5, 99.5])
    bins = np.linspace(low, high, 41)

    def draw(axes: Axes) -> None:
        axes.hist(real, bins.tolist(), density=True, color="0.7", label="real")
        axes.hist(simulated, bins.tolist(), density=True, histtype="step", color="C0", label="simulated")
        axes.set_xlabel(f"{figure} {unit}".strip())
        axes.set_yticks([])
        axes.legend(fontsize="small")

    return Plot(f"{figure}: grey real, blue simulated", draw)
