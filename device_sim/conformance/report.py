"""Findings in JSON, in words, and as a page."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from device_sim.conformance.judge import Finding, Verdict

_STYLE = """body{font:15px/1.45 system-ui,sans-serif;max-width:1160px;margin:2em auto;padding:0 1em}
table{border-collapse:collapse;margin:1em 0}td,th{padding:.3em .8em;border-bottom:1px solid #ddd}
td,th{text-align:left;vertical-align:top}.fails{color:#b00020;font-weight:600}.holds{color:#1e7a3c}
.wide{overflow-x:auto}"""


def conformance_report(
    findings: Sequence[Finding], *, url: str, played: Sequence[str], left_out: Mapping[str, str]
) -> dict[str, Any]:
    """Counts, and every requirement with its verdict."""
    counts = Counter(finding.verdict for finding in findings)
    return {
        "broker": url,
        "holds": counts[Verdict.HOLDS],
        "fails": counts[Verdict.FAILS],
        "not_tried": counts[Verdict.NOT_TRIED],
        "requirements": [
            {
                "id": finding.requirement.id,
                "text": finding.requirement.text,
                "verdict": finding.verdict,
                "stories": finding.stories,
                "wrong": finding.wrong,
                "why": finding.why,
            }
            for finding in findings
        ],
        "stories_played": list(played),
        "stories_left_out": dict(left_out),
    }


def conformance_summary(report: dict[str, Any]) -> str:
    """One line a requirement, and what is wrong below those that fail."""
    lines = []
    for row in report["requirements"]:
        stories = f"{len(row['stories'])} stories" if row["stories"] else row["why"]
        lines.append(f"  {row['verdict']:<9}  {row['id']:<28} {stories}")
        lines += [f"             {wearer}: {', '.join(why)}" for wearer, why in row["wrong"].items()]
    counts = f"{report['holds']} hold, {report['fails']} fail, {report['not_tried']} not tried"
    return "\n".join([f"{len(report['stories_played'])} stories played", *lines, counts])


def conformance_page(report: dict[str, Any]) -> str:
    """The whole page; it loads nothing from anywhere."""
    rows = "".join(_row(row) for row in report["requirements"])
    counts = f"{report['holds']} hold, {report['fails']} fail, {report['not_tried']} not tried"
    return (
        "<!doctype html><html lang='en'><head><meta charset='utf-8'><title>Conformance</title>"
        "<meta name='viewport' content='width=device-width, initial-scale=1'>"
        f"<style>{_STYLE}</style></head><body><h1>Conformance of a gateway</h1>"
        f"<p>{counts}; {len(report['stories_played'])} stories of simulated wearers. Not a medical device, "
        "and no certificate.</p>"
        "<div class='wide'><table><tr><th>id</th><th>requirement</th><th>verdict</th><th>stories</th></tr>"
        f"{rows}</table></div></body></html>\n"
    )


def _row(row: dict[str, Any]) -> str:
    wrong = "".join(f"<br>{escape(wearer)}: {escape(', '.join(why))}" for wearer, why in row["wrong"].items())
    stories = escape(", ".join(row["stories"]) or row["why"])
    verdict = f"<td class='{row['verdict'].replace(' ', '-')}'>{row['verdict']}</td>"
    what = f"<td><code>{row['id']}</code></td><td>{escape(row['text'])}</td>"
    return f"<tr>{what}{verdict}<td>{stories}{wrong}</td></tr>"
