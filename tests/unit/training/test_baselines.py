"""The published detectors, written anew: worked examples, and the behaviour their papers promise."""

from __future__ import annotations

from collections import Counter
from math import log, log2

import numpy as np
import pytest

from training.baselines import lake_2011, petrenas_2015, zhou_2015

DETECTORS = {"zhou": zhou_2015.detect, "petrenas": petrenas_2015.detect, "lake": lake_2011.detect}


def test_words_are_three_symbols_of_five_beats_a_minute() -> None:
    """1000, 500, 180 ms are 60, 120 and 333/min: symbols 12, 24 and, at the ceiling, 63."""
    assert zhou_2015.words(np.array([1000.0, 500.0, 180.0])).tolist() == [12 * 4096 + 24 * 64 + 63]


def test_the_coarser_entropy_is_the_formula_of_the_paper() -> None:
    """Words 1, 1, 2, 3: 3 / (4 log2 4) of the entropy 1.5 bit."""
    assert zhou_2015.coarser_entropy(Counter([1, 1, 2, 3])) == pytest.approx(3 / (4 * log2(4)) * 1.5)


def test_the_entropy_brought_up_to_date_is_the_entropy_worked_out_anew() -> None:
    """Sliding over a random heart, each beat is called as its own 127 words say."""
    rr_ms = np.random.default_rng(3).normal(800.0, 60.0, 400)
    word = zhou_2015.words(rr_ms).tolist()

    called = zhou_2015.detect(rr_ms)

    for first in range(0, len(word) - 126, 17):
        entropy = zhou_2015.coarser_entropy(Counter(word[first : first + 127]))
        assert called[first + 65] == (entropy >= 0.639)


def test_pairs_that_differ_by_over_thirty_ms_are_counted() -> None:
    """Seven intervals of 800 ms and one of 900: 7 of the 28 pairs differ."""
    rr_s = np.array([0.8] * 7 + [0.9])

    assert petrenas_2015.pair_irregularity(rr_s).tolist() == [7 / 28]


def test_the_averager_moves_by_a_fiftieth() -> None:
    """From 0 towards 1: 0, then 0.02, then 0.02 + 0.02 x 0.98."""
    assert petrenas_2015.smoothed(np.array([0.0, 1.0, 1.0])).tolist() == pytest.approx([0.0, 0.02, 0.0396])


def test_sample_entropy_of_a_steady_heart_is_low() -> None:
    """All pairs agree at 30 ms: 55 single and 55 double matches, so ln(60 / 800)."""
    window = np.full((1, 12), 800.0)

    assert lake_2011.coefficient(window).tolist() == pytest.approx([log(60 / 800)])


def test_sample_entropy_of_an_alternating_heart_by_hand() -> None:
    """600, 1000 in turn: at 30 ms the pairs an even step apart agree, and agree again: ln(60 / 800)."""
    window = np.array([[600.0, 1000.0] * 6])

    assert lake_2011.coefficient(window).tolist() == pytest.approx([log(60 / 800)])


@pytest.mark.parametrize("name", DETECTORS)
def test_fibrillation_is_called_and_a_steady_heart_is_not(name: str) -> None:
    """Intervals that know nothing of each other are AF to each; sinus rhythm with breathing is not."""
    rng = np.random.default_rng(11)
    fibrillating = rng.gamma(16.0, 45.0, 1000)
    beats = np.arange(1000)
    steady = 850.0 * (1 + 0.02 * np.sin(2 * np.pi * beats / 4.3)) + rng.normal(0.0, 6.0, 1000)

    assert DETECTORS[name](fibrillating).mean() > 0.9
    assert DETECTORS[name](steady).mean() < 0.02


@pytest.mark.parametrize("name", DETECTORS)
def test_too_few_beats_are_not_called(name: str) -> None:
    """Shorter than its window, a detector says nothing and does not fail."""
    assert DETECTORS[name](np.array([800.0, 500.0, 1100.0])).tolist() == [False] * 3
