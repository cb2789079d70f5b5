"""The shipped rhythm bundle on real recordings: floors that a worse model or other arithmetic would miss."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from edge.adapters.litert import Model, load_model
from edge.bundles import SHIPPED
from edge.contract.bundle import Bundle, read_bundle
from edge.contract.errors import BundleError
from edge.signals.windows import sliding
from training.commands.evaluate import main as evaluate
from training.datasets.nights import night_of


@pytest.fixture(scope="module")
def bundle() -> Bundle:
    return read_bundle(SHIPPED["rhythm"])


@pytest.fixture(scope="module")
def model(bundle: Bundle) -> Model:
    return load_model(bundle)


def evaluated(recordings: Path, tmp_path: Path, *arguments: str) -> dict[str, Any]:
    out = tmp_path / "figures.json"
    assert evaluate(["rhythm", "--data", str(recordings), "--json", str(out), *arguments]) == 0
    figures: dict[str, Any] = json.loads(out.read_text())
    return figures


def test_a_bundle_of_another_task_is_not_evaluated_as_rhythm(recordings: Path, tmp_path: Path) -> None:
    """What cannot be read as a bundle is refused before any recording is."""
    broken = tmp_path / "broken.vwb"
    broken.write_bytes(SHIPPED["rhythm"].read_bytes()[:-1])

    with pytest.raises(BundleError, match=r"broken\.vwb"):
        evaluate(
            ["rhythm", "--data", str(recordings), "--dataset", "afdb", "--bundle", str(broken)],
        )


def test_the_bundle_is_small_and_says_what_it_is(bundle: Bundle) -> None:
    """Under 60 kB and 8,000 parameters; it tells what it learned from, and AFDB and MMASH are not there."""
    assert SHIPPED["rhythm"].stat().st_size < 60_000
    assert bundle.manifest.parameters <= 8_000
    assert [data.dataset for data in bundle.manifest.trained_on] == ["ltafdb", "apnea-ecg", "slpdb"]
    assert bundle.manifest.golden.vectors >= 64


def test_no_night_is_learned_from_and_held_out(bundle: Bundle) -> None:
    """Parts of a night stand on one side; Apnea-ECG's withheld half and the second name of c05 on none."""
    told = json.loads(bundle.card_data)
    learned, held = set(told["learned_from"]), set(told["held_out"])

    assert len(learned) + len(held) == sum(data.records for data in bundle.manifest.trained_on) == 136
    assert {night_of(name) for name in learned}.isdisjoint(night_of(name) for name in held)
    assert {"slp01a", "slp01b", "slp02a", "slp02b"} <= learned | held
    assert not {name for name in learned | held if name.startswith("x") or name == "c06"}


def test_the_shipped_card_tells_how_sure_its_figures_are() -> None:
    """Each figure of those held out stands in the card beside its interval, which holds it."""
    bundle = read_bundle(SHIPPED["rhythm"])
    told = json.loads(bundle.card_data)

    for name, (low, high) in told["held_out_intervals"].items():
        figure = told["held_out_figures"][name]
        assert low < figure < high
        assert f"| {name} | {figure:g} | {low:g} to {high:g} |" in bundle.card.splitlines()
    assert len(told["held_out_figures"]) == 7


def test_all_of_afdb_is_judged_well_enough(recordings: Path, tmp_path: Path) -> None:
    """Never seen in training, all records used, flutter as not AF: sensitivity 96.5 %, specificity 98 %."""
    figures = evaluated(recordings, tmp_path, "--dataset", "afdb")

    pooled = figures["metrics"]["afl_non_af"]
    assert len(figures["records_used"]) == 25
    assert figures["records_skipped"] == {}
    assert pooled["windows"] > 76_000
    assert pooled["se"] >= 96.5
    assert pooled["sp"] >= 98.0
    assert pooled["coverage"] >= 99.5


def test_figures_of_a_record_are_those_of_its_windows(recordings: Path, tmp_path: Path) -> None:
    """Pooled counts are the sums of the records' counts, and leaving flutter out takes windows away."""
    figures = evaluated(recordings, tmp_path, "--dataset", "afdb", "--records", "04936", "00735")

    for protocol, pooled in figures["metrics"].items():
        for name in ("windows", "true_positive", "false_positive", "true_negative", "false_negative"):
            assert pooled[name] == sum(record[protocol][name] for record in figures["per_record"].values())
    assert figures["metrics"]["afl_excluded"]["windows"] < figures["metrics"]["afl_non_af"]["windows"]


def test_curves_begin_at_the_record_as_it_is(recordings: Path, tmp_path: Path) -> None:
    """Nothing corrupted gives the figures themselves; a 50 Hz clock keeps all windows and most answers."""
    figures = evaluated(recordings, tmp_path, "--dataset", "afdb", "--records", "00735", "--corruption")

    as_it_is = figures["metrics"]["afl_non_af"]
    assert figures["corruption_curve"]["0"] == figures["metrics"]
    assert set(figures["corruption_curve"]) == {"0", "1", "2", "5", "10"}
    assert set(figures["timing_curve"]) == {"step_20_ms", "step_40_ms", "jitter_10_ms", "jitter_20_ms"}
    coarse = figures["timing_curve"]["step_20_ms"]["afl_non_af"]
    assert coarse["windows"] == as_it_is["windows"]
    assert abs(coarse["acc"] - as_it_is["acc"]) < 1.0


def test_a_strap_without_contact_is_not_taken_for_fibrillation(model: Model, recordings: Path) -> None:
    """MMASH's eighth person has no AF, but a strap that lost contact: under 4 % of windows are called AF.

    They were 12 % before noise was kept from judgement; nine in ten windows are still judged.
    """
    rows = gzip.decompress((recordings / "mmash10" / "subject_8_heartbeats.csv.gz").read_bytes()).decode()
    rr_ms = np.array([float(row.rsplit(",", 1)[1]) for row in rows.splitlines()[1:]]) * 1000.0
    windows = sliding(rr_ms.astype(np.float32), length=64, hop=64)

    answers = [model.score(window).probability for window in windows]

    judged = [answer for answer in answers if answer is not None]
    assert len(judged) > 0.88 * len(windows)
    assert np.mean(np.array(judged) >= model.stream.threshold) < 0.04


def test_regular_and_bigeminal_hearts_are_not_called_irregular(model: Model) -> None:
    """Steady sinus rhythm at any rate, bigeminy and breathing stay below the threshold."""
    rng = np.random.default_rng(31)
    beats = np.arange(64)
    steady = [rr_ms + rng.normal(0.0, 12.0, 64) for rr_ms in (430.0, 640.0, 813.0, 1090.0)]
    bigeminy = np.where(beats % 2 == 0, 560.0, 1040.0) + rng.normal(0.0, 12.0, 64)
    breathing = 870.0 * (1 + 0.12 * np.sin(2 * np.pi * beats / 4.7)) + rng.normal(0.0, 10.0, 64)

    for window in (*steady, bigeminy, breathing):
        score = model.score(window)
        assert score.probability is not None
        assert score.probability < model.stream.threshold


def test_random_intervals_are_called_irregular(model: Model) -> None:
    """Intervals that know nothing of each other, as in fibrillation, are far above the threshold."""
    window = np.random.default_rng(5).gamma(14.0, 50.0, 64) + 50.0

    assert (model.score(window).probability or 0.0) > 0.95


def test_half_a_window_of_noise_gets_no_answer(model: Model) -> None:
    """Too many impossible intervals: the model abstains and says why."""
    window = np.tile([813.0, 40.0], 32)

    score = model.score(window)

    assert (score.probability, score.reason) == (None, "poor_quality")
