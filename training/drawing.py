"""Makes SVG pictures of charts, the same bytes each time."""

from __future__ import annotations

import io
import re
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from edge.contract.durations import HOUR_S
from training.charts import Bar, Bars, Chart, Line, Lines, Matrix, Points, Strips

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# Told apart by colour-blind readers too (Okabe and Ito 2008); the first is the model's own.
COLOURS: Final = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#999999")
GREY: Final = "#888888"
# For classes over time: the first is the ordinary one.
CLASS_COLOURS: Final = ("#D9E2EC", "#D55E00", "#0072B2", "#009E73")
UNKNOWN_COLOUR: Final = "#FFFFFF"
WIDTH_IN, HEIGHT_IN = 4.4, 3.5
WIDE_IN: Final = 9.2
LANE_IN: Final = 0.24
BAR_IN: Final = 0.13
GAP_BARS: Final = 0.6
STYLE: Final[dict[Any, Any]] = {
    "font.size": 9.0,
    "axes.titlesize": 10.0,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": GREY,
    "axes.axisbelow": True,
    "grid.color": "#E5E5E5",
    "legend.frameon": False,
    "legend.fontsize": 8.0,
    "svg.fonttype": "none",
}


def svg(chart: Chart, salt: str) -> str:
    """The chart as an SVG element; `salt` makes its ids its own on a page of several."""
    import matplotlib as mpl
    from matplotlib.figure import Figure

    with mpl.rc_context({**STYLE, "svg.hashsalt": salt}):
        figure = Figure(figsize=_size_in(chart), layout="constrained", dpi=150)
        axes = figure.subplots()
        axes.grid(visible=True)
        axes.set_title(chart.title)
        _draw(axes, chart)
        buffer = io.StringIO()
        figure.savefig(buffer, format="svg", metadata={"Date": None})
    text = buffer.getvalue()
    # Groups are named the same in every picture, and nothing refers to their names.
    element = re.sub(r'<g id="[^"]*"', "<g", text[text.index("<svg") :])
    return element.replace("<svg ", f"<svg role='img' aria-label='{_plain(chart.title)}' ", 1)


def _size_in(chart: Chart) -> tuple[float, float]:
    if isinstance(chart, Strips):
        return WIDE_IN, 1.1 + LANE_IN * len(chart.strips)
    if isinstance(chart, Bars):
        bars = sum(len(group) + GAP_BARS for group in chart.groups.values())
        return WIDTH_IN, max(HEIGHT_IN, 1.2 + BAR_IN * bars)
    return WIDTH_IN, HEIGHT_IN


def _draw(axes: Axes, chart: Chart) -> None:
    match chart:
        case Lines():
            _lines(axes, chart)
        case Matrix():
            _matrix(axes, chart)
        case Strips():
            _strips(axes, chart)
        case Bars():
            _bars(axes, chart)
        case Points():
            _points(axes, chart)


def _lines(axes: Axes, chart: Lines) -> None:
    if chart.ideal is not None:
        axes.plot(chart.ideal.x, chart.ideal.y, color=GREY, linewidth=0.8, linestyle=(0, (4, 3)))
    for place, (name, line) in enumerate(chart.lines.items()):
        colour, is_first = COLOURS[place % len(COLOURS)], place == 0
        few = "o" if len(line.x) <= 25 else None
        style: dict[str, Any] = {
            "color": colour,
            "linewidth": 1.8 if is_first else 1.0,
            "marker": few,
            "markersize": 3.5,
        }
        # The first, which is the model's own, lies on top.
        axes.plot(line.x, line.y, label=name, zorder=3 if is_first else 2, **style)
        if line.low is not None and line.high is not None:
            axes.errorbar(line.x, line.y, yerr=_reach(line), fmt="none", ecolor=colour, elinewidth=0.9)
    axes.set(xlabel=chart.x.label, ylabel=chart.y.label)
    if all(float(x).is_integer() for line in chart.lines.values() for x in line.x):
        axes.locator_params(axis="x", integer=True)
    _limit(axes, chart)
    if len(chart.lines) > 1:
        axes.legend(loc="best")


def _limit(axes: Axes, chart: Lines) -> None:
    """The axes' ends with a little room, so that what lies on them is seen."""
    for axis, set_limits in ((chart.x, axes.set_xlim), (chart.y, axes.set_ylim)):
        if axis.least is not None and axis.most is not None:
            room = 0.02 * (axis.most - axis.least)
            set_limits(axis.least - room, axis.most + room)


def _reach(line: Line) -> NDArray[np.float64]:
    """How far an interval goes below and above its value, (2, n)."""
    low, y, high = (np.array(values, dtype=np.float64) for values in (line.low, line.y, line.high))
    reach: NDArray[np.float64] = np.maximum(np.stack([y - low, high - y]), 0.0)
    return reach


def _matrix(axes: Axes, chart: Matrix) -> None:
    shares = [[count / max(1, sum(row)) for count in row] for row in chart.counts]
    axes.imshow(shares, cmap="Blues", vmin=0.0, vmax=1.0)
    for row, line in enumerate(chart.counts):
        for column, count in enumerate(line):
            colour = "white" if shares[row][column] > 0.5 else "black"
            text = f"{count:,}\n{100 * shares[row][column]:.1f} %"
            axes.text(column, row, text, ha="center", va="center", color=colour)
    places = range(len(chart.classes))
    axes.grid(visible=False)
    axes.set(xticks=places, yticks=places, xlabel="answer", ylabel="truth")
    axes.set_xticklabels(chart.classes)
    axes.set_yticklabels(chart.classes, rotation=90, va="center")


def _strips(axes: Axes, chart: Strips) -> None:
    """Each record two rows of pixels: truth over answer, and nothing between records."""
    from matplotlib.colors import ListedColormap
    from matplotlib.patches import Patch

    letters = list(chart.classes)
    steps = max((max(len(strip.truth), len(strip.answer)) for strip in chart.strips.values()), default=1)
    # Of a record's eight rows four show the truth, three the answer; one stays empty.
    image = np.full((8 * len(chart.strips), max(1, steps)), len(letters))
    for place, strip in enumerate(chart.strips.values()):
        for text, first, last in ((strip.truth, 0, 4), (strip.answer, 4, 7)):
            known = [letters.index(letter) if letter in letters else len(letters) for letter in text]
            image[8 * place + first : 8 * place + last, : len(known)] = known
    colours = [*CLASS_COLOURS[: len(letters)], UNKNOWN_COLOUR]
    hours = steps * chart.step_s / HOUR_S
    axes.imshow(
        image,
        cmap=ListedColormap(colours),
        vmin=-0.5,
        vmax=len(letters) + 0.5,
        aspect="auto",
        interpolation="antialiased",
        interpolation_stage="rgba",
        extent=(0.0, hours, len(chart.strips), 0.0),
    )
    axes.grid(visible=False)
    axes.set(xlabel="time from the record's start, h", yticks=np.arange(len(chart.strips)) + 0.45)
    axes.set_yticklabels(list(chart.strips), fontsize=7)
    shown = [
        Patch(color=colour, label=name) for name, colour in zip(chart.classes.values(), colours, strict=False)
    ]
    axes.legend(handles=shown, loc="lower right", bbox_to_anchor=(1.0, 1.0), ncols=len(shown))


def _bars(axes: Axes, chart: Bars) -> None:
    names = list(dict.fromkeys(name for group in chart.groups.values() for name in group))
    at, ticks = 0.0, []
    for group in chart.groups.values():
        first = at
        for name, bar in group.items():
            axes.barh(at, bar.value, height=0.8, color=COLOURS[names.index(name) % len(COLOURS)], alpha=0.75)
            _whisker(axes, at, bar)
            at += 1.0
        ticks.append((first + at - 1.0) / 2.0)
        at += GAP_BARS
    axes.grid(visible=False, axis="y")
    axes.set(xlabel=chart.x.label, yticks=ticks, ylim=(at - GAP_BARS - 0.4, -0.6))
    axes.set_yticklabels(list(chart.groups))
    axes.axvline(0.0, color=GREY, linewidth=0.8)
    if len(names) > 1:
        from matplotlib.patches import Patch

        shown = [
            Patch(color=COLOURS[place % len(COLOURS)], alpha=0.75, label=name)
            for place, name in enumerate(names)
        ]
        axes.figure.legend(handles=shown, loc="outside lower center", ncols=len(shown))


def _whisker(axes: Axes, at: float, bar: Bar) -> None:
    if bar.low is not None and bar.high is not None:
        axes.plot([bar.low, bar.high], [at, at], color="#222222", linewidth=1.0, solid_capstyle="butt")


def _points(axes: Axes, chart: Points) -> None:
    axes.scatter(chart.at.x, chart.at.y, s=14.0, color=COLOURS[0], alpha=0.8, linewidths=0)
    axes.axhline(0.0, color=GREY, linewidth=0.8)
    for name, level in chart.levels.items():
        axes.axhline(level, color=COLOURS[1], linewidth=1.0, linestyle="-" if name == "bias" else "--")
        axes.annotate(
            f"{name}\n{level:.3g}", (1.0, level), xycoords=("axes fraction", "data"), xytext=(4, 0),
            textcoords="offset points", ha="left", va="center", fontsize=8, color=COLOURS[1],
        )  # fmt: skip
    axes.set(xlabel=chart.x.label, ylabel=chart.y.label)


def _plain(text: str) -> str:
    """Without what would end an attribute."""
    return "".join(letter for letter in text if letter not in "<>&'\"")
