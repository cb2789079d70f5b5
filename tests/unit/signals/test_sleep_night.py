"""From a night's epochs to its hypnogram and summary: channels, windows, decoder, live state."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from edge.signals.sleep_channels import (
    CHANNELS,
    EpochSeries,
    epochs_since,
    rank,
    relative_swing,
    running,
    running_deviation,
    running_mean,
    sleep_channels,
    standardised,
    without_holes,
)
from edge.signals.sleep_night import NightReader
from edge.signals.sleep_report import SleepSummary, summarise
from edge.signals.sleep_stages import Decoder, night_logits, night_windows, stage_probability

DECODER = Decoder(
    transition=np.array([[0.77, 0.22, 0.01], [0.02, 0.97, 0.01], [0.01, 0.03, 0.96]]),
    start=np.array([0.8, 0.15, 0.05]),
    prior=np.array([0.1, 0.7, 0.2]) ** 0.5,
    weight=0.3,
    lift=np.array([1.5, 1.0, 1.2]),
)
READER = NightReader(
    window_epochs=12,
    margin_epochs=4,
    mean=np.zeros(CHANNELS),
    deviation=np.ones(CHANNELS),
    decoder=DECODER,
)


def a_night(epochs: int) -> EpochSeries:
    rng = np.random.default_rng(epochs)
    return without_holes(
        np.arange(epochs), rng.gamma(0.3, 9.0, epochs), np.exp(rng.normal(-1.2, 0.7, epochs))
    )


def by_first_channels(windows: NDArray[np.float32]) -> NDArray[np.float32]:
    """A model that answers each epoch's first five channels."""
    return windows[..., :5]


@pytest.mark.parametrize("epochs", [1, 2, 7, 163])
def test_a_night_of_any_length_has_finite_channels(epochs: int) -> None:
    """One epoch or many: a number in every channel, the same number of them."""
    channels = sleep_channels(a_night(epochs))

    assert channels.shape == (epochs, CHANNELS)
    assert channels.dtype == np.float32
    assert np.isfinite(channels).all()


def test_a_night_without_any_movement_or_swing_has_finite_channels() -> None:
    """A sensor that gives zeros all night divides by nothing."""
    zeros = without_holes(np.arange(50), np.zeros(50), np.zeros(50))

    assert np.isfinite(sleep_channels(zeros)).all()


@given(st.lists(st.floats(-50.0, 50.0), min_size=1, max_size=30), st.sampled_from([3, 5, 11]))
def test_running_numbers_are_those_of_the_epochs_around(values: list[float], width: int) -> None:
    """Mean, deviation, largest and smallest of the neighbours there are, cut at the ends of the night."""
    around = [values[max(0, at - width // 2) : at + width // 2 + 1] for at in range(len(values))]
    series = np.array(values)

    np.testing.assert_allclose(running_mean(series, width), [np.mean(part) for part in around], atol=1e-9)
    np.testing.assert_allclose(running_deviation(series, width), [np.std(part) for part in around], atol=1e-5)
    assert running(series, width, np.max).tolist() == [max(part) for part in around]
    assert running(series, width, np.min).tolist() == [min(part) for part in around]


def test_epochs_since_movement_count_from_the_start_where_there_was_none() -> None:
    """Movement in epochs 2 and 3 of six."""
    assert epochs_since(np.array([False, False, True, True, False, False])).tolist() == [1, 2, 0, 0, 1, 2]


def test_ranks_spread_evenly_from_minus_one() -> None:
    """Four values take the places -1, -0.5, 0 and 0.5."""
    assert rank(np.array([7.1, 0.2, 9.9, 3.3])).tolist() == [0.0, -1.0, 0.5, -0.5]


def test_a_long_night_is_judged_by_itself_and_a_short_one_by_others() -> None:
    """With many epochs the wearer's own median is 0; a single epoch counts 1 against 40 typical ones."""
    own = relative_swing(np.linspace(-9.0, -7.0, 40_001))
    first = relative_swing(np.array([0.0]))

    assert own[20_000] == pytest.approx(0.0, abs=0.02)
    assert first[0] == pytest.approx((40 / 41 * 1.13) / (40 / 41 * 0.9 + 0.001))


def test_another_scale_of_the_swing_moves_all_of_it_alike() -> None:
    """The logarithm of a scale is a shift, and the median goes with it."""
    logged = np.random.default_rng(2).normal(-1.0, 0.4, 20_000)

    np.testing.assert_allclose(relative_swing(logged + 0.7), relative_swing(logged), atol=0.01)


def test_standardised_channels_are_held_at_four_deviations() -> None:
    """What no training night came near cannot drive the network anywhere."""
    channels = np.array([[3.0, 900.0, -900.0]], dtype=np.float32)

    values = standardised(channels, np.array([1.0, 0.0, 0.0]), np.array([4.0, 2.0, 2.0]))

    assert values.tolist() == [[0.5, 4.0, -4.0]]


@given(st.integers(1, 60))
def test_windows_together_judge_each_epoch_once(epochs: int) -> None:
    """A model that answers what it sees gives back the night, whatever its length."""
    channels = np.random.default_rng(epochs).normal(0.0, 1.0, (epochs, 5)).astype(np.float32)

    logits = night_logits(channels, by_first_channels, window_epochs=12, margin_epochs=4)

    assert logits.tobytes() == channels.tobytes()


def test_each_judged_epoch_has_its_neighbours_in_the_window() -> None:
    """Windows of 12 with a margin of 4 move on by 4; before the night there are zeros."""
    channels = np.arange(1.0, 10.0, dtype=np.float32)[:, np.newaxis]

    windows = night_windows(channels, window_epochs=12, margin_epochs=4)[:, 0, :, 0]

    assert windows.tolist() == [
        [0, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8],
        [1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 0, 0],
        [5, 6, 7, 8, 9, 0, 0, 0, 0, 0, 0, 0],
    ]


def test_parts_of_nrem_add_up() -> None:
    """Odds of 1 : 2 : 3 : 4 : 10 make wake 0.05, NREM 0.45 and REM 0.5; any shift of the logits is none."""
    logits = np.log([[1.0, 2.0, 3.0, 4.0, 10.0]]) + 300.0

    np.testing.assert_allclose(stage_probability(logits), [[0.05, 0.45, 0.5]])


def test_a_lone_doubtful_epoch_follows_its_neighbours() -> None:
    """One epoch that leans to REM amid clear NREM stays NREM; clear REM for long is REM."""
    probability = np.tile([0.03, 0.92, 0.05], (61, 1))
    probability[20] = [0.1, 0.4, 0.5]
    probability[40:] = [0.03, 0.07, 0.9]

    stages = DECODER.stages(probability)

    assert set(stages[1:35].tolist()) == {1}
    assert set(stages[45:].tolist()) == {2}


def test_the_live_stage_never_changes_by_what_comes_later() -> None:
    """Judged with more of the night, the earlier live stages stay as they were."""
    probability = np.random.default_rng(8).dirichlet([1.0, 3.0, 2.0], 90)

    stages = DECODER.live_stages(probability)

    assert stages[:50].tolist() == DECODER.live_stages(probability[:50]).tolist()


@pytest.mark.parametrize("epochs", [1, 5, 8, 9, 200])
def test_the_live_epoch_is_the_last_of_the_night_so_far(epochs: int) -> None:
    """Judged live, the latest epoch is what the morning would say had the night ended there."""
    night = a_night(epochs)

    live = READER.live_probability(night, by_first_channels)

    np.testing.assert_allclose(live, READER.probability(night, by_first_channels)[-1], rtol=1e-6)


def test_the_live_reference_rolls_on() -> None:
    """What lies more than eight and a half hours back says nothing of the latest epoch."""
    night = a_night(1500)
    other = EpochSeries(
        night.since_lights_out_h,
        np.where(np.arange(1500) < 480, 55.5, night.activity),
        night.swing,
        night.is_known,
    )

    np.testing.assert_array_equal(
        READER.live_probability(night, by_first_channels), READER.live_probability(other, by_first_channels)
    )


def test_what_a_bundle_keeps_makes_the_same_reader() -> None:
    """Constants written and read again judge a night alike."""
    constants = {name: tuple(values) for name, values in READER.constants().items()}
    again = NightReader.from_constants(constants, window_epochs=12)
    night = a_night(77)

    probability = again.probability(night, by_first_channels)

    np.testing.assert_array_equal(probability, READER.probability(night, by_first_channels))
    np.testing.assert_array_equal(again.decoder.stages(probability), DECODER.stages(probability))


def test_a_summary_equals_a_hand_worked_one() -> None:
    """Ten epochs: asleep from the third, awake twice more; 6 of 10 asleep, 3 min in all."""
    summary = summarise(np.array([0, 0, 1, 1, 0, 2, 2, 1, 1, 0]))

    assert summary == SleepSummary(total_sleep_min=3.0, efficiency_percent=60.0, wake_after_onset_min=1.0)


def test_a_night_awake_has_no_wake_after_onset() -> None:
    """Without sleep there is no onset."""
    assert summarise(np.zeros(8, dtype=np.int64)) == SleepSummary(0.0, 0.0, 0.0)
