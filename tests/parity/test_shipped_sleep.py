"""The shipped sleep bundle: what it is, and floors that other arithmetic would miss."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from edge.adapters.litert import Network, load_network
from edge.bundles import SHIPPED
from edge.contract.bundle import Bundle, read_bundle
from edge.contract.errors import ConfigError
from edge.signals.sleep_channels import without_holes
from edge.signals.sleep_night import NightReader
from training.commands.evaluate import main as evaluate
from training.sleep_evaluation import one_by_one


@pytest.fixture(scope="module")
def bundle() -> Bundle:
    return read_bundle(SHIPPED["sleep"])


@pytest.fixture(scope="module")
def network(bundle: Bundle) -> Network:
    return load_network(bundle)


@pytest.fixture(scope="module")
def reader(bundle: Bundle) -> NightReader:
    return NightReader.from_constants(bundle.manifest.constants, bundle.manifest.inputs[0].shape[2])


def test_another_database_is_not_evaluated_as_sleep(tmp_path: Path) -> None:
    """A name that the task does not know is refused with those it knows."""
    with pytest.raises(ConfigError, match="sleep-accel"):
        evaluate(["sleep", "--data", str(tmp_path), "--dataset", "afdb"])


def test_the_bundle_is_small_and_says_what_it_is(bundle: Bundle) -> None:
    """Under 45 kB and 30,000 parameters, trained on sleep-accel alone, and asked rather than fed."""
    assert SHIPPED["sleep"].stat().st_size < 45_000
    assert bundle.manifest.parameters <= 30_000
    assert bundle.manifest.stream is None
    assert [data.dataset for data in bundle.manifest.trained_on] == ["sleep-accel"]


def test_persons_left_out_are_judged_no_worse_than_when_it_was_made(bundle: Bundle) -> None:
    """The figures of the folds in the card, the mean of three seeds, are at least those asked for."""
    told = json.loads(bundle.card_data)["cross_validation"]["by_seed"]

    mean = {name: np.mean([figures[name] for figures in told]) for name in told[0]}
    assert mean["acc"] >= 76.0
    assert mean["kappa"] >= 0.47
    assert mean["wake_sp_at_sleep_se93"] >= 64.0


def test_nights_it_has_learned_from_are_judged_as_when_it_was_made(recordings: Path, tmp_path: Path) -> None:
    """Not a figure of merit, as the network knows these persons; other arithmetic would fall below it."""
    out = tmp_path / "figures.json"
    names = ("1066528", "7749105")

    evaluate(
        [
            *("sleep", "--data", str(recordings), "--dataset", "sleep-accel", "--json", str(out)),
            *("--records", *names),
        ]
    )

    figures = json.loads(out.read_text())
    assert figures["records_used"] == list(names)
    assert figures["records_skipped"] == {}
    assert figures["epochs"] == 817 + 118
    assert figures["metrics"]["acc"] >= 75.0
    assert figures["live"]["metrics"]["acc"] >= 50.0


def test_a_restless_wrist_is_awake_and_a_still_one_asleep(reader: NightReader, network: Network) -> None:
    """Two hours of steady sleep between an hour of tossing on either side."""
    rng = np.random.default_rng(4)
    is_restless = (np.arange(480) < 120) | (np.arange(480) >= 360)
    night = without_holes(
        np.arange(480),
        np.where(is_restless, 60.0, 0.05) * rng.uniform(0.7, 1.3, 480),
        np.where(is_restless, 1.3, 0.15) * rng.uniform(0.8, 1.2, 480),
    )

    stages = reader.decoder.stages(reader.probability(night, one_by_one(network)))

    assert np.mean(stages[20:100] == 0) > 0.9
    assert np.mean(stages[140:340] != 0) > 0.9
