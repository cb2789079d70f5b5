"""The page of an evaluation."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import Any

import numpy as np
import pytest

from training.charts import (
    Bar,
    Sections,
    Strip,
    bland_altman,
    confusion,
    groups,
    record_strips,
    reliability,
    roc,
)
from training.report_page import Shown, render, render_run

# matplotlib comes with the extra that brings TensorFlow.
pytestmark = pytest.mark.training

FIGURES = {
    "se": 97.0,
    "sp": 98.5,
    "auc": None,
    "coverage": 100.0,
    "true_positive": 97,
    "false_positive": 3,
    "true_negative": 197,
    "false_negative": 3,
}
REPORT: dict[str, Any] = {
    "task": "rhythm",
    "dataset": "afdb",
    "bundle": {"name": "rhythm-1.0.0", "sha256": "ab" * 32},
    "records_used": ["a", "b"],
    "records_skipped": {"c": "no beats: <c.qrs> is missing"},
    "metrics": {"afl_non_af": FIGURES},
    "intervals": {"afl_non_af": {"se": [95.0, 99.0], "sp": None}},
    "baselines": {"zhou_2015": {"afl_non_af": FIGURES}},
}


TRUTH, SCORE = np.array([True, True, False, False]), np.array([0.9, 0.4, 0.6, 0.1])
CHARTS: Sections = {
    "All <windows>": [
        roc(TRUTH, {"ours": SCORE, "theirs": 1.0 - SCORE}),
        reliability(TRUTH, {"ours": SCORE}),
        confusion(["other", "AF"], [[1, 1], [1, 1]]),
    ],
    "Records": [
        record_strips({"N": "other", "A": "AF"}, {"a": Strip("NNAA", "NA A"), "b <c>": Strip("", "")}),
        groups("By sex", "%", {"female": {"se": Bar(80.0, 75.0, 84.0), "sp": Bar(90.0)}, "none": {}}),
        bland_altman("asleep", "min", np.array([400.0, 380.0]), np.array([410.0, 350.0])),
    ],
    "Nothing": [],
}


class Balance(HTMLParser):
    """Counts what is opened and closed."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append(tag)
        if tag not in {"meta", "br"}:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append(tag)


def test_the_page_is_whole_and_shows_what_there_is() -> None:
    """Every element is closed; each chart is drawn, and a section without charts has no heading."""
    page = Balance()
    text = render(REPORT, CHARTS, "# a card")
    page.feed(text)

    assert page.open == []
    assert page.seen.count("svg") == 6
    assert page.seen.count("table") == 3
    assert "Nothing" not in text


def test_the_page_of_a_training_tells_of_whom_it_speaks_and_how_it_learned() -> None:
    """Figures with intervals, plots, the losses of its epochs, recipe and card, and who was left out."""
    page = Balance()
    shown = Shown("Of two <persons> held out.", FIGURES, {"se": (95.0, 99.0), "sp": None}, CHARTS)
    learned = {
        "recipe": {"seed": 3, "records": None},
        "skipped": {"nhanes": {"under 20 years": "7 persons"}, "cardiostats": {}},
        "history": {"loss": [0.5, 0.25]},
    }

    text = render_run("rhythm", shown, learned, "# a <card>")
    page.feed(text)

    assert page.open == []
    assert page.seen.count("svg") == 7
    for told in (
        "Of two &lt;persons&gt; held out.",
        "<td>95 to 99</td>",
        "nhanes: under 20 years: 7 persons",
        "<h2>Training</h2>",
        "<td>None</td>",
        "# a &lt;card&gt;",
    ):
        assert told in text
    assert "cardiostats" not in text


def test_the_page_says_what_its_figures_were_learned_from_and_assume() -> None:
    """Whoever sees the page alone is told as much as the terminal tells."""
    told = render({**REPORT, "records_learned_from": ["a"], "assumed": "never AF"}, CHARTS, "card")

    assert f"Learned from 1 of these {len(REPORT['records_used'])}: not figures of unseen data." in told
    assert "Assumed: never AF." in told
    assert "unseen" not in render(REPORT, CHARTS, "card")


def test_the_page_needs_nothing_from_elsewhere() -> None:
    """No script, no style sheet, and no address that a browser would fetch: pictures are in the page."""
    text = render(REPORT, CHARTS, "# a card")

    assert not re.search(r"<script|<img|<link|@import|url\((?!#)", text)
    assert not re.search(r"(src|href)=['\"](?!#|data:)", text)


def test_what_comes_from_outside_cannot_become_markup() -> None:
    """Names, reasons, headings and the card are shown as they are written."""
    text = render(REPORT, CHARTS, "a <b>card</b>")

    assert "&lt;c.qrs&gt; is missing" in text
    assert "a &lt;b&gt;card&lt;/b&gt;" in text
    assert "All &lt;windows&gt;" in text
    assert "<c>" not in text


def test_the_same_figures_give_the_same_page() -> None:
    """No date and no random name is in the page, so that two pages can be compared."""
    assert render(REPORT, CHARTS, "card") == render(REPORT, CHARTS, "card")


def test_two_charts_of_a_page_share_no_names() -> None:
    """The same chart twice: no id stands twice, or the second would be cut by the first one's frame."""
    text = render(REPORT, {"twice": [CHARTS["All <windows>"][0]] * 2}, "card")
    ids = re.findall(r" id=['\"]([^'\"]+)", text)

    assert len(ids) == len(set(ids)) > 0


def test_missing_figures_are_dashes_and_missing_charts_no_plots() -> None:
    """A report with figures alone still makes a page."""
    plain = {key: REPORT[key] for key in ("task", "dataset", "bundle", "records_used", "records_skipped")}
    text = render({**plain, "metrics": {"acc": 81.0, "kappa": None}}, {}, "card")

    assert "<td>-</td>" in text
    assert "<svg" not in text


def test_figures_within_figures_have_tables_of_their_own() -> None:
    """Two outcomes share a table, their baselines another; groups of each have one under its name."""
    outcome = {"auroc": 0.8, "baselines": {"lr": 0.79}, "groups": {"sex": {"men": {"se": 71.25}}}}
    text = render({**REPORT, "metrics": {"one": outcome, "two": outcome}, "baselines": {}}, {}, "card")

    assert text.count("<table>") == 1 + 1 + 2 + 1
    assert re.findall(r"<h3>([^<]+)</h3>", text) == ["baselines", "groups, one, sex", "groups, two, sex"]
    assert "<td>71.25</td>" in text
