"""Fits the decoder of a night: transitions are counted, how readily a stage is called is chosen."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product
from typing import Final

import numpy as np
from numpy.typing import NDArray

from edge.signals.sleep_report import STAGES
from edge.signals.sleep_stages import Decoder
from training.agreement import kappa
from training.hypnograms import confusion

# How much of the prior the chain already brings, and how much of an epoch's evidence its neighbours do not
# have. Fitted to 20 persons they did worse on the others than these: too little to choose so much from.
PRIOR_SHARE: Final = 0.5
WEIGHT: Final = 0.35
WAKE_LIFTS: Final = np.arange(0.0, 1.61, 0.2)
REM_LIFTS: Final = np.arange(-0.4, 1.21, 0.2)


def fit_decoder(stages: Sequence[NDArray[np.int64]], probabilities: Sequence[NDArray[np.float64]]) -> Decoder:
    """Transitions and priors counted from the nights; the lifts are those that agree best with them.

    `stages` are indices into STAGES, -1 for none; `probabilities` (epochs, 3) must come from networks that
    have not learned from the night they judge.
    """
    states = len(STAGES)
    truth = np.concatenate(stages)
    is_scored = truth >= 0
    share = np.bincount(truth[is_scored], minlength=states) + 1.0
    pairs = np.ones((states, states))
    for stage in stages:
        is_pair = (stage[:-1] >= 0) & (stage[1:] >= 0)
        np.add.at(pairs, (stage[:-1][is_pair], stage[1:][is_pair]), 1.0)
    begun = np.bincount([stage[stage >= 0][0] for stage in stages], minlength=states) + 1.0
    decoder = Decoder(
        transition=pairs / pairs.sum(axis=1, keepdims=True),
        start=begun / begun.sum(),
        prior=(share / share.sum()) ** PRIOR_SHARE,
        weight=WEIGHT,
        lift=np.ones(states),
    )
    posterior = np.concatenate([decoder.posterior(part) for part in probabilities])[is_scored]
    lifts = [np.exp([wake, 0.0, rem]) for wake, rem in product(WAKE_LIFTS, REM_LIFTS)]
    gains = [_gain(truth[is_scored], np.argmax(posterior * lift, axis=1)) for lift in lifts]
    best = lifts[int(np.argmax(gains))]
    return Decoder(decoder.transition, decoder.start, decoder.prior, decoder.weight, best)


def _gain(truth: NDArray[np.int64], stage: NDArray[np.int64]) -> float:
    """What the lifts are chosen by: accuracy plus kappa, both of 1."""
    table = confusion(truth, stage)
    return float(np.trace(table)) / float(np.sum(table)) + (kappa(table) or 0.0)
