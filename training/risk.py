"""Trains the risk model: diabetes, raised blood pressure, cardiovascular disease from what an owner can tell.

Persons -> inputs -> model -> fit -> calibrate -> evaluate -> run folder, in that order, on this page.
Learns from NHANES 2009-12 in detail and from the cycles 1999-2016 of a table with fewer inputs; calibration
and thresholds are fixed on persons held out in turn, five folds, and the model then learns from all.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from edge.signals.calibration import calibrated, fit_calibration
from edge.signals.risk import RISK_INPUTS, RISK_OUTCOMES, RISK_TERMS, SEATS, risk_inputs, risk_logits
from training.cycles import cycles_to_learn
from training.datasets.columns import Column
from training.datasets.nhanes import Persons
from training.epochs import Drawn, learn, seeded
from training.float_model import answers
from training.golden import GOLDEN_VECTORS
from training.person_groups import age_band_of, sex_of
from training.probability_metrics import level_shift
from training.report_page import Shown
from training.risk_evaluation import Judged, charts, figures, intervals
from training.risk_groups import fair_thresholds
from training.risk_outcomes import OUTCOMES, Outcome, inputs_of, with_outcome
from training.run_folder import columns, made_with, ranged_and_compared, trained_on, write_run

if TYPE_CHECKING:
    import keras

# Later cycles are for testing.
LAST_YEAR: Final = {"nhanes": 2012, "cardiostats": 2016}
# The other table tells two of the outcomes too, from fewer inputs: its cycles from here on that the detailed
# one does not have. What is older differs in more than its level.
ALSO_SINCE: Final = "2005"
# A cycle's level is half chance (crews, places, weather), so the level shipped is the mean of the last two:
# of all rules tried it foresaw the next cycle best (docs/decisions/0008).
LEVEL_CYCLES: Final = 2
WIDTH: Final = 8
CARD: Final = Path(__file__).parent / "cards" / "risk.md"
# Figures of those held out that the bundle carries.
KEPT: Final = ("auroc", "auprc", "brier", "ece")
UNKNOWN: Final = -1.0
# Age and sex are always asked.
ASKED_TOGETHER: Final = (
    ("bmi_kg_m2", "height_cm"),
    ("pulse_bpm",),
    ("systolic_mmhg", "diastolic_mmhg"),
    ("sleep_h", "has_sleep_trouble"),
    ("is_physically_active", "active_days_per_week"),
    ("smoking_0_to_2",),
    ("alcohol_days_per_year", "drinks_per_day"),
    ("health_0_to_4", "unwell_days_per_month", "low_mood_days_per_month"),
    ("has_diabetes",),
    ("takes_pressure_medicine", "takes_cholesterol_medicine"),
)
SHARES: Final = (len(RISK_TERMS), len(RISK_OUTCOMES))


@dataclass(frozen=True)
class Recipe:
    """What can be chosen about a training; together with the data it decides every byte of the outcome."""

    seed: int
    records: tuple[str, ...] | None = None
    epochs: int = 18
    batch: int = 256
    learning_rate: float = 4e-3
    weight_decay: float = 1e-2
    # So often each input is hidden, and each group of them: who does not know one often knows none.
    hidden: float = 0.08
    hidden_groups: float = 0.1
    folds: int = 5


@dataclass(frozen=True)
class Rows:
    """Persons of one outcome after the other: columns of inputs (n,), labels (n, outcomes) or UNKNOWN.

    `level` (n, levels) marks which table, outcome and cycle a row is of: each has a level of its own, so
    that no input stands for the year or for the table it was asked in.
    """

    inputs: Mapping[str, Column]
    labels: NDArray[np.float32]
    level: NDArray[np.float32]


def train(data: Path, out: Path, recipe: Recipe) -> None:
    """Train as `recipe` says on the tables under `data` and write the run folder `out`."""
    tables = cycles_to_learn(LAST_YEAR, data, recipe.records)

    # Every person is held out once; the answers to all of them fix calibration and thresholds.
    shares = {name: np.zeros((len(persons.cycle), *SHARES), np.float32) for name, persons in tables.items()}
    for is_held in _folds(tables, recipe):
        model, _ = _fit(
            gather({name: persons.of(~is_held[name]) for name, persons in tables.items()}), recipe
        )
        for name, persons in tables.items():
            shares[name][is_held[name]] = shares_by(model, persons.of(is_held[name]))
    rows = gather(tables)
    model, history = _fit(rows, recipe)
    drift = {outcome.name: _drift(model, tables, outcome) for outcome in OUTCOMES}
    constants, judged = {}, {}
    for place, outcome in enumerate(OUTCOMES):
        persons = tables[outcome.dataset]
        known, has_it = with_outcome(persons, outcome)
        logit = risk_logits(shares[outcome.dataset])[~np.isnan(persons.column(outcome.label)), place]
        temperature, bias = fit_calibration(logit, has_it)
        probability = calibrated(logit, temperature, bias)
        bias -= drift[outcome.name] * temperature
        thresholds = fair_thresholds(calibrated(logit, temperature, bias), has_it, known.column("is_male"))
        constants[outcome.name] = (round(temperature, 6), round(bias, 6), *thresholds)
        judged[outcome.name] = Judged(known, has_it, probability, thresholds, {})

    found = {name: figures(part) for name, part in judged.items()}
    bounds = {name: intervals(part) for name, part in judged.items()}

    rng = np.random.default_rng([recipe.seed, 2])
    shown = risk_inputs(_hidden(rows.inputs, recipe, rng))
    drawn = rng.permutation(len(shown))
    ranged, compared = ranged_and_compared(drawn, 2048, 4096)
    write_run(
        out,
        model=model,
        representative=shown[ranged],
        golden=shown[drawn[:GOLDEN_VECTORS]],
        held_out={
            "input": shown[compared],
            "output": answers(model, shown[compared]),
            "group_sex": sex_of(rows.inputs["is_male"])[compared],
            "group_age": age_band_of(rows.inputs["age_years"])[compared],
        },
        manifest={
            "task": "risk",
            "version": "1.0.0",
            "stream": None,
            "labels": list(RISK_OUTCOMES),
            "constants": constants,
            "parameters": int(model.count_params()),
            "made_with": made_with(),
            "trained_on": [trained_on(persons.source, len(persons.cycle)) for persons in tables.values()],
        },
        report={
            "recipe": asdict(recipe),
            "learned_from": {name: persons.cycles for name, persons in tables.items()},
            "skipped": {name: persons.skipped for name, persons in tables.items()},
            "history": columns(history),
            "held_out_figures": {name: {key: of[key] for key in KEPT} for name, of in found.items()},
            "held_out_intervals": {name: {key: of[key] for key in KEPT} for name, of in bounds.items()},
            "drift_log_odds": {name: round(value, 4) for name, value in drift.items()},
        },
        card=CARD.read_text(encoding="utf-8"),
        shown=Shown(
            of="Of all persons, each by a float model that has not met them.",
            figures=found,
            intervals=bounds,
            charts={
                name.replace("_", " ").capitalize(): charts(part, found[name]["subgroups"])
                for name, part in judged.items()
            },
        ),
    )


def gather(tables: Mapping[str, Persons]) -> Rows:
    """The persons of all outcomes below each other, each with the inputs its outcome may be told from."""
    columns: dict[str, list[Column]] = {name: [] for name in RISK_INPUTS}
    labels, levels = [], []
    for place, outcome in enumerate(OUTCOMES):
        for table in _tables_of(outcome, tables):
            known, has_it = with_outcome(table, outcome)
            inputs = inputs_of(known, outcome)
            for name, column in columns.items():
                column.append(inputs.get(name, np.full(len(has_it), np.nan)))
            told = np.full((len(has_it), len(OUTCOMES)), UNKNOWN, dtype=np.float32)
            told[:, place] = has_it
            labels.append(told)
            levels += [f"{outcome.name} {table.dataset.name} {cycle}" for cycle in known.cycle]
    names, level = np.unique(levels, return_inverse=True)
    return Rows(
        {name: np.concatenate(column) for name, column in columns.items()},
        np.concatenate(labels),
        np.eye(len(names), dtype=np.float32)[level],
    )


def _tables_of(outcome: Outcome, tables: Mapping[str, Persons]) -> list[Persons]:
    """The persons an outcome is learned from: its own table and what the other one has besides."""
    own, other = tables[outcome.dataset], tables["cardiostats"]
    if own is other:
        return [own]
    besides = (other.cycle >= ALSO_SINCE) & ~np.isin(other.cycle, own.cycles)
    return [own, other.of(besides)] if besides.any() else [own]


def may_tell() -> NDArray[np.bool_]:
    """Whether a term may have a share in an outcome, (terms, outcomes): only if all its inputs may."""
    return np.array(
        [[all(name in outcome.inputs for name in term) for outcome in OUTCOMES] for term in RISK_TERMS]
    )


def build() -> keras.Model:
    """One small network for each term, side by side; the answer is what each adds to each logit."""
    import keras
    from keras import layers

    terms, outcomes = SHARES
    inputs = keras.Input((1, SEATS, terms))
    # A depthwise convolution over all of a channel is a dense layer of its own for each term.
    hidden = layers.DepthwiseConv2D((1, SEATS), depth_multiplier=WIDTH, activation="relu")(inputs)
    hidden = layers.Permute((1, 3, 2))(layers.Reshape((1, terms, WIDTH))(hidden))
    shares = layers.DepthwiseConv2D((1, WIDTH), depth_multiplier=outcomes)(hidden)
    return keras.Model(inputs, layers.Reshape((terms, outcomes))(shares))


def _fit(rows: Rows, recipe: Recipe) -> tuple[keras.Model, list[dict[str, float]]]:
    """Learn all outcomes together; each person's row counts for the outcome it is labelled with."""
    import keras
    import tensorflow as tf
    from keras import layers

    rng = seeded(recipe.seed)
    model, allowed = build(), may_tell()
    outcomes = len(RISK_OUTCOMES)
    # Sums for each outcome the shares of the terms that may tell it, and the level of the row's cycle.
    addition = layers.Dense(outcomes, use_bias=False, trainable=False)
    level = keras.Input((rows.level.shape[1],))
    levels = layers.Dense(outcomes, use_bias=False, kernel_initializer="zeros")(level)
    logits = layers.Add()([addition(layers.Flatten()(model.output)), levels])
    addition.set_weights([(allowed[..., np.newaxis] * np.eye(outcomes)).reshape(-1, outcomes)])

    def loss(label: Any, logit: Any) -> Any:
        known = tf.cast(label != UNKNOWN, tf.float32)
        each = tf.nn.sigmoid_cross_entropy_with_logits(labels=label * known, logits=logit)
        return tf.reduce_sum(known * each, axis=-1)

    def draw() -> Drawn:
        return [risk_inputs(_hidden(rows.inputs, recipe, rng)), rows.level], rows.labels

    history = learn(keras.Model([model.input, level], logits), loss, recipe, draw, rng)
    _silence(model, allowed)
    _centre(model, risk_inputs(rows.inputs), rows.labels != UNKNOWN, allowed)
    return model, history


def _silence(model: keras.Model, allowed: NDArray[np.bool_]) -> None:
    """Make what no training touched exactly 0: the shares of terms in outcomes they may not tell."""
    last = model.layers[-2]
    kernel, bias = last.get_weights()
    last.set_weights([kernel * allowed, bias * allowed.ravel()])


def _centre(
    model: keras.Model, inputs: NDArray[np.float32], counted: NDArray[np.bool_], allowed: NDArray[np.bool_]
) -> None:
    """Shift each share so that it is 0 on average: it then tells how a person differs from the others.

    The average logit goes with it and comes back with the calibration.
    """
    shares = answers(model, inputs)
    mean = np.column_stack([shares[rows][:, :, place].mean(axis=0) for place, rows in enumerate(counted.T)])
    last = model.layers[-2]
    kernel, bias = last.get_weights()
    last.set_weights([kernel, bias - (mean * allowed).ravel()])


def shares_by(model: keras.Model, persons: Persons) -> NDArray[np.float32]:
    """What the float model answers, (n, terms, outcomes)."""
    return answers(model, risk_inputs(persons.columns))


def _hidden(inputs: Mapping[str, Column], recipe: Recipe, rng: np.random.Generator) -> dict[str, Column]:
    """The inputs with some of them hidden at random, one by one and by groups."""
    hidden = {}
    for group in ASKED_TOGETHER:
        all_of_it = rng.random(len(inputs[group[0]])) < recipe.hidden_groups
        for name in group:
            alone = rng.random(len(all_of_it)) < recipe.hidden
            hidden[name] = np.where(all_of_it | alone, np.nan, inputs[name])
    return {name: hidden.get(name, column) for name, column in inputs.items()}


def _drift(model: keras.Model, tables: Mapping[str, Persons], outcome: Outcome) -> float:
    """By how much the log-odds of the last cycles differ from those of the outcome's own table.

    Measured on the table that goes on to later cycles with fewer inputs: what the model misses of each of its
    last cycles, less what it misses of the cycles of the outcome's table.
    """
    later, own = tables["cardiostats"], tables[outcome.dataset].cycles
    persons, has_it = with_outcome(later, outcome)
    logit = risk_logits(answers(model, risk_inputs(inputs_of(persons, outcome))))
    logit = logit[:, RISK_OUTCOMES.index(outcome.name)]
    missed = {
        cycle: level_shift(logit[rows], has_it[rows])
        for cycle in persons.cycles
        for rows in [persons.cycle == cycle]
    }
    both = [missed[cycle] for cycle in own if cycle in missed]
    last = list(missed.values())[-LEVEL_CYCLES:]
    return float(np.mean(last) - np.mean(both)) if both else 0.0


def _folds(tables: Mapping[str, Persons], recipe: Recipe) -> list[dict[str, NDArray[np.bool_]]]:
    """Who is held out in each fold, by table; a person who is in both tables is so in the same fold."""
    everyone = np.unique(np.concatenate([persons.column("person") for persons in tables.values()]))
    fold = np.random.default_rng([recipe.seed, 0]).integers(0, recipe.folds, len(everyone))
    of_person = {
        name: fold[np.searchsorted(everyone, persons.column("person"))] for name, persons in tables.items()
    }
    return [{name: folds == held for name, folds in of_person.items()} for held in range(recipe.folds)]
