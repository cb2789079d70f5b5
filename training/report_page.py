"""What an evaluation found, as one HTML page with its plots inside: no script, no address, opens anywhere."""

from __future__ import annotations

import html
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from training.charts import Chart, Sections, training
from training.drawing import svg

STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; color: #222; }
body { max-width: 68rem; margin: 2rem auto; padding: 0 1rem; }
h1 { margin-bottom: 0; }
h2 { margin-top: 2.5rem; border-bottom: 2px solid #0072B2; }
h3 { margin-bottom: 0; font-size: 1rem; }
code { overflow-wrap: anywhere; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; margin: .5rem 0 1rem; font-size: .85rem; }
td { font-variant-numeric: tabular-nums; }
th, td { border-bottom: 1px solid #ddd; padding: .2rem .5rem; text-align: right; }
th { font-weight: 600; vertical-align: bottom; line-height: 1.2; }
td { white-space: nowrap; }
th:first-child, td:first-child { text-align: left; }
tr:hover td { background: #f4f8fb; }
figure { display: inline-block; margin: .5rem 1rem .5rem 0; vertical-align: top; max-width: 100%; }
figure svg { max-width: 100%; height: auto; }
figcaption { font-size: .85rem; color: #555; max-width: 26rem; }
pre { white-space: pre-wrap; font-size: .9rem; }
summary { cursor: pointer; font-size: 1.2rem; font-weight: 600; margin-top: 2rem; }
"""

# They stand in the confusion plot.
COUNTS = ("true_positive", "false_positive", "true_negative", "false_negative", "abstained")
# Further figures of a report: those to be seen at once, and those for who wants to know all.
TABLES = {
    "intervals": "95 % intervals, by drawing persons or records anew",
    "baselines": "Published methods on the same windows",
    "agreement": "Agreement with the truth",
    "live": "As it goes, without what comes later",
}
DEEPER_TABLES = {"float": "The float model"}


@dataclass(frozen=True)
class Shown:
    """What the page of a training shows, and of whom: `of` is a sentence."""

    of: str
    figures: Mapping[str, Any]
    intervals: Mapping[str, Any]
    charts: Sections


def render(report: Mapping[str, Any], charts: Sections, card: str) -> str:
    """The page for the figures of `vitalward evaluate` and the charts, section by section."""
    title = f"{report['task']} on {report['dataset']}"
    bundle, figures = report["bundle"], list(_tables("", report["metrics"]))
    parts = [
        f"<h1>{html.escape(title)}</h1>",
        f"<p>Bundle {html.escape(bundle['name'])}, SHA-256 <code>{bundle['sha256']}</code>. "
        f"{len(report['records_used'])} used: {html.escape(', '.join(report['records_used']))}.</p>",
        *(f"<p><strong>{html.escape(_sentence(told))}</strong></p>" for told in caveats(report)),
        _skipped(report["records_skipped"]),
        "<h2>Figures</h2>",
        *figures[:1],
        *_named_tables(report, TABLES),
        *(
            part
            for place, (name, shown) in enumerate(charts.items())
            for part in _section(place, name, shown)
        ),
        _details("All figures", [*figures[1:], *_named_tables(report, DEEPER_TABLES)]),
        _details("Card of the bundle", [f"<pre>{html.escape(card)}</pre>"]),
    ]
    return _page(title, parts)


def render_run(task: str, shown: Shown, report: Mapping[str, Any], card: str) -> str:
    """The page a training leaves: what its model says of whom it has not learned from, and how it learned."""
    title = f"{task}: a training"
    figures = list(_tables("", shown.figures))
    charts: Sections = {**shown.charts, "Training": [*training(report.get("history", {}))]}
    parts = [
        f"<h1>{html.escape(title)}</h1>",
        f"<p>{html.escape(shown.of)}</p>",
        _skipped(_told(report.get("skipped", {}))),
        "<h2>Figures</h2>",
        *figures[:1],
        *_named_tables({"intervals": shown.intervals}, TABLES),
        *(part for place, (name, of) in enumerate(charts.items()) for part in _section(place, name, of)),
        _details("All figures", figures[1:]),
        _details("Recipe", [_table({"": _told(report["recipe"])})]),
        _details("Card", [f"<pre>{html.escape(card)}</pre>"]),
    ]
    return _page(title, parts)


def _page(title: str, parts: Iterable[str]) -> str:
    return (
        f"<!doctype html><html lang='en'><head><meta charset='utf-8'><title>{html.escape(title)}</title>"
        "<meta name='viewport' content='width=device-width, initial-scale=1'>"
        f"<style>{STYLE}</style></head><body>{''.join(parts)}</body></html>\n"
    )


def _told(values: Mapping[str, Any]) -> dict[str, str]:
    """Values that may lie a group deeper as words."""
    return {
        key: ", ".join(f"{name}: {inner}" for name, inner in value.items())
        if isinstance(value, Mapping)
        else str(value)
        for key, value in values.items()
        if value or not isinstance(value, Mapping)
    }


def caveats(report: Mapping[str, Any]) -> list[str]:
    """What has to be known before a figure is believed: what was assumed, and what was learned from."""
    told = [f"assumed: {report['assumed']}"] if report.get("assumed") else []
    if seen := report.get("records_learned_from"):
        told.append(
            f"learned from {len(seen)} of these {len(report['records_used'])}: not figures of unseen data"
        )
    if without := report.get("baselines_missing"):
        told.append(f"no baselines: {without}")
    return told


def _sentence(told: str) -> str:
    return f"{told[0].upper()}{told[1:]}."


def _named_tables(report: Mapping[str, Any], headings: Mapping[str, str]) -> Iterator[str]:
    for name, heading in headings.items():
        if report.get(name):
            yield f"<h2>{heading}</h2>"
            yield from _tables("", report[name])


def _details(heading: str, parts: list[str]) -> str:
    """What is shown when asked for."""
    return f"<details><summary>{heading}</summary>{''.join(parts)}</details>" if parts else ""


def _skipped(reasons: Mapping[str, str]) -> str:
    if not reasons:
        return ""
    rows = "".join(f"<li>{html.escape(name)}: {html.escape(why)}</li>" for name, why in reasons.items())
    return f"<p>Left out:</p><ul>{rows}</ul>"


def _section(place: int, name: str, charts: list[Chart]) -> Iterator[str]:
    if charts:
        yield f"<h2>{html.escape(name)}</h2>"
    for number, chart in enumerate(charts):
        caption = html.escape(chart.caption)
        yield f"<figure>{svg(chart, f'{place}.{number}')}<figcaption>{caption}</figcaption></figure>"


def _tables(heading: str, rows: Mapping[str, Any]) -> Iterator[str]:
    """Nested figures as tables: rows of numbers together, what lies deeper below under its own heading."""
    groups = {name: values for name, values in rows.items() if isinstance(values, dict)}
    shown = {"all": _flat(rows), **{name: _flat(values) for name, values in groups.items()}}
    shown = {name: values for name, values in shown.items() if values}
    if shown:
        yield (f"<h3>{html.escape(heading)}</h3>" if heading else "") + _table(shown)
    for deeper in dict.fromkeys(key for name in groups.keys() & shown.keys() for key in _deep(groups[name])):
        inner = {name: values[deeper] for name, values in groups.items() if values.get(deeper)}
        yield from _tables(_joined(heading, deeper), inner)
    without = {name: values for name, values in groups.items() if name not in shown}
    if _are_alike(without):
        for key in next(iter(without.values())):
            yield from _tables(_joined(heading, key), {name: values[key] for name, values in without.items()})
        return
    for name, values in without.items():
        yield from _tables(_joined(heading, name), values)


def _are_alike(groups: Mapping[str, Mapping[str, Any]]) -> bool:
    """Whether they can stand beside each other: several, of the same keys, with numbers right below."""
    keys = {tuple(values) for values in groups.values()}
    return len(groups) > 1 and len(keys) == 1 and not any(
        _deep(inner) for values in groups.values() for inner in values.values()
    )  # fmt: skip


def _deep(values: Mapping[str, Any]) -> list[str]:
    return [key for key, value in values.items() if isinstance(value, dict)]


def _joined(*headings: str) -> str:
    return ", ".join(heading.replace("_", " ") for heading in headings if heading)


def _flat(values: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in values.items() if not isinstance(value, dict) and key not in COUNTS}


def _table(rows: Mapping[str, Mapping[str, Any]]) -> str:
    """One row a name; a row of its own keys where they differ from those before."""
    lines, heading = [], None
    for name, values in rows.items():
        if list(values) != heading:
            heading = list(values)
            cells = "".join(f"<th>{html.escape(key.replace('_', ' '))}</th>" for key in heading)
            lines.append(f"<tr><th></th>{cells}</tr>")
        cells = "".join(f"<td>{_cell(value)}</td>" for value in values.values())
        lines.append(f"<tr><td>{html.escape(name.replace('_', ' '))}</td>{cells}</tr>")
    return f"<div class='wide'><table>{''.join(lines)}</table></div>"


def _cell(value: object) -> str:
    if value is None:
        return "-"
    if isinstance(value, list | tuple):
        return " to ".join(_cell(item) for item in value)
    return html.escape(f"{value:g}" if isinstance(value, float) else str(value))
