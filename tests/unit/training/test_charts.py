"""What the report's charts are made of, by hand."""

from __future__ import annotations

import numpy as np
import pytest

from training.charts import (
    Bar,
    Line,
    Strip,
    bland_altman,
    confusion,
    corruption,
    coverage,
    groups,
    letters_at_steps,
    precision_recall,
    record_strips,
    reliability,
    roc,
    training,
)
from training.run_folder import columns

TRUTH = np.array([True, True, False, True, False])
SCORE = np.array([0.9, 0.8, 0.8, 0.4, 0.1])


def test_a_share_above_every_probability_is_drawn() -> None:
    """Where all who were given 0.3 have it, the axes reach to 1."""
    chart = reliability(np.ones(400, dtype=bool), {"ours": np.full(400, 0.3)})

    assert (chart.x.most, chart.y.most) == (1.0, 1.0)


def test_every_method_has_its_line() -> None:
    """Two scores give two lines over the same axes; a perfect one passes the upper left corner."""
    chart = roc(TRUTH, {"ours": SCORE, "perfect": TRUTH.astype(float)})

    assert list(chart.lines) == ["ours", "perfect"]
    assert (chart.lines["perfect"].x[1], chart.lines["perfect"].y[1]) == (0.0, 100.0)


def test_calling_everyone_is_as_precise_as_the_disease_is_common() -> None:
    """Three of five: the thin line lies at 60 %."""
    ideal = precision_recall(TRUTH, {"ours": SCORE}).ideal

    assert ideal is not None
    assert ideal.y == [60.0, 60.0]


def test_reliability_has_intervals_for_the_model_itself_alone() -> None:
    """Baselines are lines without bars, and the axes end where probabilities and shares do."""
    truth, score = np.tile([True, False, False, False, False], 20), np.repeat(SCORE, 20)
    chart = reliability(truth, {"ours": score / 3.0, "theirs": score / 2.0})

    assert chart.lines["ours"].low is not None
    assert chart.lines["theirs"].low is None
    assert chart.x.most == 0.5


def test_a_share_of_few_cases_is_not_drawn() -> None:
    """Nineteen of one probability are too few, twenty of another are not."""
    score = np.repeat([0.2, 0.7], [19, 20])

    assert reliability(score > 0.5, {"ours": score}).lines["ours"].x == [0.7]


def test_coverage_sets_shares_beside_levels() -> None:
    """The levels are on the x axis of every kind."""
    chart = coverage((0.1, 0.5), {"systolic": (0.12, 0.49)})

    assert (chart.lines["systolic"].x, chart.lines["systolic"].y) == ([0.1, 0.5], [0.12, 0.49])


def test_confusion_keeps_rows_as_truth() -> None:
    """Counts are taken as they are."""
    assert confusion(["wake", "sleep"], np.array([[3, 1], [0, 6]])).counts == [[3, 1], [0, 6]]


def test_an_answer_holds_until_the_next_but_not_for_ever() -> None:
    """Answers at 0, 40 and 200 s, read every 30 s and no older than 60 s."""
    assert letters_at_steps(np.array([0.0, 40.0, 200.0]), ["A", "N", "A"], 60.0) == "AANN   A"
    assert letters_at_steps(np.empty(0), [], 60.0) == ""


def test_strips_keep_their_records() -> None:
    """Records stay in the order given."""
    chart = record_strips({"A": "AF"}, {"b": Strip("A", "A"), "a": Strip("", "")})

    assert list(chart.strips) == ["b", "a"]


def test_corruption_is_that_of_the_first_protocol() -> None:
    """Figures over percent, a missing one left out."""
    at_0 = {"afl_non_af": {"se": 98.0, "sp": 97.0, "coverage": 100.0}, "afl_excluded": {"se": 1.0}}
    at_5 = {"afl_non_af": {"se": 96.0, "sp": None, "coverage": 99.0}}
    chart = corruption({"0": at_0, "5": at_5})

    assert (chart.lines["sensitivity"].x, chart.lines["sensitivity"].y) == ([0.0, 5.0], [98.0, 96.0])
    assert chart.lines["specificity"].x == [0.0]


def test_losses_share_a_chart_and_other_figures_have_their_own() -> None:
    """Two losses in one, the area in another; without a history, nothing."""
    history = columns([{"loss": 0.5, "loss_held_out": 0.6, "auc": 0.9}] * 3)

    losses, areas = training(history)

    assert (list(losses.lines), list(areas.lines)) == (["loss", "loss held out"], ["auc"])
    assert losses.lines["loss"] == Line([1, 2, 3], [0.5, 0.5, 0.5])
    assert training({}) == []


def test_groups_say_whether_they_have_intervals() -> None:
    """The caption speaks of intervals only where there are some."""
    assert groups("by sex", "%", {"female": {"sensitivity": Bar(80.0)}}).caption == ""
    assert "95 %" in groups("by sex", "%", {"female": {"sensitivity": Bar(80.0, 70.0, 90.0)}}).caption


def test_limits_of_agreement_are_bias_and_twice_the_spread() -> None:
    """Differences 1, 2 and 3: bias 2, SD 1, limits at 2 +- 1.96; one record alone has no limits."""
    truth = np.array([10.0, 20.0, 30.0])
    chart = bland_altman("total sleep time", "min", truth, truth + np.array([1.0, 2.0, 3.0]))

    assert chart.levels == {
        "bias": 2.0,
        "lower limit": pytest.approx(0.04),
        "upper limit": pytest.approx(3.96),
    }
    assert chart.at.x == [10.5, 21.0, 31.5]
    assert list(bland_altman("x", "min", truth[:1], truth[:1]).levels) == ["bias"]
