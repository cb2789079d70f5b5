"""What a conversion cost, float beside int8, as JSON and as one HTML page without script or address."""

from __future__ import annotations

import html
from pathlib import Path
from typing import Any, Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from converter.coverage import Coverage
from converter.examine import Examination
from converter.gate import Answers, Floats
from converter.inspect import operator_counts
from converter.places import leave
from edge.contract.manifest import Manifest

STYLE: Final = """
body { font: 16px/1.5 system-ui, sans-serif; color: #222; }
body { max-width: 64rem; margin: 2rem auto; padding: 0 1rem; }
table { border-collapse: collapse; margin: 1rem 0; font-variant-numeric: tabular-nums; }
th, td { border-bottom: 1px solid #ddd; padding: .25rem .75rem; text-align: right; }
th:first-child, td:first-child { text-align: left; }
.failed { color: #b00020; font-weight: 600; }
svg { background: #fafafa; max-width: 100%; }
table { display: block; overflow-x: auto; }
"""
ROC_POINTS: Final = 200
SIDE: Final = 320


def conversion_report(
    manifest: Manifest,
    model: bytes,
    examination: Examination,
    answers: Answers,
    latency_us: dict[str, float],
) -> dict[str, Any]:
    """Everything found, as JSON can hold it."""
    return {
        "bundle": f"{manifest.task}-{manifest.version}",
        "passed": not examination.failed,
        "causes": examination.causes,
        "held_out": len(answers.by_float),
        "checks": [
            {**{name: getattr(check, name) for name in check.__slots__}, "holds": check.holds}
            for check in examination.checks
        ],
        "coverage": [_covered(part) for part in (*examination.coverage, *examination.channels)],
        "layers": [
            {
                "layer": "-" if error.layer is None else f"{error.layer.name} ({error.layer.kind})",
                "operator": error.operator,
                "step": error.step,
                "rms_steps": round(error.rms_steps, 4),
            }
            for error in examination.layer_errors
        ],
        "roc": _roc(answers),
        "model_bytes": len(model),
        "parameters": manifest.parameters,
        "operators": operator_counts(model),
        "latency_us": latency_us,
    }


def write_report(report: dict[str, Any], beside: Path) -> None:
    """Write `BUNDLE.report.json` and `BUNDLE.report.html` beside the bundle."""
    text = msgspec.json.format(msgspec.json.encode(report), indent=1)
    leave(beside.with_suffix(".report.json"), text)
    leave(beside.with_suffix(".report.html"), page(report).encode())


def page(report: dict[str, Any]) -> str:
    """The report as HTML."""
    title = html.escape(f"{report['bundle']}: float and int8")
    verdict = "passed" if report["passed"] else "<span class='failed'>closed</span>"
    causes = "".join(f"<li>{html.escape(cause)}</li>" for cause in report["causes"])
    facts = {
        "model, bytes": report["model_bytes"],
        "parameters": report["parameters"],
        "held-out inputs": report["held_out"],
        **{f"latency {name}, us": value for name, value in report["latency_us"].items()},
    }
    parts = [
        f"<h1>{title}</h1><p>The gate {verdict}.{_left_out(report['checks'])}</p>",
        f"<ul>{causes}</ul>" if causes else "",
        "<h2>Float and int8</h2>",
        _table([_verdict(check) for check in report["checks"]], marked="holds"),
        _overlay(report["roc"]),
        "<h2>Error of each layer</h2><p>Root mean square in its own int8 steps; rounding is 0.29.</p>",
        _table(report["layers"]),
        "<h2>Inputs and the range int8 holds</h2>",
        _table(report["coverage"]),
        "<h2>Size and speed on this machine</h2>",
        _table([{"": name, "value": value} for name, value in facts.items()]),
        "<h2>Operators</h2>",
        _table([{"operator": name, "count": count} for name, count in report["operators"].items()]),
    ]
    return (
        f"<!doctype html><html lang='en'><head><meta charset='utf-8'><title>{title}</title>"
        "<meta name='viewport' content='width=device-width, initial-scale=1'>"
        f"<style>{STYLE}</style></head><body>{''.join(parts)}</body></html>\n"
    )


def _verdict(check: dict[str, Any]) -> dict[str, Any]:
    """The row of a check: what came of it in one cell."""
    reason = check["not_judged"]
    row = {name: value for name, value in check.items() if name != "not_judged"}
    return row if reason is None else {**row, "holds": f"not judged ({reason})"}


def _left_out(checks: list[dict[str, Any]]) -> str:
    count = sum(check["holds"] is None for check in checks)
    return "" if count == 0 else f" Not judged, and without a say in that: {count} of {len(checks)} checks."


def _covered(part: Coverage) -> dict[str, Any]:
    return {
        "input": part.name,
        "low": round(part.low, 4),
        "high": round(part.high, 4),
        "int8_low": round(part.held.low, 4),
        "int8_high": round(part.held.high, 4),
        "step": round(part.held.step, 6),
        "steps_per_sd": round(part.steps_per_sd, 2),
        "saturated_percent": round(part.saturated_percent, 4),
    }


def _roc(answers: Answers) -> dict[str, list[list[float]]] | None:
    """Points (1 - specificity, sensitivity) of both, where the outputs are scores of two classes."""
    truth = answers.truth
    if truth is None or len(answers.classes) != 2 or truth.shape != answers.scores[0].shape:
        return None
    is_positive = truth.ravel() == 1
    if is_positive.all() or not is_positive.any():
        return None
    by_float, by_int8 = answers.scores
    return {"float": _curve(by_float.ravel(), is_positive), "int8": _curve(by_int8.ravel(), is_positive)}


def _curve(score: Floats, is_positive: NDArray[np.bool_]) -> list[list[float]]:
    from sklearn.metrics import roc_curve

    wrong, right, _ = roc_curve(is_positive, score)
    picked = np.unique(np.linspace(0, len(wrong) - 1, ROC_POINTS).astype(int))
    points: list[list[float]] = np.round(np.column_stack([wrong, right])[picked], 5).tolist()
    return points


def _overlay(roc: dict[str, list[list[float]]] | None) -> str:
    if roc is None:
        return ""
    strokes = {"float": "#bbb' stroke-width='5", "int8": "#1a5fb4' stroke-width='1.5"}
    lines = "".join(
        f"<polyline fill='none' stroke='{strokes[name]}' points='"
        + " ".join(f"{SIDE * x:.1f},{SIDE * (1 - y):.1f}" for x, y in points)
        + "'/>"
        for name, points in roc.items()
    )
    return (
        f"<figure><svg width='{SIDE}' height='{SIDE}' viewBox='0 0 {SIDE} {SIDE}'>{lines}</svg><figcaption>"
        "Sensitivity over 1 - specificity: float wide and grey, int8 thin and blue.</figcaption></figure>"
    )


def _table(rows: list[dict[str, Any]], marked: str | None = None) -> str:
    if not rows:
        return "<p>None.</p>"
    head = "".join(f"<th>{html.escape(name)}</th>" for name in rows[0])
    lines = []
    for row in rows:
        kind = " class='failed'" if marked is not None and row[marked] is False else ""
        cells = "".join(f"<td>{_cell(value)}</td>" for value in row.values())
        lines.append(f"<tr{kind}>{cells}</tr>")
    return f"<table><tr>{head}</tr>{''.join(lines)}</table>"


def _cell(value: object) -> str:
    if value is None:
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return html.escape(f"{value:g}" if isinstance(value, float) else str(value))
