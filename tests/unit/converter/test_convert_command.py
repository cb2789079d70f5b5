"""`vitalward convert` as a stranger meets it: odd names, paths with blanks, few labels, Ctrl-C."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any, Final

import numpy as np
import pytest

from converter.commands.convert import main as convert
from edge.adapters.litert import load_network
from edge.contract.bundle import read_bundle
from edge.contract.errors import DataError
from tests.support.patience import PATIENCE_S
from tests.unit.converter.test_spec import SPEC

ROWS = 300
# Inputs in a dict, and no name but that of the hidden layer's class is one that TensorFlow takes.
ODD: Final = """
import sys, keras
from keras import layers
keras.utils.set_random_seed(7)
ends = {name: keras.Input((size,), name=name) for name, size in (("my in", 3), ("a-b", 2))}
hidden = layers.Dense(8, activation="relu", name="größe 1")(layers.Concatenate()(list(ends.values())))
outputs = [
    layers.Dense(1, activation="sigmoid", name="Risk now")(hidden),
    layers.Dense(2, activation="softmax", name="file")(hidden),
]
keras.Model(ends, outputs, name="my model").save(sys.argv[1])
alone = keras.Input((3,), name="1x")
keras.Model([alone], layers.Dense(1, activation="sigmoid")(alone)).save(sys.argv[2])
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a blank in its name; a model of two inputs and two outputs, and one of a list of one."""
    made = tmp_path_factory.mktemp("own") / "my models"
    made.mkdir()
    subprocess.run(
        [sys.executable, "-c", ODD, str(made / "odd one.keras"), str(made / "alone.keras")],
        check=True,
        capture_output=True,
        env={**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3", "CUDA_VISIBLE_DEVICES": "-1"},
    )
    return made


def arguments(folder: Path, model: str, spec: str, **arrays: Any) -> list[str]:
    """The command's, with the spec and the samples written to the folder."""
    (folder / "spec.toml").write_text(spec)
    np.savez(folder / "samples.npz", **arrays)
    return [str(folder / model), "--spec", str(folder / "spec.toml"), "--out", str(folder / "own-1.0.0.vwb")]


def two_inputs() -> dict[str, Any]:
    rng = np.random.default_rng(8)
    return {"my in": rng.normal(size=(ROWS, 3)), "a-b": 50.0 * rng.normal(size=(ROWS, 2))}


@pytest.mark.training
def test_a_model_of_odd_names_is_converted_and_says_what_was_not_judged(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The bundle has names a manifest takes; a group of few rows is told with its reason, not as holding."""
    spec = SPEC.replace("threshold = 0.5", 'threshold = 0.5\noutput = "risk_now"')
    lenient = 'decides = "half"\nmetric = 5\nflips = 5\nper_group = 20\n'
    group = np.where(np.arange(ROWS) < 100, "few", "many")

    given = arguments(
        folder, "odd one.keras", spec.replace('decides = "half"', lenient), **two_inputs(), group_rows=group
    )
    assert convert(given) == 0

    bundle = read_bundle(folder / "own-1.0.0.vwb")
    assert [tensor.name for tensor in bundle.manifest.inputs] == ["a-b", "my_in"]
    assert sorted(tensor.name for tensor in bundle.manifest.outputs) == ["file", "risk_now"]
    assert "`Risk now` by " in bundle.card
    load_network(bundle)
    report = json.loads((folder / "own-1.0.0.report.json").read_text())
    checks = {(check["what"], check["of"]): check for check in report["checks"]}
    few = checks["accuracy", "rows few"]
    assert (few["holds"], few["not_judged"]) == (None, f"{few['rows']} decisions, judged from 100 on")
    assert checks["accuracy", "rows many"]["holds"] is True
    assert checks["99th percentile of the change of output risk_now, in SD", "rows few"]["holds"] is True
    assert checks["99th percentile of the change of output file, in SD", "all"]["holds"] is True
    page, told = (folder / "own-1.0.0.report.html").read_text(), capsys.readouterr().out
    assert f"<td>not judged ({few['not_judged']})</td>" in page
    left_out = sum(check["holds"] is None for check in report["checks"])
    assert f"Not judged, and without a say in that: {left_out} of {len(checks)} checks." in page
    assert f"{len(checks) - left_out} checks hold, {left_out} not judged:\n" in told
    assert f"  accuracy of rows few: not judged ({few['not_judged']})\n" in told
    assert "  area under ROC of all: not judged (there are no labels)\n" in told


@pytest.mark.training
def test_a_list_of_one_oddly_named_input_is_converted(folder: Path) -> None:
    """`keras.Model([x], y)` takes a list, and a name may begin with a digit."""
    values = np.random.default_rng(9).normal(size=(2 * ROWS, 3))

    given = arguments(folder, "alone.keras", SPEC.replace("half", "none"), **{"1x": values})
    assert convert(given) == 0

    manifest = read_bundle(folder / "own-1.0.0.vwb").manifest
    assert [tensor.name for tensor in manifest.inputs] == ["input_1x"]


@pytest.mark.training
def test_a_finding_that_is_nowhere_is_refused_before_the_conversion(folder: Path, tmp_path: Path) -> None:
    """No report stands beside a bundle that could not have been asked."""
    out = tmp_path / "own-1.0.0.vwb"
    spec = SPEC.replace("half", "none").replace("threshold = 0.5", 'threshold = 0.5\noutput = "risk"')

    with pytest.raises(
        DataError, match=r"finding\.output: an output 'risk'; allowed: risk_now with 1 value, file with "
    ):
        convert([*arguments(folder, "odd one.keras", spec, **two_inputs())[:-1], str(out)])

    assert list(tmp_path.iterdir()) == []


def test_ctrl_c_ends_in_a_line_and_leaves_nothing(tmp_path: Path) -> None:
    """No traceback, the code of a shell, and no file that could be taken for a bundle."""
    spec = tmp_path / "spec.toml"
    os.mkfifo(spec)
    out = tmp_path / "made" / "own-1.0.0.vwb"
    process = subprocess.Popen(
        [sys.executable, "-m", "edge", "convert", "my.keras", "--spec", str(spec), "--out", str(out)],
        stderr=subprocess.PIPE,
        text=True,
    )
    # It can be opened only when the other end is: by then the command waits for the spec.
    with spec.open("w"):
        process.send_signal(signal.SIGINT)
        told = process.communicate(timeout=PATIENCE_S)[1]

    assert (process.returncode, told) == (130, "vitalward convert: stopped; what is written is whole\n")
    assert list(out.parent.iterdir()) == []
