"""The realism report for machines and as one HTML page with its plots inside: no script, opens anywhere."""

from __future__ import annotations

import html
import io
import math
from collections.abc import Sequence
from typing import Any, Final

from device_sim.realism.part import Part, Plot, Row

STYLE: Final = """
body { font: 16px/1.5 system-ui, sans-serif; color: #222; max-width: 64rem; }
body { margin: 2rem auto; padding: 0 1rem; }
table { border-collapse: collapse; margin: 1rem 0; font-variant-numeric: tabular-nums; }
th, td { border-bottom: 1px solid #ddd; padding: .2rem .75rem; text-align: right; }
th:first-child, td:first-child { text-align: left; }
tr.out td { background: #fdd; }
figure { display: inline-block; margin: .5rem 1rem .5rem 0; vertical-align: top; }
figcaption { font-size: .9rem; color: #555; max-width: 20rem; }
"""


def as_json(parts: Sequence[Part], seed: int) -> dict[str, Any]:
    """The report for machines; a figure that cannot be had is null."""
    return {
        "seed": seed,
        "holds": all(not part.failed for part in parts),
        "parts": {
            part.name: {
                "title": part.title,
                "real": part.source,
                "simulated": part.amount,
                "holds": not part.failed,
                "rows": [_row(row) for row in part.rows],
            }
            for part in parts
        },
    }


def as_text(parts: Sequence[Part]) -> str:
    """The report in lines for people."""
    lines = []
    for part in parts:
        lines.append(f"{part.name}: {part.title}")
        lines.append(f"  real: {part.source}; simulated: {part.amount}")
        lines += [
            f"  {row.figure:<58}{row.real:>10.3f}{row.simulated:>10.3f}  +-{row.tolerance:<7g}"
            + ("" if row.holds else " OUT")
            for row in part.rows
        ]
    held = sum(row.holds for part in parts for row in part.rows)
    lines.append(f"{held} of {sum(len(part.rows) for part in parts)} figures within their tolerances")
    return "\n".join(lines)


def as_html(parts: Sequence[Part], seed: int) -> str:
    """The page; needs matplotlib."""
    body = "".join(_section(part) for part in parts)
    held = sum(row.holds for part in parts for row in part.rows)
    total = sum(len(part.rows) for part in parts)
    return (
        "<!doctype html><html lang='en'><head><meta charset='utf-8'><title>Realism</title>"
        f"<style>{STYLE}</style></head><body><h1>Simulated wearers beside real recordings</h1>"
        f"<p>{held} of {total} figures lie within their tolerances. Seed {seed}.</p>{body}</body></html>\n"
    )


def _row(row: Row) -> dict[str, Any]:
    return {
        "figure": row.figure,
        "real": _finite(row.real),
        "simulated": _finite(row.simulated),
        "tolerance": row.tolerance,
        "holds": row.holds,
    }


def _finite(value: float) -> float | None:
    return round(value, 5) if math.isfinite(value) else None


def _section(part: Part) -> str:
    rows = "".join(
        f"<tr{'' if row.holds else ' class=out'}><td>{html.escape(row.figure)}</td><td>{row.real:.3f}</td>"
        f"<td>{row.simulated:.3f}</td><td>{row.simulated - row.real:+.3f}</td><td>{row.tolerance:g}</td></tr>"
        for row in part.rows
    )
    plots = "".join(
        f"<figure>{_svg(f'{part.name}-{number}', plot)}"
        f"<figcaption>{html.escape(plot.caption)}</figcaption></figure>"
        for number, plot in enumerate(part.plots)
    )
    return (
        f"<h2>{html.escape(part.title)}</h2>"
        f"<p>Real: {html.escape(part.source)}. Simulated: {html.escape(part.amount)}.</p>"
        "<table><tr><th></th><th>real</th><th>simulated</th><th>difference</th><th>tolerance</th></tr>"
        f"{rows}</table>{plots}"
    )


def _svg(name: str, plot: Plot) -> str:
    """The plot as SVG text, the same bytes each time; its ids are its own on the page."""
    import matplotlib as mpl
    from matplotlib.figure import Figure

    with mpl.rc_context({"svg.hashsalt": name, "font.size": 8.0, "svg.fonttype": "none"}):
        figure = Figure(figsize=(3.8, 2.9), layout="constrained")
        axes = figure.subplots()
        plot.draw(axes)
        buffer = io.StringIO()
        figure.savefig(buffer, format="svg", metadata={"Date": None})
    text = buffer.getvalue()
    return text[text.index("<svg") :]
