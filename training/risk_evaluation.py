"""Measures a risk model on people it has never met: how well, how honestly, and for whom worse."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from edge.adapters.litert import load_network
from edge.contract.bundle import Bundle
from edge.contract.errors import RuntimeMissingError
from edge.signals.calibration import best_threshold, calibrated
from edge.signals.risk import RISK_OUTCOMES, risk_inputs, risk_logits
from training.baselines.risk import RISK_BASELINES
from training.cycles import cycles_to_judge
from training.datasets.nhanes import ETHNICITIES, PERSON_DATASETS, Column, Persons
from training.metrics import auc
from training.probability_metrics import (
    average_precision,
    brier,
    calibration_error,
    calibration_error_by_chance,
    calibration_line,
    level_shift,
    weighted_auc,
)

# Gives the probability of an outcome for each person from the columns of inputs: float64 (n,).
Predictor = Callable[[Mapping[str, Column]], NDArray[np.float64]]

BOOTSTRAP_DRAWS: Final = 500
# A rate of fewer cases says nothing about its group; such a group is listed but not compared.
LEAST_CASES: Final = 50


@dataclass(frozen=True)
class Outcome:
    """What is to be foreseen, in which kind of table it stands, and from which inputs."""

    name: str
    dataset: str
    label: str
    inputs: tuple[str, ...]


_OF_BODY_AND_HABITS: Final = (
    "age_years",
    "is_male",
    "bmi_kg_m2",
    "height_cm",
    "pulse_bpm",
    "sleep_h",
    "has_sleep_trouble",
    "is_physically_active",
    "active_days_per_week",
    "smoking_0_to_2",
    "alcohol_days_per_year",
    "drinks_per_day",
    "health_0_to_4",
    "unwell_days_per_month",
    "low_mood_days_per_month",
)

OUTCOMES: Final = (
    Outcome("diabetes", "nhanes", "has_diabetes", (*_OF_BODY_AND_HABITS, "systolic_mmhg", "diastolic_mmhg")),
    Outcome("raised_pressure", "nhanes", "has_raised_pressure", (*_OF_BODY_AND_HABITS, "has_diabetes")),
    Outcome(
        "cardiovascular_disease",
        "cardiostats",
        "has_cardiovascular_disease",
        (
            "age_years",
            "is_male",
            "bmi_kg_m2",
            "smoking_0_to_2",
            "has_diabetes",
            "systolic_mmhg",
            "diastolic_mmhg",
            "takes_pressure_medicine",
            "takes_cholesterol_medicine",
        ),
    ),
)


DATASETS: Final = tuple(PERSON_DATASETS)
# Answers rows of inputs with the shares of the terms: float32 (n, terms, outcomes).
Answerer = Callable[[NDArray[np.float32]], NDArray[np.floating]]


def report(
    bundle: Bundle, dataset: str, data: Path, names: Sequence[str] | None, run: Path | None
) -> dict[str, Any]:
    """All that `vitalward evaluate risk` finds; with a run folder also what its float model does."""
    persons, skipped, learned = cycles_to_judge(bundle, dataset, data, names)
    baselines, without = _baselines(learned, persons)
    network = load_network(bundle)

    def by_device(inputs: NDArray[np.float32]) -> NDArray[np.floating]:
        return np.concatenate([network.run(row) for row in tqdm(inputs, desc=dataset, disable=None)])

    found: dict[str, Any] = {
        "records_used": persons.cycles,
        "records_skipped": skipped,
        "metrics": _all_outcomes(bundle, persons, by_device, baselines),
    }
    if without:
        found["baselines_missing"] = without
    if run is not None:
        found["float"] = {"metrics": _all_outcomes(bundle, persons, _float_model(run), {})}
    return found


def _baselines(learned: Persons, judged: Persons) -> tuple[dict[str, dict[str, Predictor]], str | None]:
    """Baselines by outcome, fitted on the persons the bundle has learned from, or why there are none.

    They are fitted to those inputs alone that the judged persons have: opponents made for this very table.
    """
    if not len(learned.cycle):
        return {}, "the cycles to fit them on are not in the folder"
    try:
        return {
            outcome.name: {
                name: fit(*_known(learned, outcome, judged)) for name, fit in RISK_BASELINES.items()
            }
            for outcome in OUTCOMES
            if outcome.dataset == learned.dataset.name
        }, None
    except RuntimeMissingError as error:
        return {}, str(error)


def _known(
    persons: Persons, outcome: Outcome, judged: Persons
) -> tuple[dict[str, Column], NDArray[np.bool_]]:
    """Inputs and labels of those of whom the outcome is known."""
    known, has_it = with_outcome(persons, outcome)
    inputs = inputs_of(known, outcome).items()
    return {name: column for name, column in inputs if not np.isnan(judged.column(name)).all()}, has_it


def _all_outcomes(
    bundle: Bundle, persons: Persons, answer: Answerer, baselines: Mapping[str, Mapping[str, Predictor]]
) -> dict[str, Any]:
    """The figures of each outcome that this kind of table can tell and this one has."""
    figures = {}
    for outcome in OUTCOMES:
        if outcome.dataset != persons.dataset.name:
            continue
        _, has_it = with_outcome(persons, outcome)
        if has_it.all() or not has_it.any():
            continue
        temperature, bias, *thresholds = bundle.manifest.constants[outcome.name]
        place = RISK_OUTCOMES.index(outcome.name)

        def predict(
            inputs: Mapping[str, Column], place: int = place, line: tuple[float, float] = (temperature, bias)
        ) -> NDArray[np.float64]:
            return calibrated(risk_logits(answer(risk_inputs(inputs)))[:, place], *line)

        figures[outcome.name] = evaluate_outcome(
            persons, outcome, predict, Thresholds(*thresholds), baselines.get(outcome.name, {})
        )
    return figures


def _float_model(run: Path) -> Answerer:
    try:
        import keras
    except ImportError as error:
        raise RuntimeMissingError(
            "TensorFlow is missing", where="--float", allowed="pip install 'vitalward[training]'"
        ) from error
    model = keras.models.load_model(run / "model.keras", compile=False)

    def answer(inputs: NDArray[np.float32]) -> NDArray[np.floating]:
        shares: NDArray[np.float32] = model.predict(inputs, batch_size=8192, verbose=0)
        return shares

    return answer


def with_outcome(persons: Persons, outcome: Outcome) -> tuple[Persons, NDArray[np.bool_]]:
    """Those persons of whom the outcome is known, and whether they have it."""
    label = persons.column(outcome.label)
    known = ~np.isnan(label)
    return persons.of(known), label[known] == 1.0


def inputs_of(persons: Persons, outcome: Outcome) -> dict[str, Column]:
    """The columns that the outcome may be told from."""
    return {name: persons.column(name) for name in outcome.inputs}


class Thresholds(NamedTuple):
    """From which probability on someone counts as having it; of whose sex is not known, by `common`."""

    common: float
    female: float
    male: float

    def of(self, is_male: Column) -> NDArray[np.float64]:
        """Each person's threshold."""
        by_sex = np.where(is_male == 1.0, self.male, self.female)
        return np.where(np.isnan(is_male), self.common, by_sex)


def fair_thresholds(
    probability: NDArray[np.float64], has_it: NDArray[np.bool_], is_male: Column
) -> Thresholds:
    """Youden's threshold for all; for each sex that which finds as large a share of those who have it."""
    common = best_threshold(probability, has_it)
    missed = float(np.mean(probability[has_it] < common))
    female, male = (float(np.quantile(probability[has_it & (is_male == sex)], missed)) for sex in (0.0, 1.0))
    return Thresholds(*(round(value, 5) for value in (common, female, male)))


def evaluate_outcome(
    persons: Persons,
    outcome: Outcome,
    predict: Predictor,
    thresholds: Thresholds,
    baselines: Mapping[str, Predictor],
) -> dict[str, Any]:
    """All figures of one outcome; rates in percent, areas and errors 0-1."""
    judged, has_it = with_outcome(persons, outcome)
    inputs = inputs_of(judged, outcome)
    probability = predict(inputs)
    by_baseline = {name: baseline(inputs) for name, baseline in baselines.items()}
    slope, intercept = calibration_line(has_it, probability)
    called = probability >= thresholds.of(judged.column("is_male"))
    return {
        "persons": len(has_it),
        "positives": int(has_it.sum()),
        "auroc": _rounded(auc(has_it, probability)),
        "auprc": _rounded(average_precision(has_it, probability)),
        "brier": _rounded(brier(has_it, probability)),
        "ece": _rounded(calibration_error(has_it, probability)),
        # As it would be if the level were right: what is wrong with the shape alone.
        "ece_level_matched": _rounded(calibration_error(has_it, _level_matched(has_it, probability))),
        "ece_by_chance": _rounded(calibration_error_by_chance(probability)),
        "calibration_slope": _rounded(slope),
        "calibration_intercept": _rounded(intercept),
        "thresholds": thresholds._asdict(),
        "auroc_baselines": {name: _rounded(auc(has_it, values)) for name, values in by_baseline.items()},
        "baselines": {
            name: {
                "auprc": _rounded(average_precision(has_it, values)),
                "brier": _rounded(brier(has_it, values)),
                "ece": _rounded(calibration_error(has_it, values)),
            }
            for name, values in by_baseline.items()
        },
        "subgroups": {
            axis: _by_group(groups, has_it, probability, called)
            for axis, groups in group_axes(judged).items()
        },
        "survey_weighted": _weighted(has_it, probability, judged.column("weight_of_person")),
    }


def group_axes(persons: Persons) -> dict[str, dict[str, NDArray[np.bool_]]]:
    """Who belongs to which group, by sex, age band and ethnicity."""
    age, male, ethnicity = (persons.column(name) for name in ("age_years", "is_male", "ethnicity"))
    return {
        "sex": {"female": male == 0.0, "male": male == 1.0},
        "age": {"20-44": age < 45, "45-64": (age >= 45) & (age < 65), "65+": age >= 65},
        "ethnicity": {name: ethnicity == place for place, name in enumerate(ETHNICITIES)},
    }


def _by_group(
    groups: Mapping[str, NDArray[np.bool_]],
    has_it: NDArray[np.bool_],
    probability: NDArray[np.float64],
    called: NDArray[np.bool_],
) -> dict[str, Any]:
    """Each group's figures, and the widest gaps between groups."""
    figures: dict[str, Any] = {
        name: {
            "persons": int(group.sum()),
            "positives": int(has_it[group].sum()),
            "sensitivity": _percent(called[group & has_it]),
            "false_positive_rate": _percent(called[group & ~has_it]),
            "auroc": _rounded(auc(has_it[group], probability[group])),
            "share_positive": _percent(has_it[group]),
            "mean_probability": _rounded(100.0 * float(np.mean(probability[group]))),
            "ece": _rounded(calibration_error(has_it[group], probability[group])),
        }
        for name, group in groups.items()
        if group.any()
    }
    figures["worst_gap"] = {
        "sensitivity": worst_gap([group & has_it for group in groups.values()], called, list(groups)),
        "false_positive_rate": worst_gap(
            [group & ~has_it for group in groups.values()], called, list(groups)
        ),
    }
    return figures


def worst_gap(
    groups: Sequence[NDArray[np.bool_]], called: NDArray[np.bool_], names: Sequence[str]
) -> dict[str, Any] | None:
    """The widest difference of the share called between two groups, in percentage points, with 95 % interval.

    The interval is a bootstrap over persons within groups. Groups of under 50 are left out; None where
    fewer than two remain.
    """
    compared = [
        (name, called[group]) for name, group in zip(names, groups, strict=True) if group.sum() >= LEAST_CASES
    ]
    if len(compared) < 2:
        return None
    rng = np.random.default_rng(0)
    share = np.array([100.0 * np.mean(cases) for _, cases in compared])
    # The share called of as many persons drawn again is binomial.
    drawn = np.column_stack(
        [
            100.0 * rng.binomial(len(cases), float(np.mean(cases)), BOOTSTRAP_DRAWS) / len(cases)
            for _, cases in compared
        ]
    )
    low, high = np.percentile(np.ptp(drawn, axis=1), [2.5, 97.5])
    return {
        "gap": _rounded(float(np.ptp(share))),
        "low": _rounded(float(low)),
        "high": _rounded(float(high)),
        "least": compared[int(np.argmin(share))][0],
        "most": compared[int(np.argmax(share))][0],
    }


def _level_matched(has_it: NDArray[np.bool_], probability: NDArray[np.float64]) -> NDArray[np.float64]:
    held = np.clip(probability, 1e-6, 1 - 1e-6)
    logit = np.log(held / (1 - held))
    return calibrated(logit, 1.0, -level_shift(logit, has_it))


def _weighted(
    has_it: NDArray[np.bool_], probability: NDArray[np.float64], weight: Column
) -> dict[str, float | None] | None:
    """The figures had the survey drawn everyone alike; None without weights."""
    given = ~np.isnan(weight) & (weight > 0)
    if not given.any():
        return None
    has_it, probability, weight = has_it[given], probability[given], weight[given]
    slope, intercept = calibration_line(has_it, probability, weight)
    return {
        "auroc": _rounded(weighted_auc(has_it, probability, weight)),
        "brier": _rounded(float(np.average((probability - has_it) ** 2, weights=weight))),
        "calibration_slope": _rounded(slope),
        "calibration_intercept": _rounded(intercept),
        "share_positive": _rounded(100.0 * float(np.average(has_it, weights=weight))),
        "mean_probability": _rounded(100.0 * float(np.average(probability, weights=weight))),
    }


def _percent(called: NDArray[np.bool_]) -> float | None:
    return _rounded(100.0 * float(np.mean(called))) if len(called) else None


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 5)
