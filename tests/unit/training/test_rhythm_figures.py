"""Figures count what they say, and their intervals are those of drawing records anew."""

from __future__ import annotations

import numpy as np

from tests.unit.training.draws import drawn_anew
from tests.unit.training.rhythm_records import two_records
from training.bootstrap import PERCENTILES, times_drawn
from training.probability_metrics import calibration_error
from training.rhythm_figures import Judged, ece_interval, intervals, metrics, per_record
from training.windows import Windows


def test_flutter_counts_against_and_then_not_at_all() -> None:
    """As not AF it is a false alarm, left out it is neither; the window not judged lowers coverage only."""
    figures = metrics(two_records(), 0.5)

    against, without = figures["afl_non_af"], figures["afl_excluded"]
    assert (against["se"], against["sp"], against["coverage"], against["windows"]) == (50.0, 50.0, 80.0, 5)
    assert (without["se"], without["sp"], without["coverage"], without["windows"]) == (50.0, 100.0, 75.0, 4)
    # Of the pairs of one AF and one other window, (0.9, 0.8), (0.9, 0.1) and (0.3, 0.1) are in order.
    assert against["auc"] == 0.75


def test_a_record_alone_has_its_own_figures() -> None:
    """A record without AF has no sensitivity."""
    figures = per_record(two_records(), 0.5)

    assert figures["a"]["afl_non_af"]["se"] == 50.0
    assert figures["b"]["afl_non_af"]["se"] is None
    assert figures["b"]["afl_non_af"]["coverage"] == 50.0


def made_up_record(name: str, rng: np.random.Generator) -> Judged:
    """Forty windows of which some are flutter and some not judged, scores in tenths so that many tie."""
    is_af = rng.random(40) < rng.random()
    windows = Windows(
        rr_ms=np.zeros((40, 4), np.float32),
        af_share=is_af.astype(np.float32),
        flutter_share=(~is_af & (rng.random(40) < 0.3)).astype(np.float32),
    )
    probability = np.round(np.clip(rng.normal(0.35 + 0.3 * is_af, 0.2), 0.0, 1.0), 1)
    return Judged(name, windows, np.where(rng.random(40) < 0.1, np.nan, probability), np.arange(40.0))


def test_intervals_are_those_of_drawing_records_one_by_one() -> None:
    """Sums and shortcuts give what the figures themselves give on every draw, for every figure told."""
    rng = np.random.default_rng(5)
    records = [made_up_record(str(at), rng) for at in range(6)]

    found = intervals(records, 0.5)

    each = [metrics(draw, 0.5) for draw in drawn_anew(records)]
    for protocol, figures in found.items():
        assert set(figures) == {"se", "sp", "ppv", "acc", "f1", "auc", "coverage"}
        for name, bounds in figures.items():
            drawn = [draw[protocol][name] for draw in each]
            expected = np.percentile([value for value in drawn if value is not None], PERCENTILES)
            np.testing.assert_allclose(bounds or (), expected, atol=6e-3, err_msg=f"{protocol} {name}")


def test_the_calibration_errors_interval_keeps_the_bins_of_all_records() -> None:
    """Against weighing each window by how often its record is drawn."""
    rng = np.random.default_rng(6)
    records = [made_up_record(str(at), rng) for at in range(5)]
    is_af = np.concatenate([part.windows.is_af for part in records])
    probability = np.concatenate([part.probability for part in records])
    has = ~np.isnan(probability)
    weights = [np.repeat(times, 40)[has] for times in times_drawn(5)]

    found = ece_interval(records)

    errors = np.array([calibration_error(is_af[has], probability[has], weight) for weight in weights])
    too_large = np.mean(errors) - calibration_error(is_af[has], probability[has])
    expected = np.maximum(np.percentile(errors - too_large, PERCENTILES), 0.0)
    np.testing.assert_allclose(found or (), expected, atol=2e-5)
