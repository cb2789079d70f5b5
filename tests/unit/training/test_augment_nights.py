"""Altered nights stay nights, and the same draw alters alike."""

from __future__ import annotations

import numpy as np
import pytest

from edge.signals.sleep_channels import without_holes
from training.augment_nights import LabelledNight, altered


def a_night(epochs: int) -> LabelledNight:
    rng = np.random.default_rng(epochs)
    series = without_holes(np.arange(epochs), rng.gamma(0.3, 9.0, epochs), rng.gamma(2.0, 0.2, epochs))
    return LabelledNight(series, np.repeat(np.arange(5), -(-epochs // 5))[:epochs])


@pytest.mark.parametrize("epochs", [2, 90, 811])
def test_an_altered_night_is_whole(epochs: int) -> None:
    """As many labels as epochs, nothing negative, the clock at the same pace, and stages in their order."""
    night = a_night(epochs)

    for seed in range(20):
        other = altered(night, np.random.default_rng(seed))

        count = len(other.stage)
        assert len(other.series.activity) == len(other.series.swing) == len(other.series.is_known) == count
        assert count >= 1
        assert (other.series.activity >= 0).all()
        assert (other.series.swing >= 0).all()
        np.testing.assert_allclose(np.diff(other.series.since_lights_out_h), 30 / 3600)
        assert (np.diff(other.stage) >= 0).all()


def test_the_same_draw_alters_alike_and_leaves_the_night_as_it_was() -> None:
    """Everything random comes from the generator handed in, and the night itself is not touched."""
    night = a_night(700)
    before = night.series.swing.copy()

    one, same, other = (altered(night, np.random.default_rng(seed)) for seed in (4, 4, 5))

    np.testing.assert_array_equal(one.series.swing, same.series.swing)
    np.testing.assert_array_equal(one.series.activity, same.series.activity)
    assert len(one.stage) != len(other.stage) or (one.series.activity != other.series.activity).any()
    np.testing.assert_array_equal(night.series.swing, before)


def test_some_nights_end_early_and_paces_differ() -> None:
    """Of many alterations some are much shorter, some longer than the night was."""
    lengths = [len(altered(a_night(800), np.random.default_rng(seed)).stage) for seed in range(60)]

    assert min(lengths) < 600
    assert max(lengths) > 830
