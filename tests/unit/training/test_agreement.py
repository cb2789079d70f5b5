"""Agreement of two judgements, against the plain formulas and scikit-learn."""

from __future__ import annotations

import statistics

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import cohen_kappa_score

from training.agreement import kappa, kappas, limits_of_agreement

TABLES = st.lists(st.lists(st.integers(0, 6), min_size=9, max_size=9), min_size=1, max_size=5)


def test_kappa_is_one_in_agreement_and_none_where_chance_is_all() -> None:
    """Cohen's limits: full agreement 1, judgements that know nothing 0, opposites below 0."""
    assert kappa(np.array([[8, 0], [0, 8]])) == 1.0
    assert kappa(np.array([[4, 4], [4, 4]])) == 0.0
    assert kappa(np.array([[0, 8], [8, 0]])) == -1.0


def test_chance_that_agrees_on_everything_has_no_kappa() -> None:
    """One class throughout in truth and answer says nothing of agreement beyond chance; no case neither."""
    assert kappa(np.array([[0, 0, 0], [0, 2, 0], [0, 0, 0]])) is None
    assert kappa(np.zeros((3, 3), dtype=np.int64)) is None


@given(TABLES)
def test_each_of_many_tables_has_the_kappa_of_its_cases(rows: list[list[int]]) -> None:
    """Case by case scikit-learn says the same; tables beside each other do not mix."""
    tables = np.array(rows).reshape(-1, 3, 3)

    for table, found in zip(tables, kappas(tables).tolist(), strict=True):
        cases = [(t, a) for t in range(3) for a in range(3) for _ in range(int(table[t, a]))]
        if len({t for t, _ in cases} | {a for _, a in cases}) < 2:
            assert np.isnan(found)
            continue
        truth, answer = zip(*cases, strict=True)
        assert found == pytest.approx(cohen_kappa_score(truth, answer), abs=1e-12)


def test_limits_of_agreement_are_those_of_bland_and_altman() -> None:
    """Mean and 1.96 standard deviations of the sample; a single difference has no limits."""
    differences = [0.5, -1.0, 3.0, 0.25]
    mean, sd = statistics.mean(differences), statistics.stdev(differences)

    assert limits_of_agreement(np.array(differences)) == pytest.approx(
        (mean, mean - 1.96 * sd, mean + 1.96 * sd)
    )
    assert limits_of_agreement(np.array([2.0])) == (2.0, None, None)
