"""Trains the pressure model: from one or two readings of a sitting, where do the others fall?

Persons -> cases -> linear estimate -> model -> fit -> calibrate -> run folder, in that order, on this page.
Learns from NHANES 2009-12; figures come from persons held out in turn, and the model then learns from all.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from edge.signals.pressure import (
    NORMAL_QUANTILES,
    PRESSURE_INPUTS,
    QUANTILES,
    Estimate,
    Gaussian,
    Limits,
    Values,
    categorise,
    category_log_priors,
    linear_estimate,
    network_inputs,
    outputs_of,
)
from training.cycles import cycles_to_learn
from training.datasets.nhanes import Persons
from training.epochs import Drawn, learn, seeded
from training.float_model import answers
from training.golden import GOLDEN_VECTORS
from training.home_pressure import fit_population
from training.person_groups import age_band_of, sex_of
from training.pressure_cases import Cases, fit_gaussian, make_cases, read_schemes
from training.pressure_charts import forecast_charts
from training.pressure_evaluation import evaluate_forecasts, forecaster, intervals
from training.pressure_losses import Forecast
from training.report_page import Shown
from training.run_folder import columns, made_with, ranged_and_compared, trained_on, write_run

if TYPE_CHECKING:
    import keras

DATASET: Final = "nhanes"
# Later cycles are for testing.
LAST_YEAR: Final = 2012
WIDTHS: Final = (32, 24)
OFFSETS: Final = 2 * len(QUANTILES)
CARD: Final = Path(__file__).parent / "cards" / "pressure.md"


@dataclass(frozen=True)
class Recipe:
    """What can be chosen about a training; together with the data it decides every byte of the outcome."""

    seed: int
    records: tuple[str, ...] | None = None
    epochs: int = 20
    batch: int = 256
    learning_rate: float = 2e-3
    weight_decay: float = 2e-2
    # So often pulse, age, sex and body mass index are each hidden.
    hidden: float = 0.1
    folds: int = 5


def train(data: Path, out: Path, recipe: Recipe) -> None:
    """Train as `recipe` says on the table under `data` and write the run folder `out`."""
    persons = cycles_to_learn({DATASET: LAST_YEAR}, data, recipe.records)[DATASET]
    cases, schemes = make_cases(persons), read_schemes()
    told = _held_out(persons, cases, schemes, recipe)
    figures, bounds = evaluate_forecasts(cases, told, {}), intervals(cases, told, {})

    gaussian = fit_gaussian(persons)
    model, history = _fit(cases, gaussian, schemes, recipe)
    rng = np.random.default_rng([recipe.seed, 2])
    shown = _seen(_hidden(cases.inputs, recipe, rng), gaussian, schemes)[1]
    drawn = rng.permutation(len(shown))
    ranged, compared = ranged_and_compared(drawn, 2048, 4096)
    person = dict(zip(PRESSURE_INPUTS, cases.inputs.T, strict=True))
    write_run(
        out,
        model=model,
        representative=shown[ranged],
        golden=shown[drawn[:GOLDEN_VECTORS]],
        held_out={
            "input": shown[compared],
            "output": answers(model, shown[compared]),
            "group_sex": sex_of(person["is_male"])[compared],
            "group_age": age_band_of(person["age_years"])[compared],
        },
        manifest={
            "task": "pressure",
            "version": "1.0.0",
            "stream": None,
            "labels": _labels(schemes),
            "constants": {**gaussian.constants(), **fit_population(persons).constants()},
            "parameters": int(model.count_params()),
            "made_with": made_with(),
            "trained_on": [trained_on(persons.source, len(persons.cycle))],
        },
        report={
            "recipe": asdict(recipe),
            "learned_from": {DATASET: persons.cycles},
            "skipped": dict(persons.skipped),
            "history": columns(history),
            "held_out_figures": {
                name: figures[name] for name in ("cases", "pinball", "log_loss", "coverage80")
            },
            "held_out_intervals": bounds["this bundle"],
        },
        card=CARD.read_text(encoding="utf-8"),
        shown=Shown(
            of=f"Of {len(np.unique(cases.person))} persons, each by a float model that has not met them.",
            figures=figures,
            intervals=bounds["this bundle"],
            charts={"Other readings of the sitting": forecast_charts(cases, told, {})},
        ),
    )


def _held_out(persons: Persons, cases: Cases, schemes: Mapping[str, Limits], recipe: Recipe) -> Forecast:
    """What is told of every case by an estimate and a network that know nothing of its person."""
    quantiles = np.empty((len(cases.given), 2, len(QUANTILES)))
    categories = {
        name: np.empty((len(cases.given), len(limits.systolic_mmhg))) for name, limits in schemes.items()
    }
    for is_held in _folds(cases, recipe):
        others = persons.of(~np.isin(persons.column("person"), cases.of(is_held).person))
        gaussian = fit_gaussian(others)
        model, _ = _fit(cases.of(~is_held), gaussian, schemes, recipe)
        told = forecaster(gaussian, partial(answers, model))(cases.of(is_held))
        quantiles[is_held] = told.quantiles_mmhg
        for name, probabilities in told.categories.items():
            categories[name][is_held] = probabilities
    return Forecast(quantiles, categories)


def build(features: int, outputs: int) -> keras.Model:
    """Two hidden layers. At the start it answers 0: the linear estimate as it is."""
    import keras
    from keras import layers

    inputs = keras.Input((features,))
    hidden = inputs
    for width in WIDTHS:
        hidden = layers.Dense(width, activation="relu")(hidden)
    return keras.Model(inputs, layers.Dense(outputs, kernel_initializer="zeros")(hidden))


def _fit(
    cases: Cases, gaussian: Gaussian, schemes: Mapping[str, Limits], recipe: Recipe
) -> tuple[keras.Model, list[dict[str, float]]]:
    """Learn quantiles by pinball loss, in SDs of the linear estimate, and categories by log loss."""
    import tensorflow as tf

    rng = seeded(recipe.seed)
    sizes = [len(limits.systolic_mmhg) for limits in schemes.values()]
    levels = tf.constant(np.tile(QUANTILES, 2), tf.float32)

    def loss(target: Any, output: Any) -> Any:
        error = target[:, :OFFSETS] - output[:, :OFFSETS]
        total = tf.reduce_sum(tf.maximum(levels * error, (levels - 1.0) * error), axis=-1)
        first, categories = OFFSETS, sum(sizes)
        for size in sizes:
            prior = target[:, first : first + size]
            true = target[:, first + categories : first + categories + size]
            total += tf.nn.softmax_cross_entropy_with_logits(true, prior + output[:, first : first + size])
            first += size
        return total

    def draw() -> Drawn:
        estimate, inputs = _seen(_hidden(cases.inputs, recipe, rng), gaussian, schemes)
        return [inputs], _targets(cases, estimate, schemes)

    model = build(len(_seen(cases.inputs[:1], gaussian, schemes)[1][0]), outputs_of(schemes))
    return model, learn(model, loss, recipe, draw, rng)


def _targets(cases: Cases, estimate: Estimate, schemes: Mapping[str, Limits]) -> NDArray[np.float32]:
    """What the loss compares with: offsets of quantiles, log-priors of categories, the true categories."""
    far = (cases.others_mmhg - estimate.mean_mmhg) / estimate.sd_mmhg
    offsets = (far[:, :, np.newaxis] - np.array(NORMAL_QUANTILES)).reshape(len(far), -1)
    priors = [category_log_priors(estimate, limits) for limits in schemes.values()]
    true = [
        np.eye(len(limits.systolic_mmhg))[categorise(limits, *cases.others_mmhg.T)]
        for limits in schemes.values()
    ]
    return np.column_stack([offsets, *priors, *true]).astype(np.float32)


def _seen(
    inputs: Values, gaussian: Gaussian, schemes: Mapping[str, Limits]
) -> tuple[Estimate, NDArray[np.float32]]:
    estimate = linear_estimate(gaussian, inputs)
    return estimate, network_inputs(inputs, estimate, schemes)


def _hidden(inputs: Values, recipe: Recipe, rng: np.random.Generator) -> Values:
    """The inputs with some of what is known of the person hidden at random; readings stay."""
    hide = rng.random(inputs.shape) < recipe.hidden
    hide[:, :4] = False
    return np.where(hide, np.nan, inputs)


def _folds(cases: Cases, recipe: Recipe) -> list[NDArray[np.bool_]]:
    """Which cases are held out in each fold; both cases of a person are in the same."""
    people, of_case = np.unique(cases.person, return_inverse=True)
    fold = np.random.default_rng([recipe.seed, 0]).integers(0, recipe.folds, len(people))[of_case]
    return [fold == held for held in range(recipe.folds)]


def _labels(schemes: Mapping[str, Limits]) -> list[str]:
    """The names of the outputs in their order."""
    offsets = [f"{kind}_q{round(100 * level)}" for kind in ("systolic", "diastolic") for level in QUANTILES]
    return offsets + [
        f"{name}.{place}" for name, limits in schemes.items() for place in range(len(limits.systolic_mmhg))
    ]
