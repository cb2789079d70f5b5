"""Gaps between groups, thresholds fair by sex, and what a bundle is measured on."""

from __future__ import annotations

import numpy as np
import pytest

from edge.signals.risk import RISK_INPUTS, RISK_OUTCOMES, RISK_TERMS
from training.risk import ASKED_TOGETHER, may_tell
from training.risk_groups import Thresholds, fair_thresholds, worst_gap
from training.risk_outcomes import OUTCOMES


def groups(*sizes: int) -> list[np.ndarray[tuple[int], np.dtype[np.bool_]]]:
    """Groups of persons one after the other."""
    place = np.repeat(np.arange(len(sizes)), sizes)
    return [place == number for number in range(len(sizes))]


def test_too_few_to_compare_give_no_gap() -> None:
    """A group of under fifty is left out, and one group alone has no gap."""
    assert worst_gap(groups(200, 49), np.zeros(249, dtype=bool), ["many", "few"]) is None


def test_the_widest_gap_names_both_ends() -> None:
    """40, 60 and 75 percent called: a gap of 35 points from the first to the last, within its interval."""
    called = np.concatenate([np.arange(100) < share for share in (40, 60, 75)])

    gap = worst_gap(groups(100, 100, 100), called, ["a", "b", "c"])

    assert gap is not None
    assert (gap["gap"], gap["least"], gap["most"]) == (35.0, "a", "c")
    assert 20.0 < gap["low"] < 35.0 < gap["high"] < 50.0


def test_thresholds_by_sex_find_as_many_of_either() -> None:
    """Men's probabilities are twice women's; each sex's own threshold misses the same share."""
    rng = np.random.default_rng(11)
    male = np.repeat([0.0, 1.0], 4000)
    probability = rng.beta(2, 8, 8000) * (0.5 + 0.5 * male)
    has_it = rng.random(8000) < probability

    thresholds = fair_thresholds(probability, has_it, male)
    called = probability >= thresholds.of(male)

    found = [np.mean(called[has_it & (male == sex)]) for sex in (0.0, 1.0)]
    assert found[0] == pytest.approx(found[1], abs=0.01)
    assert thresholds.female < thresholds.common < thresholds.male


def test_who_does_not_tell_the_sex_gets_the_common_threshold() -> None:
    """Missing is neither."""
    of_each = Thresholds(0.2, 0.1, 0.3).of(np.array([np.nan, 0.0, 1.0]))

    assert of_each.tolist() == [0.2, 0.1, 0.3]


def test_no_outcome_is_told_from_itself() -> None:
    """Blood pressure and its medicine say nothing of raised pressure, known diabetes nothing of diabetes."""
    allowed = may_tell()
    forbidden = {
        "diabetes": {"has_diabetes"},
        "raised_pressure": {"systolic_mmhg", "diastolic_mmhg", "takes_pressure_medicine"},
    }

    for name, inputs in forbidden.items():
        for place, term in enumerate(RISK_TERMS):
            if inputs & set(term):
                assert not allowed[place, RISK_OUTCOMES.index(name)]


def test_outcomes_inputs_and_groups_name_what_there_is() -> None:
    """The tables of this task agree with each other."""
    assert tuple(outcome.name for outcome in OUTCOMES) == RISK_OUTCOMES
    assert {name for outcome in OUTCOMES for name in outcome.inputs} == set(RISK_INPUTS)
    hidden = [name for group in ASKED_TOGETHER for name in group]
    assert sorted([*hidden, "age_years", "is_male"]) == sorted(RISK_INPUTS)
