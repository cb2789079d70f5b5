"""Days of healthy men against MMASH, nights against sleep-accel."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from device_sim.realism import simulated
from device_sim.realism.part import Part, Persons, Plot, Row, Values, histogram, person_rows
from device_sim.realism.recordings import Day, days, nights
from device_sim.realism.rr_figures import five_minutes, is_nn
from device_sim.wearers.hypnogram import Stage

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# MMASH has ten persons, all young, male and fit: what lies between persons is known within a quarter at best.
DAY_TOLERANCES: Final = {
    "rate awake, /min": (8.0, 7.0),
    "rate asleep, /min": (7.0, 5.0),
    "asleep / awake": (0.08, 0.06),
    "SDNN of the day, ms": (35.0, 30.0),
    "SDNN of 5 min, ms": (20.0, 12.0),
    "RMSSD, ms": (12.0, 12.0),
    "pNN50, %": (10.0, 10.0),
    "ln LF/HF": (0.6, 0.5),
    "steps": (4000.0, 3000.0),
}
# Hours in which all of MMASH's persons slept, and all were up.
ASLEEP_H: Final = (2, 3, 4, 5)
AWAKE_H: Final = tuple(range(10, 22))
LEAST_BEATS: Final = 200

STAGES: Final = ("wake", "N1", "N2", "N3", "REM")
# Of sleep-accel there are 25 nights: shares and steps of stages are known no better than this.
SHARE_TOLERANCE: Final = 0.04
STEP_TOLERANCE: Final = 0.05
TIMING_TOLERANCES: Final = {
    "minutes to the first REM": (15.0, 20.0),
    "minutes from REM to REM": (12.0, 15.0),
    "changes of stage an hour": (3.0, 2.5),
    "REM episodes": (1.0, 1.0),
}
# REM episodes are one when less than a quarter of an hour lies between them.
APART_EPOCHS: Final = 30
# Nights shorter than five hours tell nothing of cycles.
WHOLE_EPOCHS: Final = 600


def compare_days(data: Path, persons: int, seed: int) -> Part:
    """Heart rate through the day, its variation, and steps."""
    real, made = days(data), simulated.healthy_days(persons, seed)
    theirs, ours = ([_of_day(day) for day in found] for found in (real, made))
    return Part(
        "days",
        "Days of healthy young men, MMASH",
        f"{len(real)} persons, a day each",
        f"{persons} persons, a day each",
        person_rows(_by_figure(theirs), _by_figure(ours), DAY_TOLERANCES),
        (_hours_plot(real, made), histogram("RR", _pooled_ms(real), _pooled_ms(made), "ms")),
    )


def _of_day(day: Day) -> dict[str, float]:
    rr_ms, hour = np.diff(day.beats_s) * 1000.0, day.hour[1:]
    kept = is_nn(rr_ms)
    awake = 60_000.0 / rr_ms[kept & np.isin(hour, AWAKE_H)].mean()
    asleep = 60_000.0 / rr_ms[kept & np.isin(hour, ASLEEP_H)].mean()
    hrv = {
        figure: float(np.mean(values))
        for figure, values in five_minutes(day.beats_s, np.ones(len(day.beats_s), dtype=bool)).items()
    }
    return {
        "rate awake, /min": float(awake),
        "rate asleep, /min": float(asleep),
        "asleep / awake": float(asleep / awake),
        "SDNN of the day, ms": float(rr_ms[kept].std()),
        "SDNN of 5 min, ms": hrv["SDNN, ms"],
        "RMSSD, ms": hrv["RMSSD, ms"],
        "pNN50, %": hrv["pNN50, %"],
        "ln LF/HF": hrv["ln LF/HF"],
        "steps": day.steps,
    }


def _by_figure(persons: list[dict[str, float]]) -> Persons:
    return {figure: np.array([person[figure] for person in persons]) for figure in persons[0]}


def _pooled_ms(found: list[Day]) -> Values:
    every = [np.diff(day.beats_s)[::20] * 1000.0 for day in found]
    return np.concatenate(every)


def _hours_plot(real: list[Day], made: list[Day]) -> Plot:
    theirs, ours = _hourly(real), _hourly(made)

    def draw(axes: Axes) -> None:
        hours = np.arange(24)
        axes.plot(hours, theirs.T, color="0.8", linewidth=0.8)
        axes.plot(hours, np.nanmean(theirs, axis=0), color="0.3", label="real, mean")
        low, high = np.nanpercentile(ours, [10.0, 90.0], axis=0)
        axes.fill_between(hours, low, high, color="C0", alpha=0.25, label="simulated, middle 80 %")
        axes.plot(hours, np.nanmean(ours, axis=0), color="C0", label="simulated, mean")
        axes.set(xlabel="hour of day", ylabel="heart rate, /min")
        axes.legend(fontsize="small")

    return Plot("Heart rate by hour of day", draw)


def _hourly(found: list[Day]) -> Values:
    rates = np.full((len(found), 24), np.nan)
    for row, day in enumerate(found):
        rr_ms, hour = np.diff(day.beats_s) * 1000.0, day.hour[1:]
        kept = is_nn(rr_ms)
        for number in range(24):
            of_hour = rr_ms[kept & (hour == number)]
            if len(of_hour) >= LEAST_BEATS:
                rates[row, number] = 60_000.0 / of_hour.mean()
    return rates


def compare_nights(data: Path, persons: int, seed: int) -> Part:
    """Shares of stages, steps between them, and the rhythm of cycles."""
    real = nights(data)
    made = simulated.nights(persons, 7.8, seed)
    rows = []
    theirs, ours = _shares(real), _shares(made)
    for place, name in enumerate(STAGES):
        rows.append(Row(f"share of {name}", theirs[place], ours[place], SHARE_TOLERANCE))
    their_steps, our_steps = _steps(real), _steps(made)
    for place in range(len(STAGES)):
        worst = int(np.argmax(np.abs(our_steps[place] - their_steps[place])))
        rows.append(
            Row(
                f"step {STAGES[place]} to {STAGES[worst]} (the worst of its row)",
                float(their_steps[place, worst]),
                float(our_steps[place, worst]),
                STEP_TOLERANCE,
            )
        )
    whole = [night for night in real if len(night) > WHOLE_EPOCHS]
    rows += person_rows(_timing(whole), _timing(made), TIMING_TOLERANCES)
    return Part(
        "nights",
        "Stages of sleep, sleep-accel",
        f"{len(real)} nights, cycles from the {len(whole)} of more than 5 h",
        f"{persons} nights of 7.8 h",
        tuple(rows),
        (
            _steps_plot("real", their_steps),
            _steps_plot("simulated", our_steps),
            _quarters_plot(real, made),
            _hypnograms_plot(max(real, key=len), made[0]),
        ),
    )


def _shares(found: list[NDArray[np.int8]]) -> list[float]:
    scored = np.concatenate([night[night >= 0] for night in found])
    return [float(np.mean(scored == stage)) for stage in range(len(STAGES))]


def _steps(found: list[NDArray[np.int8]]) -> Values:
    counts = np.zeros((len(STAGES), len(STAGES)))
    for night in found:
        known = (night[1:] >= 0) & (night[:-1] >= 0)
        np.add.at(counts, (night[:-1][known], night[1:][known]), 1.0)
    shares: Values = counts / counts.sum(axis=1, keepdims=True)
    return shares


def _timing(found: list[NDArray[np.int8]]) -> Persons:
    figures: dict[str, list[float]] = {name: [] for name in TIMING_TOLERANCES}
    for night in found:
        scored = night[night >= 0]
        rem, asleep = np.flatnonzero(night == Stage.REM), np.flatnonzero(night > Stage.WAKE)
        episodes = np.split(rem, np.flatnonzero(np.diff(rem) > APART_EPOCHS) + 1) if len(rem) else []
        figures["changes of stage an hour"].append(120.0 * float(np.mean(np.diff(scored) != 0)))
        figures["REM episodes"].append(float(len(episodes)))
        if episodes:
            figures["minutes to the first REM"].append(float(rem[0] - asleep[0]) / 2.0)
        starts = [int(episode[0]) for episode in episodes]
        figures["minutes from REM to REM"] += (np.diff(starts) / 2.0).tolist()
    return {name: np.array(values) for name, values in figures.items()}


def _steps_plot(label: str, steps: Values) -> Plot:
    def draw(axes: Axes) -> None:
        axes.imshow(np.sqrt(steps), cmap="Blues", vmin=0.0, vmax=1.0)
        for row in range(len(STAGES)):
            for column in range(len(STAGES)):
                colour = "white" if steps[row, column] > 0.4 else "black"
                axes.text(
                    column, row, f"{100.0 * steps[row, column]:.1f}", ha="center", va="center", color=colour
                )
        axes.set_xticks(range(len(STAGES)), STAGES)
        axes.set_yticks(range(len(STAGES)), STAGES)
        axes.set(xlabel="next epoch", ylabel="epoch")

    return Plot(f"Steps from stage to stage, {label}, %", draw)


def _quarters_plot(real: list[NDArray[np.int8]], made: list[NDArray[np.int8]]) -> Plot:
    theirs, ours = _by_quarter(real), _by_quarter(made)

    def draw(axes: Axes) -> None:
        for place, stage in enumerate(STAGES):
            axes.plot(range(1, 5), 100.0 * theirs[:, place], "o--", color=f"C{place}", alpha=0.5)
            axes.plot(range(1, 5), 100.0 * ours[:, place], "-", color=f"C{place}", label=stage)
        axes.set(xlabel="quarter of the night", ylabel="%", xticks=range(1, 5))
        axes.legend(fontsize="small")

    return Plot("Shares of stages through the night: dashed real, solid simulated", draw)


def _by_quarter(found: list[NDArray[np.int8]]) -> Values:
    """Shares of stages in each quarter of the nights that are whole: (4, stages)."""
    whole = [np.array_split(night, 4) for night in found if len(night) > WHOLE_EPOCHS]
    return np.array([_shares([quarters[number] for quarters in whole]) for number in range(4)])


def _hypnograms_plot(real: NDArray[np.int8], made: NDArray[np.int8]) -> Plot:
    heights = np.array([4, 2, 1, 0, 3])

    def draw(axes: Axes) -> None:
        for night, colour, label, up in ((real, "0.4", "real", 6), (made, "C0", "simulated", 0)):
            shown = night[night >= 0]
            axes.step(
                np.arange(len(shown)) / 120.0, heights[shown] + up, color=colour, linewidth=0.9, label=label
            )
        axes.set_yticks([*range(5), *range(6, 11)], ["N3", "N2", "N1", "REM", "wake"] * 2)
        axes.set(xlabel="hours")

    return Plot("A night of either: real above, simulated below", draw)
