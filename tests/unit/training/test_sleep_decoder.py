"""The decoder of a night is counted from nights, and its lifts repair what a model calls too rarely."""

from __future__ import annotations

import numpy as np

from edge.signals.sleep_report import WAKE
from training.sleep_decoder import fit_decoder


def test_transitions_are_counted_with_one_of_each_to_begin_with() -> None:
    """Wake, wake, NREM, NREM, then not scored, then REM: one step each of two kinds, one between."""
    stages = [np.array([0, 0, 1, 1, -1, 2])]
    probabilities = [np.full((6, 3), 1 / 3)]

    decoder = fit_decoder(stages, probabilities)

    np.testing.assert_allclose(
        decoder.transition, [[2 / 5, 2 / 5, 1 / 5], [1 / 4, 2 / 4, 1 / 4], [1 / 3, 1 / 3, 1 / 3]]
    )
    np.testing.assert_allclose(decoder.start, [2 / 4, 1 / 4, 1 / 4])
    np.testing.assert_allclose(decoder.prior, np.sqrt(np.array([3, 3, 2]) / 8))


def test_a_stage_that_a_model_is_shy_of_is_called() -> None:
    """Where wake is given 0.4 and never the most, it is called all the same, and sleep stays asleep."""
    truth = np.repeat([0, 1, 2, 1, 0, 1, 2, 1], [20, 90, 30, 80, 20, 90, 40, 70])
    given = np.array([[0.40, 0.50, 0.10], [0.05, 0.85, 0.10], [0.05, 0.25, 0.70]])
    probability = given[truth]
    assert not np.any(np.argmax(probability, axis=1) == WAKE)

    stages = fit_decoder([truth], [probability]).stages(probability)

    assert np.mean(stages[truth == WAKE] == WAKE) > 0.9
    assert np.mean(stages[truth == 1] == 1) > 0.9
    assert np.mean(stages[truth == 2] == 2) > 0.9
