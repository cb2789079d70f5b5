"""The main sleep of a day from movement: days of which it is plain when the wearer rested."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from edge.signals.sleep_period import main_sleep

DAY = 2880


def day(*rests: tuple[int, int], seed: int = 1) -> NDArray[np.float64]:
    """A restless day with stillness in those epochs."""
    movement = np.random.default_rng(seed).exponential(20.0, DAY)
    for first, end in rests:
        movement[first:end] = 0.0
    return movement


def test_the_longest_rest_of_a_day_is_its_sleep() -> None:
    """A nap of two hours and a night of seven: the night is found, to some minutes."""
    found = main_sleep(day((400, 640), (1500, 2340)))

    assert found is not None
    assert found == pytest.approx((1500, 2340), abs=8)


def test_single_movements_do_not_end_a_night() -> None:
    """One epoch in twenty moves, as sleepers do."""
    movement = day((1500, 2340))
    movement[1500:2340:20] = 15.0

    assert main_sleep(movement) == pytest.approx((1500, 2340), abs=8)


@pytest.mark.parametrize(("awake_epochs", "whole"), [(110, True), (140, False)])
def test_rests_less_than_an_hour_apart_are_one(awake_epochs: int, *, whole: bool) -> None:
    """Up for 55 minutes in the night, and for 70: van Hees' gap is 60 minutes."""
    found = main_sleep(day((1500, 1900), (1900 + awake_epochs, 2500)))

    assert found is not None
    assert found[0] == pytest.approx(1500 if whole else 1900 + awake_epochs, abs=8)
    assert found[1] == pytest.approx(2500, abs=8)


def test_rests_below_half_an_hour_are_none() -> None:
    """A still quarter of an hour now and then in a restless day is no sleep."""
    assert main_sleep(day((400, 430), (1000, 1030))) is None


def test_what_is_not_known_is_no_rest() -> None:
    """A band on its charger is as still as a sleeper, but tells nothing; a day without data has no sleep."""
    movement = day((1500, 2340))
    movement[200:1200] = np.nan

    assert main_sleep(movement) == pytest.approx((1500, 2340), abs=8)
    assert main_sleep(np.full(DAY, np.nan)) is None
