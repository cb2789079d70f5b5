"""The sleep regularity index on Phillips' scale, worked by hand."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.signals.sleep_regularity import sleep_regularity

NIGHT = np.repeat([0.0, 1.0, 0.0], [24, 8, 16])


def index(*days: list[float] | np.ndarray[tuple[int, ...], np.dtype[np.float64]]) -> float:
    found = sleep_regularity(np.array(days, dtype=np.float64))
    assert found is not None
    return found.index


def test_days_alike_have_100_and_reversed_ones_minus_100() -> None:
    """The two ends of the scale."""
    assert index(NIGHT, NIGHT, NIGHT) == 100.0
    assert index(NIGHT, 1.0 - NIGHT) == -100.0


def test_the_scale_is_not_the_share_that_matches() -> None:
    """Of 24 hours 23 match: 96 % on the plain scale of some products, 91.7 on this one."""
    other = NIGHT.copy()
    other[:2] = 1.0

    assert index(NIGHT, other) == pytest.approx(-100.0 + 200.0 * 23.0 / 24.0)


def test_sleep_at_random_has_about_0() -> None:
    """Two hundred days of coin tosses."""
    assert abs(index(*np.random.default_rng(2).integers(0, 2, (200, 480)).astype(float))) < 2.0


def test_what_is_not_known_is_left_out_with_its_share_of_the_divisor() -> None:
    """Half an hour not known in one day: of the 46 left 44 match."""
    other = NIGHT.copy()
    other[0], other[1], other[5] = np.nan, np.nan, 1.0
    third = NIGHT.copy()
    third[5] = 0.0

    assert index(NIGHT, other) == pytest.approx(-100.0 + 200.0 * 45 / 46)
    assert index(NIGHT, other, third) == pytest.approx(-100.0 + 200.0 * 90 / 92)


def test_a_day_that_is_not_known_takes_its_pairs_with_it() -> None:
    """Of four days with the second missing one pair is left; of two with one missing none."""
    unknown = np.full(48, np.nan)
    found = sleep_regularity(np.array([NIGHT, unknown, NIGHT, NIGHT]))

    assert found is not None
    assert (found.index, found.pairs) == (100.0, 1)
    assert sleep_regularity(np.array([NIGHT, unknown])) is None
    assert sleep_regularity(NIGHT[np.newaxis]) is None


@given(st.lists(st.lists(st.sampled_from([0.0, 1.0]), min_size=6, max_size=6), min_size=2, max_size=6))
def test_it_stays_on_its_scale_and_knows_no_direction_of_time(days: list[list[float]]) -> None:
    """Never beyond -100 and 100, and the same for the days backwards."""
    forward = index(*days)

    assert -100.0 <= forward <= 100.0
    assert index(*days[::-1]) == pytest.approx(forward)


def test_days_of_which_half_is_known_in_common_are_compared() -> None:
    """Of 48 half hours 24 known in both are enough, 23 are not."""
    half, less = NIGHT.copy(), NIGHT.copy()
    half[24:] = np.nan
    less[23:] = np.nan

    assert index(NIGHT, half) == 100.0
    assert sleep_regularity(np.array([NIGHT, less])) is None
