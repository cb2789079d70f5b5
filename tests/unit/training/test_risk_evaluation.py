"""Gaps between groups, thresholds fair by sex, and what a bundle is measured on."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from edge.bundles import SHIPPED
from edge.contract.bundle import read_bundle
from edge.contract.errors import DataError
from edge.signals.risk import RISK_INPUTS, RISK_OUTCOMES, RISK_TERMS
from tests.unit.training.nhanes_tables import cardio_survey, raw_survey, write_table
from training.charts import Bars
from training.datasets.nhanes import PERSON_DATASETS, Persons, read_persons
from training.risk import ASKED_TOGETHER, gather, may_tell
from training.risk_evaluation import Judged, figures, intervals, report
from training.risk_groups import Thresholds, by_group, fair_thresholds, group_charts, worst_gap
from training.risk_outcomes import OUTCOMES


def groups(*sizes: int) -> list[np.ndarray[tuple[int], np.dtype[np.bool_]]]:
    """Groups of persons one after the other."""
    place = np.repeat(np.arange(len(sizes)), sizes)
    return [place == number for number in range(len(sizes))]


def test_too_few_to_compare_give_no_gap() -> None:
    """A group of under fifty is left out, and one group alone has no gap."""
    assert worst_gap(groups(200, 49), np.zeros(249, dtype=bool), ["many", "few"]) is None


def test_the_widest_gap_names_both_ends() -> None:
    """40, 60 and 75 percent called: a gap of 35 points from the first to the last, within its interval."""
    called = np.concatenate([np.arange(100) < share for share in (40, 60, 75)])

    gap = worst_gap(groups(100, 100, 100), called, ["a", "b", "c"])

    assert gap is not None
    assert (gap["gap"], gap["least"], gap["most"]) == (35.0, "a", "c")
    assert 20.0 < gap["low"] < 35.0 < gap["high"] < 50.0


def test_groups_too_small_to_compare_are_named() -> None:
    """Nobody of 40 found is no gap that can be told, and the report says that it was not looked at."""
    called = np.arange(240) < 200
    gap = worst_gap(groups(100, 100, 40), called, ["a", "b", "c"])

    assert gap is not None
    assert (gap["gap"], gap["left_out"]) == (0.0, ["c"])


def test_thresholds_by_sex_find_as_many_of_either() -> None:
    """Men's probabilities are twice women's; each sex's own threshold misses the same share."""
    rng = np.random.default_rng(11)
    male = np.repeat([0.0, 1.0], 4000)
    probability = rng.beta(2, 8, 8000) * (0.5 + 0.5 * male)
    has_it = rng.random(8000) < probability

    thresholds = fair_thresholds(probability, has_it, male)
    called = probability >= thresholds.of(male)

    found = [np.mean(called[has_it & (male == sex)]) for sex in (0.0, 1.0)]
    assert found[0] == pytest.approx(found[1], abs=0.01)
    assert thresholds.female < thresholds.common < thresholds.male


def test_who_does_not_tell_the_sex_gets_the_common_threshold() -> None:
    """Missing is neither."""
    of_each = Thresholds(0.2, 0.1, 0.3).of(np.array([np.nan, 0.0, 1.0]))

    assert of_each.tolist() == [0.2, 0.1, 0.3]


def test_no_outcome_is_told_from_itself() -> None:
    """Blood pressure and its medicine say nothing of raised pressure, known diabetes nothing of diabetes."""
    allowed = may_tell()
    forbidden = {
        "diabetes": {"has_diabetes"},
        "raised_pressure": {"systolic_mmhg", "diastolic_mmhg", "takes_pressure_medicine"},
    }

    for name, inputs in forbidden.items():
        for place, term in enumerate(RISK_TERMS):
            if inputs & set(term):
                assert not allowed[place, RISK_OUTCOMES.index(name)]


def test_outcomes_inputs_and_groups_name_what_there_is() -> None:
    """The tables of this task agree with each other."""
    assert tuple(outcome.name for outcome in OUTCOMES) == RISK_OUTCOMES
    assert {name for outcome in OUTCOMES for name in outcome.inputs} == set(RISK_INPUTS)
    hidden = [name for group in ASKED_TOGETHER for name in group]
    assert sorted([*hidden, "age_years", "is_male"]) == sorted(RISK_INPUTS)


def test_each_cycle_of_each_table_and_outcome_has_a_level(tmp_path: Path) -> None:
    """Both outcomes of the detailed table also learn from what the other table has besides, and no more.

    Two persons in each of: the detailed table's cycle, the other table's same cycle, a later one, one before
    2005. Diabetes and raised pressure are told of the first and third, cardiovascular disease of the others.
    """
    rng = np.random.default_rng(3)
    write_table(tmp_path / "nhanes" / "NHANESraw_x.csv.gz", raw_survey(2, "2009_10", rng))
    years = ("2003-2004", "2009-2010", "2013-2014")
    rows = [row for year in years for row in cardio_survey(2, year, rng)]
    write_table(tmp_path / "nhanes" / "cardioStatsUSA_x.csv.gz", rows)

    gathered = gather(
        {name: read_persons(PERSON_DATASETS[name], tmp_path) for name in ("nhanes", "cardiostats")}
    )

    told = gathered.labels >= 0
    assert told.sum(axis=0).tolist() == [4, 4, 6]
    assert told.sum(axis=1).tolist() == [1] * 14
    assert gathered.level.shape == (14, 2 + 2 + 3)
    assert gathered.level.sum(axis=0).tolist() == [2.0] * 7
    assert gathered.level.sum(axis=1).tolist() == [1.0] * 14
    # No outcome is told from what it may not be told from, whatever the table holds.
    assert np.isnan(gathered.inputs["systolic_mmhg"][told[:, 1]]).all()
    assert np.isnan(gathered.inputs["takes_pressure_medicine"][told[:, 0]]).all()


def test_groups_are_shown_with_intervals_beside_what_came_true() -> None:
    """A bar for each group and rate, and another pair for what was foreseen and found."""
    has_it, male = np.tile([True, False], 100), np.repeat([0.0, 1.0], 100)
    probability = np.where(has_it, 0.8, 0.1)
    found = by_group(
        {"female": male == 0, "male": male == 1}, has_it, probability, Thresholds(0.5, 0.5, 0.9), male
    )

    rates, calibration = group_charts({"sex": found})

    assert isinstance(rates, Bars)
    assert isinstance(calibration, Bars)
    assert rates.groups["female"]["sensitivity"].value == 100.0
    assert rates.groups["male"]["sensitivity"].value == 0.0
    assert rates.groups["male"]["sensitivity"].high == pytest.approx(7.13, abs=0.01)
    assert calibration.groups["male"]["found"].value == 50.0
    assert found["worst_gap"]["sensitivity"]["gap"] == 100.0
    assert found["worst_gap"]["sensitivity_by_one_threshold"]["gap"] == 0.0


def test_every_figure_told_of_an_outcome_has_its_interval() -> None:
    """Of 600 made-up persons each figure lies within its bounds, and a better baseline leads everywhere."""
    rng = np.random.default_rng(4)
    logit = rng.normal(-1.0, 1.0, 600)
    has_it = rng.random(600) < 1 / (1 + np.exp(-logit))
    columns = {"weight_of_person": rng.uniform(0.5, 2.0, 600)}
    persons = Persons(PERSON_DATASETS["nhanes"], np.full(600, "2009-2010"), columns, {})
    perfect = {"oracle": np.where(has_it, 0.9, 0.1)}
    judged = Judged(persons, has_it, 1 / (1 + np.exp(-logit)), Thresholds(0.3, 0.3, 0.3), perfect)

    told, bounds = figures(judged), intervals(judged)
    told |= {f"survey_weighted_{name}": value for name, value in told["survey_weighted"].items()}

    for name, limits in bounds.items():
        assert limits is not None, name
        if name in told:
            assert limits[0] < told[name] < limits[1], name
    assert {"auroc", "auprc", "brier", "ece", "ece_level_matched", "calibration_slope"} < bounds.keys()
    assert {"survey_weighted_auroc", "survey_weighted_ece"} < bounds.keys()
    lead = bounds["auroc_above_oracle"]
    assert lead is not None
    assert lead[1] < 0.0


def test_a_table_that_tells_no_outcome_is_no_evaluation(tmp_path: Path) -> None:
    """Where nothing can be measured, that is an error with the reason of each outcome and no empty report."""
    row = {"ID": 1, "SurveyYr": "2017_18", "Age": 50, "Diabetes": "No", "BPSysAve": 150, "BPDiaAve": 90}
    write_table(tmp_path / "nhanes" / "NHANESraw_x.csv.gz", [row])

    with pytest.raises(DataError, match=r"diabetes: nobody is.*raised_pressure: everybody of whom"):
        report(read_bundle(SHIPPED["risk"]), "nhanes", tmp_path, None, None)
