"""Which inputs become golden vectors."""

from __future__ import annotations

import numpy as np

from training.golden import GOLDEN_VECTORS, liveliest, spread_runs


def test_the_stretch_with_the_liveliest_answers_is_found() -> None:
    """A flat line with one wave in it: the stretch is the wave."""
    answers = np.zeros((500, 2))
    answers[200 : 200 + GOLDEN_VECTORS] = np.sin(np.arange(GOLDEN_VECTORS))[:, np.newaxis]

    assert liveliest(answers) == slice(200, 200 + GOLDEN_VECTORS)
    assert liveliest(answers[:10]) == slice(10)


def test_runs_start_all_over_the_range() -> None:
    """Eight runs of eight neighbours, from the least answer to the greatest."""
    answers = np.random.default_rng(3).permutation(1000).astype(float)

    places = spread_runs(answers).reshape(8, 8)

    assert np.all(np.diff(places, axis=1) == 1)
    assert np.all(np.diff(answers[places[:, 0]]) > 100)
