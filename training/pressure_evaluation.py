"""Measures a pressure model: do the other readings, and their categories, fall where it says?"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from edge.adapters.litert import load_network
from edge.contract.bundle import Bundle
from edge.contract.errors import RuntimeMissingError
from edge.signals.home_pressure import Population
from edge.signals.pressure import (
    KINDS,
    QUANTILES,
    Gaussian,
    Limits,
    Values,
    categorise,
    category_probabilities,
    linear_estimate,
    network_inputs,
    quantiles_mmhg,
)
from training.baselines.pressure import PRESSURE_BASELINES
from training.cycles import cycles_to_judge
from training.home_pressure import DESIGNS, evaluate_homes
from training.pressure_cases import Cases, make_cases, read_schemes

# Homes are simulated around the population that the bundle knows, from no data.
HOMES: Final = "home-simulated"
DATASETS: Final = ("nhanes", HOMES)
# A category is never given less than this, so that one surprise does not decide the loss.
LEAST_PROBABILITY: Final = 1e-6


@dataclass(frozen=True)
class Forecast:
    """Quantiles (n, 2, 5) in mmHg, and for each scheme the categories' probabilities (n, categories)."""

    quantiles_mmhg: Values
    categories: Mapping[str, Values]


Forecaster = Callable[[Cases], Forecast]
# Answers rows of inputs with the network's outputs: float32 (n, outputs).
Answerer = Callable[[NDArray[np.float32]], NDArray[np.floating]]


def report(
    bundle: Bundle, dataset: str, data: Path, names: Sequence[str] | None, run: Path | None
) -> dict[str, Any]:
    """All that `vitalward evaluate pressure` finds; with a run folder also what its float model does."""
    if dataset == HOMES:
        population = Population.from_constants(bundle.manifest.constants)
        return {
            "records_used": list(DESIGNS),
            "records_skipped": {},
            "metrics": evaluate_homes(population, read_schemes(), DESIGNS),
        }
    persons, skipped, learned = cycles_to_judge(bundle, dataset, data, names)
    cases, gaussian = make_cases(persons), Gaussian.from_constants(bundle.manifest.constants)
    skipped = {
        **skipped,
        "without other readings": f"{len(persons.cycle) - len(np.unique(cases.person))} persons",
    }
    baselines, without = _baselines(learned)
    network = load_network(bundle)

    def by_device(inputs: NDArray[np.float32]) -> NDArray[np.floating]:
        return np.concatenate([network.run(row) for row in tqdm(inputs, desc=dataset, disable=None)])

    found: dict[str, Any] = {
        "records_used": persons.cycles,
        "records_skipped": skipped,
        "metrics": evaluate_forecasts(cases, forecaster(gaussian, by_device), baselines),
    }
    if without:
        found["baselines_missing"] = without
    if run is not None:
        found["float"] = {"metrics": evaluate_forecasts(cases, forecaster(gaussian, _float_model(run)), {})}
    return found


def forecaster(gaussian: Gaussian, answer: Answerer) -> Forecaster:
    """The linear estimate and what the network adds."""
    schemes = read_schemes()

    def forecast(cases: Cases) -> Forecast:
        estimate = linear_estimate(gaussian, cases.inputs)
        outputs = answer(network_inputs(cases.inputs, estimate, schemes))
        return Forecast(quantiles_mmhg(estimate, outputs), category_probabilities(estimate, outputs, schemes))

    return forecast


def evaluate_forecasts(
    cases: Cases, forecast: Forecaster, baselines: Mapping[str, Forecaster]
) -> dict[str, Any]:
    """The figures over all cases, and for one and two given readings apart; losses in mmHg and nats."""
    schemes = read_schemes()
    own, theirs = forecast(cases), {name: other(cases) for name, other in baselines.items()}
    pinballs = {name: pinball(cases.others_mmhg, other.quantiles_mmhg) for name, other in theirs.items()}
    losses = {name: log_losses(cases, other, schemes) for name, other in theirs.items()}
    own_losses = log_losses(cases, own, schemes)
    return {
        "cases": len(cases.given),
        "pinball": round(pinball(cases.others_mmhg, own.quantiles_mmhg), 5),
        "pinball_baselines": {name: round(value, 5) for name, value in pinballs.items()},
        "log_loss": round(_mean(own_losses), 5),
        "log_loss_baselines": {name: round(_mean(value), 5) for name, value in losses.items()},
        "coverage80": round(coverage(cases.others_mmhg, own.quantiles_mmhg), 3),
        "coverage80_by_kind": {
            kind: round(coverage(cases.others_mmhg[:, [place]], own.quantiles_mmhg[:, [place]]), 3)
            for place, kind in enumerate(KINDS)
        },
        "coverage80_baselines": {
            name: round(coverage(cases.others_mmhg, other.quantiles_mmhg), 3)
            for name, other in theirs.items()
        },
        "log_loss_by_scheme": own_losses,
        "log_loss_baselines_by_scheme": losses,
        "by_given": {
            str(given): {
                "cases": int(np.sum(cases.given == given)),
                "pinball": round(
                    pinball(
                        cases.others_mmhg[cases.given == given], own.quantiles_mmhg[cases.given == given]
                    ),
                    5,
                ),
                "coverage80": round(
                    coverage(
                        cases.others_mmhg[cases.given == given], own.quantiles_mmhg[cases.given == given]
                    ),
                    3,
                ),
            }
            for given in (1, 2)
        },
    }


def pinball(others_mmhg: Values, quantiles: Values) -> float:
    """The mean quantile loss over cases, both values and all quantiles (Koenker and Bassett 1978)."""
    levels = np.array(QUANTILES)
    error = others_mmhg[:, :, np.newaxis] - quantiles
    return float(np.mean(np.maximum(levels * error, (levels - 1.0) * error)))


def coverage(others_mmhg: Values, quantiles: Values) -> float:
    """Percent of values within the lowest and the highest quantile, which should hold 80."""
    inside = (others_mmhg >= quantiles[:, :, 0]) & (others_mmhg <= quantiles[:, :, -1])
    return 100.0 * float(np.mean(inside))


def log_losses(cases: Cases, forecast: Forecast, schemes: Mapping[str, Limits]) -> dict[str, float]:
    """For each scheme the mean of minus the log of the probability given to what came true."""
    losses = {}
    for name, limits in schemes.items():
        true = categorise(limits, *cases.others_mmhg.T)
        given = forecast.categories[name][np.arange(len(true)), true]
        losses[name] = round(float(-np.mean(np.log(np.maximum(given, LEAST_PROBABILITY)))), 5)
    return losses


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


def _float_model(run: Path) -> Answerer:
    try:
        import keras
    except ImportError as error:
        raise RuntimeMissingError(
            "TensorFlow is missing", where="--float", allowed="pip install 'vitalward[training]'"
        ) from error
    model = keras.models.load_model(run / "model.keras", compile=False)

    def answer(inputs: NDArray[np.float32]) -> NDArray[np.floating]:
        outputs: NDArray[np.float32] = model.predict(inputs, batch_size=8192, verbose=0)
        return outputs

    return answer


def _mean(losses: Mapping[str, float]) -> float:
    return float(np.mean(list(losses.values())))
