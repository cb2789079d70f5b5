"""Pressure and risk from tables to bundle to figures, on a survey made up for the purpose."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from converter.run_folder import read_run
from edge.adapters.litert import Kernels, load_network
from edge.contract.bundle import read_bundle
from edge.contract.errors import DataError
from edge.signals.home_pressure import Population
from edge.signals.risk import RISK_OUTCOMES, RISK_TERMS, risk_inputs
from tests.conftest import absent
from tests.unit.training.nhanes_tables import cardio_survey, raw_survey, write_table
from training.cycles import cycles_to_judge
from training.home_pressure import Design, evaluate_homes
from training.pressure_cases import read_schemes
from training.risk import may_tell

pytestmark = pytest.mark.training

LEARNED, BESIDES, LATER = "2009_10", "2013_14", "2017_18"
# All that needs TensorFlow, in one process that loads it once.
MAKE = """
import sys
from pathlib import Path
from converter.commands import convert
from training import pressure, risk

data, out = sys.argv[1:]
for task, page in (("pressure", pressure), ("risk", risk)):
    run = Path(out, f"{task}-run")
    page.train(Path(data), run, page.Recipe(seed=7, epochs=2, folds=2))
    convert.main(["--run", str(run), "--out", f"{out}/{task}-1.0.0.vwb"])
"""
MEASURE = """
from training.commands import evaluate

for task, dataset, pages in (("pressure", "nhanes", 1), ("risk", "nhanes", 1), ("risk", "cardiostats", 0)):
    evaluate.main([
        *(task, "--bundle", f"{out}/{task}-1.0.0.vwb", "--data", data, "--dataset", dataset),
        *("--json", f"{out}/{task}-{dataset}.json"),
        *("--html", f"{out}/{task}.html", "--float", f"{out}/{task}-run")[: 4 * pages],
    ])
"""


def start(job: str, data: Path, out: Path) -> subprocess.Popen[str]:
    out.mkdir(exist_ok=True)
    return subprocess.Popen(
        [sys.executable, "-c", job, str(data), str(out)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )


def figures(line: Path, name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((line / f"{name}.json").read_text())
    return found


@pytest.fixture(scope="module")
def line(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with tables, run folders, bundles and figures of both tasks, and the bundles made again."""
    for name in ("tensorflow", "sklearn"):
        if importlib.util.find_spec(name) is None:
            absent(request, "--require-training", f"{name} is missing: pip install 'vitalward[training]'")
    folder, rng = tmp_path_factory.mktemp("tabular"), np.random.default_rng(41)
    for years, first in ((LEARNED, 1), (LATER, 50_001)):
        write_table(
            folder / "nhanes" / f"NHANESraw_{years}.csv.gz", raw_survey(1000, years, rng, first=first)
        )
    for years, first in ((LEARNED, 1), (BESIDES, 20_001), (LATER, 50_001)):
        write_table(
            folder / "nhanes" / f"cardioStatsUSA_{years}.csv.gz", cardio_survey(1000, years, rng, first=first)
        )
    for job in (start(MAKE + MEASURE, folder, folder), start(MAKE, folder, folder / "again")):
        _, said = job.communicate(timeout=300)
        assert job.returncode == 0, said
    return folder


def test_only_cycles_that_were_learned_from_are_no_test(line: Path, tmp_path: Path) -> None:
    """Without a later cycle in the folder there is nothing to measure on, unless one is named."""
    bundle = read_bundle(line / "risk-1.0.0.vwb")
    (tmp_path / "nhanes").mkdir()
    table = f"NHANESraw_{LEARNED}.csv.gz"
    (tmp_path / "nhanes" / table).write_bytes((line / "nhanes" / table).read_bytes())

    with pytest.raises(DataError, match=r"only cycles that risk-1\.0\.0 has learned from"):
        cycles_to_judge(bundle, "nhanes", tmp_path, None)
    with pytest.raises(DataError, match="no cycle 2015-2016"):
        cycles_to_judge(bundle, "nhanes", tmp_path, ["2015_16"])
    assert cycles_to_judge(bundle, "nhanes", tmp_path, [LEARNED])[0].cycles == ["2009-2010"]


@pytest.mark.parametrize("task", ["pressure", "risk"])
def test_later_cycles_teach_nothing(line: Path, task: str) -> None:
    """What lies in the folder but is later than the training may reach is not learned from."""
    told = json.loads(read_bundle(line / f"{task}-1.0.0.vwb").card_data)["learned_from"]

    assert told["nhanes"] == ["2009-2010"]
    assert told.get("cardiostats", ["2009-2010", "2013-2014"]) == ["2009-2010", "2013-2014"]


def test_a_pressure_bundle_is_measured_on_the_later_cycle(line: Path) -> None:
    """Only the later cycle is used, every baseline has its figure, and int8 is as good as float."""
    found = figures(line, "pressure-nhanes")

    assert found["records_used"] == ["2017-2018"]
    assert found["records_skipped"]["2009-2010"] == "the bundle has learned from it"
    measured = found["metrics"]
    names = {"last_reading", "running_mean", "linear_shrinkage", "gradient_boosting"}
    assert set(measured["pinball_baselines"]) == set(measured["log_loss_baselines"]) == names
    assert measured["pinball"] < measured["pinball_baselines"]["last_reading"]
    assert measured["coverage80"] == pytest.approx(80.0, abs=4.0)
    assert measured["pinball"] == pytest.approx(found["float"]["metrics"]["pinball"], abs=0.003)


def test_a_risk_bundle_is_measured_outcome_by_outcome(line: Path) -> None:
    """Each table tells its outcomes; figures, baselines and groups are all there."""
    raw, cardio = figures(line, "risk-nhanes"), figures(line, "risk-cardiostats")

    assert [*raw["metrics"], *cardio["metrics"]] == list(RISK_OUTCOMES)
    for measured in (*raw["metrics"].values(), *cardio["metrics"].values()):
        assert measured["auroc"] > 0.6
        assert set(measured["auroc_baselines"]) == {"logistic_regression", "gradient_boosting"}
        assert set(measured["subgroups"]) == {"sex", "age", "ethnicity"}
        assert {"female", "male", "worst_gap"} == set(measured["subgroups"]["sex"])
        assert measured["survey_weighted"]["auroc"] > 0.6


def test_each_share_depends_on_its_own_inputs_alone(line: Path) -> None:
    """Another pulse changes the terms of the pulse and nothing else: exact explanations, in int8 too."""
    network = load_network(read_bundle(line / "risk-1.0.0.vwb"), Kernels.REFERENCE)
    person = {"age_years": 61.0, "is_male": 1.0, "bmi_kg_m2": 31.2, "pulse_bpm": 58.0}

    before, after = (
        network.run(risk_inputs({**person, "pulse_bpm": pulse}))[0].copy() for pulse in (58.0, 103.0)
    )

    for place, term in enumerate(RISK_TERMS):
        if "pulse_bpm" not in term:
            assert before[place].tolist() == after[place].tolist()


def test_terms_that_may_not_tell_an_outcome_are_exactly_zero(line: Path) -> None:
    """Blood pressure has no share in raised pressure, whatever the person: not in int8 either."""
    network = load_network(read_bundle(line / "risk-1.0.0.vwb"))

    for inputs in read_run(line / "risk-run").held_out.input[:50]:
        assert not network.run(inputs)[0][~may_tell()].any()


@pytest.mark.parametrize("task", ["pressure", "risk"])
def test_the_same_seed_and_tables_give_the_same_bundle(line: Path, task: str) -> None:
    """Trained and converted again in another process, every byte is the same."""
    name = f"{task}-1.0.0.vwb"

    assert (line / "again" / name).read_bytes() == (line / name).read_bytes()


def test_the_pages_show_every_outcome_and_the_training(line: Path) -> None:
    """Each outcome has its plots, and the loss of each epoch is drawn from the bundle's card."""
    risk, pressure = ((line / f"{name}.html").read_text() for name in ("risk", "pressure"))

    assert all(f"<h2>{name}</h2>" in risk for name in ("Diabetes", "Raised pressure", "Training"))
    assert risk.count("<svg") == 2 * 5 + 1
    assert pressure.count("<svg") == 1 + 2 * 2 + 2 + 1


def test_intervals_hold_what_they_are_of(line: Path) -> None:
    """Each figure lies in its interval, and so does its lead over each baseline."""
    found = figures(line, "risk-nhanes")
    for name, bounds in found["intervals"].items():
        measured = found["metrics"][name]
        for figure in ("auroc", "auprc", "brier"):
            assert bounds[figure][0] < measured[figure] < bounds[figure][1]
        for other, theirs in measured["auroc_baselines"].items():
            low, high = bounds[f"auroc_above_{other}"]
            assert low < measured["auroc"] - theirs < high
    found = figures(line, "pressure-nhanes")
    for loss in ("pinball", "log_loss"):
        low, high = found["intervals"]["gradient_boosting, above this bundle"][loss]
        measured = found["metrics"]
        assert low < measured[f"{loss}_baselines"]["gradient_boosting"] - measured[loss] < high


def test_the_population_in_the_bundle_serves_simulated_homes(line: Path) -> None:
    """With few readings the model over days beats averaging and stays near the exact posterior."""
    constants = read_bundle(line / "pressure-1.0.0.vwb").manifest.constants
    design = {"3_readings_1_day": Design(sittings=1, readings=3)}

    found = evaluate_homes(Population.from_constants(constants), read_schemes(), design, homes=1000)

    for scheme in found["3_readings_1_day"].values():
        assert scheme["averaging"] < scheme["model"]
        assert scheme["model"] > scheme["exact_posterior"] - 2.5
        for method in ("averaging", "model", "exact_posterior"):
            low, high = scheme["intervals"][method]
            assert low < scheme[method] < high
        low, high = scheme["intervals"]["model_below_exact_posterior"]
        assert low < scheme["exact_posterior"] - scheme["model"] < high
