"""Figures of the apnea model, worked by hand."""

from __future__ import annotations

import numpy as np
import pytest

from training.apnea_charts import charts
from training.apnea_figures import (
    JudgedNight,
    coverage,
    index,
    intervals,
    judged_night,
    metrics,
    per_record,
    record_class,
)
from training.charts import Matrix, Strips
from training.datasets.nights import APNEA, NORMAL, UNSCORED, Night


def night(name: str, apnea: int, normal: int, *, missed: int = 0, false: int = 0) -> JudgedNight:
    """A record of which so many apnea minutes are missed and so many normal ones called apnea."""
    is_apnea = np.array([True] * apnea + [False] * normal)
    probability = np.array(
        [0.1] * missed + [0.9] * (apnea - missed) + [0.8] * false + [0.2] * (normal - false)
    )
    return JudgedNight(name, np.arange(len(is_apnea)), is_apnea, probability)


def test_figures_of_two_nights_by_hand() -> None:
    """Of 160 minutes 90 of 100 with apnea and 54 of 60 without are found; both classes are wrong."""
    nights = [night("a", 100, 20, missed=10), night("c", 0, 40, false=6)]

    figures = metrics(nights, 0.5)

    assert figures["acc"] == pytest.approx(90.0)
    assert figures["se"] == pytest.approx(90.0)
    assert figures["sp"] == pytest.approx(90.0)
    # Agreement 0.9, by chance 0.625 x 0.6 + 0.375 x 0.4 = 0.525.
    assert figures["kappa"] == pytest.approx((0.9 - 0.525) / 0.475, abs=1e-5)
    # Of 100 x 60 pairs: 90 above all 60; 10 at 0.1 below all.
    assert figures["auc"] == pytest.approx(0.9)
    # 90 minutes are no longer class A, 6 no longer C.
    assert (figures["records"], figures["records_right"]) == (2, 0)
    # 50 against 45 an hour, 0 against 9.
    assert figures["index_mae"] == pytest.approx(7.0)


@pytest.mark.parametrize(("minutes", "expected"), [(0, "C"), (4, "C"), (5, "B"), (99, "B"), (100, "A")])
def test_classes_change_at_5_and_100_minutes(minutes: int, expected: str) -> None:
    """The challenge's limits, by the number of apnea minutes alone."""
    assert record_class(np.array([True] * minutes + [False] * 300)) == expected


def test_the_index_is_apnea_minutes_an_hour() -> None:
    """45 of 180 minutes are 15 an hour."""
    assert index(np.array([True] * 45 + [False] * 135)) == 15.0


def test_a_database_without_apnea_has_no_sensitivity_and_no_area() -> None:
    """What nothing divides is None and not a number that looks like one."""
    figures = metrics([night("c", 0, 40)], 0.5)

    assert (figures["se"], figures["auc"], figures["kappa"]) == (None, None, None)
    assert figures["acc"] == 100.0


def test_unscored_minutes_are_left_out() -> None:
    """Half a minute at the end of slpdb counts neither as right nor as wrong."""
    scored = Night("slp", np.array([0.5]), np.array([APNEA, UNSCORED, NORMAL], dtype=np.int8))

    judged = judged_night(scored, np.array([0.9, 0.8, 0.1]))

    assert judged.minute.tolist() == [0, 2]
    assert judged.is_apnea.tolist() == [True, False]
    assert judged.probability.tolist() == [0.9, 0.1]


def test_minutes_that_were_not_judged_are_neither_right_nor_wrong() -> None:
    """Two of three judged minutes are right; the two others lower coverage only."""
    part = JudgedNight(
        "n",
        np.array([0, 1, 2, 4, 5]),
        np.array([True, True, False, False, True]),
        np.array([0.9, np.nan, 0.2, 0.8, np.nan]),
    )

    figures = metrics([part], 0.5)

    assert (figures["acc"], figures["se"], figures["sp"]) == (66.667, 100.0, 50.0)
    # Of the pairs (0.9, 0.2) and (0.9, 0.8) both are in order.
    assert figures["auc"] == 1.0
    # Agreement 2/3, by chance 1/3 x 2/3 + 2/3 x 1/3 = 4/9.
    assert figures["kappa"] == pytest.approx((2 / 3 - 4 / 9) / (5 / 9), abs=1e-5)
    assert (figures["minutes"], coverage([part])) == (5, 60.0)
    # By label 3 of 5 minutes, by answer 2 of the 3 that were judged.
    assert figures["index_mae"] == pytest.approx(40.0 - 36.0)


def test_intervals_leave_out_what_the_figures_leave_out() -> None:
    """Nights with minutes that were not judged have the intervals of the same nights without them."""
    rng = np.random.default_rng(4)
    whole = [night(f"n{place}", 100 + place, 60, missed=3 * place, false=place) for place in range(10)]
    holed = []
    for part in whole:
        order = rng.permutation(len(part.minute) + 5)
        probability = np.concatenate([part.probability, np.full(5, np.nan)])[order]
        is_apnea = np.concatenate([part.is_apnea, [True, False, True, False, True]])[order]
        holed.append(JudgedNight(part.name, np.arange(len(order)), is_apnea, probability))

    found, expected = intervals(holed, 0.5), intervals(whole, 0.5)

    for name in ("acc", "se", "sp", "auc", "kappa"):
        assert found[name] == expected[name], name


def test_each_record_is_told_with_its_class() -> None:
    """A reader sees which record was mistaken for which."""
    told = per_record([night("b", 50, 150, false=60)], 0.5)["b"]

    assert (told["class"], told["class_found"]) == ("B", "A")
    assert (told["index"], told["index_found"]) == (15.0, 33.0)


def test_intervals_hold_the_figures_and_vanish_where_all_nights_are_alike() -> None:
    """Twenty copies of one night are the same however they are drawn; of different ones they are not."""
    alike = [night(f"a{place}", 100, 60, missed=10, false=6) for place in range(20)]
    mixed = [night(f"b{place}", 120, 60, missed=3 * place, false=place) for place in range(20)]

    for name, bounds in intervals(alike, 0.5).items():
        figure = metrics(alike, 0.5)[name]
        assert figure is not None
        assert bounds == pytest.approx((figure, figure), abs=6e-3), name
    for name, bounds in intervals(mixed, 0.5).items():
        figure = metrics(mixed, 0.5)[name]
        assert figure is not None
        assert bounds is not None
        assert bounds[0] < figure < bounds[1], name


def test_the_interval_of_the_area_is_that_of_drawing_whole_records() -> None:
    """Against the plain way: put the drawn records together and work out their area."""
    rng = np.random.default_rng(2)
    nights = []
    for place in range(8):
        is_apnea = rng.random(60) < 0.1 * (place + 1)
        probability = np.clip(0.3 + 0.2 * is_apnea + 0.04 * place + 0.2 * rng.normal(size=60), 0.0, 1.0)
        nights.append(JudgedNight(f"n{place}", np.arange(60), is_apnea, probability))
    plain = []
    for _ in range(2000):
        drawn = [nights[at] for at in rng.integers(0, 8, 8)]
        area = metrics(drawn, 0.5)["auc"]
        assert area is not None
        plain.append(area)

    low, high = intervals(nights, 0.5)["auc"] or (0.0, 0.0)

    assert (low, high) == pytest.approx(tuple(np.percentile(plain, [2.5, 97.5])), abs=0.01)


def test_the_page_shows_each_night_minute_by_minute_the_worst_first() -> None:
    """A letter a minute for truth and answer, a gap where none was scored or this one not judged."""
    good = JudgedNight(
        "good", np.arange(4), np.array([True, True, False, False]), np.array([0.9, np.nan, 0.2, 0.2])
    )
    bad = JudgedNight("bad", np.array([0, 1, 3]), np.array([True, True, False]), np.array([0.9, 0.1, 0.8]))
    by_title = {chart.title: chart for part in charts([good, bad], 0.5).values() for chart in part}

    strips, confusion = by_title["Records over time"], by_title["Confusion"]
    assert isinstance(strips, Strips)
    assert list(strips.strips) == ["bad", "good"]
    assert (strips.strips["bad"].truth, strips.strips["bad"].answer) == ("AA N", "AN A")
    assert (strips.strips["good"].truth, strips.strips["good"].answer) == ("AANN", "A NN")
    assert strips.step_s == 60.0
    assert isinstance(confusion, Matrix)
    assert confusion.counts == [[2, 1], [1, 2]]
