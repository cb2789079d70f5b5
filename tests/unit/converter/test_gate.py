"""The gate between float and int8: what it measures, and that bad models fail for the right reason."""

from __future__ import annotations

import dataclasses
import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from converter.causes import causes
from converter.gate import Answers, Check, judge
from converter.keras_file import Layer
from converter.limits import Limits
from converter.pack import pack_run
from converter.quantise import LayerError
from converter.run_folder import read_run
from edge.contract.bundle import Bundle
from edge.contract.errors import DataError
from tests.support.keras_models import save_models


def two_classes(by_float: list[float], by_int8: list[float], truth: list[int], group: list[str]) -> Answers:
    """Logits of two classes, present above 0."""
    outputs = [np.array([values], dtype=np.float32).T for values in (by_float, by_int8)]
    by_float_class, by_int8_class = ((values > 0).astype(np.int64) for values in outputs)
    return Answers(
        by_float=outputs[0],
        by_int8=outputs[1],
        widths={"logit": 1},
        scores=(outputs[0], outputs[1]),
        classes=("absent", "present"),
        decided=(by_float_class, by_int8_class),
        truth=np.array([truth]).T,
        groups={"sex": np.array(group)},
    )


ACCURACY = ("accuracy", "all")


def found(checks: list[Check]) -> dict[tuple[str, str], tuple[float | None, float | None, float | None]]:
    return {(check.what, check.of): (check.by_float, check.by_int8, check.loss) for check in checks}


def test_metrics_classes_and_groups_are_as_counted_by_hand() -> None:
    """Eight rows with two decisions changed, both of one group and one class."""
    answers = two_classes(
        by_float=[2, 1, 3, 1, -1, -2, -3, -1],
        by_int8=[2, 1, -1, -2, -1, -2, -3, -1],
        truth=[1, 1, 1, 1, 0, 0, 0, 0],
        group=["f", "f", "m", "m", "f", "f", "m", "m"],
    )

    checks = found(judge(answers, [], Limits(min_rows=1)))

    assert checks["accuracy", "all"] == (100.0, 75.0, 25.0)
    assert checks["recall", "class present"] == (100.0, 50.0, 50.0)
    assert checks["recall", "class absent"] == (100.0, 100.0, 0.0)
    assert checks["accuracy", "sex f"] == (100.0, 100.0, 0.0)
    assert checks["accuracy", "sex m"] == (100.0, 50.0, 50.0)
    assert checks["decisions changed, in percent", "all"] == (None, None, 25.0)
    # Of 16 pairs, the present at -1 ties with two absents and precedes two, that at -2 ties with one,
    # falls behind two and precedes one: 16 - 1 - 2.5 are in order.
    assert checks["area under ROC", "all"] == (100.0, 78.125, 21.875)


def test_without_labels_float_stands_in_for_the_truth() -> None:
    """Float is then always right, and int8 loses what it decides otherwise."""
    labelled = two_classes([1, 1, -1, -1], [1, -1, -1, -1], [0, 0, 1, 1], ["f"] * 4)
    answers = dataclasses.replace(labelled, truth=None)

    assert found(judge(answers, [], Limits(min_rows=1)))["accuracy", "all"] == (100.0, 75.0, 25.0)


def test_a_group_too_small_to_judge_is_shown_and_does_not_hold() -> None:
    """Below `min_rows` a loss has no limit but a reason, from there on it has one."""
    answers = two_classes([1, 1, -1, -1], [1, -1, -1, -1], [1, 1, 0, 0], ["f", "m", "f", "f"])

    def of_m(min_rows: int) -> Check:
        checks = judge(answers, [], Limits(min_rows=min_rows))
        return next(check for check in checks if check.of == "sex m" and check.what == "accuracy")

    assert (of_m(2).loss, of_m(2).limit, of_m(2).holds) == (100.0, None, None)
    assert str(of_m(2)) == "accuracy of sex m: not judged (1 decision, judged from 2 on)"
    assert of_m(1).holds is False


def test_what_nothing_is_known_of_says_why() -> None:
    """Without labels, with labels of one class and for a class without rows there is a reason, no figure."""
    one_class = two_classes([1, 2, 3, 1], [1, 2, 3, 1], [1, 1, 1, 1], ["f"] * 4)

    def reasons(answers: Answers) -> dict[tuple[str, str], str | None]:
        checks = judge(answers, [], Limits(min_rows=1))
        return {(check.what, check.of): check.not_judged for check in checks if check.holds is None}

    assert reasons(one_class) == {
        ("area under ROC", "all"): "all labels are of one class",
        ("recall", "class absent"): "no decisions",
    }
    unlabelled = reasons(dataclasses.replace(one_class, truth=None))
    assert unlabelled["area under ROC", "all"] == "there are no labels"


def test_few_rows_do_not_keep_all_of_them_from_being_judged() -> None:
    """`min_rows` is of classes and groups; one wrong decision of four closes the gate."""
    answers = two_classes([1, 1, -1, -1], [1, -1, -1, -1], [1, 1, 0, 0], ["f"] * 4)

    (accuracy,) = (check for check in judge(answers, [], Limits()) if (check.what, check.of) == ACCURACY)

    assert accuracy.holds is False


def test_each_output_is_held_to_the_limit_by_itself() -> None:
    """A share that int8 has lost altogether is found beside a weight that is a thousand times as large."""
    rng = np.random.default_rng(4)
    weight, share = rng.normal(0, 1000, (400, 3)), rng.uniform(0, 1, (400, 1))
    answers = Answers(
        by_float=np.hstack([weight, share]),
        by_int8=np.hstack([weight + 1, 0 * share]),
        widths={"weight": 3, "share": 1},
        scores=(share, share),
        classes=(),
        decided=None,
        truth=None,
        groups={"sex": np.repeat(["f", "m"], 200)},
    )

    checks = judge(answers, [], Limits())

    assert [(check.what, check.of, check.holds) for check in checks] == [
        (f"99th percentile of the change of output {name}, in SD", of, name == "weight")
        for name in ("weight", "share")
        for of in ("all", "sex f", "sex m")
    ]


def test_the_layers_named_are_those_that_stray_most() -> None:
    """Without a range to blame, the layers off by more than two of their steps are named, worst first."""
    errors = [
        LayerError(Layer("first", "Conv1D"), "CONV_2D", 0.1, 0.3),
        LayerError(Layer("second", "Dense"), "FULLY_CONNECTED", 0.1, 4.0),
        LayerError(Layer("third", "Activation"), "EXP", 0.1, 9.0),
    ]

    told = causes([], errors, Limits())

    assert [word for line in told for word in ("first", "second", "third") if word in line] == [
        "third",
        "second",
    ]
    assert all(line.startswith("keep in float, or replace: ") for line in told)


@pytest.fixture(scope="module")
def first_value(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A float model that gives the first of two inputs as its logit."""
    folder = tmp_path_factory.mktemp("models")
    save_models(folder, "first_value")
    return folder / "first_value.keras"


def run_folder(
    folder: Path, model: Path, inputs: NDArray[np.float32], seen: NDArray[np.float32], **held_out: Any
) -> Path:
    """A run whose float model is `first_value`; labels are the sign of its logit."""
    shutil.copy(model, folder / "model.keras")
    np.save(folder / "representative.npy", seen)
    np.save(folder / "golden.npy", inputs[:8])
    label = (inputs[:, :1] > 0).astype(np.int64)
    np.savez(folder / "held_out.npz", input=inputs, output=inputs[:, :1], label=label, **held_out)
    manifest: dict[str, Any] = {
        "task": "sign",
        "version": "1.0.0",
        "stream": None,
        "labels": ["positive"],
        "constants": {},
        "parameters": 3,
        "made_with": {},
        "trained_on": [
            {
                "dataset": "made",
                "title": "Made up",
                "records": 1,
                "licence": "CC0",
                "citation": "nobody",
                "url": "https://example.org",
            }
        ],
    }
    gate = {"decides": "sign", "min_rows": 50}
    (folder / "run.json").write_text(json.dumps({"manifest": manifest, "report": {}, "gate": gate}))
    (folder / "card.md").write_text("# A card\n")
    return folder


def convert(folder: Path) -> Bundle:
    return pack_run(read_run(folder), folder / "sign-1.0.0.vwb")


def even(rng: np.random.Generator, reach: float, count: int) -> NDArray[np.float32]:
    """Pairs over -reach to reach, none so near 0 that a half step could change its sign."""
    sign = rng.choice([-1.0, 1.0], (count, 2))
    return (sign * rng.uniform(0.02 * reach, reach, (count, 2))).astype(np.float32)


@pytest.mark.training
def test_a_range_too_small_closes_the_gate(first_value: Path, tmp_path: Path) -> None:
    """Inputs five times beyond those of the representative set: the range is named, no bundle appears."""
    inputs = even(np.random.default_rng(1), 5.0, 2_000)
    folder = run_folder(tmp_path, first_value, inputs, seen=inputs / 5.0)

    with pytest.raises(
        DataError, match=r"the range measured for window is too small: -1\.0.* go from -4\.99"
    ):
        convert(folder)

    assert not (folder / "sign-1.0.0.vwb").exists()
    report = json.loads((folder / "sign-1.0.0.report.json").read_text())
    assert not report["passed"]
    assert "too small" in (folder / "sign-1.0.0.report.html").read_text()


@pytest.mark.training
def test_a_subgroup_that_loses_accuracy_closes_the_gate(first_value: Path, tmp_path: Path) -> None:
    """Children's tiny inputs fall into one int8 step; all else is well within its limits."""
    rng = np.random.default_rng(2)
    adults, children = even(rng, 50.0, 19_900), even(rng, 0.1, 100)
    inputs = np.concatenate([adults, children])
    age = np.repeat(["adult", "child"], [len(adults), len(children)])
    folder = run_folder(tmp_path, first_value, inputs, seen=inputs[::20], group_age=age)

    with pytest.raises(DataError, match=r"accuracy of age child: .*too wide for age child") as refusal:
        convert(folder)

    failed = str(refusal.value).partition("; allowed:")[0]
    assert failed.count("at most") == 1
    assert "age adult" not in failed


@pytest.mark.training
def test_a_model_that_int8_can_follow_passes(first_value: Path, tmp_path: Path) -> None:
    """The bundle appears, and beside it a report that shows both models at the same figures."""
    inputs = even(np.random.default_rng(3), 5.0, 2_000)
    folder = run_folder(tmp_path, first_value, inputs, seen=inputs, group_sex=np.repeat(["f", "m"], 1_000))

    convert(folder)

    report = json.loads((folder / "sign-1.0.0.report.json").read_text())
    assert report["passed"]
    assert all(check["holds"] is True for check in report["checks"])
    assert {check["of"] for check in report["checks"]} >= {"class present", "sex f", "sex m", "window"}
    assert report["operators"] == {"DEQUANTIZE": 1, "FULLY_CONNECTED": 1, "QUANTIZE": 1}
    assert [layer["layer"] for layer in report["layers"]] == ["-"]
    page = (folder / "sign-1.0.0.report.html").read_text()
    assert page.count("<polyline") == 2
    assert "http" not in page
    assert "<script" not in page


def test_what_loses_exactly_what_it_may_holds() -> None:
    """At most the limit is not less than it."""
    assert Check("accuracy", "all", 200, 95.0, 94.5, 0.5, 0.5).holds
    assert not Check("accuracy", "all", 200, 95.0, 94.4999, 0.5001, 0.5).holds


def test_the_outputs_of_a_group_may_stray_twice_as_far_as_those_of_all() -> None:
    """A quarter of a standard deviation over all by default, half of one in each group."""
    answers = two_classes([1, 1, -1, -1], [1, 1, -1, -1], [1, 1, 0, 0], ["f", "m", "f", "f"])
    limits = {check.of: check.limit for check in judge(answers, [], Limits()) if "99th" in check.what}

    assert limits == {"all": 0.25, "sex f": 0.5, "sex m": 0.5}
