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


def test_a_stage_that_a_model_is_shy_of_is_lifted() -> None:
    """Wake given half of its odds is called again once the lifts are chosen; certain sleep stays asleep."""
    rng = np.random.default_rng(2)
    truth = np.repeat(rng.permutation(np.repeat([0, 1, 2], [10, 30, 10])), 20)
    evidence = np.full((len(truth), 3), 0.25)
    evidence[np.arange(len(truth)), truth] = 0.5
    evidence[:, WAKE] *= 0.4
    shy = evidence / evidence.sum(axis=1, keepdims=True)

    decoder = fit_decoder([truth], [shy])

    assert decoder.lift[WAKE] > 1.0
    assert np.mean(decoder.stages(shy)[truth == WAKE] == WAKE) > 0.8
    assert np.mean(decoder.stages(shy)[truth == 1] == 1) > 0.9
