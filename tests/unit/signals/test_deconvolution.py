"""What an average has blurred comes back."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from edge.signals.deconvolution import richardson_lucy

KERNEL = np.exp(-0.5 * (np.arange(-9, 10) * 30.0 / 50.0) ** 2)
KERNEL /= KERNEL.sum()


def blurred(values: list[float]) -> NDArray[np.float64]:
    return np.convolve(np.pad(np.array(values), 9, mode="edge"), KERNEL, mode="valid")


def test_two_movements_that_ran_together_come_apart() -> None:
    """Averaged, movements four epochs apart leave no dip; sharpened, each stands where it was."""
    moved = [0.0] * 30
    moved[10], moved[14] = 40.0, 40.0
    averaged = blurred(moved)
    assert averaged[12] > 0.9 * averaged[11]

    sharp = richardson_lucy(averaged, KERNEL, 100)

    assert set(np.argsort(sharp)[-2:].tolist()) == {10, 14}
    assert sharp[12] < 0.2 * sharp[10]


def test_one_iteration_equals_a_hand_worked_one() -> None:
    """A spike of 4 under (1/4, 1/2, 1/4) among zeros: each place times the average of the quotients."""
    seen = [0.0, 1.0, 2.0, 1.0, 0.0]

    sharp = richardson_lucy(np.array(seen), np.array([0.25, 0.5, 0.25]), 1)

    # Averages of the series: 1/4, 1, 3/2, 1, 1/4; quotients 0, 1, 4/3, 1, 0.
    quotients = [0.0, 1.0, 4 / 3, 1.0, 0.0]
    middle = 2.0 * (quotients[1] + 2 * quotients[2] + quotients[3]) / 4
    beside = 1.0 * (quotients[0] + 2 * quotients[1] + quotients[2]) / 4
    np.testing.assert_allclose(sharp, [0.0, beside, middle, beside, 0.0], atol=1e-3)


@pytest.mark.parametrize("count", [1, 5, 40])
def test_a_level_series_stays_as_it_is(count: int) -> None:
    """There is nothing to sharpen, at the ends neither."""
    np.testing.assert_allclose(richardson_lucy(np.full(count, 3.0), KERNEL, 20), 3.0, atol=1e-3)


@given(st.lists(st.floats(0.0, 500.0), min_size=1, max_size=60))
def test_what_comes_back_is_never_negative_and_blurs_to_what_was_seen(values: list[float]) -> None:
    """Averaged again, it is closer to what was seen than what was seen averaged twice."""
    averaged = blurred(values)

    sharp = richardson_lucy(averaged, KERNEL, 20)

    assert (sharp >= 0.0).all()
    assert np.isfinite(sharp).all()
    apart = np.abs(blurred(sharp.tolist()) - averaged).sum()
    assert apart <= np.abs(blurred(averaged.tolist()) - averaged).sum() + 0.01 * len(values)
