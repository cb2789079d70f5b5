"""What a pressure model has to beat: readings with a Gaussian error, linear shrinkage, gradient boosting."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

import numpy as np

from edge.signals.pressure import (
    QUANTILES,
    Estimate,
    Limits,
    Values,
    categorise,
    category_probabilities,
    outputs_of,
    quantiles_mmhg,
)
from training.baselines.scikit_learn import require_scikit_learn
from training.pressure_cases import Cases

Told = tuple[Values, dict[str, Values]]
Baseline = Callable[[Cases], Told]
Schemes = Mapping[str, Limits]


def last_reading(learned: Cases, schemes: Schemes) -> Baseline:
    """The last reading itself, with a Gaussian error fitted on the learned cases."""
    return _gaussian(_last, learned, schemes)


def running_mean(learned: Cases, schemes: Schemes) -> Baseline:
    """The mean of the readings so far, with a Gaussian error fitted on the learned cases."""
    return _gaussian(_mean_so_far, learned, schemes)


def linear_shrinkage(learned: Cases, schemes: Schemes) -> Baseline:
    """The mean so far drawn towards the population's by a straight line, with a Gaussian error."""
    lines = {
        given: [np.polyfit(_mean_so_far(part)[:, kind], part.others_mmhg[:, kind], 1) for kind in (0, 1)]
        for given in (1, 2)
        for part in [learned.of(learned.given == given)]
    }

    def drawn(cases: Cases) -> Values:
        mean = _mean_so_far(cases)
        return np.column_stack(
            [
                np.where(
                    cases.given == 2,
                    np.polyval(lines[2][kind], mean[:, kind]),
                    np.polyval(lines[1][kind], mean[:, kind]),
                )
                for kind in (0, 1)
            ]
        )

    return _gaussian(drawn, learned, schemes)


def gradient_boosting(learned: Cases, schemes: Schemes) -> Baseline:
    """Gradient-boosted quantiles of the distance from the mean so far, and a classifier for each scheme."""
    require_scikit_learn()
    from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor

    size: dict[str, Any] = {
        "learning_rate": 0.06,
        "max_iter": 100,
        "max_leaf_nodes": 8,
        "min_samples_leaf": 50,
        "random_state": 0,
    }
    quantiles = [
        [
            HistGradientBoostingRegressor(loss="quantile", quantile=level, **size).fit(
                learned.inputs, (learned.others_mmhg - _mean_so_far(learned))[:, kind]
            )
            for level in QUANTILES
        ]
        for kind in (0, 1)
    ]
    classifiers = {
        name: HistGradientBoostingClassifier(l2_regularization=2.0, **size).fit(
            learned.inputs, categorise(limits, *learned.others_mmhg.T)
        )
        for name, limits in schemes.items()
    }

    def told(cases: Cases) -> Told:
        distances = np.stack(
            [np.column_stack([model.predict(cases.inputs) for model in models]) for models in quantiles],
            axis=1,
        )
        levels = _mean_so_far(cases)[:, :, np.newaxis] + distances
        categories = {}
        for name, classifier in classifiers.items():
            # A category that nobody learned from had is given no chance.
            whole = np.zeros((len(cases.given), len(schemes[name].systolic_mmhg)))
            whole[:, classifier.classes_] = classifier.predict_proba(cases.inputs)
            categories[name] = whole
        return np.sort(levels, axis=-1), categories

    return told


PRESSURE_BASELINES: Final = {
    "last_reading": last_reading,
    "running_mean": running_mean,
    "linear_shrinkage": linear_shrinkage,
    "gradient_boosting": gradient_boosting,
}


def _gaussian(centre: Callable[[Cases], Values], learned: Cases, schemes: Schemes) -> Baseline:
    """Around `centre` a Gaussian whose bias and SD, by readings given, are those of the learned cases."""
    error = learned.others_mmhg - centre(learned)
    bias = np.array([error[learned.given == given].mean(axis=0) for given in (1, 2)])
    sd = np.array([error[learned.given == given].std(axis=0) for given in (1, 2)])
    nothing = np.zeros(outputs_of(schemes))

    def told(cases: Cases) -> Told:
        estimate = Estimate(centre(cases) + bias[cases.given - 1], sd[cases.given - 1])
        outputs = np.broadcast_to(nothing, (len(cases.given), len(nothing)))
        return quantiles_mmhg(estimate, outputs), category_probabilities(estimate, outputs, schemes)

    return told


def _last(cases: Cases) -> Values:
    return np.where((cases.given == 2)[:, np.newaxis], cases.inputs[:, 2:4], cases.inputs[:, :2])


def _mean_so_far(cases: Cases) -> Values:
    return np.where(
        (cases.given == 2)[:, np.newaxis],
        (cases.inputs[:, 2:4] + cases.inputs[:, :2]) / 2.0,
        cases.inputs[:, :2],
    )
