"""Augmentation does to beats what it says, and nothing to time where time cannot change."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from training.augment import (
    augment,
    extra_beats,
    flutter,
    jittered,
    missed_beats,
    premature_run,
    sampled,
    scaled_rate,
)


@pytest.fixture
def rr_ms() -> NDArray[np.float32]:
    rng = np.random.default_rng(8)
    return rng.normal(813.0, 25.0, (200, 72)).astype(np.float32)


def test_windows_keep_their_shape_and_stay_finite(rr_ms: NDArray[np.float32]) -> None:
    """All of it together gives finite windows of the same shape and leaves its input alone."""
    before = rr_ms.copy()

    view = augment(rr_ms, np.arange(200) % 2 == 0, np.random.default_rng(1))

    assert view.shape == rr_ms.shape
    assert np.isfinite(view).all()
    np.testing.assert_array_equal(rr_ms, before)


def test_the_same_seed_gives_the_same_view(rr_ms: NDArray[np.float32]) -> None:
    """A view is decided by its generator."""
    is_af = np.zeros(200, dtype=bool)

    views = [augment(rr_ms, is_af, np.random.default_rng(3)).tobytes() for _ in range(2)]

    assert views[0] == views[1]


def test_missed_beats_lengthen_and_extra_ones_shorten(rr_ms: NDArray[np.float32]) -> None:
    """One to six intervals about double, or split in two whose sum was one."""
    rng = np.random.default_rng(5)

    missed = np.sum(missed_beats(rr_ms.copy(), rng) > 1200.0, axis=1)
    extra = np.sum(extra_beats(rr_ms.copy(), rng) < 680.0, axis=1)

    assert 0 <= missed.min() <= missed.max() <= 6
    assert missed.mean() > 2
    assert extra.min() >= 1
    assert extra.max() <= 12


def test_jitter_moves_beats_and_leaves_the_length_of_time(rr_ms: NDArray[np.float32]) -> None:
    """An error at one beat is shared by two intervals, so the window's duration moves by its ends only."""
    moved = jittered(rr_ms, np.random.default_rng(6))

    assert np.abs(moved - rr_ms).max() > 20.0
    assert np.abs(moved.sum(axis=1) - rr_ms.sum(axis=1)).max() < 100.0


def test_a_change_of_rate_keeps_the_rhythm(rr_ms: NDArray[np.float32]) -> None:
    """All intervals of a window are scaled alike, by 0.75 to 1.35."""
    ratio = scaled_rate(rr_ms, np.random.default_rng(7)) / rr_ms

    np.testing.assert_allclose(ratio, np.broadcast_to(ratio[:, :1], ratio.shape), rtol=1e-5)
    assert 0.74 < ratio.min() < ratio.max() < 1.36


def test_a_premature_run_keeps_the_pace_with_full_pauses(rr_ms: NDArray[np.float32]) -> None:
    """Premature beats come early; at the longest the pause makes up for it."""
    run = premature_run(rr_ms, np.random.default_rng(9))

    assert np.median(np.min(run, axis=1)) < 700.0
    assert np.all(run.sum(axis=1) <= rr_ms.sum(axis=1) + 1.0)


def test_flutter_intervals_are_multiples_of_a_cycle(rr_ms: NDArray[np.float32]) -> None:
    """Some cycle of 180 to 280 ms divides the intervals far better than it does random ones."""
    cycles_ms = np.linspace(175.0, 285.0, 111)[:, np.newaxis, np.newaxis]

    def misfit(windows: NDArray[np.float32]) -> NDArray[np.float64]:
        ratio = windows / cycles_ms
        misfits: NDArray[np.float64] = np.abs(ratio - np.round(ratio)).mean(axis=2).min(axis=0)
        return misfits

    rng = np.random.default_rng(10)
    random = rng.uniform(400.0, 1200.0, rr_ms.shape).astype(np.float32)

    assert np.median(misfit(flutter(rr_ms, rng))) < 0.6 * np.median(misfit(random))


def test_some_flutter_passes_even_numbers_of_waves_alone(rr_ms: NDArray[np.float32]) -> None:
    """Two windows in five are as well explained by a cycle twice as long; with any ratio few would be."""
    windows = flutter(rr_ms, np.random.default_rng(11))

    def misfit(cycles_ms: NDArray[np.float64]) -> NDArray[np.float64]:
        ratio = windows / cycles_ms[:, np.newaxis, np.newaxis]
        misfits: NDArray[np.float64] = np.abs(ratio - np.round(ratio)).mean(axis=2).min(axis=0)
        return misfits

    is_even = misfit(np.linspace(355.0, 565.0, 211)) < 0.12
    assert 0.2 < is_even.mean() < 0.6


def test_sampling_puts_beats_on_a_grid(rr_ms: NDArray[np.float32]) -> None:
    """All intervals of a window are multiples of a step of 4 to 40 ms, less than one from what they were."""
    steps = sampled(rr_ms, np.random.default_rng(15))

    off_ms = np.abs(steps - rr_ms).max(axis=1)
    assert 2.0 < off_ms.min() < 6.0
    assert 25.0 < off_ms.max() <= 40.0
    for before, after in zip(rr_ms, steps, strict=True):
        levels = np.unique(np.round(after.astype(np.float64), 2))
        span_ms = levels[-1] - levels[0]
        step_ms = span_ms / round(span_ms / np.min(np.diff(levels)))
        np.testing.assert_allclose(levels / step_ms, np.round(levels / step_ms), atol=0.05)
        assert abs(float(after.sum() - before.sum())) <= step_ms + 0.5
