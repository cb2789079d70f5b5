"""What the risk model is given, and how its terms add up."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.signals.risk import (
    RISK_INPUTS,
    RISK_OUTCOMES,
    RISK_PAIRS,
    RISK_TERMS,
    SEATS,
    risk_inputs,
    risk_logits,
)


def test_nothing_known_is_all_missing() -> None:
    """Without any answer each term sees zeros and its flags."""
    seats = risk_inputs({})

    assert seats.shape == (1, 1, SEATS, len(RISK_TERMS))
    for place, term in enumerate(RISK_TERMS):
        assert seats[0, 0, :, place].tolist() == [0, 0, 1, float(len(term) == 2)]


def test_a_gap_is_told_from_the_middle_of_the_range() -> None:
    """None and NaN are missing; 50 years, the middle, is 0 without a flag."""
    known = risk_inputs({"age_years": 50.0, "bmi_kg_m2": None, "pulse_bpm": float("nan")})
    places = {term[0]: place for place, term in enumerate(RISK_TERMS) if len(term) == 1}

    assert known[0, 0, :, places["age_years"]].tolist() == [0, 0, 0, 0]
    assert known[0, 0, :, places["bmi_kg_m2"]].tolist() == [0, 0, 1, 0]
    assert known[0, 0, :, places["pulse_bpm"]].tolist() == [0, 0, 1, 0]


def test_a_pair_sees_both_its_inputs() -> None:
    """A woman of 80: 1 for the age, -1 for the sex."""
    seats = risk_inputs({"age_years": np.array([80.0, 20.0]), "is_male": np.array([0.0, np.nan])})
    place = RISK_TERMS.index(("age_years", "is_male"))

    assert seats[:, 0, :, place].tolist() == [[1, -1, 0, 0], [-1, 0, 0, 1]]


def test_there_are_at_most_twenty_inputs_and_each_has_its_term() -> None:
    """What the issue allows; a pair is of inputs there are."""
    assert len(RISK_INPUTS) <= 20
    assert {name for term in RISK_TERMS for name in term} == set(RISK_INPUTS)
    assert len(RISK_TERMS) == len(RISK_INPUTS) + len(RISK_PAIRS)


@given(st.sampled_from(sorted(RISK_INPUTS)), st.floats(-1e6, 1e6))
def test_no_value_leaves_the_range_of_int8(name: str, value: float) -> None:
    """However odd an answer, it counts as the border."""
    assert np.abs(risk_inputs({name: value})).max() <= 1.0


def test_logits_are_the_sums_of_the_shares() -> None:
    """Term by term, outcome by outcome, whatever the shape they come in."""
    shares = np.random.default_rng(3).normal(size=(5, len(RISK_TERMS), len(RISK_OUTCOMES)))

    assert risk_logits(shares.reshape(5, -1)) == pytest.approx(shares.sum(axis=1))
