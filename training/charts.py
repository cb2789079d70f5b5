"""What a report shows, worked out from truth and answer as numbers with labels; `drawing` draws them.

There are five shapes, and for each thing to show one function that gives one of them. An evaluation page puts
them under `charts` in its report: a section's title -> its charts.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from training import curves
from training.agreement import limits_of_agreement

# Answers over time are read every so often.
STRIP_STEP_S: Final = 30.0
# The share of fewer cases says nothing of a probability.
LEAST_CASES: Final = 20


class Axis(msgspec.Struct, frozen=True):
    """What an axis measures, with its unit, and where it begins and ends (None: as the values do)."""

    label: str
    least: float | None = None
    most: float | None = None


class Line(msgspec.Struct, frozen=True):
    """Points in order; `low` and `high` are a 95 % interval at each, if there is one."""

    x: list[float]
    y: list[float]
    low: list[float] | None = None
    high: list[float] | None = None


class Lines(msgspec.Struct, frozen=True, tag="lines"):
    """Named lines over the same axes; `ideal` is drawn thinly, what a perfect answer would be."""

    title: str
    caption: str
    x: Axis
    y: Axis
    lines: dict[str, Line]
    ideal: Line | None = None


class Matrix(msgspec.Struct, frozen=True, tag="matrix"):
    """Counts by truth (rows) and answer (columns)."""

    title: str
    caption: str
    classes: list[str]
    counts: list[list[int]]


class Strip(msgspec.Struct, frozen=True):
    """Truth and answer of one record, a letter for each step in time; a space where there is none."""

    truth: str
    answer: str


class Strips(msgspec.Struct, frozen=True, tag="strips"):
    """Records below each other over time; `classes` tells what a letter stands for."""

    title: str
    caption: str
    classes: dict[str, str]
    step_s: float
    strips: dict[str, Strip]


class Bar(msgspec.Struct, frozen=True):
    """A value and its 95 % interval, if there is one."""

    value: float
    low: float | None = None
    high: float | None = None


class Bars(msgspec.Struct, frozen=True, tag="bars"):
    """Named bars beside each other in each group."""

    title: str
    caption: str
    x: Axis
    groups: dict[str, dict[str, Bar]]


class Points(msgspec.Struct, frozen=True, tag="points"):
    """A cloud of points, and levels across it."""

    title: str
    caption: str
    x: Axis
    y: Axis
    at: Line
    levels: dict[str, float]


Chart = Lines | Matrix | Strips | Bars | Points
Sections = dict[str, list[Chart]]

_PERCENT: Final = (0.0, 100.0)
_SHARE: Final = (0.0, 1.0)


def roc(is_positive: NDArray[np.bool_], scores: Mapping[str, NDArray[np.floating]]) -> Lines:
    """Sensitivity over false positive rate, a line for each method."""
    found = {name: curves.roc(is_positive, score) for name, score in scores.items()}
    return Lines(
        "Receiver operating characteristic",
        "How many are found and how many called wrongly, for every threshold; chance is the diagonal.",
        Axis("false positive rate, %", *_PERCENT),
        Axis("sensitivity, %", *_PERCENT),
        {name: Line(curve["fpr"], curve["tpr"]) for name, curve in found.items()},
        Line([0.0, 100.0], [0.0, 100.0]),
    )


def precision_recall(is_positive: NDArray[np.bool_], scores: Mapping[str, NDArray[np.floating]]) -> Lines:
    """Precision over recall, a line for each method."""
    found = {name: curves.precision_recall(is_positive, score) for name, score in scores.items()}
    share = round(100.0 * float(np.mean(is_positive)), 3) if len(is_positive) else 0.0
    return Lines(
        "Precision and recall",
        "How many of those called are right, for every share found; the thin line is calling everyone.",
        Axis("recall, %", *_PERCENT),
        Axis("precision, %", *_PERCENT),
        {name: Line(curve["recall"], curve["precision"]) for name, curve in found.items()},
        Line([0.0, 100.0], [share, share]),
    )


def reliability(is_positive: NDArray[np.bool_], probabilities: Mapping[str, NDArray[np.floating]]) -> Lines:
    """The share found by the probability given, a line for each method, with intervals for the first."""
    lines: dict[str, Line] = {}
    for name, probability in probabilities.items():
        bins = curves.reliability(is_positive, probability, least=LEAST_CASES)
        own = not lines
        lines[name] = Line(
            bins.predicted, bins.observed, bins.low if own else None, bins.high if own else None
        )
    most = max((max(*line.x, *line.y) for line in lines.values() if line.x), default=1.0)
    # A probability that nobody is given and no group reaches needs no room.
    most = min(1.0, float(np.ceil(10.0 * most + 0.5)) / 10.0)
    return Lines(
        "Reliability",
        "On the diagonal a probability means what it says: of those given 0.3, 30 % have it. "
        "Bars: 95 %, were all cases independent.",
        Axis("probability given", 0.0, most),
        Axis("share found", 0.0, most),
        lines,
        Line([0.0, 1.0], [0.0, 1.0]),
    )


def coverage(levels: Sequence[float], shares: Mapping[str, Sequence[float]]) -> Lines:
    """How many values lie below each quantile, 0 to 1, a line for each kind of value."""
    return Lines(
        "Coverage of the quantiles",
        "A quantile on the diagonal holds what it promises: half of all values lie below the middle one.",
        Axis("quantile", *_SHARE),
        Axis("share of values below it", *_SHARE),
        {name: Line(list(levels), [round(share, 4) for share in below]) for name, below in shares.items()},
        Line([0.0, 1.0], [0.0, 1.0]),
    )


def confusion(classes: Sequence[str], counts: Sequence[Sequence[int]] | NDArray[np.int64]) -> Matrix:
    """How many of each true class (row) were called what (column)."""
    return Matrix(
        "Confusion",
        "Counts by truth and answer; the colour is the share of the true class.",
        list(classes),
        np.asarray(counts, dtype=np.int64).tolist(),
    )


def record_strips(
    classes: Mapping[str, str], strips: Mapping[str, Strip], step_s: float = STRIP_STEP_S
) -> Strips:
    """Truth and answer over time of each record; `classes` maps each letter to what it stands for."""
    return Strips(
        "Records over time",
        "For each record the truth above and the answer below.",
        dict(classes),
        step_s,
        dict(strips),
    )


def letters_at_steps(at_s: NDArray[np.floating], letters: Sequence[str], reach_s: float) -> str:
    """Answers given at uneven times, read every STRIP_STEP_S: the last one, if no older than `reach_s`."""
    if not len(at_s):
        return ""
    steps = np.arange(0.0, float(at_s[-1]) + STRIP_STEP_S, STRIP_STEP_S)
    last = np.searchsorted(at_s, steps, side="right") - 1
    is_fresh = (last >= 0) & (steps - at_s[np.maximum(last, 0)] <= reach_s)
    return "".join(
        letters[place] if fresh else " "
        for place, fresh in zip(last.tolist(), is_fresh.tolist(), strict=True)
    )


def corruption(curve: Mapping[str, Mapping[str, Mapping[str, Any]]]) -> Lines:
    """Figures in percent by the percentage of beats that were missed or added, of the first protocol."""
    of_first = {float(at): next(iter(protocols.values())) for at, protocols in curve.items()}
    names = {"se": "sensitivity", "sp": "specificity", "coverage": "windows judged"}
    return Lines(
        "Corrupted beats",
        "The figures when beats are missed and added at random.",
        Axis("beats missed or added, %"),
        Axis("%"),
        {name: _line((at, figures[key]) for at, figures in of_first.items()) for key, name in names.items()},
    )


def groups(title: str, label: str, figures: Mapping[str, Mapping[str, Bar]]) -> Bars:
    """Figures of groups beside each other: group -> figure -> value with interval."""
    return Bars(
        title,
        "Lines across the bars are 95 % intervals." if _has_intervals(figures) else "",
        Axis(label),
        {group: dict(bars) for group, bars in figures.items()},
    )


def training(history: Mapping[str, Sequence[float]]) -> list[Lines]:
    """What a training noted after each epoch: all losses in one chart, any other figure in its own.

    `history` holds columns, a row an epoch: `loss` or names that begin so, and other figures.
    """
    losses = [name for name in history if name.startswith("loss")]
    charts = [("Training: loss", losses)] * bool(losses)
    charts += [(f"Training: {_words(name)}", [name]) for name in history if name not in losses]
    return [
        Lines(
            title,
            "After each epoch; a loss of training is the mean over the epoch's batches.",
            Axis("epoch"),
            Axis(_words(drawn[0])),
            {_words(name): _line(enumerate(history[name], start=1)) for name in drawn},
        )
        for title, drawn in charts
    ]


def bland_altman(quantity: str, unit: str, truth: NDArray[np.floating], said: NDArray[np.floating]) -> Points:
    """Differences of answer and truth over their mean, with bias and limits of agreement (from two on)."""
    difference, mean = said - truth, (said + truth) / 2.0
    limits = limits_of_agreement(difference)
    levels = {"bias": limits.bias, "lower limit": limits.lower, "upper limit": limits.upper}
    return Points(
        f"Bland-Altman: {quantity}",
        "Each point a record: answer less truth over their mean; lines: bias and 95 % limits of agreement.",
        Axis(f"mean of truth and answer, {unit}"),
        Axis(f"answer - truth, {unit}"),
        Line([round(float(x), 3) for x in mean], [round(float(y), 3) for y in difference]),
        {name: round(level, 3) for name, level in levels.items() if level is not None},
    )


def _has_intervals(figures: Mapping[str, Mapping[str, Bar]]) -> bool:
    return any(bar.low is not None for bars in figures.values() for bar in bars.values())


def _line(points: Iterable[tuple[float, float | None]]) -> Line:
    """The points that have a value."""
    known: list[Any] = [(x, y) for x, y in points if y is not None]
    return Line([x for x, _ in known], [y for _, y in known])


def _words(name: str) -> str:
    return name.replace("_", " ")
