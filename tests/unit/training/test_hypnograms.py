"""Figures of hypnograms against tables worked out by hand."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.training.draws import drawn_anew
from training.bootstrap import PERCENTILES
from training.charts import Bars, Matrix, Strip, Strips
from training.datasets.sleep_accel import Night
from training.hypnograms import (
    Judged,
    agreement,
    agreement_intervals,
    differences,
    intervals,
    metrics,
    per_record,
    wake_specificity,
)
from training.sleep_charts import charts
from training.sleep_evaluation import Hypnogram, compare


def judged(name: str, truth: list[int], stage: list[int], wake_score: list[float] | None = None) -> Judged:
    score = [float(value == 0) for value in stage] if wake_score is None else wake_score
    return Judged(name, np.array(truth), np.array(stage), np.array(score))


# 10 epochs: 2 wake, 6 NREM, 2 REM; 1 wake called NREM and 1 NREM called REM.
NIGHT = judged("a", [0, 0, 1, 1, 1, 1, 1, 1, 2, 2], [0, 1, 1, 1, 1, 1, 1, 2, 2, 2])


def test_without_wake_or_without_sleep_there_is_no_specificity() -> None:
    """Neither a night awake nor one slept through has a curve."""
    assert wake_specificity(np.array([True, True]), np.array([0.3, 0.9]), 0.93) is None
    assert wake_specificity(np.array([False, False]), np.array([0.3, 0.9]), 0.93) is None


def test_figures_of_a_night_equal_hand_worked_ones() -> None:
    """Right in 8 of 10; chance 0.2 x 0.1 + 0.6 x 0.6 + 0.2 x 0.3 = 0.44; F1 of 2/3, 10/12 and 4/5."""
    figures = metrics([NIGHT])

    assert figures == {
        "acc": 80.0,
        "kappa": round((0.8 - 0.44) / (1 - 0.44), 4),
        "kappa_subject_mean": round((0.8 - 0.44) / (1 - 0.44), 4),
        "macro_f1": round(100 * (2 / 3 + 10 / 12 + 4 / 5) / 3, 3),
        "wake_sp_at_sleep_se93": 50.0,
    }


def test_nights_are_pooled_for_all_figures_but_the_mean_of_kappas() -> None:
    """A perfect night of the same stages: 18 of 20 pooled, and the mean of the two kappas."""
    perfect = judged("b", NIGHT.truth.tolist(), NIGHT.truth.tolist())

    figures = metrics([NIGHT, perfect])

    assert figures["acc"] == 90.0
    assert figures["kappa_subject_mean"] == round(((0.8 - 0.44) / 0.56 + 1.0) / 2, 4)
    assert per_record([NIGHT, perfect])["b"]["kappa"] == 1.0
    assert per_record([NIGHT, perfect])["a"]["epochs"] == 10


def test_the_limit_leaves_ninety_three_of_a_hundred_sleep_epochs() -> None:
    """Of sleep scored 1 to 100, 93 stays sleep and 94 is wake: of wake at 93, 94 and 200 two are found."""
    is_wake = np.array([False] * 100 + [True] * 3)
    score = np.array([*range(1, 101), 93, 94, 200], dtype=np.float64)

    assert wake_specificity(is_wake, score, 0.93) == pytest.approx(2 / 3)


@given(
    st.lists(st.integers(0, 20), min_size=1, max_size=40),
    st.lists(st.integers(0, 20), min_size=1, max_size=20),
)
def test_no_other_limit_finds_more_wake_at_that_sensitivity(asleep: list[int], awake: list[int]) -> None:
    """Tried at every score, none that keeps 93 % of sleep finds more of wake."""
    is_wake = np.array([False] * len(asleep) + [True] * len(awake))
    score = np.array([*asleep, *awake], dtype=np.float64)

    best = max(
        np.mean([value > limit for value in awake])
        for limit in range(21)
        if 100 * sum(value <= limit for value in asleep) >= 93 * len(asleep)
    )

    assert wake_specificity(is_wake, score, 0.93) == pytest.approx(best)


def test_summaries_differ_by_what_was_called_otherwise() -> None:
    """One epoch of 30 s more asleep in one night, two fewer in the other: (0.5 - 1.0) / 2 min."""
    other = judged("b", [0, 1, 1, 1], [0, 1, 0, 0])

    sleep = agreement([NIGHT, other])["total_sleep_min"]

    spread = 1.96 * float(np.std([0.5, -1.0], ddof=1))
    assert sleep == {
        "bias": -0.25,
        "lower": round(-0.25 - spread, 2),
        "upper": round(-0.25 + spread, 2),
    }
    assert agreement([NIGHT])["efficiency_percent"] == {"bias": 10.0, "lower": None, "upper": None}
    assert agreement([other])["wake_after_onset_min"]["bias"] == 1.0


def test_epochs_that_nobody_scored_take_no_part() -> None:
    """Published stages become wake, NREM and REM; -1 is left out with what was said of it."""
    night = Night(
        "a", np.arange(7), np.zeros(7), np.zeros(7), np.array([0, 1, -1, 2, 3, 4, 5], dtype=np.int64)
    )
    said = Hypnogram(np.array([0, 1, 2, 1, 1, 1, 2]), np.linspace(0.9, 0.3, 7))

    part = compare(night, said)

    assert part.truth.tolist() == [0, 1, 1, 1, 1, 2]
    assert part.stage.tolist() == [0, 1, 1, 1, 1, 2]
    np.testing.assert_allclose(part.wake_score, [0.9, 0.8, 0.6, 0.5, 0.4, 0.3])


def known(values: Iterable[float | None]) -> list[float]:
    """The values, of which none may be missing."""
    found = [value for value in values if value is not None]
    assert found, "there is none"
    return found


def random_night(name: str, rng: np.random.Generator) -> Judged:
    truth = rng.integers(0, 3, 60)
    stage = np.where(rng.random(60) < 0.6, truth, rng.integers(0, 3, 60))
    return Judged(name, truth, stage, np.clip(rng.normal(0.3 + 0.3 * (truth == 0), 0.2), 0.0, 0.999))


def test_intervals_are_those_of_drawing_nights_one_by_one() -> None:
    """Sums and shortcuts give what the figures themselves give on every draw; scores to a thousandth."""
    rng = np.random.default_rng(3)
    nights = [random_night(str(at), rng) for at in range(5)]
    draws = drawn_anew(nights)

    found, limits = intervals(nights), agreement_intervals(nights)

    each = [metrics(draw) for draw in draws]
    for name in each[0]:
        expected = np.percentile(known(figures[name] for figures in each), PERCENTILES)
        tolerance = 2.0 if name.startswith("wake") else 1e-3
        np.testing.assert_allclose(known(found[name] or ()), expected, atol=tolerance)
    sleep = limits["total_sleep_min"]
    biases = [float(differences(draw)["total_sleep_min"].mean()) for draw in draws]
    np.testing.assert_allclose(known(sleep["bias"] or ()), np.percentile(biases, PERCENTILES), atol=0.006)
    lower = known(agreement(draw)["total_sleep_min"]["lower"] for draw in draws)
    np.testing.assert_allclose(known(sleep["lower"] or ()), np.percentile(lower, PERCENTILES), atol=0.006)


def test_one_night_has_no_intervals() -> None:
    """A single person cannot be drawn anew."""
    assert set(intervals([NIGHT]).values()) == {None}


def test_the_page_shows_the_worst_night_first_with_all_its_epochs() -> None:
    """Strips hold a letter an epoch; the night's own kappa stands beside it."""
    perfect = judged("b", NIGHT.truth.tolist(), NIGHT.truth.tolist())

    shown = charts([perfect, NIGHT], [perfect, NIGHT])

    bars, strips = shown["Nights, those with the least agreement first"]
    assert isinstance(bars, Bars)
    assert isinstance(strips, Strips)
    assert list(strips.strips) == list(bars.groups) == ["a", "b"]
    assert strips.strips["a"] == Strip("WWNNNNNNRR", "WNNNNNNRRR")
    assert bars.groups["b"]["kappa"].value == 1.0
    (table,) = shown["Stages"]
    assert isinstance(table, Matrix)
    assert table.counts == [[3, 1, 0], [0, 11, 1], [0, 0, 4]]
