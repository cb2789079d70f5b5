"""Samples of a model of one's own: what does not fit is refused by the array's name."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest

from converter.limits import Limits
from converter.own_model import run_of
from converter.spec import read_spec
from edge.contract.errors import DataError
from tests.support.keras_models import save_models
from tests.unit.converter.test_spec import SPEC

pytestmark = pytest.mark.training

ROWS = 64


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model of ten numbers that gives one."""
    made = tmp_path_factory.mktemp("own")
    save_models(made, "table")
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
