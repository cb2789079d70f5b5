"""Measures a pressure model: do the other readings, and their categories, fall where it says?"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from edge.adapters.litert import load_network
from edge.contract.bundle import Bundle
from edge.contract.errors import DataError, RuntimeMissingError
from edge.signals.home_pressure import Population
from edge.signals.pressure import (
    KINDS,
    Gaussian,
    Values,
    category_probabilities,
    linear_estimate,
    network_inputs,
    quantiles_mmhg,
)
from training.baselines.pressure import PRESSURE_BASELINES
from training.bootstrap import Interval, interval, ratio
from training.cycles import cycles_to_judge
from training.float_model import FloatModel
from training.home_pressure import DESIGNS, evaluate_homes
from training.pressure_cases import Cases, make_cases, read_schemes
from training.pressure_charts import forecast_charts, homes_charts
from training.pressure_losses import Forecast, coverage, inside, log_losses, losses, pinball
from training.table_gaps import gaps

# Homes are simulated around the population that the bundle knows, from no data.
HOMES: Final = "home-simulated"
DATASETS: Final = ("nhanes", HOMES)


Forecaster = Callable[[Cases], Forecast]
# Answers rows of inputs with the network's outputs: float32 (n, outputs).
Answerer = Callable[[NDArray[np.float32]], NDArray[np.floating]]


def report(
    bundle: Bundle, dataset: str, data: Path, names: Sequence[str] | None, run: Path | None
) -> dict[str, Any]:
    """All that `vitalward evaluate pressure` finds; with a run folder also what its float model does."""
    if dataset == HOMES:
        population = Population.from_constants(bundle.manifest.constants)
        homes = evaluate_homes(population, read_schemes(), DESIGNS)
        return {
            "records_used": list(DESIGNS),
            "records_skipped": {},
            "metrics": homes,
            "charts": {"Simulated homes": homes_charts(homes)},
        }
    persons, skipped, learned = cycles_to_judge(bundle, dataset, data, names)
    cases, gaussian = make_cases(persons), Gaussian.from_constants(bundle.manifest.constants)
    if not len(cases.given):
        raise DataError(
            "nobody has two whole readings",
            where=str(data / "nhanes"),
            allowed="a table with BPSys1 to 3 and BPDia1 to 3",
        )
    others = len(persons.cycle) - len(np.unique(cases.person))
    skipped = {**skipped, "without a whole first reading and another": f"{others} persons"}
    baselines, without = _baselines(learned)
    network = load_network(bundle)

    def by_device(inputs: NDArray[np.float32]) -> NDArray[np.floating]:
        return np.concatenate([network.run(row) for row in tqdm(inputs, desc=dataset, disable=None)])

    own = forecaster(gaussian, by_device)(cases)
    theirs = {name: forecast(cases) for name, forecast in baselines.items()}
    found: dict[str, Any] = {
        "records_used": persons.cycles,
        "records_skipped": skipped,
        **gaps(persons),
        "metrics": evaluate_forecasts(cases, own, theirs),
        "intervals": intervals(cases, own, theirs),
        "charts": {"Other readings of the sitting": forecast_charts(cases, own, theirs)},
    }
    if without:
        found["baselines_missing"] = without
    if run is not None:
        by_float = forecaster(gaussian, FloatModel(run))(cases)
        found["float"] = {"metrics": evaluate_forecasts(cases, by_float, {})}
    return found


def forecaster(gaussian: Gaussian, answer: Answerer) -> Forecaster:
    """The linear estimate and what the network adds."""
    schemes = read_schemes()

    def forecast(cases: Cases) -> Forecast:
        estimate = linear_estimate(gaussian, cases.inputs)
        outputs = answer(network_inputs(cases.inputs, estimate, schemes))
        return Forecast(quantiles_mmhg(estimate, outputs), category_probabilities(estimate, outputs, schemes))

    return forecast


def evaluate_forecasts(cases: Cases, own: Forecast, theirs: Mapping[str, Forecast]) -> dict[str, Any]:
    """The figures over all cases, and for one and two given readings apart; losses in mmHg and nats."""
    schemes, others = read_schemes(), cases.others_mmhg
    pinballs = {name: float(np.mean(pinball(others, other.quantiles_mmhg))) for name, other in theirs.items()}
    by_scheme = {name: log_losses(cases, other, schemes) for name, other in theirs.items()}
    own_losses = log_losses(cases, own, schemes)
    by_given = {str(given): cases.given == given for given in (1, 2)}
    return {
        "cases": len(cases.given),
        "pinball": round(float(np.mean(pinball(others, own.quantiles_mmhg))), 5),
        "pinball_baselines": {name: round(value, 5) for name, value in pinballs.items()},
        "log_loss": round(_mean(own_losses), 5),
        "log_loss_baselines": {name: round(_mean(value), 5) for name, value in by_scheme.items()},
        "coverage80": round(coverage(others, own.quantiles_mmhg), 3),
        "coverage80_by_kind": {
            kind: round(coverage(others[:, [place]], own.quantiles_mmhg[:, [place]]), 3)
            for place, kind in enumerate(KINDS)
        },
        "coverage80_baselines": {
            name: round(coverage(others, other.quantiles_mmhg), 3) for name, other in theirs.items()
        },
        "log_loss_by_scheme": own_losses,
        "log_loss_baselines_by_scheme": by_scheme,
        "by_given": {
            given: {
                "cases": int(np.sum(rows)),
                "pinball": round(float(np.mean(pinball(others[rows], own.quantiles_mmhg[rows]))), 5),
                "coverage80": round(coverage(others[rows], own.quantiles_mmhg[rows]), 3),
            }
            for given, rows in by_given.items()
            if rows.any()
        },
    }


def intervals(
    cases: Cases, own: Forecast, theirs: Mapping[str, Forecast]
) -> dict[str, dict[str, Interval | None]]:
    """The 95 % intervals over persons of losses and coverage, and of how far baselines lose more."""
    people, of_case = np.unique(cases.person, return_inverse=True)

    def over_persons(parts: Values, scale: float = 1.0) -> Interval | None:
        sums = np.column_stack(
            [
                np.bincount(of_case, part, len(people)).astype(np.float64)
                for part in (parts, np.ones_like(parts))
            ]
        )
        return interval(sums, lambda totals: scale * ratio(totals[:, 0], totals[:, 1]), digits=4)

    mine = losses(cases, own)
    covered = inside(cases.others_mmhg, own.quantiles_mmhg).mean(axis=1)
    found = {
        "this bundle": {
            **{name: over_persons(parts) for name, parts in mine.items()},
            "coverage80": over_persons(covered, 100.0),
        }
    }
    for name, other in theirs.items():
        above = losses(cases, other)
        found[f"{name}, above this bundle"] = {loss: over_persons(above[loss] - mine[loss]) for loss in mine}
    return found


def _baselines(learned: Any) -> tuple[dict[str, Forecaster], str | None]:
    """Baselines fitted on the persons the bundle has learned from, or why there are none."""
    if not len(learned.cycle):
        return {}, "the cycles to fit them on are not in the folder"
    try:
        cases = make_cases(learned)
        return {
            name: _forecast_by(fit(cases, read_schemes())) for name, fit in PRESSURE_BASELINES.items()
        }, None
    except RuntimeMissingError as error:
        return {}, str(error)


def _forecast_by(told: Callable[[Cases], tuple[Values, dict[str, Values]]]) -> Forecaster:
    return lambda cases: Forecast(*told(cases))


def _mean(losses: Mapping[str, float]) -> float:
    return float(np.mean(list(losses.values())))
