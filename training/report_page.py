"""What an evaluation found, as one HTML page with its plots inside: no script, no address, opens anywhere."""

from __future__ import annotations

import html
import io
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.axes import Axes

STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; color: #222; }
body { max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
code { overflow-wrap: anywhere; }
table { border-collapse: collapse; margin: 1rem 0; font-variant-numeric: tabular-nums; }
th, td { border-bottom: 1px solid #ddd; padding: .25rem .75rem; text-align: right; }
th:first-child, td:first-child { text-align: left; }
figure { display: inline-block; margin: .5rem 1rem .5rem 0; vertical-align: top; }
figcaption { font-size: .9rem; color: #555; max-width: 26rem; }
"""


# They stand in the confusion plot.
COUNTS = ("true_positive", "false_positive", "true_negative", "false_negative", "abstained")


def render(report: dict[str, Any], card: str) -> str:
    """The page for the JSON of `vitalward evaluate`, with whatever of curves and tables stands in it."""
    title = f"{report['task']} on {report['dataset']}"
    bundle = report["bundle"]
    parts = [
        f"<h1>{html.escape(title)}</h1>",
        f"<p>Bundle {html.escape(bundle['name'])}, SHA-256 <code>{bundle['sha256']}</code>. "
        f"{len(report['records_used'])} records used, {len(report['records_skipped'])} left out.</p>",
        _skipped(report["records_skipped"]),
        "<h2>Figures</h2>",
        _table(report["metrics"]),
        *_intervals(report),
        *_baselines(report),
        "<h2>Curves</h2>",
        *_figures(report),
        "<h2>Card of the bundle</h2>",
        f"<pre style='white-space: pre-wrap'>{html.escape(card)}</pre>",
    ]
    return (
        f"<!doctype html><html lang='en'><head><meta charset='utf-8'><title>{html.escape(title)}</title>"
        f"<style>{STYLE}</style></head><body>{''.join(parts)}</body></html>\n"
    )


def _skipped(reasons: dict[str, str]) -> str:
    if not reasons:
        return ""
    rows = "".join(f"<li>{html.escape(name)}: {html.escape(why)}</li>" for name, why in reasons.items())
    return f"<p>Left out:</p><ul>{rows}</ul>"


def _table(rows: dict[str, Any]) -> str:
    """One row a name; a row of its own keys where they differ from those before."""
    if not all(isinstance(values, dict) for values in rows.values()):
        rows = {"all": rows}
    lines, heading = [], None
    for name, values in rows.items():
        flat = {
            key: value for key, value in values.items() if not isinstance(value, dict) and key not in COUNTS
        }
        if list(flat) != heading:
            heading = list(flat)
            lines.append(f"<tr><th></th>{''.join(f'<th>{html.escape(key)}</th>' for key in heading)}</tr>")
        cells = "".join(f"<td>{_cell(value)}</td>" for value in flat.values())
        lines.append(f"<tr><td>{html.escape(name)}</td>{cells}</tr>")
    return f"<table>{''.join(lines)}</table>"


def _cell(value: object) -> str:
    if value is None:
        return "-"
    if isinstance(value, list | tuple):
        return " to ".join(_cell(item) for item in value)
    return html.escape(f"{value:g}" if isinstance(value, float) else str(value))


def _intervals(report: dict[str, Any]) -> list[str]:
    if not report.get("intervals"):
        return []
    return ["<p>95 % intervals, by drawing records anew:</p>", _table(report["intervals"])]


def _baselines(report: dict[str, Any]) -> list[str]:
    if not report.get("baselines"):
        return []
    protocol = next(iter(next(iter(report["baselines"].values()))))
    rows = {name: figures[protocol] for name, figures in report["baselines"].items()}
    return [f"<h2>Published methods on the same windows ({html.escape(protocol)})</h2>", _table(rows)]


def _figures(report: dict[str, Any]) -> list[str]:
    curves = report.get("curves", {})
    drawn: list[tuple[str, str, Callable[[Axes, Any], None], Any]] = [
        ("roc", "Receiver operating characteristic.", _draw_roc, curves.get("roc")),
        ("pr", "Precision over recall.", _draw_precision_recall, curves.get("precision_recall")),
        ("reliability", "Reliability: a point on the line means what it says.", _draw_reliability,
         curves.get("reliability")),
        ("confusion", "Confusion: windows by truth and verdict.", _draw_confusion, _confusion(report)),
        ("records", "Each record's sensitivity and specificity, by its worse one.", _draw_records,
         _by_record(report)),
        ("corruption", "With beats missed and added.", _draw_corruption, report.get("corruption_curve")),
    ]  # fmt: skip
    return [
        f"<figure>{_svg(name, draw, data)}<figcaption>{caption}</figcaption></figure>"
        for name, caption, draw, data in drawn
        if data
    ]


def _svg(name: str, draw: Callable[[Axes, Any], None], data: Any) -> str:
    """The plot as SVG text, the same bytes each time; its ids are its own on the page."""
    import matplotlib as mpl
    from matplotlib.figure import Figure

    with mpl.rc_context({"svg.hashsalt": name, "font.size": 9.0, "svg.fonttype": "none"}):
        figure = Figure(figsize=(4.2, 3.4), layout="constrained")
        axes = figure.subplots()
        axes.grid(visible=True, alpha=0.3)
        draw(axes, data)
        buffer = io.StringIO()
        figure.savefig(buffer, format="svg", metadata={"Date": None})
    text = buffer.getvalue()
    return text[text.index("<svg") :]


def _by_record(report: dict[str, Any]) -> dict[str, Any]:
    """Sensitivity and specificity of each record under the first protocol; empty for tasks without them."""
    found = {}
    for name, protocols in report.get("per_record", {}).items():
        figures = next(iter(protocols.values()), None)
        if isinstance(figures, dict) and {"se", "sp"} <= figures.keys():
            found[name] = figures
    return found


def _draw_roc(axes: Axes, curve: dict[str, list[float]]) -> None:
    axes.plot(curve["fpr"], curve["tpr"])
    axes.plot([0, 100], [0, 100], color="grey", linewidth=0.7)
    axes.set(xlabel="false positive rate, %", ylabel="sensitivity, %")


def _draw_precision_recall(axes: Axes, curve: dict[str, list[float]]) -> None:
    axes.plot(curve["recall"], curve["precision"])
    axes.set(xlabel="recall, %", ylabel="precision, %")


def _draw_reliability(axes: Axes, bins: dict[str, list[float]]) -> None:
    axes.plot([0, 1], [0, 1], color="grey", linewidth=0.7)
    axes.plot(bins["predicted"], bins["observed"], marker="o")
    axes.set(xlabel="probability given", ylabel="share found")


def _confusion(report: dict[str, Any]) -> list[list[int]] | None:
    figures = next(iter(report["metrics"].values()))
    if not isinstance(figures, dict) or "true_positive" not in figures:
        return None
    return [
        [figures["true_negative"], figures["false_positive"]],
        [figures["false_negative"], figures["true_positive"]],
    ]


def _draw_confusion(axes: Axes, counts: list[list[int]]) -> None:
    shares = [[count / max(1, sum(row)) for count in row] for row in counts]
    axes.imshow(shares, cmap="Blues", vmin=0.0, vmax=1.0)
    for row, line in enumerate(counts):
        for column, count in enumerate(line):
            colour = "white" if shares[row][column] > 0.5 else "black"
            axes.text(column, row, f"{count:,}", ha="center", va="center", color=colour)
    axes.grid(visible=False)
    axes.set(xticks=[0, 1], yticks=[0, 1], xlabel="called", ylabel="true")
    axes.set_xticklabels(["other", "positive"])
    axes.set_yticklabels(["other", "positive"])


def _draw_records(axes: Axes, records: dict[str, Any]) -> None:
    """A strip of records from the worst to the best; a figure a record does not have is left out."""
    rows = []
    for name, figures in records.items():
        known = [value for value in (figures["se"], figures["sp"]) if value is not None]
        if known:
            rows.append((min(known), name, figures["se"], figures["sp"]))
    rows.sort(key=lambda row: row[0])
    for place, (_, _, se, sp) in enumerate(rows):
        for value, marker, colour in ((se, "o", "tab:red"), (sp, "s", "tab:blue")):
            if value is not None:
                axes.plot(place, value, marker=marker, color=colour, markersize=4)
    axes.set(ylabel="sensitivity (red), specificity (blue), %", xticks=range(len(rows)))
    axes.set_xticklabels([name for _, name, _, _ in rows], rotation=90, fontsize=5)


def _draw_corruption(axes: Axes, curve: dict[str, Any]) -> None:
    percent = [float(key) for key in curve]
    for figure, colour in (("se", "tab:red"), ("sp", "tab:blue"), ("coverage", "tab:grey")):
        axes.plot(
            percent, [next(iter(at.values()))[figure] for at in curve.values()], label=figure, color=colour
        )
    axes.set(xlabel="beats missed or added, %", ylabel="%")
    axes.legend()
