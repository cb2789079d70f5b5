"""The apnea training: its straight line on a few short nights, and what holds the network together."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from edge.contract.errors import DataError
from edge.signals.apnea_night import CHANNELS, context_windows
from tests.unit.signals.mit_format import Event, encode
from training import apnea, apnea_network

CODE_N, CODE_A = 1, 8
MINUTES = 90


@pytest.fixture
def nights(tmp_path: Path) -> Path:
    """Four records of 90 minutes: in the middle third the rate swings once in 42 s."""
    folder = tmp_path / "apnea-ecg"
    folder.mkdir()
    for place, name in enumerate(("a01", "c05", "c06", "x01")):
        rng = np.random.default_rng(place)
        beats = [0.5]
        while beats[-1] < 60.0 * MINUTES:
            swing = 0.1 * np.sin(2.0 * np.pi * beats[-1] / 42.0) if 1800 <= beats[-1] < 3600 else 0.0
            beats.append(beats[-1] + 0.9 * (1.0 + swing + 0.02 * rng.standard_normal()))
        (folder / f"{name}.hea").write_text(f"{name} 1 100 {6000 * MINUTES}\n")
        (folder / f"{name}.qrs").write_bytes(encode([Event(int(100 * at), 1) for at in beats]))
        if name != "x01":
            codes = [CODE_A if 30 <= minute < 60 else CODE_N for minute in range(MINUTES)]
            (folder / f"{name}.apn").write_bytes(
                encode([Event(6000 * minute, code) for minute, code in enumerate(codes)])
            )
    (folder / "event-2-answers").write_text(f"x01\n 0 {'N' * 60}\n 1 {'N' * 30}\n")
    return tmp_path


# Keras 3.15 on numpy 2.4 calls an outdated form of __array__ in predict.
@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")
@pytest.mark.training
def test_a_run_learns_from_the_learning_records_alone(nights: Path, tmp_path: Path) -> None:
    """Withheld nights are never learned from, one recording stays in one fold, and plain apnea is found."""
    apnea.train(nights, tmp_path / "run", apnea.Recipe(seed=3, epochs=25))

    run = json.loads((tmp_path / "run" / "run.json").read_text())
    figures = run["report"]["cross_validation"]
    assert run["report"]["learned_from"] == ["a01", "c05", "c06"]
    of_a01, of_c05, of_c06 = run["report"]["cross_validation_per_record"]["fold"]
    assert of_c05 == of_c06 != of_a01
    assert run["manifest"]["trained_on"][0]["records"] == 3
    assert figures["acc"] > 90.0
    assert figures["minutes"] == 3 * MINUTES
    assert run["manifest"]["parameters"] <= 30_000
    assert np.load(tmp_path / "run" / "golden.npy").shape[1:] == (1, apnea_network.CONTEXT_MINUTES, CHANNELS)
    assert len(run["report"]["history"]["loss"]) == 25
    for number in (of_a01, of_c05):
        fold = json.loads((tmp_path / "run" / "folds" / str(number) / "run.json").read_text())
        assert fold["manifest"]["constants"]["threshold"] == [0.5]
        assert fold["manifest"]["trained_on"][0]["records"] < 3


@pytest.mark.training
def test_a_window_gets_the_logit_its_minute_has_in_the_night() -> None:
    """The merged network answers windows as the members on average answer the whole night."""
    rng = np.random.default_rng(11)
    trained = apnea_network.night_network()
    for layer in trained.layers:
        for weight in layer.weights:
            weight.assign(np.where(weight == 0.0, 0.0, rng.uniform(0.1, 0.5, weight.shape)))
    inputs = rng.normal(size=(40, CHANNELS)).astype(np.float32)

    by_window = apnea_network.window_network(trained).predict(
        context_windows(inputs, apnea_network.CONTEXT_MINUTES), verbose=0
    )[:, 0]
    half = apnea_network.CONTEXT_MINUTES // 2
    padded = np.pad(inputs, ((half, half), (0, 0)))[np.newaxis, np.newaxis]
    by_night = trained.predict(padded, verbose=0)[0, 0, half:-half].mean(axis=-1)

    assert by_window == pytest.approx(by_night, rel=1e-4)


@pytest.mark.training
def test_members_do_not_see_each_other() -> None:
    """What one member computes changes no other's logit, so that their mean errs less than each."""
    rng = np.random.default_rng(12)
    trained = apnea_network.night_network()
    inputs = rng.normal(size=(1, 1, 20, CHANNELS)).astype(np.float32)
    before = trained.predict(inputs, verbose=0)[0, 0]
    layer = trained.get_layer("minute")
    kernel = layer.get_weights()[0]
    kernel[..., : apnea_network.WIDTH] += 1.0
    layer.set_weights([kernel])

    after = trained.predict(inputs, verbose=0)[0, 0]

    assert (after[:, 1:] == before[:, 1:]).all()
    assert (after[:, 0] != before[:, 0]).all()


@pytest.mark.training
def test_members_stay_apart_as_they_learn() -> None:
    """After steps of training nothing joins them: what ships as groups is all there is."""
    rng = np.random.default_rng(13)
    trained = apnea_network.night_network()
    trained.compile("adam", "mse")
    inputs = rng.normal(size=(4, 1, 20, CHANNELS)).astype(np.float32)
    for _ in range(3):
        trained.train_on_batch(inputs, rng.normal(size=(4, 1, 20, apnea_network.MEMBERS)))

    by_window = apnea_network.window_network(trained).predict(
        inputs[:, :, : apnea_network.CONTEXT_MINUTES], verbose=0
    )[:, 0]
    by_night = trained.predict(inputs[:, :, : apnea_network.CONTEXT_MINUTES], verbose=0)

    assert by_window == pytest.approx(
        by_night[:, 0, apnea_network.CONTEXT_MINUTES // 2].mean(axis=-1), rel=1e-3, abs=1e-5
    )


@pytest.mark.training
def test_training_without_recordings_says_where_they_are(tmp_path: Path) -> None:
    """A missing folder ends the training before anything is built."""
    with pytest.raises(DataError, match=r"doi\.org/10\.13026/C23W2R"):
        apnea.train(tmp_path, tmp_path / "run", apnea.Recipe(seed=0))
