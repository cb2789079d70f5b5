"""Samples of a model of one's own: what does not fit is refused by the array's name."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
from numpy.typing import NDArray

from converter.limits import Limits
from converter.own_model import run_of
from converter.pack import pack_run
from converter.quantise import float_answers
from converter.run_folder import Run
from converter.spec import read_spec
from edge.contract.errors import DataError
from tests.support.keras_models import save_models
from tests.unit.converter.test_spec import SPEC

pytestmark = pytest.mark.training

ROWS = 64
# Of the model of two outputs; half of them are held out.
PAIRS = 600
# Weights nobody has fitted leave many decisions near a tie.
LENIENT = {"metric": 5.0, "per_class": 10.0, "flips": 5.0}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model of ten numbers that gives one, and a model that gives a risk and one of three stages."""
    made = tmp_path_factory.mktemp("own")
    save_models(made, "table", "two_in_two_out")
    (made / "spec.toml").write_text(SPEC)
    return made


def run(folder: Path, decides: str, **changed: Any) -> None:
    """Read the model, the spec and samples of which some arrays are changed."""
    rng = np.random.default_rng(1)
    arrays: dict[str, Any] = {
        "values": rng.normal(size=(ROWS, 10)).astype(np.float32),
        "label": rng.integers(0, 2, ROWS),
        "group_sex": rng.choice(["f", "m"], ROWS),
    }
    with (folder / "samples.npz").open("wb") as file:
        np.savez(file, **(arrays | changed))
    spec = msgspec.structs.replace(
        read_spec(folder / "spec.toml"), gate=msgspec.convert({"decides": decides}, Limits)
    )
    run_of(folder / "table.keras", spec, folder)


@pytest.mark.parametrize(
    ("decides", "changed", "told"),
    [
        (
            "half",
            {"lable": np.zeros(ROWS)},
            "an array 'lable' that nothing asks for; allowed: values, label, ",
        ),
        ("half", {"values": np.full((ROWS, 10), np.nan)}, "no finite numbers for input 'values'"),
        ("half", {"values": np.full((ROWS, 10), "a")}, "no finite numbers for input 'values'"),
        ("half", {"label": np.arange(ROWS)}, "2 in 'label'; allowed: whole numbers from 0 to 1"),
        ("sign", {"label": np.full(ROWS, -1)}, "-1 in 'label'; allowed: whole numbers from 0 to 1"),
        ("half", {"label": np.full(ROWS, 0.7)}, "0.7 in 'label'"),
        ("half", {"label": np.full(ROWS, "yes")}, "yes in 'label'"),
        ("half", {"label": np.zeros((ROWS, 3))}, "3 in each row of 'label'; allowed: 1, one a decision"),
    ],
)
def test_samples_that_do_not_fit_are_refused_by_name(
    decides: str, changed: dict[str, Any], told: str, folder: Path
) -> None:
    """The array at fault and what it may be, before anything is converted."""
    with pytest.raises(DataError) as caught:
        run(folder, decides, **changed)

    assert told in str(caught.value)


@pytest.mark.parametrize(("decides", "label"), [("half", [0, 1]), ("none", [7, 9])])
def test_labels_are_held_to_the_classes_of_decisions_only(
    decides: str, label: list[int], folder: Path
) -> None:
    """Where nothing is decided a label only says which rows are alike."""
    run(folder, decides, label=np.resize(label, ROWS))


def two_outputs(folder: Path, decides: str, output: str | None, label: NDArray[np.int64] | None) -> Run:
    """The run of the model of two outputs, of which the finding names one."""
    arrays: dict[str, Any] = vitals_and_history()
    with (folder / "samples.npz").open("wb") as file:
        np.savez(file, **arrays | ({} if label is None else {"label": label}))
    given = read_spec(folder / "spec.toml")
    assert given.finding is not None
    spec = msgspec.structs.replace(
        given,
        labels=("calm", "tense", "ill"),
        gate=msgspec.convert({"decides": decides} | LENIENT, Limits),
        finding=None if output is None else msgspec.structs.replace(given.finding, output=output),
    )
    return run_of(folder / "two_in_two_out.keras", spec, folder)


def vitals_and_history() -> dict[str, NDArray[np.float32]]:
    rng = np.random.default_rng(2)
    return {
        "vitals": rng.normal(size=(PAIRS, 8)).astype(np.float32),
        "history": rng.normal(size=(PAIRS, 4)).astype(np.float32),
    }


def by_float(folder: Path, output: str) -> NDArray[np.float32]:
    parts = vitals_and_history()
    rows = np.hstack([parts["history"], parts["vitals"]])
    return float_answers(folder / "two_in_two_out.keras", rows)[output]


def checked(run: Run, out: Path) -> dict[tuple[str, str], dict[str, Any]]:
    """The checks of the conversion's report."""
    pack_run(run, out)
    report = json.loads(out.with_suffix(".report.json").read_text())
    return {(check["what"], check["of"]): check for check in report["checks"]}


@pytest.mark.parametrize("is_labelled", [True, False])
def test_the_gate_judges_the_output_that_the_finding_names(
    folder: Path, tmp_path: Path, is_labelled: bool
) -> None:
    """Beside a risk, the largest of three stages decides: float is always right, in its classes."""
    stage = np.argmax(by_float(folder, "stage"), axis=-1)

    checks = checked(
        two_outputs(folder, "argmax", "stage", stage if is_labelled else None), tmp_path / "own.vwb"
    )

    recalls = {of: check["rows"] for (what, of), check in checks.items() if what == "recall"}
    assert set(recalls) <= {"class calm", "class tense", "class ill"}
    assert len(recalls) > 1
    assert sum(recalls.values()) == checks["accuracy", "all"]["rows"] == PAIRS // 2
    assert checks["accuracy", "all"]["by_float"] == 100.0


def test_probabilities_of_the_output_named_are_ranked_alone(folder: Path, tmp_path: Path) -> None:
    """The area under ROC is that of the risk, though three stages stand beside it."""
    present = (by_float(folder, "risk") > 0.5).astype(np.int64)

    checks = checked(two_outputs(folder, "half", "risk", present), tmp_path / "own.vwb")

    area = checks["area under ROC", "all"]
    assert (area["by_float"], area["rows"]) == (100.0, PAIRS // 2)
    assert area["by_int8"] > 99.0


def test_without_a_name_every_value_of_all_outputs_is_held_against_float(
    folder: Path, tmp_path: Path
) -> None:
    """The risk and three stages are four decisions a row; labels would have to be of one of the outputs."""
    changed = checked(two_outputs(folder, "half", None, None), tmp_path / "own.vwb")[
        "decisions changed, in percent", "all"
    ]
    assert changed["rows"] == 4 * (PAIRS // 2)

    with pytest.raises(DataError, match=r"no \[finding\].output, and 2 outputs to take decisions from"):
        two_outputs(folder, "half", None, np.zeros((PAIRS, 4), np.int64))


@pytest.mark.parametrize(
    ("decides", "output", "told"),
    [
        ("argmax", None, "finding.output: no [finding].output, and 2 outputs to take decisions from; "),
        (
            "half",
            "stages",
            "finding.output: an output 'stages'; allowed: risk with 1 value, stage with 3 val",
        ),
        (
            "none",
            "stages",
            "finding.output: an output 'stages'; allowed: risk with 1 value, stage with 3 val",
        ),
        (
            "argmax",
            "risk",
            "gate.decides: 'argmax' of output 'risk' of shape (1,); allowed: two values or more",
        ),
    ],
)
def test_an_output_that_cannot_decide_is_refused(
    decides: str, output: str | None, told: str, folder: Path
) -> None:
    """The key of the spec at fault and what it may be, with or without labels."""
    with pytest.raises(DataError) as caught:
        two_outputs(folder, decides, output, None)

    assert told in str(caught.value)


def test_where_nothing_is_decided_no_output_need_be_named(folder: Path) -> None:
    """Several quantities convert without a name of one."""
    assert two_outputs(folder, "none", None, None).held_out.widths == {"risk": 1, "stage": 3}
