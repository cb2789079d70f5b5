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

LEARNED, LATER = "2009_10", "2017_18"


def vitalward(*arguments: str | Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "edge", *map(str, arguments)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def figures(bundle: Path, dataset: str, *arguments: str | Path) -> dict[str, Any]:
    out = bundle.with_suffix(f".{dataset}.json")
    task = bundle.name.split("-")[0]
    vitalward(
        *("evaluate", task, "--bundle", bundle, "--data", bundle.parent, "--dataset", dataset),
        *("--json", out, *arguments),
    )
    found: dict[str, Any] = json.loads(out.read_text())
    return found


@pytest.fixture(scope="module")
def line(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the tables, the run folders and the bundles of both tasks."""
    for name in ("tensorflow", "sklearn"):
        if importlib.util.find_spec(name) is None:
            absent(request, "--require-training", f"{name} is missing: pip install 'vitalward[training]'")
    folder, rng = tmp_path_factory.mktemp("tabular"), np.random.default_rng(41)
    for years, first in ((LEARNED, 1), (LATER, 50_001)):
        write_table(
            folder / "nhanes" / f"NHANESraw_{years}.csv.gz", raw_survey(1200, years, rng, first=first)
        )
    for years, first in (("2009-2010", 1), ("2017-2020", 50_001)):
        write_table(
            folder / "nhanes" / f"cardioStatsUSA_{years}.csv.gz", cardio_survey(1200, years, rng, first=first)
        )
    for task in ("pressure", "risk"):
        run = folder / f"{task}-run"
        vitalward("train", task, "--data", folder, "--seed", "7", "--epochs", "3", "--out", run)
        vitalward("convert", "--run", run, "--out", folder / f"{task}-1.0.0.vwb")
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
    told = json.loads(read_bundle(line / f"{task}-1.0.0.vwb").card_data)

    assert set(map(tuple, told["learned_from"].values())) == {("2009-2010",)}


def test_a_pressure_bundle_is_measured_on_the_later_cycle(line: Path) -> None:
    """Only the later cycle is used, every baseline has its figure, and int8 is as good as float."""
    found = figures(line / "pressure-1.0.0.vwb", "nhanes", "--float", line / "pressure-run")

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
    raw = figures(line / "risk-1.0.0.vwb", "nhanes")
    cardio = figures(line / "risk-1.0.0.vwb", "cardiostats")

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


def test_the_same_seed_and_tables_give_the_same_bundle(line: Path, tmp_path: Path) -> None:
    """Trained and converted again in other processes, every byte is the same."""
    vitalward("train", "pressure", "--data", line, "--seed", "7", "--epochs", "3", "--out", tmp_path / "run")
    vitalward("convert", "--run", tmp_path / "run", "--out", tmp_path / "again.vwb")

    assert (tmp_path / "again.vwb").read_bytes() == (line / "pressure-1.0.0.vwb").read_bytes()


def test_the_population_in_the_bundle_serves_simulated_homes(line: Path) -> None:
    """With few readings the model over days beats averaging and stays near the exact posterior."""
    constants = read_bundle(line / "pressure-1.0.0.vwb").manifest.constants
    design = {"3_readings_1_day": Design(sittings=1, readings=3)}

    found = evaluate_homes(Population.from_constants(constants), read_schemes(), design)

    for scheme in found["3_readings_1_day"].values():
        assert scheme["averaging"] < scheme["model"]
        assert scheme["model"] > scheme["exact_posterior"] - 2.5
