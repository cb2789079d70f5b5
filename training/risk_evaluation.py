"""Measures a risk model on people it has never met: how well, how honestly, and for whom worse."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from edge.adapters.litert import load_network
from edge.contract.bundle import Bundle
from edge.contract.errors import DataError, RuntimeMissingError
from edge.signals.calibration import calibrated
from edge.signals.risk import risk_inputs, risk_logits
from training.baselines.risk import RISK_BASELINES
from training.bootstrap import Interval, middle_95, middle_95_of_error, times_drawn
from training.charts import Chart, precision_recall, reliability, roc
from training.cycles import cycles_to_judge
from training.datasets.columns import Column
from training.datasets.nhanes import PERSON_DATASETS, Persons
from training.float_model import FloatModel
from training.metrics import auc
from training.probability_metrics import (
    average_precision,
    brier,
    calibration_error,
    calibration_error_by_chance,
    calibration_line,
    level_shift,
    rounded,
    weighted_auc,
)
from training.risk_groups import Thresholds, by_group, group_axes, group_charts
from training.risk_outcomes import OUTCOMES, Outcome, inputs_of, with_outcome
from training.table_gaps import gaps, why_left_out

# Gives the probability of an outcome for each person from the columns of inputs: float64 (n,).
Predictor = Callable[[Mapping[str, Column]], NDArray[np.float64]]
# Answers rows of inputs with the shares of the terms: float32 (n, terms, outcomes).
Answerer = Callable[[NDArray[np.float32]], NDArray[np.floating]]

# A figure of outcomes, probabilities and how much each person weighs.
Figure = Callable[[NDArray[np.bool_], NDArray[np.float64], NDArray[np.float64]], float | None]

DATASETS: Final = tuple(PERSON_DATASETS)
DRAWS: Final = 500
LINE: Final = ("slope", "intercept")


@dataclass(frozen=True)
class Judged:
    """Everyone of whom an outcome is known: whether they have it, and what was said by whom; all (n,)."""

    persons: Persons
    has_it: NDArray[np.bool_]
    probability: NDArray[np.float64]
    thresholds: Thresholds
    baselines: Mapping[str, NDArray[np.float64]]


def report(
    bundle: Bundle, dataset: str, data: Path, names: Sequence[str] | None, run: Path | None
) -> dict[str, Any]:
    """All that `vitalward evaluate risk` finds; with a run folder also what its float model does."""
    persons, skipped, learned = cycles_to_judge(bundle, dataset, data, names)
    told = [outcome for outcome in OUTCOMES if outcome.dataset == dataset]
    left_out = {outcome.name: why for outcome in told if (why := why_left_out(persons, outcome))}
    if len(left_out) == len(told):
        raise DataError(
            f"no outcome can be measured ({'; '.join(f'{name}: {why}' for name, why in left_out.items())})",
            where=str(data / "nhanes"),
            allowed="persons with and without an outcome",
        )
    baselines, without = _baselines(learned, persons)
    network = load_network(bundle)

    def by_device(inputs: NDArray[np.float32]) -> NDArray[np.floating]:
        return np.concatenate([network.run(row) for row in tqdm(inputs, desc=dataset, disable=None)])

    judged = dict(judge(bundle, persons, by_device, baselines))
    metrics = {name: figures(part) for name, part in judged.items()}
    found: dict[str, Any] = {
        "records_used": persons.cycles,
        "records_skipped": skipped,
        "outcomes_left_out": left_out,
        **gaps(persons),
        "metrics": metrics,
        "intervals": {name: intervals(part) for name, part in judged.items()},
        "charts": {
            name.replace("_", " ").capitalize(): charts(part, metrics[name]["subgroups"])
            for name, part in judged.items()
        },
    }
    if without:
        found["baselines_missing"] = without
    if run is not None:
        by_float = judge(bundle, persons, FloatModel(run), {})
        found["float"] = {"metrics": {name: figures(part) for name, part in by_float}}
    return found


def _baselines(learned: Persons, judged: Persons) -> tuple[dict[str, dict[str, Predictor]], str | None]:
    """Baselines by outcome, or why there are none, fitted on those the bundle has learned from in this table.

    From another table it may have learned too. They are fitted to those inputs alone that the judged persons
    have: opponents made for this very table.
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


def judge(
    bundle: Bundle, persons: Persons, answer: Answerer, baselines: Mapping[str, Mapping[str, Predictor]]
) -> Iterator[tuple[str, Judged]]:
    """What is said of each outcome that this kind of table can tell and this one has."""
    for place, outcome in enumerate(OUTCOMES):
        if outcome.dataset != persons.dataset.name:
            continue
        known, has_it = with_outcome(persons, outcome)
        if has_it.all() or not has_it.any():
            continue
        temperature, bias, *thresholds = bundle.manifest.constants[outcome.name]
        inputs = inputs_of(known, outcome)
        logit = risk_logits(answer(risk_inputs(inputs)))[:, place]
        by_baseline = {name: predict(inputs) for name, predict in baselines.get(outcome.name, {}).items()}
        probability = calibrated(logit, temperature, bias)
        yield outcome.name, Judged(known, has_it, probability, Thresholds(*thresholds), by_baseline)


def figures(judged: Judged) -> dict[str, Any]:
    """All figures of one outcome; rates in percent, areas and errors 0-1."""
    has_it, probability, male = judged.has_it, judged.probability, judged.persons.column("is_male")
    slope, intercept = calibration_line(has_it, probability)
    by_chance, by_bad_luck = calibration_error_by_chance(probability)
    return {
        "persons": len(has_it),
        "positives": int(has_it.sum()),
        "auroc": rounded(auc(has_it, probability)),
        "auprc": rounded(average_precision(has_it, probability)),
        "brier": rounded(brier(has_it, probability)),
        "ece": rounded(calibration_error(has_it, probability)),
        # As it would be if the level were right: what is wrong with the shape alone.
        "ece_level_matched": rounded(_error_level_matched(has_it, probability)),
        "ece_by_chance": rounded(by_chance),
        "ece_by_chance_95": rounded(by_bad_luck),
        "calibration_slope": rounded(slope),
        "calibration_intercept": rounded(intercept),
        "thresholds": judged.thresholds._asdict(),
        "auroc_baselines": {name: rounded(auc(has_it, values)) for name, values in judged.baselines.items()},
        "baselines": {
            name: {
                "auprc": rounded(average_precision(has_it, values)),
                "brier": rounded(brier(has_it, values)),
                "ece": rounded(calibration_error(has_it, values)),
            }
            for name, values in judged.baselines.items()
        },
        "subgroups": {
            axis: by_group(groups, has_it, probability, judged.thresholds, male)
            for axis, groups in group_axes(judged.persons).items()
        },
        "survey_weighted": _weighted(has_it, probability, judged.persons.column("weight_of_person")),
    }


def intervals(judged: Judged) -> dict[str, Interval | None]:
    """The 95 % intervals of figures and of the lead over each baseline, by drawing persons anew."""
    has_it, probability = judged.has_it, judged.probability
    drawn = times_drawn(len(has_it), DRAWS)

    def of(
        figure: Figure, score: NDArray[np.float64] = probability, weights: NDArray[np.float64] = drawn
    ) -> NDArray[np.float64]:
        figures = (figure(has_it, score, weight) for weight in weights)
        return np.array([np.nan if value is None else value for value in figures])

    area = of(weighted_auc)
    found = {
        "auroc": middle_95(area, 4),
        "auprc": middle_95(of(average_precision), 4),
        "brier": middle_95(of(brier), 4),
    }
    for name, error in (("ece", calibration_error), ("ece_level_matched", _error_level_matched)):
        found[name] = middle_95_of_error(error(has_it, probability), of(error), 4)
    lines = np.array([calibration_line(has_it, probability, weight) for weight in drawn])
    found |= {f"calibration_{name}": middle_95(lines[:, place], 4) for place, name in enumerate(LINE)}
    in_population = np.nan_to_num(judged.persons.column("weight_of_person"))
    if in_population.any():
        drawn_of_it = drawn * in_population
        ece = calibration_error(has_it, probability, in_population)
        eces = of(calibration_error, weights=drawn_of_it)
        found["survey_weighted_auroc"] = middle_95(of(weighted_auc, weights=drawn_of_it), 4)
        found["survey_weighted_ece"] = middle_95_of_error(ece, eces, 4)
    leads = {name: area - of(weighted_auc, values) for name, values in judged.baselines.items()}
    return found | {f"auroc_above_{name}": middle_95(lead, 4) for name, lead in leads.items()}


def charts(judged: Judged, subgroups: Mapping[str, Mapping[str, Any]]) -> list[Chart]:
    """What the page shows of an outcome and its groups."""
    said = {"this model": judged.probability} | {
        name.replace("_", " "): values for name, values in judged.baselines.items()
    }
    return [
        roc(judged.has_it, said),
        precision_recall(judged.has_it, said),
        reliability(judged.has_it, said),
        *group_charts(subgroups),
    ]


def _error_level_matched(
    has_it: NDArray[np.bool_], probability: NDArray[np.float64], weight: NDArray[np.float64] | None = None
) -> float:
    held = np.clip(probability, 1e-6, 1 - 1e-6)
    logit = np.log(held / (1 - held))
    matched = calibrated(logit, 1.0, -level_shift(logit, has_it, weight))
    return calibration_error(has_it, matched, weight)


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
        "auroc": rounded(weighted_auc(has_it, probability, weight)),
        "auprc": rounded(average_precision(has_it, probability, weight)),
        "brier": rounded(brier(has_it, probability, weight)),
        "ece": rounded(calibration_error(has_it, probability, weight)),
        "calibration_slope": rounded(slope),
        "calibration_intercept": rounded(intercept),
        "share_positive": rounded(100.0 * float(np.average(has_it, weights=weight))),
        "mean_probability": rounded(100.0 * float(np.average(probability, weights=weight))),
    }
