"""Losses and coverage of forecasts by hand, the baselines on a survey of known truth, and simulated homes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from edge.signals.home_pressure import DAY_SD_MMHG
from edge.signals.pressure import Limits
from tests.unit.training.nhanes_tables import raw_person, raw_survey, write_table
from training.baselines.pressure import last_reading, linear_shrinkage, running_mean
from training.datasets.nhanes import PERSON_DATASETS, Persons, read_persons
from training.home_pressure import balanced_accuracy, fit_population
from training.pressure_cases import Cases, fit_gaussian, make_cases, read_schemes
from training.pressure_losses import Forecast, coverage, log_losses, pinball


@pytest.fixture(scope="module")
def survey(tmp_path_factory: pytest.TempPathFactory) -> Persons:
    """Three thousand persons whose readings scatter by 4 mmHg around a pressure that rises with age."""
    folder = tmp_path_factory.mktemp("survey")
    rows = raw_survey(3000, "2009_10", np.random.default_rng(21))
    write_table(folder / "nhanes" / "NHANESraw_x.csv.gz", rows)
    return read_persons(PERSON_DATASETS["nhanes"], folder)


def read(folder: Path, *rows: dict[str, object]) -> Cases:
    write_table(folder / "nhanes" / "NHANESraw_x.csv.gz", rows)
    return make_cases(read_persons(PERSON_DATASETS["nhanes"], folder))


def test_a_person_without_other_readings_makes_no_case(tmp_path: Path) -> None:
    """One whole reading alone has nothing to be compared with; a diastolic of 0 is no whole reading."""
    only_first = raw_person(BPSys2="", BPDia2="", BPSys3=120, BPDia3=0)

    assert len(read(tmp_path, only_first).given) == 0


def test_three_readings_make_two_cases(tmp_path: Path) -> None:
    """126/74 tells the mean of 124/76 and 122/74; the first two tell the third."""
    cases = read(tmp_path, raw_person())

    assert cases.given.tolist() == [1, 2]
    assert cases.others_mmhg.tolist() == [[123.0, 75.0], [122.0, 74.0]]
    np.testing.assert_array_equal(cases.inputs[0, :4], [126.0, 74.0, np.nan, np.nan])
    assert cases.inputs[1].tolist() == [126.0, 74.0, 124.0, 76.0, 72.0, 50.0, 1.0, 27.3]


def test_pinball_charges_the_side_that_the_quantile_leaves() -> None:
    """10 above each quantile costs its level, 10 below costs the rest; both average to 5."""
    quantiles = np.zeros((1, 2, 5))

    assert pinball(np.array([[10.0, 10.0]]), quantiles)[0] == pytest.approx(
        10 * np.mean([0.1, 0.25, 0.5, 0.75, 0.9])
    )
    assert pinball(np.array([[10.0, -10.0]]), quantiles)[0] == pytest.approx(5.0)


def test_coverage_counts_what_lies_between_the_outer_quantiles() -> None:
    """Of four values one is outside."""
    quantiles = np.tile([118.0, 120.0, 121.0, 123.0, 126.0], (2, 2, 1))

    assert coverage(np.array([[118.0, 126.0], [127.0, 121.0]]), quantiles) == 75.0


def test_log_loss_is_that_of_what_came_true() -> None:
    """A half and a quarter: (log 2 + log 4) / 2."""
    limits = {"two": Limits((0.0, 130.0), (0.0, 80.0))}
    cases = Cases(np.empty((2, 8)), np.ones(2, int), np.array([[120.0, 70.0], [131.0, 70.0]]), np.arange(2.0))
    told = Forecast(np.empty((2, 2, 5)), {"two": np.array([[0.5, 0.5], [0.75, 0.25]])})

    assert log_losses(cases, told, limits)["two"] == pytest.approx(1.5 * np.log(2), abs=1e-5)


def test_the_schemes_are_those_of_the_edge() -> None:
    """Stage 1 begins at 130/80, the range of hypertension at home at 135/85."""
    schemes = read_schemes()

    assert schemes["acc-aha-2017"] == Limits((0, 120, 130, 140), (0, np.inf, 80, 90))
    assert schemes["esc-2024"] == Limits((0, 120, 135), (0, 70, 85))


def test_each_baseline_knows_more_than_the_one_before(survey: Persons) -> None:
    """The mean beats the last reading, drawing it to the population beats the mean; all cover about 80 %."""
    cases, schemes = make_cases(survey), read_schemes()
    learn = cases.person % 2 == 0
    losses = []
    for fit in (last_reading, running_mean, linear_shrinkage):
        quantiles, categories = fit(cases.of(learn), schemes)(cases.of(~learn))
        losses.append(np.mean(pinball(cases.others_mmhg[~learn], quantiles)))
        assert coverage(cases.others_mmhg[~learn], quantiles) == pytest.approx(80.0, abs=2.5)
        for probabilities in categories.values():
            assert probabilities.sum(axis=1) == pytest.approx(np.ones(len(probabilities)))

    assert losses == sorted(losses, reverse=True)


def test_the_population_is_found_under_days_and_readings(survey: Persons) -> None:
    """Means follow 100 + 0.4 age; of the SD of 12 the days take their part; readings scatter by 4."""
    population = fit_population(survey)

    at_50 = population.of(50.0, is_male=None)
    assert at_50.mean_mmhg == pytest.approx([120.0, 72.5], abs=1.5)
    assert np.sqrt(np.diag(at_50.covariance))[0] == pytest.approx(
        np.sqrt(12.0**2 - DAY_SD_MMHG[0] ** 2), abs=1.5
    )
    assert population.reading_sd_mmhg == pytest.approx((4.0, 4.0), abs=0.15)


def test_the_share_of_people_unlike_others_is_found_in_the_tails(survey: Persons, tmp_path: Path) -> None:
    """A tenth spread twice as wide shows, though it widens the SD of all too; where all are alike, none."""
    rng = np.random.default_rng(22)
    rows = raw_survey(3000, "2009_10", rng)
    for row in rows[::10]:
        for short, usual_sd in (("Sys", 12.0), ("Dia", 9.0)):
            shift = round(rng.normal(0.0, usual_sd * np.sqrt(3.0)))
            row |= {f"BP{short}{number}": int(str(row[f"BP{short}{number}"])) + shift for number in (1, 2, 3)}
    write_table(tmp_path / "nhanes" / "NHANESraw_x.csv.gz", rows)
    tailed = read_persons(PERSON_DATASETS["nhanes"], tmp_path)

    assert fit_population(tailed).unlike > 0.02
    assert fit_population(survey).unlike == 0.01


def test_the_gaussian_is_of_those_of_whom_all_is_known(survey: Persons) -> None:
    """Its mean is theirs, and nothing is missing in it."""
    gaussian = fit_gaussian(survey)

    assert np.isfinite(gaussian.covariance).all()
    assert gaussian.mean[5] == pytest.approx(50.0, abs=1.5)


def test_balanced_accuracy_gives_each_category_the_same_say() -> None:
    """All of the many and half of the few: 75 percent."""
    assert balanced_accuracy(np.array([0] * 8 + [1] * 2), np.array([0] * 9 + [1])) == 75.0
