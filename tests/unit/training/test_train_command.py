"""`vitalward train` refuses what it cannot do before it begins."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from edge.contract.errors import ConfigError, DataError
from tests.unit.signals.mit_format import Event, encode
from training import rhythm
from training.commands.train import main as train
from training.epochs import learn

NO_APNEA = 1


def test_an_option_of_another_task_is_refused_by_its_own_spelling(tmp_path: Path) -> None:
    """Told are the option as it was typed, and those that this task has."""
    with pytest.raises(
        ConfigError, match=r"--windows-per-epoch: sleep has .*; allowed: --seed, --records, --epochs$"
    ):
        train(["sleep", "--windows-per-epoch", "100", "--out", str(tmp_path / "run")])


def test_a_run_folder_that_cannot_be_made_is_told_before_anything_is_learned(tmp_path: Path) -> None:
    """A file stands where the folder, or one above it, is to be."""
    (tmp_path / "run").write_text("")

    for out in (tmp_path / "run", tmp_path / "run" / "deeper"):
        with pytest.raises(ConfigError, match=r"--out: .*run is no folder that can be written"):
            train(["sleep", "--data", str(tmp_path), "--out", str(out)])


def test_one_recording_under_two_names_cannot_be_cross_validated(tmp_path: Path) -> None:
    """c05 and c06 are one and x01 is withheld: nobody is left to judge a model, and nothing is written."""
    folder = tmp_path / "apnea-ecg"
    folder.mkdir()
    for name in ("c05", "c06", "x01"):
        (folder / f"{name}.hea").write_text(f"{name} 1 100 60000\n")
        (folder / f"{name}.qrs").write_bytes(
            encode([Event(int(at), 1) for at in np.arange(50.0, 60_000.0, 90.0)])
        )
        (folder / f"{name}.apn").write_bytes(encode([Event(6000 * minute, NO_APNEA) for minute in range(10)]))

    with pytest.raises(DataError, match="1 recordings to learn from; allowed: 2 or more"):
        train(["apnea", "--data", str(tmp_path), "--out", str(tmp_path / "run")])
    assert not (tmp_path / "run").exists()


def test_fewer_windows_than_a_batch_are_refused_in_words() -> None:
    """So few records are named that an epoch has nothing to learn: told is how many windows it takes."""
    import keras

    recipe = rhythm.Recipe(seed=0, batch=8, epochs=1)
    with pytest.raises(DataError, match="3 windows an epoch; allowed: 8 or more"):
        learn(
            keras.Sequential(),
            keras.losses.MeanSquaredError(),
            recipe,
            lambda: ([np.zeros((3, 1), np.float32)], np.zeros(3, np.float32)),
            np.random.default_rng(0),
        )
