"""Hidden Markov models with few states: what a sequence of doubtful judgements says as a whole.

`evidence` is (steps, states): how likely each step's observation is under each state, up to a factor of each
step's own. `transition` is (states, states), rows of probabilities from one state to the next, `start`
(states,) the probabilities of the first step. Rabiner, Proc. IEEE 77(2):257-286, 1989.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Probabilities = NDArray[np.floating]


def evidence_from(probability: Probabilities, prior: Probabilities, weight: float) -> NDArray[np.float64]:
    """What a classifier's probabilities (steps, states) say beyond `prior`, to the power `weight`.

    Neighbouring steps look at the same data, so each counts for less than one: `weight` is below 1.
    """
    ratio = np.maximum(probability, 1e-12) / prior
    evidence: NDArray[np.float64] = np.exp(weight * np.log(ratio))
    return evidence


def filtered(evidence: Probabilities, transition: Probabilities, start: Probabilities) -> NDArray[np.float64]:
    """The state's probabilities at each step given the steps up to it, (steps, states)."""
    forward = np.empty(evidence.shape, dtype=np.float64)
    expected = np.asarray(start, dtype=np.float64)
    for step, likelihood in enumerate(evidence):
        joint = expected * likelihood
        forward[step] = joint / np.sum(joint)
        expected = forward[step] @ transition
    return forward


def smoothed(evidence: Probabilities, transition: Probabilities, start: Probabilities) -> NDArray[np.float64]:
    """The state's probabilities at each step given all steps, (steps, states)."""
    posterior = filtered(evidence, transition, start)
    after = np.ones(evidence.shape[1])
    for step in range(len(evidence) - 2, -1, -1):
        after = transition @ (evidence[step + 1] * after)
        after /= np.sum(after)
        joint = posterior[step] * after
        posterior[step] = joint / np.sum(joint)
    return posterior
