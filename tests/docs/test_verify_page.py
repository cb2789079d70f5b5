"""docs/verify-an-alert.md: its script checks alerts with nothing of ours, and notices what was changed."""

from __future__ import annotations

import ast
import copy
import json
import math
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest

from edge.adapters.litert import load_model
from edge.bundles import SHIPPED
from edge.contract.bundle import read_bundle
from edge.contract.explanation import MOST_VALUES, Explanation
from edge.contract.messages import Alert
from edge.storage.store import CHECKPOINTS_KEPT
from tests.support.corridor import NOON_S, Patient, beats, make_rules

DOCS = Path(__file__).parents[2] / "docs"
SCRIPT = DOCS / "examples" / "verify_alert.py"


def verify(alert: Any, folder: Path, bundle: Path = SHIPPED["rhythm"]) -> tuple[int, str]:
    """Exit code and lines of the script, in a process that sees no folder of ours."""
    path = folder / "alert.json"
    path.write_bytes(msgspec.json.encode(alert))
    done = subprocess.run(
        [sys.executable, "-I", str(SCRIPT), str(path), str(bundle)],
        capture_output=True,
        text=True,
        check=False,
        cwd=folder,
    )
    assert not done.stderr.startswith("Traceback"), done.stderr
    return done.returncode, done.stdout


def run_example(script: str, *arguments: str) -> tuple[int, str]:
    """Exit code and what an example says of itself on standard error."""
    done = subprocess.run(
        [sys.executable, str(DOCS / "examples" / script), *arguments],
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stderr


def rhythms() -> list[Alert]:
    """Irregular beats and then even ones."""
    patient = Patient(make_rules(load_model(read_bundle(SHIPPED["rhythm"]))))  # type: ignore[arg-type]
    rng, at_s = np.random.default_rng(11), NOON_S
    for number in range(11):
        rr_ms = rng.uniform(450.0, 1150.0, 16).round(3).tolist()
        # Two of the last 64 could not be used.
        times_s, values = beats(at_s, rr_ms, invalid={3} if number in {8, 10} else None)
        patient.send("rr", times_s, rr=values)
        at_s = times_s[-1]
    for _ in range(60):
        times_s, values = beats(at_s, rng.normal(800.0, 15.0, 16).round(3).tolist())
        patient.send("rr", times_s, rr=values)
        at_s = times_s[-1]
    return patient.alerts("irregular_rhythm")


def rhythm() -> Alert:
    return rhythms()[0]


def rhythm_over() -> Alert:
    return rhythms()[-1]


def out_of_range() -> Alert:
    patient = Patient()
    for batch in range(20):
        at_s = NOON_S + 5.0 * batch
        patient.send("rr", [at_s, at_s + 1.0], rr=[0.8, 0.9])
    return patient.alerts("values_out_of_range")[0]


def fast() -> Alert:
    patient = Patient()
    for second in range(0, 310, 2):
        if second % 60 == 0:
            patient.send("activity", [NOON_S + second], cadence=[0.0])
        patient.send("hr", [NOON_S + second], hr=[120.0 + second % 7])
    return patient.alerts("tachycardia_at_rest")[0]


def high() -> Alert:
    patient = Patient()
    for number, systolic in enumerate((121.0, 154.0, 158.0)):
        patient.send("bp", [NOON_S + 60.0 * number], systolic=[systolic], diastolic=[71.0 + 5 * number])
    return patient.alerts("blood_pressure_high")[0]


def low() -> Alert:
    patient = Patient()
    for day in range(3):
        patient.send("bp", [NOON_S + 86_400.0 * day], systolic=[80.0 - day], diastolic=[55.0])
    return patient.alerts("blood_pressure_low")[0]


def severe() -> Alert:
    patient = Patient()
    patient.send("bp", [NOON_S], systolic=[190.0], diastolic=[125.0])
    return patient.alerts("blood_pressure_severe")[0]


def low_battery() -> Alert:
    patient = Patient()
    patient.send("battery", [NOON_S], battery=[9.0])
    return patient.alerts("battery_low")[0]


def lost() -> Alert:
    patient = Patient()
    patient.send("rr", [NOON_S], rr=[800.0])
    patient.wait_until(NOON_S + 100.0)
    return patient.alerts("sensor_lost")[0]


@pytest.mark.parametrize(
    "make", [rhythm, rhythm_over, fast, high, low, severe, low_battery, lost, out_of_range]
)
def test_an_alert_holds_by_itself(make: Callable[[], Alert], tmp_path: Path) -> None:
    """From the id to the probability: each check of the script holds."""
    code, lines = verify(make(), tmp_path)

    assert (code, "WRONG" in lines) == (0, False), lines
    assert lines.count("ok ") >= 3


CHANGES: dict[str, tuple[Callable[[], Alert], Callable[[Any], Any], str]] = {
    "onset": (rhythm, lambda alert: alert.update(onset_s=alert["onset_s"] - 60.0), "the id belongs"),
    "wearer": (low_battery, lambda alert: alert.update(wearer="somebody"), "the id belongs"),
    "interval": (
        rhythm,
        lambda alert: alert["why"]["inputs"][0]["values"].__setitem__(20, 700.0),
        "the probability of these intervals",
    ),
    "bundle": (rhythm, lambda alert: alert["why"]["model"].update(sha256="0" * 64), "the bundle is the one"),
    "vote": (rhythm, lambda alert: alert["why"]["votes"][0].update(probability=0.1), "each vote is as"),
    "group": (
        rhythm,
        lambda alert: alert["why"]["contributions"]["groups"].update(rate=3.0),
        "the contributions add up",
    ),
    "limit": (fast, lambda alert: alert["why"]["thresholds"][0].update(limit=130.0), "the limits in force"),
    "wait": (fast, lambda alert: alert["why"]["inputs"][0].update(least=90.0), "met its limit all the time"),
    "bound": (
        fast,
        lambda alert: alert["why"]["counterfactual"]["changes"][0].update(bound=110.0),
        "within the counterfactual",
    ),
    "limit of two": (
        severe,
        lambda alert: alert["why"]["thresholds"][0].update(limit=170.0),
        "within the counterfactual",
    ),
    "higher limit of two": (
        severe,
        lambda alert: alert["why"]["thresholds"][0].update(limit=185.0),
        "just beyond it",
    ),
    "evidence": (
        severe,
        lambda alert: alert["evidence"]["values"].update(systolic_mmhg=186),
        "systolic_mmhg is told as it was",
    ),
    "evidence of a mean": (
        high,
        lambda alert: alert["evidence"]["values"].update(systolic_mmhg=151),
        "systolic_mmhg is told as it was",
    ),
    "probability in the evidence": (
        rhythm,
        lambda alert: alert["evidence"].update(probability=0.8),
        "probability is told as it was",
    ),
    "probability held": (
        rhythm,
        lambda alert: alert["why"]["thresholds"][1].update(value=0.8),
        "it was held against the threshold",
    ),
    "mean": (high, lambda alert: alert["why"]["thresholds"][0].update(value=149.0), "is the mean of"),
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_changed_alert_is_noticed(change: str, tmp_path: Path) -> None:
    """One number changed by hand fails the check that is about it."""
    make, spoil, named = CHANGES[change]
    alert = msgspec.json.decode(msgspec.json.encode(make()))
    spoil(alert)

    code, lines = verify(copy.deepcopy(alert), tmp_path)

    assert code == 1
    assert any(line.startswith("WRONG") and named in line for line in lines.splitlines()), lines


def test_with_another_bundle_the_check_of_the_name_fails_and_its_model_is_not_run(tmp_path: Path) -> None:
    """The bundle for sleep in the place of that for the rhythm: one wrong line about it, and exit code 1."""
    code, lines = verify(rhythm(), tmp_path, SHIPPED["sleep"])

    assert code == 1
    assert lines.splitlines()[-1] == "WRONG  the bundle is the one named"


def test_a_check_that_fails_counts_more_than_one_that_cannot_be_made(tmp_path: Path) -> None:
    """The id is wrong, and the rhythm cannot be checked without a bundle: exit code 1, not 2."""
    alert = msgspec.json.decode(msgspec.json.encode(rhythm()))
    alert["wearer"] = "somebody"
    path = tmp_path / "alert.json"
    path.write_bytes(msgspec.json.encode(alert))

    code, said = run_example("verify_alert.py", str(path))

    assert (code, "needs the bundle" in said) == (1, True), said


UNFIT: dict[str, tuple[Callable[[Any], Any], str]] = {
    "no why": (lambda alert: alert.pop("why"), "no alert that says why"),
    "another format": (lambda alert: alert["why"].update(format=2), "why.format is 2; allowed: 1"),
    "no thresholds": (lambda alert: alert["why"].pop("thresholds"), "missing or of another kind"),
    "a word for a number": (
        lambda alert: alert["evidence"]["values"].update(systolic_mmhg="high"),
        "missing or of another kind",
    ),
    "a time without end": (lambda alert: alert.update(onset_s=math.inf), "missing or of another kind"),
}


@pytest.mark.parametrize("unfit", UNFIT)
def test_what_is_no_alert_it_knows_is_refused_with_a_usage_line(unfit: str, tmp_path: Path) -> None:
    """An alert that cannot be checked is neither right nor wrong: exit code 2, and how the script is used."""
    spoil, named = UNFIT[unfit]
    alert = msgspec.json.decode(msgspec.json.encode(severe()))
    spoil(alert)
    path = tmp_path / "alert.json"
    path.write_text(json.dumps(alert))

    code, said = run_example("verify_alert.py", str(path))

    assert code == 2
    assert named in said
    assert "usage: python verify_alert.py ALERT.json [BUNDLE.vwb]" in said


@pytest.mark.parametrize(
    ("script", "arguments"),
    [
        ("verify_alert.py", []),
        ("verify_alert.py", ["missing.json"]),
        ("verify_alert.py", [str(SCRIPT)]),
        ("threshold_alarm.py", []),
        ("threshold_alarm.py", ["localhost", "the usual"]),
    ],
)
def test_a_wrong_call_of_an_example_is_answered_with_its_usage(script: str, arguments: list[str]) -> None:
    """No argument, a file that is not there or of another kind: a usage line and 2, no traceback."""
    code, said = run_example(script, *arguments)

    assert (code, f"usage: python {script} " in said, "Traceback" in said) == (2, True, False), said


def test_the_script_is_of_numpy_and_the_standard_library() -> None:
    """A third party has to install nothing of ours, and may choose the interpreter."""
    names = {
        (node.names[0].name if isinstance(node, ast.Import) else node.module or "").split(".")[0]
        for node in ast.walk(ast.parse(SCRIPT.read_text()))
        if isinstance(node, ast.Import | ast.ImportFrom)
    }

    assert names - sys.stdlib_module_names == {"numpy"}


def test_the_page_names_every_key_and_the_numbers_of_the_code() -> None:
    """The table has the keys of an explanation; how much is told and how many checkpoints there are."""
    text = (DOCS / "verify-an-alert.md").read_text(encoding="utf-8")
    keys = set(Explanation.__struct_fields__) - {"format"}

    assert [key for key in keys if f"`{key}`" not in text] == []
    assert f"the last {MOST_VALUES} are told" in text
    assert CHECKPOINTS_KEPT == 4
    assert "four times in those hours" in text
