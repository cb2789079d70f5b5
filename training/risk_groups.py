"""For whom a risk model is worse: thresholds, rates and calibration by group, and the gaps between groups."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from training.charts import Bar, Chart
from training.charts import groups as bars_by_group
from training.curves import wilson
from training.datasets.columns import Column
from training.datasets.nhanes import ETHNICITIES, Persons
from training.metrics import auc, best_threshold, percent
from training.person_groups import AGE_BANDS, SEXES, age_band_of, sex_of
from training.probability_metrics import calibration_error, calibration_error_by_chance, rounded

BOOTSTRAP_DRAWS: Final = 2000
# A rate of fewer cases says nothing about its group; such a group is listed but not compared.
LEAST_CASES: Final = 50


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


def group_axes(persons: Persons) -> dict[str, dict[str, NDArray[np.bool_]]]:
    """Who belongs to which group, by sex, age band and ethnicity."""
    ethnicity, sex = persons.column("ethnicity"), sex_of(persons.column("is_male"))
    age_band = age_band_of(persons.column("age_years"))
    return {
        "sex": {name: sex == name for name in SEXES},
        "age": {name: age_band == name for name in AGE_BANDS},
        "ethnicity": {name: ethnicity == place for place, name in enumerate(ETHNICITIES)},
    }


def by_group(
    groups: Mapping[str, NDArray[np.bool_]],
    has_it: NDArray[np.bool_],
    probability: NDArray[np.float64],
    thresholds: Thresholds,
    is_male: Column,
) -> dict[str, Any]:
    """Each group's figures, and the widest gaps: by the sexes' thresholds and by one for all."""
    called = probability >= thresholds.of(is_male)
    by_one = probability >= thresholds.common
    found: dict[str, Any] = {
        name: {
            "persons": int(group.sum()),
            "positives": int(has_it[group].sum()),
            **_rate("sensitivity", called[group & has_it]),
            **_rate("false_positive_rate", called[group & ~has_it]),
            "auroc": rounded(auc(has_it[group], probability[group])),
            "share_positive": percent(int(has_it[group].sum()), int(group.sum()), digits=5),
            "mean_probability": rounded(100.0 * float(np.mean(probability[group]))),
            "ece": rounded(calibration_error(has_it[group], probability[group])),
            "ece_by_chance": rounded(calibration_error_by_chance(probability[group])[0]),
        }
        for name, group in groups.items()
        if group.any()
    }
    have = [group & has_it for group in groups.values()]
    have_not = [group & ~has_it for group in groups.values()]
    found["worst_gap"] = {
        "sensitivity": worst_gap(have, called, list(groups)),
        "false_positive_rate": worst_gap(have_not, called, list(groups)),
        "sensitivity_by_one_threshold": worst_gap(have, by_one, list(groups)),
        "false_positive_rate_by_one_threshold": worst_gap(have_not, by_one, list(groups)),
    }
    return found


def group_charts(subgroups: Mapping[str, Mapping[str, Any]]) -> list[Chart]:
    """Rates of all groups with intervals, and what was said beside what came true."""
    shown = {
        name: figures for axis in subgroups.values() for name, figures in axis.items() if name != "worst_gap"
    }
    rates = {"sensitivity": "sensitivity", "false positives": "false_positive_rate"}
    return [
        bars_by_group(
            "Rates by group",
            "% called",
            {
                name: {words: _bar(figures, rate) for words, rate in rates.items()}
                for name, figures in shown.items()
            },
        ),
        bars_by_group(
            "Calibration by group",
            "% of the group",
            {
                name: {"foreseen": Bar(figures["mean_probability"]), "found": Bar(figures["share_positive"])}
                for name, figures in shown.items()
            },
        ),
    ]


def _bar(figures: Mapping[str, Any], rate: str) -> Bar:
    low, high = figures[f"{rate}_95"] or (None, None)
    return Bar(figures[rate] or 0.0, low, high)


def _rate(name: str, called: NDArray[np.bool_]) -> dict[str, Any]:
    """The percentage called, with its 95 % interval; None without cases."""
    if not len(called):
        return {name: None, f"{name}_95": None}
    low, high = wilson(np.array([called.sum()]), np.array([len(called)]))
    return {
        name: percent(int(called.sum()), len(called), digits=5),
        f"{name}_95": (round(100.0 * float(low[0]), 2), round(100.0 * float(high[0]), 2)),
    }


def worst_gap(
    groups: Sequence[NDArray[np.bool_]], called: NDArray[np.bool_], names: Sequence[str]
) -> dict[str, Any] | None:
    """The widest difference of the share called between two groups, in percentage points, with 95 % interval.

    The interval is a bootstrap over persons within groups. Groups of under 50 are `left_out`; None where
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
        "gap": rounded(float(np.ptp(share))),
        "low": rounded(float(low)),
        "high": rounded(float(high)),
        "left_out": [name for name in names if name not in dict(compared)],
        "least": compared[int(np.argmin(share))][0],
        "most": compared[int(np.argmax(share))][0],
    }
