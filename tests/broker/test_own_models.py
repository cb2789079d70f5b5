"""Keras models of the user's own: converted by a spec, packed, loaded by the edge and asked over MQTT."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
from numpy.typing import NDArray

from converter.own_model import draw_evenly
from device_sim.brokers import LocalBroker
from edge.asked.desk import check_finding
from edge.contract.bundle import read_bundle
from edge.contract.errors import BundleError
from tests.support.keras_models import save_models
from tests.support.patience import PATIENCE_S
from tests.support.peers import Client, Message

pytestmark = pytest.mark.training

ROOT = "vitalward/v1"
SPEC = """
task = "{task}"
version = "1.0.0"
labels = {labels}
samples = "{task}.npz"

[finding]
condition = "found_{task}"
text = "The model of your own has found it."
priority = "low"
{output}
form = "probability"
threshold = 0.5

[[trained_on]]
dataset = "made"
title = "Made up"
records = 1
licence = "CC0"
citation = "nobody"
url = "https://example.org"
"""
LABELS = {"image": ["bright"], "table": ["high"], "two_in_two_out": ["risk", "calm", "tense", "ill"]}
# One output needs no name.
FOUND_IN = {"image": "", "table": "place = 0", "two_in_two_out": 'output = "risk"'}
OUTPUTS = {"image": ["output_0"], "table": ["output_0"], "two_in_two_out": ["risk", "stage"]}


def samples(task: str, count: int = 400) -> dict[str, NDArray[np.float32]]:
    """Inputs by name, of all sizes, so that answers lie on both sides of a half."""
    rng = np.random.default_rng(11)
    size = np.linspace(0.05, 1.0, count)[:, np.newaxis]
    if task == "image":
        return {"image": (size[:, :, None, None] * rng.uniform(0.8, 1.0, (count, 64, 64, 3))).astype("f4")}
    if task == "table":
        return {"values": (3 * size * rng.normal(size=(count, 10))).astype("f4")}
    return {
        "vitals": (5 * size * rng.normal(size=(count, 8))).astype("f4"),
        "history": rng.normal(size=(count, 4)).astype("f4"),
    }


@dataclass
class Own:
    """A converted model, and what its float form answers to its samples: rows of inputs by name."""

    task: str
    bundle: Path
    inputs: dict[str, NDArray[np.float32]]
    outputs: dict[str, NDArray[np.float32]]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """All models as Keras has saved them, with samples and what they answer to those."""
    made = tmp_path_factory.mktemp("own")
    for task in LABELS:
        given: dict[str, Any] = dict(samples(task))
        np.savez(made / f"{task}.npz", allow_pickle=False, **given)
    save_models(made, *LABELS)
    return made


@pytest.fixture(scope="module", params=LABELS)
def own(request: pytest.FixtureRequest, folder: Path) -> Own:
    task = request.param
    (folder / f"{task}.toml").write_text(
        SPEC.format(task=task, labels=json.dumps(LABELS[task]), output=FOUND_IN[task])
    )
    bundle = folder / f"{task}-1.0.0.vwb"
    done = subprocess.run(
        [
            *(sys.executable, "-m", "edge", "convert", str(folder / f"{task}.keras")),
            *("--spec", str(folder / f"{task}.toml"), "--out", str(bundle)),
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    with np.load(folder / f"{task}.answers.npz", allow_pickle=False) as stored:
        outputs = dict(zip(OUTPUTS[task], (stored[name] for name in sorted(stored.files)), strict=True))
    return Own(task, bundle, samples(task), outputs)


class AnswerProcess:
    """`vitalward answer` for one bundle."""

    def __init__(self, folder: Path, broker: LocalBroker, bundle: Path) -> None:
        config = folder / "edge.toml"
        config.write_text(
            f'[edge]\nname = "t"\n[mqtt]\nport = {broker.address.port}\n[bundles]\nallow_unsigned = true\n'
        )
        command = [sys.executable, "-m", "edge", "answer", str(bundle), "--config", str(config)]
        self.process = subprocess.Popen(command, stderr=subprocess.DEVNULL)

    def stop(self) -> int:
        self.process.terminate()
        return self.process.wait(PATIENCE_S)


@pytest.fixture
def client(own: Own, mosquitto: LocalBroker, tmp_path: Path) -> Iterator[Client]:
    """A subscriber to everything, with the model up."""
    process = AnswerProcess(tmp_path, mosquitto, own.bundle)
    subscriber = Client(mosquitto.address, f"{ROOT}/#")
    subscriber.wait_for(lambda message: "/edge/" in message.topic and message.tree["state"] == "online")
    yield subscriber
    subscriber.close()
    assert process.stop() == 0


def ask(client: Client, own: Own, row: int, at_s: float) -> None:
    inputs = {name: values[row].ravel().tolist() for name, values in own.inputs.items()}
    client.send(f"{ROOT}/questions/ada/own-1/{own.task}", {"at_s": at_s, "inputs": inputs})


def answered(message: Message, at_s: float) -> bool:
    return "/answers/" in message.topic and bool(message.tree["at_s"] == at_s)


def refused(message: Message, where: str) -> bool:
    return "quarantine" in message.topic and bool(message.tree["where"] == where)


def test_a_model_of_ones_own_answers_and_alerts_over_mqtt(own: Own, client: Client) -> None:
    """Int8 answers follow float's; the alert starts and ends with the finding, and is not repeated."""
    probability = next(iter(own.outputs.values()))[:, 0]
    absent, present = int(np.argmin(probability)), int(np.argmax(probability))
    now_s = float(int(time.time()))

    for turn, row in enumerate((absent, present, present, absent)):
        ask(client, own, row, now_s + turn)
        answer = client.wait_for(partial(answered, at_s=now_s + turn)).tree
        assert answer["present"] == (row == present)
        assert set(answer["outputs"]) == set(own.outputs)
        for name, values in own.outputs.items():
            assert answer["outputs"][name] == pytest.approx(values[row].tolist(), abs=0.06)

    start = client.wait_for(lambda message: "/alerts/" in message.topic and message.tree["phase"] == "start")
    end = client.wait_for(lambda message: "/alerts/" in message.topic and message.tree["phase"] == "end")
    assert start.topic == f"{ROOT}/alerts/real/ada/found_{own.task}"
    assert (start.tree["at_s"], end.tree["at_s"]) == (now_s + 1, now_s + 3)
    assert start.tree["id"] == end.tree["id"]
    assert start.tree["evidence"]["bundle"] == f"{own.task}-1.0.0"


def test_a_question_that_does_not_fit_is_set_aside_and_the_next_one_answered(
    own: Own, client: Client
) -> None:
    """Wrong names, sizes, times and tasks are each named in the quarantine, in the user's terms."""
    topic, now_s = f"{ROOT}/questions/ada/own-1/{own.task}", float(int(time.time()))
    name = next(iter(own.inputs))
    for where, at, question in (
        ("payload", topic, {"inputs": {name: [0.0]}}),
        ("inputs", topic, {"at_s": now_s, "inputs": {"other": [0.0]}}),
        ("at_s", topic, {"at_s": 1.0, "inputs": {name: [0.0]}}),
        ("topic", f"{ROOT}/questions/ada/own-1/unknown", {"at_s": now_s, "inputs": {name: [0.0]}}),
    ):
        client.send(at, question)
        client.wait_for(partial(refused, where=where))
    ask(client, own, 0, now_s + 3600.0)
    client.wait_for(lambda message: bool(message.tree.get("what") == "time in the future"))

    ask(client, own, 0, now_s)
    client.wait_for(lambda message: answered(message, now_s))


def test_the_bundle_says_what_it_is_asked_with(own: Own) -> None:
    """Inputs and outputs keep their names and shapes; only int8 is inside."""
    manifest = read_bundle(own.bundle).manifest

    assert {tensor.name: tensor.shape[1:] for tensor in manifest.inputs} == {
        name: values.shape[1:] for name, values in own.inputs.items()
    }
    assert sorted(tensor.name for tensor in manifest.outputs) == OUTPUTS[own.task]
    assert all(tensor.scale is not None for tensor in (*manifest.inputs, *manifest.outputs))
    assert manifest.finding is not None


def test_samples_for_ranges_come_evenly_from_all_kinds() -> None:
    """Of 70 rows of one class and 30 of the other, 20 drawn are ten of each."""
    label = np.repeat([0, 1], [70, 30])

    drawn = draw_evenly([label], 20)

    assert np.bincount(label[drawn]).tolist() == [10, 10]


def test_half_of_a_rare_kind_is_left_to_be_judged() -> None:
    """Of 90 and 10 rows, however many are wanted, five of the ten are not among those that measure ranges."""
    label = np.repeat([0, 1], [90, 10])

    assert np.bincount(label[draw_evenly([label], 20)]).tolist() == [15, 5]
    assert np.bincount(label[draw_evenly([label], 100)]).tolist() == [45, 5]


def test_a_finding_in_an_output_that_is_not_there_is_refused(own: Own) -> None:
    """A name or a place that the model does not have is named before anything is asked."""
    manifest = read_bundle(own.bundle).manifest
    assert manifest.finding is not None
    for wrong in ({"output": "nowhere"}, {"place": 9}):
        finding = msgspec.structs.replace(manifest.finding, **wrong)

        with pytest.raises(BundleError, match="a finding at place"):
            check_finding(msgspec.structs.replace(manifest, finding=finding), where="own")
