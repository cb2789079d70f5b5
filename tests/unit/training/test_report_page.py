"""The page of an evaluation."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import Any

import pytest

from training.report_page import render

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
    "curves": {
        "roc": {"fpr": [0.0, 100.0], "tpr": [0.0, 100.0]},
        "reliability": {"predicted": [0.2, 0.9], "observed": [0.1, 1.0], "count": [3, 4]},
    },
    "per_record": {"a": {"afl_non_af": FIGURES}, "b": {"afl_non_af": {**FIGURES, "se": None}}},
    "corruption_curve": {"0": {"afl_non_af": FIGURES}, "5": {"afl_non_af": FIGURES}},
    "baselines": {"zhou_2015": {"afl_non_af": FIGURES}},
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
    """Every element is closed, and five plots are drawn for the five kinds of data given."""
    page = Balance()
    page.feed(render(REPORT, "# a card"))

    assert page.open == []
    assert page.seen.count("svg") == 5
    assert page.seen.count("table") == 3


def test_the_page_needs_nothing_from_elsewhere() -> None:
    """No script, no image, no style sheet and no address that a browser would fetch."""
    text = render(REPORT, "# a card")

    assert not re.search(r"<script|<img|<link|@import|url\((?!#)", text)
    assert not re.search(r"(src|href)=['\"](?!#|data:)", text)


def test_what_comes_from_outside_cannot_become_markup() -> None:
    """Names, reasons and the card are shown as they are written."""
    text = render(REPORT, "a <b>card</b>")

    assert "&lt;c.qrs&gt; is missing" in text
    assert "a &lt;b&gt;card&lt;/b&gt;" in text


def test_the_same_figures_give_the_same_page() -> None:
    """No date and no random name is in the page, so that two pages can be compared."""
    assert render(REPORT, "card") == render(REPORT, "card")


def test_records_of_other_tasks_have_no_strip() -> None:
    """Figures by record that are no sensitivity and specificity are left out of the plots, not an error."""
    text = render({**REPORT, "per_record": {"a": {"acc": 81.0, "kappa": 0.5}, "b": {}}}, "card")

    assert text.count("<svg") == 4


def test_missing_figures_are_dashes_and_missing_data_no_plots() -> None:
    """A report with figures alone still makes a page."""
    plain = {key: REPORT[key] for key in ("task", "dataset", "bundle", "records_used", "records_skipped")}
    text = render({**plain, "metrics": {"acc": 81.0, "kappa": None}}, "card")

    assert "<td>-</td>" in text
    assert "<svg" not in text
