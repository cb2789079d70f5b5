"""A score as an HTML page: figures, baselines, verdicts, and a timeline for each wearer."""

from __future__ import annotations

from datetime import UTC, datetime
from html import escape
from typing import Any

WIDTH = 900
ROW = 18
LABEL = 190
_STYLE = """body{font:15px/1.45 system-ui,sans-serif;max-width:1160px;margin:2em auto;padding:0 1em}
table{border-collapse:collapse;margin:1em 0}td,th{padding:.2em .8em;border-bottom:1px solid #ddd}
td,th{text-align:right}
td:first-child,th:first-child{text-align:left}.bad{color:#b00020;font-weight:600}
svg text{font:12px system-ui,sans-serif}.truth{fill:#4a7ebb}.allowed{fill:#c5d5ea}.alert{fill:#3a9d5d}
.false{fill:#d62f2f}.frame{fill:#f6f6f6}.wide{overflow-x:auto}"""
_TOTALS = (
    ("stream_score", "StreamScore"),
    ("stream_score_p5", "StreamScore, 5th percentile"),
    ("found", "found in time"),
    ("missed", "missed"),
    ("false_alerts", "false alerts"),
    ("false_alerts_per_wearer_day", "false alerts a wearer-day"),
    ("technical_false_alerts", "technical false alerts"),
    ("forbidden_alerts", "forbidden alerts"),
    ("coverage", "coverage"),
    ("delay_s_p50", "delay, median, s"),
    ("delay_s_p95", "delay, 95th percentile, s"),
)


def page(report: dict[str, Any]) -> str:
    """The whole page; it loads nothing from anywhere."""
    systems = {"this system": report, **report["baselines"]}
    return "\n".join(
        [
            "<!doctype html><html lang='en'><head><meta charset='utf-8'><title>Score of alerts</title>",
            "<meta name='viewport' content='width=device-width, initial-scale=1'>",
            f"<style>{_STYLE}</style></head><body><h1>Score of alerts</h1>",
            f"<p>{report['wearers']} wearers, {report['wearer_days']:g} wearer-days, simulated or "
            "recorded. Not a medical device.</p>",
            _table(
                ["", *(name.replace("_", " ") for name in systems)],
                [[label, *(_shown(row[key]) for row in systems.values())] for key, label in _TOTALS],
            ),
            *_rhythm(report.get("rhythm")),
            "<h2>By condition</h2>",
            _conditions(report["figures"]["by_condition"]),
            "<h2>Stories</h2>",
            _stories(report["stories"]),
            "<h2>Timelines</h2><p>Dark blue: had to be found. Pale blue: was so, and need not be told. "
            "Green: alerts. Red: false alerts.</p>",
            *(_timeline(name, wearer) for name, wearer in report["by_wearer"].items()),
            "</body></html>\n",
        ]
    )


def _rhythm(rows: dict[str, Any] | None) -> list[str]:
    """Published detectors beside this system, where they took part."""
    if rows is None:
        return []
    labels = [key.replace("_", " ") for key in next(iter(rows.values()))]
    cells = [[name, *(_shown(value) for value in row.values())] for name, row in rows.items()]
    return ["<h2>Irregular rhythm, beside published detectors</h2>", _table(["", *labels], cells)]


def _conditions(by_condition: dict[str, Any]) -> str:
    head = [
        "condition",
        "episodes",
        "found",
        "false",
        "episode Se",
        "episode PPV",
        "duration Se",
        "duration PPV",
    ]
    ratios = ("episode_se", "episode_ppv", "duration_se", "duration_ppv")
    return _table(
        head,
        [
            [
                name,
                *(_shown(row[key]) for key in ("reference_episodes", "found_in_time", "false_alerts")),
                *(_shown(row["gross"][ratio]) for ratio in ratios),
            ]
            for name, row in by_condition.items()
        ],
    )


def _stories(stories: dict[str, Any]) -> str:
    return _table(
        ["story", "verdict", "why"],
        [
            [
                name,
                "passed" if story["passed"] else "failed",
                "; ".join(f"{wearer}: {', '.join(why)}" for wearer, why in story["failures"].items()),
            ]
            for name, story in stories.items()
        ],
    )


def _timeline(name: str, wearer: dict[str, Any]) -> str:
    conditions = sorted({item["condition"] for item in (*wearer["truth"], *wearer["alerts"])})
    height = ROW * 2 * max(len(conditions), 1) + ROW
    bars = [f"<rect class='frame' x='{LABEL}' y='0' width='{WIDTH}' height='{height - ROW}'/>"]
    for index, condition in enumerate(conditions):
        top = 2 * ROW * index
        bars.append(f"<text x='0' y='{top + ROW}'>{escape(condition)}</text>")
        # What had to be found last, so that it is not painted over by what need not be told.
        for episode in sorted(wearer["truth"], key=lambda item: bool(item["must_be_found"])):
            if episode["condition"] == condition:
                style = "truth" if episode["must_be_found"] else "allowed"
                bars.append(_bar(wearer, episode["onset_s"], episode["end_s"], top + 3, style))
        for alert in wearer["alerts"]:
            if alert["condition"] == condition:
                style = "false" if alert["false"] else "alert"
                bars.append(_bar(wearer, alert["at_s"], alert["end_s"], top + ROW, style))
    for share, anchor in ((0.0, "start"), (0.5, "middle"), (1.0, "end")):
        at_s = wearer["start_s"] + share * (wearer["end_s"] - wearer["start_s"])
        told = datetime.fromtimestamp(at_s, UTC).strftime("%d %b %H:%M")
        bars.append(
            f"<text x='{LABEL + share * WIDTH:.0f}' y='{height - 4}' text-anchor='{anchor}'>{told}</text>"
        )
    why = f" <span class='bad'>{escape(', '.join(wearer['failures']))}</span>" if wearer["failures"] else ""
    score = f"StreamScore {_shown(wearer['stream_score'])}, coverage {_shown(wearer['coverage'])}"
    return (
        f"<h3>{escape(name)}</h3><p>{escape(wearer['story'])}: {score}{why}</p>"
        f"<div class='wide'><svg viewBox='0 0 {LABEL + WIDTH} {height}' width='{LABEL + WIDTH}' "
        f"height='{height}'>{''.join(bars)}</svg></div>"
    )


def _bar(wearer: dict[str, Any], begin_s: float, end_s: float | None, top: int, style: str) -> str:
    length_s = wearer["end_s"] - wearer["start_s"]
    begin = min(max((begin_s - wearer["start_s"]) / length_s, 0.0), 1.0)
    end = min(max(((wearer["end_s"] if end_s is None else end_s) - wearer["start_s"]) / length_s, begin), 1.0)
    x, width = LABEL + WIDTH * begin, max(WIDTH * (end - begin), 2.0)
    return f"<rect class='{style}' x='{x:.1f}' y='{top}' width='{width:.1f}' height='{ROW - 6}'/>"


def _table(head: list[str], rows: list[list[str]]) -> str:
    cells = "".join(f"<th>{escape(cell)}</th>" for cell in head)
    body = "".join("<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in rows)
    return f"<div class='wide'><table><tr>{cells}</tr>{body}</table></div>"


def _shown(value: float | None) -> str:
    return "-" if value is None else f"{value:g}"
