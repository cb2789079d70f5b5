"""Hidden Markov inference against the sum over every sequence of states."""

from __future__ import annotations

from itertools import product

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from edge.signals.hidden_markov import evidence_from, filtered, smoothed

TRANSITION = np.array([[0.77, 0.22, 0.01], [0.05, 0.83, 0.12], [0.03, 0.09, 0.88]])
START = np.array([0.6, 0.3, 0.1])


def every_sequence(evidence: np.ndarray) -> dict[tuple[int, ...], float]:
    """The joint probability of each sequence of states with all that was seen."""
    joint = {}
    for states in product(range(3), repeat=len(evidence)):
        chance = START[states[0]] * evidence[0][states[0]]
        for step in range(1, len(states)):
            chance *= TRANSITION[states[step - 1], states[step]] * evidence[step][states[step]]
        joint[states] = float(chance)
    return joint


def shares(joint: dict[tuple[int, ...], float], step: int) -> list[float]:
    by_state = [sum(chance for states, chance in joint.items() if states[step] == at) for at in range(3)]
    return [value / sum(by_state) for value in by_state]


evidences = st.lists(st.lists(st.floats(0.01, 5.0), min_size=3, max_size=3), min_size=1, max_size=6).map(
    np.array
)


def test_nothing_seen_gives_no_states() -> None:
    """A night without epochs has none to smooth."""
    nothing = np.empty((0, 3))

    assert smoothed(nothing, TRANSITION, START).shape == (0, 3)


@given(evidences)
def test_smoothing_equals_the_sum_over_all_sequences(evidence: np.ndarray) -> None:
    """Forward-backward gives each state's share of all sequences that explain everything seen."""
    joint = every_sequence(evidence)

    expected = [shares(joint, step) for step in range(len(evidence))]

    np.testing.assert_allclose(smoothed(evidence, TRANSITION, START), expected, rtol=1e-9)


@given(evidences)
def test_filtering_knows_only_what_came_before(evidence: np.ndarray) -> None:
    """At each step it equals smoothing of the sequence cut there."""
    answers = filtered(evidence, TRANSITION, START)

    for step, answer in enumerate(answers):
        np.testing.assert_allclose(answer, smoothed(evidence[: step + 1], TRANSITION, START)[-1], rtol=1e-9)


def test_a_night_of_ten_thousand_epochs_stays_finite() -> None:
    """Products of many small numbers neither vanish nor overflow."""
    evidence = np.random.default_rng(3).uniform(1e-9, 1e-6, (10_000, 3))

    posterior = smoothed(evidence, TRANSITION, START)

    np.testing.assert_allclose(posterior.sum(axis=1), 1.0)


def test_evidence_is_what_a_judgement_adds_to_the_prior() -> None:
    """Probabilities equal to the prior say nothing; half the weight is the square root."""
    prior = np.array([0.1, 0.7, 0.2])

    np.testing.assert_allclose(evidence_from(prior[np.newaxis], prior, 0.4), [[1.0, 1.0, 1.0]])
    np.testing.assert_allclose(
        evidence_from(np.array([[0.4, 0.4, 0.2]]), prior, 0.5), [[2.0, np.sqrt(0.4 / 0.7), 1.0]]
    )


def test_a_judgement_of_none_and_all_rules_nothing_out() -> None:
    """A probability of 0 counts as a millionth of a millionth: little, and never nothing."""
    prior = np.array([0.5, 0.5])

    np.testing.assert_allclose(
        evidence_from(np.array([[0.0, 1.0]]), prior, 0.5), [[np.sqrt(2e-12), np.sqrt(2.0)]]
    )
