"""The published detectors, written anew: worked examples, and the behaviour their papers promise."""

from __future__ import annotations

from collections import Counter
from math import log, log2

import numpy as np
import pytest

from edge.contract.samples import Mode, SampleBatch
from edge.contract.topics import SampleTopic
from training.baselines import dash_2009, lake_2011, petrenas_2015, zhou_2015
from training.baselines.gateway import Gateway
from training.baselines.rhythm import RHYTHM_BASELINES, Detector

DETECTORS = {name: detector.detect for name, detector in RHYTHM_BASELINES.items()}


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


def test_turning_points_differences_and_entropy_by_hand() -> None:
    """800 and 900 in turn: every inner interval turns, each step is 100 ms, two of sixteen bins fill."""
    window = np.array([[800.0, 900.0] * 64])

    assert dash_2009.turning_points(window).tolist() == [1.0]
    assert dash_2009.successive_differences(window).tolist() == pytest.approx([100 / 850])
    assert dash_2009.entropy(window).tolist() == pytest.approx([log(2) / log(16)])
    assert not dash_2009.irregular(window).any()


def test_entropy_is_whole_where_all_bins_are_even_and_none_where_nothing_varies() -> None:
    """128 intervals 1 ms apart leave 112, seven in each bin, without the eight at either end."""
    even = dash_2009.without_outliers(np.arange(600.0, 728.0)[np.newaxis, ::-1])

    assert even.tolist() == [np.arange(719.0, 607.0, -1.0).tolist()]
    assert dash_2009.entropy(even).tolist() == pytest.approx([1.0])
    assert dash_2009.entropy(np.full((1, 128), 800.0)).tolist() == [0.0]


def chance(count: int) -> list[float]:
    """Intervals as in AF: independent, spread by a fifth."""
    values: list[float] = np.random.default_rng(5).normal(700.0, 140.0, count).clip(300.0, 1500.0).tolist()
    return values


@pytest.mark.parametrize("name", list(RHYTHM_BASELINES))
def test_a_detector_as_a_gateway_tells_an_episode_once_and_its_end(name: str) -> None:
    """Ten minutes of steady beats, ten of chance, ten steady: one alert, begun and ended in good time."""
    gateway = Gateway(name, RHYTHM_BASELINES[name])
    steady = [800.0 + 10.0 * (beat % 3) for beat in range(750)]
    told, at_s = [], 1000.0
    rr_ms = [*steady, *chance(850), *steady]
    for begin in range(0, len(rr_ms), 8):
        part = rr_ms[begin : begin + 8]
        times_s = (at_s + np.cumsum(part) / 1000.0).tolist()
        at_s = times_s[-1]
        values: dict[str, list[float | None]] = {"rr": list(part)}
        batch = SampleBatch(seq=begin, times_s=times_s, values=values, mode=Mode.TEST)
        told += gateway.take(SampleTopic("ada", "strap", "rr"), batch)

    onset_s = 1000.0 + sum(steady) / 1000.0
    end_s = onset_s + sum(chance(850)) / 1000.0
    start, end = told
    assert (start.phase, start.n, end.phase, end.n, start.id) == ("start", 1, "end", 2, end.id)
    assert onset_s < start.onset_s <= start.at_s - 30.0 < onset_s + 110.0
    assert end.end_s is not None
    assert abs(end.end_s - end_s) < 110.0


def test_a_silence_ends_what_it_interrupts() -> None:
    """After two minutes without beats the episode has ended with the last of them, and beats count anew."""
    gateway = Gateway("x", Detector(lambda rr_ms: np.ones(len(rr_ms), dtype=bool), 4))
    told = []
    for at_s in (10.0, 50.0, 200.0):
        batch = SampleBatch(
            seq=0, times_s=[at_s - 1.0, at_s], values={"rr": [1000.0, 1000.0]}, mode=Mode.TEST
        )
        told += gateway.take(SampleTopic("ada", "strap", "rr"), batch)

    assert [(alert.phase, alert.onset_s, alert.at_s, alert.end_s) for alert in told] == [
        ("start", 10.0, 50.0, None),
        ("end", 10.0, 50.0, 50.0),
    ]
