"""The sleep page on a few nights: from recordings to a bundle that judges them as its float model does."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from edge.contract.bundle import read_bundle
from edge.contract.errors import DataError
from tests.conftest import absent
from training.sleep import Recipe, train

RECORDS = ("3509524", "4018081", "7749105")


def run(*arguments: str | Path) -> None:
    done = subprocess.run([sys.executable, *map(str, arguments)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def vitalward(*arguments: str | Path) -> None:
    run("-m", "edge", *arguments)


def _widen_the_gate(run: Path) -> None:
    """What has hardly learned wavers between stages, and so changes its mind more often."""
    described = json.loads(run.read_text())
    described["gate"] |= {"flips": 10.0, "per_class": 10.0, "per_group": 10.0, "metric": 5.0}
    run.write_text(json.dumps(described))


@pytest.fixture(scope="module")
def line(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, recordings: Path) -> Path:
    """A folder with `run`, the bundle made of it, and the figures of two of its nights."""
    if importlib.util.find_spec("tensorflow") is None:
        absent(request, "--require-training", "TensorFlow is missing: pip install 'vitalward[training]'")
    folder = tmp_path_factory.mktemp("sleep")
    reduced = (
        f"seed=7, records={RECORDS}, epochs=1, folds=2, seeds=1, variants=1, members=1, batches_per_epoch=4"
    )
    run(
        "-c",
        "import sys; from pathlib import Path; from training.sleep import Recipe, train;"
        f"train(Path(sys.argv[1]), Path(sys.argv[2]), Recipe({reduced}))",
        recordings,
        folder / "run",
    )
    _widen_the_gate(folder / "run" / "run.json")
    vitalward("convert", "--run", folder / "run", "--out", folder / "sleep-1.0.0.vwb")
    vitalward(
        *("evaluate", "sleep", "--bundle", folder / "sleep-1.0.0.vwb", "--data", recordings),
        *("--dataset", "sleep-accel", "--records", "3509524", "7749105"),
        *("--float", folder / "run", "--json", folder / "figures.json"),
    )
    return folder


def test_one_person_cannot_be_learned_from(recordings: Path, tmp_path: Path) -> None:
    """Nobody would be left to judge the network: an error says how many it takes, and no run is written."""
    with pytest.raises(DataError, match="1 persons; allowed: 2 or more"):
        train(recordings, tmp_path / "run", Recipe(seed=0, records=RECORDS[:1]))
    assert not (tmp_path / "run").exists()


@pytest.mark.training
def test_the_bundle_tells_what_it_was_made_from(line: Path) -> None:
    """Persons, folds, licence and the numbers that belong to the model are inside it."""
    bundle = read_bundle(line / "sleep-1.0.0.vwb")

    told = json.loads(bundle.card_data)
    assert told["learned_from"] == sorted(RECORDS)
    assert len(told["cross_validation"]["by_seed"]) == told["recipe"]["seeds"]
    assert bundle.manifest.labels == ("wake", "n1", "n2", "n3", "rem")
    assert bundle.manifest.parameters <= 30_000
    assert np.reshape(bundle.manifest.constants["transition"], (3, 3)).sum(axis=1) == pytest.approx(1.0)
    assert [data.licence for data in bundle.manifest.trained_on] == ["ODC-BY 1.0"]


@pytest.mark.training
def test_int8_judges_the_nights_as_float_does(line: Path) -> None:
    """The figures are those asked for, and int8 is close to the model it was made of."""
    report = json.loads((line / "figures.json").read_text())

    assert report["records_used"] == ["3509524", "7749105"]
    assert list(report["metrics"]) == [
        "acc",
        "kappa",
        "kappa_subject_mean",
        "macro_f1",
        "wake_sp_at_sleep_se93",
    ]
    assert set(report["agreement"]) == {"total_sleep_min", "efficiency_percent", "wake_after_onset_min"}
    assert abs(report["metrics"]["acc"] - report["float"]["metrics"]["acc"]) < 5.0
