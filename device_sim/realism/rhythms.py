"""AF against LTAFDB and AFDB, sinus rhythm against AFDB's normal rhythm and LTAFDB's."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from device_sim.realism import simulated
from device_sim.realism.part import Part, Persons, Plot, Row, Values, histogram, person_rows
from device_sim.realism.recordings import Holter, holters
from device_sim.realism.rr_figures import (
    five_minutes,
    irregularity,
    is_nn,
    of_persons,
    runs_within,
    spectrum,
    spread_within,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# A person counts with so many runs of 128 beats in AF, or so many five minutes of sinus rhythm.
LEAST_RUNS: Final = 20
LEAST_WINDOWS: Final = 6
# How far the mean over persons and their SD may be from the recordings'. Those of LTAFDB, from which the
# numbers of the simulation come, are narrow; AFDB was never looked at for a number and has 25 records only.
AF_TOLERANCES: Final = {
    "coefficient of variation": (0.02, 0.02),
    "RMSSD / mean": (0.03, 0.03),
    "correlation of neighbours": (0.06, 0.05),
    "skewness": (0.25, 0.20),
    "shortest / mean": (0.06, 0.05),
    "longest / mean": (0.15, 0.10),
    "rate, /min": (8.0, 8.0),
}
AF_WITHIN_TOLERANCES: Final = {"coefficient of variation": 0.012, "RMSSD / mean": 0.018, "rate, /min": 4.0}
AFDB_TOLERANCES: Final = {name: (2.0 * mean, 2.0 * spread) for name, (mean, spread) in AF_TOLERANCES.items()}
SINUS_TOLERANCES: Final = {
    "rate, /min": (8.0, 6.0),
    "SDNN, ms": (18.0, 15.0),
    "RMSSD, ms": (10.0, 10.0),
    "pNN50, %": (7.0, 8.0),
    "ln LF, ms2": (0.9, 0.6),
    "ln HF, ms2": (0.9, 0.6),
    "ln LF/HF": (0.6, 0.5),
}


class Amount(NamedTuple):
    """How many simulated persons and hours of each, and how many real records at most."""

    persons: int = 60
    hours: float = 10.0
    records: int | None = None


# The two databases themselves differ: ln LF of sinus rhythm is 5.2 in LTAFDB and 4.1 in AFDB.
AFDB_SINUS_TOLERANCES: Final = SINUS_TOLERANCES | {
    "ln LF, ms2": (1.4, 0.7),
    "ln LF/HF": (1.1, 0.7),
}


class Real(NamedTuple):
    """Records to compare with: what to call the part, and how near the simulation must come."""

    name: str
    title: str
    records: list[Holter]
    tolerances: dict[str, tuple[float, float]]


def compare(data: Path, amount: Amount, seed: int) -> list[Part]:
    """The parts of the report on rhythms."""
    ltafdb = holters(data, "ltafdb", "atr", amount.records)
    afdb = holters(data, "afdb", "qrs", amount.records)
    fibrillating = simulated.in_fibrillation(amount.persons, min(amount.hours, 6.0), seed)
    sinus = simulated.clinic(amount.persons, amount.hours, seed, has_af=False)
    made = f"{amount.persons} persons of {amount.hours:g} h"
    return [
        _fibrillation(
            Real("af-ltafdb", "Atrial fibrillation, Long-Term AF Database", ltafdb, AF_TOLERANCES),
            fibrillating,
            made,
        ),
        _fibrillation(
            Real("af-afdb", "Atrial fibrillation, MIT-BIH AF Database", afdb, AFDB_TOLERANCES),
            fibrillating,
            made,
        ),
        _sinus(
            Real("sinus-ltafdb", "Sinus rhythm, Long-Term AF Database", ltafdb, SINUS_TOLERANCES), sinus, made
        ),
        _sinus(
            Real("sinus-afdb", "Normal rhythm, MIT-BIH AF Database", afdb, AFDB_SINUS_TOLERANCES), sinus, made
        ),
    ]


def _fibrillation(real: Real, made: list[Holter], amount: str) -> Part:
    theirs, ours = ([_af_figures(record) for record in records] for records in (real.records, made))
    real_persons, made_persons = of_persons(theirs, LEAST_RUNS), of_persons(ours, LEAST_RUNS)
    rows = list(person_rows(real_persons, made_persons, real.tolerances))
    within_real, within_made = spread_within(theirs, LEAST_RUNS), spread_within(ours, LEAST_RUNS)
    rows += [
        Row(f"{figure}: SD within a person", within_real[figure], within_made[figure], tolerance)
        for figure, tolerance in AF_WITHIN_TOLERANCES.items()
    ]
    return Part(
        real.name,
        real.title,
        f"{len(real_persons['skewness'])} persons with at least {LEAST_RUNS} runs of 128 intervals in AF",
        amount,
        tuple(rows),
        (
            *(
                histogram(figure, _pooled(theirs, figure), _pooled(ours, figure))
                for figure in (
                    "coefficient of variation",
                    "RMSSD / mean",
                    "correlation of neighbours",
                    "skewness",
                )
            ),
            _persons_plot(real_persons, made_persons),
        ),
    )


def _af_figures(record: Holter) -> dict[str, Values]:
    rr_ms = np.diff(record.beats_s) * 1000.0
    runs_ms = runs_within(
        rr_ms, (record.rhythm[1:] == simulated.AFIB) & (record.rhythm[:-1] == simulated.AFIB)
    )
    return irregularity(runs_ms[(runs_ms.min(axis=1) > 200.0) & (runs_ms.max(axis=1) < 3000.0)])


def _sinus(real: Real, made: list[Holter], amount: str) -> Part:
    theirs, ours = ([_hrv(record) for record in records] for records in (real.records, made))
    real_persons, made_persons = of_persons(theirs, LEAST_WINDOWS), of_persons(ours, LEAST_WINDOWS)
    return Part(
        real.name,
        real.title,
        f"{len(real_persons['RMSSD, ms'])} persons with at least {LEAST_WINDOWS} clean five minutes",
        amount,
        person_rows(real_persons, made_persons, real.tolerances),
        (
            *(
                histogram(figure, _pooled(theirs, figure), _pooled(ours, figure))
                for figure in ("rate, /min", "RMSSD, ms", "SDNN, ms", "ln LF/HF")
            ),
            _spectra(real.records, made),
        ),
    )


def _hrv(record: Holter) -> dict[str, Values]:
    return five_minutes(record.beats_s, record.rhythm == simulated.NORMAL)


def _pooled(windows: list[dict[str, Values]], figure: str) -> Values:
    """All windows, each person with at most a hundred, so that no one fills the plot."""
    return np.concatenate([person[figure][:: max(len(person[figure]) // 100, 1)] for person in windows])


def _persons_plot(real: Persons, made: Persons) -> Plot:
    across, up = "coefficient of variation", "correlation of neighbours"

    def draw(axes: Axes) -> None:
        axes.plot(real[across], real[up], "o", color="0.6", label="real")
        axes.plot(made[across], made[up], ".", color="C0", label="simulated")
        axes.set(xlabel=across, ylabel=up)
        axes.legend(fontsize="small")

    return Plot("Persons: a point is a person's mean", draw)


def _spectra(real: list[Holter], made: list[Holter]) -> Plot:
    theirs, ours = _mean_spectrum(real), _mean_spectrum(made)

    def draw(axes: Axes) -> None:
        for (frequency_hz, density), colour, label in ((theirs, "0.5", "real"), (ours, "C0", "simulated")):
            axes.loglog(frequency_hz, density, color=colour, label=label)
        axes.set(xlabel="Hz", ylabel="power density, ms2/Hz")
        axes.legend(fontsize="small")

    return Plot("Spectrum of five minutes: median over persons of their medians", draw)


def _mean_spectrum(records: list[Holter]) -> tuple[Values, Values]:
    by_person, frequency_hz = [], np.empty(0)
    for record in records:
        rr_ms = np.diff(record.beats_s) * 1000.0
        nn = is_nn(rr_ms) & (record.rhythm[1:] == simulated.NORMAL)
        densities = []
        # Every half hour one, which is enough for a plot.
        for start_s in np.arange(record.beats_s[0], record.beats_s[-1] - 300.0, 1800.0).tolist():
            first, end = np.searchsorted(record.beats_s[1:], [start_s, start_s + 300.0])
            kept = nn[first:end]
            if rr_ms[first:end][kept].sum() < 285_000.0:
                continue
            frequency_hz, density = spectrum(
                record.beats_s[1:][first:end][kept], rr_ms[first:end][kept], start_s
            )
            densities.append(density)
        if densities:
            by_person.append(np.median(densities, axis=0))
    shown = (frequency_hz > 0.005) & (frequency_hz < 0.45)
    return frequency_hz[shown], np.median(by_person, axis=0)[shown]
