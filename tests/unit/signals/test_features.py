"""Feature channels against values worked out by hand, and their behaviour on anything."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as st_np
from numpy.typing import NDArray

from edge.signals.features import FEATURES, channels

NAMES = tuple(FEATURES)


def squashed(value: float) -> float:
    return math.asinh(20.0 * value)


@given(
    st_np.arrays(np.float64, (3, 64), elements=st.floats(allow_nan=True, allow_infinity=True, min_value=None))
)
def test_whatever_comes_in_stays_within_the_models_range(rr_ms: NDArray[np.float64]) -> None:
    """NaN, infinity and absurd values give finite channels of at most 3."""
    with np.errstate(over="ignore"):
        values = channels(rr_ms, NAMES)

    assert values.shape == (3, 64, len(NAMES))
    assert np.all(np.abs(values) <= 3.0)


@given(st_np.arrays(np.float64, (4, 64), elements=st.floats(250, 2500)))
def test_a_window_alone_gives_what_it_gives_among_others(rr_ms: NDArray[np.float64]) -> None:
    """Training sees batches and the device single windows; both get the same bytes."""
    together = channels(rr_ms, NAMES)

    for window, expected in zip(rr_ms, together, strict=True):
        assert channels(window, NAMES).tobytes() == expected.tobytes()


def test_a_perfectly_regular_rhythm_is_silent() -> None:
    """At a constant 800 ms every channel is 0."""
    assert not channels(np.full(64, 800.0), NAMES).any()


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("difference", [0.0, squashed(-0.25), squashed(0.5), squashed(-0.25)]),
        ("sorted_change", [0.0, squashed(0.25), squashed(0.25), squashed(0.5)]),
        (
            "sorted_ratio",
            [squashed(math.log(0.75)), 0.0, 0.0, squashed(math.log(1.25))],
        ),
        ("ratio_recent", [0.0, squashed(-0.25), squashed(0.25), squashed(0.0)]),
        ("level", [2 * math.log(1000 / 800)] * 4),
    ],
)
def test_channels_equal_hand_worked_values(name: str, expected: list[float]) -> None:
    """Four intervals of 1000, 750, 1250, 1000 ms with their median of 1000 ms."""
    values = channels(np.array([1000.0, 750.0, 1250.0, 1000.0]), [name])

    np.testing.assert_allclose(values[:, 0], expected, atol=2e-6)


def test_the_local_ratio_follows_a_slow_change_of_rate() -> None:
    """On a steady ramp the middle of the window is close to its neighbourhood and thus close to 0."""
    values = channels(np.linspace(700.0, 900.0, 64), ["log_ratio_local"])

    assert np.all(np.abs(values[8:-8]) < 0.01)


def test_a_single_premature_beat_stands_out_in_the_recent_ratio() -> None:
    """The premature beat and its pause go opposite ways, the rest stays at 0."""
    rr_ms = np.full(64, 800.0)
    rr_ms[30], rr_ms[31] = 500.0, 1100.0

    values = channels(rr_ms, ["ratio_recent"])[:, 0]

    assert values[30] == pytest.approx(max(-3.0, squashed(500 / 800 - 1)), abs=1e-5)
    assert values[31] == pytest.approx(min(3.0, squashed(1100 / 800 - 1)), abs=1e-5)
    assert np.count_nonzero(values) == 2
