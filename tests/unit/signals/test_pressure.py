"""The linear estimate, the categories and the usual pressure, against formulas worked another way."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from edge.signals.home_pressure import DAY_SD_MMHG, Population, Usual, usual_after
from edge.signals.pressure import (
    GAUSSIAN,
    HELD,
    PRESSURE_INPUTS,
    QUANTILES,
    Estimate,
    Gaussian,
    Limits,
    categorise,
    category_probabilities,
    linear_estimate,
    network_inputs,
    normal_cdf,
    outputs_of,
    quantiles_mmhg,
)

ACC_AHA = Limits((0.0, 120.0, 130.0, 140.0), (0.0, math.inf, 80.0, 90.0))
SCHEMES = {"acc-aha-2017": ACC_AHA}


@pytest.fixture
def gaussian() -> Gaussian:
    """A covariance with something of everything in it."""
    rng = np.random.default_rng(8)
    mixing = rng.normal(size=(len(GAUSSIAN), len(GAUSSIAN)))
    mean = np.array([124.0, 70.5, 123.0, 70.1, 72.0, 49.0, 0.5, 29.0, 122.5, 69.9])
    return Gaussian(mean, 20.0 * (mixing @ mixing.T + np.eye(len(GAUSSIAN))))


def test_nothing_known_gives_the_population(gaussian: Gaussian) -> None:
    """Without any value the mean of second and third readings, and their spread."""
    found = linear_estimate(gaussian, np.full((1, len(PRESSURE_INPUTS)), np.nan))

    assert found.mean_mmhg[0].tolist() == pytest.approx([(123.0 + 122.5) / 2, (70.1 + 69.9) / 2])
    covariance = gaussian.covariance
    assert found.sd_mmhg[0, 0] ** 2 == pytest.approx(
        (covariance[2, 2] + covariance[8, 8] + 2 * covariance[2, 8]) / 4
    )


def test_the_estimate_is_the_regression_on_what_is_known(gaussian: Gaussian) -> None:
    """With values missing here and there it equals least squares on many draws of the Gaussian."""
    rng = np.random.default_rng(9)
    drawn = rng.multivariate_normal(gaussian.mean, gaussian.covariance, 200_000)
    given_places = [0, 1, 5]
    design = np.column_stack([np.ones(len(drawn)), drawn[:, given_places]])
    others = (drawn[:, 2:4] + drawn[:, 8:10]) / 2
    weights, *_ = np.linalg.lstsq(design, others, rcond=None)
    person = np.full((1, len(PRESSURE_INPUTS)), np.nan)
    person[0, given_places] = [131.0, 77.0, 61.0]

    found = linear_estimate(gaussian, person)

    assert found.mean_mmhg[0] == pytest.approx(np.array([1, 131.0, 77.0, 61.0]) @ weights, abs=0.3)
    assert found.sd_mmhg[0] == pytest.approx(np.std(others - design @ weights, axis=0), rel=0.02)


def test_a_second_reading_leaves_the_third_alone_as_target(gaussian: Gaussian) -> None:
    """With everything known it is the conditional mean of the third reading."""
    person = gaussian.mean[np.newaxis, :8] + 3.0
    known = gaussian.covariance[:8, :8]

    found = linear_estimate(gaussian, person)

    expected = gaussian.mean[8:] + gaussian.covariance[8:, :8] @ np.linalg.solve(known, np.full(8, 3.0))
    assert found.mean_mmhg[0] == pytest.approx(expected)


def test_a_gaussian_survives_the_manifest(gaussian: Gaussian) -> None:
    """Written as constants and read again it is the same to five decimals."""
    again = Gaussian.from_constants(gaussian.constants())

    assert again.covariance == pytest.approx(gaussian.covariance, abs=1e-5)
    assert again.mean == pytest.approx(gaussian.mean, abs=1e-5)


@given(st.lists(st.one_of(st.just(math.nan), st.floats(-1e4, 1e4)), min_size=8, max_size=8))
def test_no_reading_leaves_the_range_of_int8(values: list[float]) -> None:
    """Whatever is typed in, the network sees finite values within its range."""
    mean = np.array([124.0, 70.5, 123.0, 70.1, 72.0, 49.0, 0.5, 29.0, 122.5, 69.9])
    person = np.array([values])
    estimate = linear_estimate(Gaussian(mean, 100.0 * np.eye(10)), person)

    seen = network_inputs(person, estimate, SCHEMES)

    assert np.isfinite(seen).all()
    assert np.abs(seen).max() <= HELD


def test_a_silent_network_leaves_the_gaussian() -> None:
    """With all outputs 0 the quantiles and categories are those of the normal distribution."""
    estimate = Estimate(np.array([[127.0, 78.0]]), np.array([[6.0, 5.0]]))
    silent = np.zeros((1, outputs_of(SCHEMES)))

    quantiles = quantiles_mmhg(estimate, silent)
    probabilities = category_probabilities(estimate, silent, SCHEMES)["acc-aha-2017"]

    assert quantiles[0, 0] == pytest.approx(stats.norm.ppf(QUANTILES, 127.0, 6.0))
    # The limits begin half a millimetre lower, as cuffs round.
    systolic, diastolic = stats.norm(127.0, 6.0), stats.norm(78.0, 5.0)
    below = [
        systolic.cdf(limit - 0.5) * diastolic.cdf(other - 0.5)
        for limit, other in ((120, 80), (130, 80), (140, 90))
    ]
    assert probabilities[0] == pytest.approx(np.diff([0.0, *below, 1.0]), abs=1e-4)


def test_crossing_quantiles_are_put_in_order() -> None:
    """A network that swaps two quantiles cannot make an interval run backwards."""
    estimate = Estimate(np.array([[127.0, 78.0]]), np.array([[6.0, 5.0]]))
    outputs = np.zeros((1, outputs_of(SCHEMES)))
    outputs[0, 0] = 5.0

    assert (np.diff(quantiles_mmhg(estimate, outputs), axis=-1) >= 0).all()


@pytest.mark.parametrize(
    ("systolic", "diastolic", "place"),
    [(119.9, 79.9, 0), (120, 79, 1), (129, 80, 2), (118, 90, 3), (139.9, 89.9, 2), (140, 60, 3)],
)
def test_the_higher_of_both_values_decides_the_category(
    systolic: float, diastolic: float, place: int
) -> None:
    """ACC/AHA 2017, at the limits."""
    assert categorise(ACC_AHA, np.array([systolic]), np.array([diastolic])).tolist() == [place]


def test_the_normal_distribution_is_right_to_seven_decimals() -> None:
    """Against scipy, far into both tails."""
    z = np.linspace(-8.0, 8.0, 321)

    assert normal_cdf(z) == pytest.approx(stats.norm.cdf(z), abs=1e-7)


@pytest.fixture
def population() -> Population:
    ages = np.array([20.0, 80.0])
    mean = np.array([[[110.0, 68.0], [138.0, 64.0]], [[118.0, 70.0], [134.0, 66.0]]])
    sd = np.array([[[7.0, 8.0], [20.0, 10.0]], [[8.0, 9.0], [19.0, 11.0]]])
    return Population(ages, mean, sd, 0.5, (4.0, 3.5), unlike=0.0)


def test_without_readings_the_usual_pressure_is_that_of_people_alike(population: Population) -> None:
    """A woman of 35 stands a quarter of the way between the ages of the table."""
    before = population.of(35.0, is_male=False)

    assert usual_after(before, [], population).mean_mmhg == pytest.approx([117.0, 67.0])
    assert np.sqrt(np.diag(before.covariance)) == pytest.approx([10.25, 8.5])


def test_of_unknown_age_and_sex_the_spread_holds_everybody(population: Population) -> None:
    """The variance is the mean variance and that of the means: the law of total variance."""
    anyone = population.of(None, None)

    means, sds = population.mean_mmhg.reshape(-1, 2), population.sd_mmhg.reshape(-1, 2)
    assert np.diag(anyone.covariance) == pytest.approx((sds**2).mean(axis=0) + means.var(axis=0))


@pytest.mark.parametrize("is_told", [True, False])
def test_bayes_rule_agrees_with_a_sum_over_a_grid(population: Population, is_told: bool) -> None:
    """Three sittings: mean and SD equal those of prior times likelihood over a fine grid."""
    before = population.of(62.0, is_male=True) if is_told else population.of(None, None)
    sittings = [
        np.array([[141.0, 83.0], [137.0, 81.0]]),
        np.array([[128.0, 77.0]]),
        np.array([[150.0, 90.0]]),
    ]
    after = usual_after(before, sittings, population)

    axes = [np.linspace(before.mean_mmhg[kind] - 70, before.mean_mmhg[kind] + 70, 701) for kind in (0, 1)]
    grid = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1)
    density = np.sum(
        [
            share * stats.multivariate_normal(mean, covariance).pdf(grid)
            for share, mean, covariance in zip(
                before.share, before.means_mmhg, before.covariances, strict=True
            )
        ],
        axis=0,
    )
    off = 0.5 * DAY_SD_MMHG[0] * DAY_SD_MMHG[1]
    day = np.array([[DAY_SD_MMHG[0] ** 2, off], [off, DAY_SD_MMHG[1] ** 2]])
    for readings in sittings:
        scatter = day + np.diag([16.0, 12.25]) / len(readings)
        density *= stats.multivariate_normal(readings.mean(axis=0), scatter).pdf(grid)
    weight = density / density.sum()
    mean = np.einsum("ij,ijk->k", weight, grid)

    assert after.mean_mmhg == pytest.approx(mean, abs=0.01)
    spread = np.sqrt(np.einsum("ij,ijk->k", weight, (grid - mean) ** 2))
    assert np.sqrt(np.diag(after.covariance)) == pytest.approx(spread, rel=0.005)
    from_mmhg, to_mmhg = after.interval80_mmhg()[0]
    of_systolic = weight.sum(axis=1)
    assert of_systolic[axes[0] < from_mmhg].sum() == pytest.approx(0.1, abs=0.005)
    assert of_systolic[axes[0] > to_mmhg].sum() == pytest.approx(0.1, abs=0.005)


def test_people_unlike_others_of_their_age_and_sex_are_believed_sooner(population: Population) -> None:
    """A woman of 20 with three days of 150/90: N(110, 7) holds to 110 longer than one in which 5 % differ."""
    readings = [np.array([[150.0, 90.0]])] * 3
    alike, mixed = population, replace(population, unlike=0.05)

    means = [
        usual_after(people.of(20.0, is_male=False), readings, people).mean_mmhg for people in (alike, mixed)
    ]

    # By hand, the systolic value alone: 1/49 and 3/(8.6^2 + 4^2) weigh 110 and 150 to 134.8.
    assert means[0][0] == pytest.approx(134.8, abs=0.5)
    assert means[1][0] > 138.0


def test_a_share_unlike_others_is_spread_twice_as_wide_as_their_days(population: Population) -> None:
    """By hand, a woman of 20: a twentieth with an SD of 2 x root(7^2 + 8.6^2) around the same 110."""
    mixed = replace(population, unlike=0.05).of(20.0, is_male=False)

    assert mixed.share.tolist() == pytest.approx([0.95, 0.05])
    assert mixed.means_mmhg.tolist() == [[110.0, 68.0]] * 2
    assert np.sqrt(mixed.covariances[:, 0, 0]).tolist() == pytest.approx([7.0, 22.178], abs=0.001)


@pytest.mark.parametrize("parts", [1, 2])
def test_categories_of_a_usual_pressure_equal_the_bivariate_normal(parts: int) -> None:
    """Against scipy's integral, with both values correlated, of one Gaussian and of two."""
    share = np.array([1.0, 0.0]) if parts == 1 else np.array([0.3, 0.7])
    usual = Usual(
        share,
        np.array([[131.0, 79.0], [118.0, 84.0]]),
        np.array([[[90.0, 35.0], [35.0, 40.0]], [[60.0, -9.0], [-9.0, 30.0]]]),
    )

    found = usual.category_probabilities(ACC_AHA)

    both = [
        stats.multivariate_normal(mean, covariance)
        for mean, covariance in zip(usual.means_mmhg, usual.covariances, strict=True)
    ]
    below = [
        sum(part * float(one.cdf(limit)) for part, one in zip(share, both, strict=True))
        for limit in ((120, 80), (130, 80), (140, 90))
    ]
    assert found == pytest.approx(np.diff([0.0, *below, 1.0]), abs=1e-5)


@given(st.integers(1, 30), st.floats(90, 200), st.floats(50, 120))
def test_more_days_of_the_same_bring_it_nearer(days: int, systolic: float, diastolic: float) -> None:
    """The estimate moves towards the readings, and what is unsure shrinks, with every day."""
    table = np.array([[[110.0, 68.0], [138.0, 64.0]]] * 2)
    people = Population(np.array([20.0, 80.0]), table, np.full((2, 2, 2), 10.0), 0.4, (4.0, 3.5), unlike=0.05)
    before, reading = people.of(50.0, is_male=None), np.array([[systolic, diastolic]])

    fewer, more = (usual_after(before, [reading] * count, people) for count in (days, days + 1))

    assert np.trace(more.covariance) < np.trace(fewer.covariance)

    def off(usual: Usual) -> float:
        far = usual.mean_mmhg - reading[0]
        return float(far @ np.linalg.solve(people.day_covariance() + people.reading_covariance(1), far))

    assert off(more) <= off(fewer) + 1e-9


def test_a_population_survives_the_manifest(population: Population) -> None:
    """Written as constants and read again it gives the same person."""
    population = replace(population, unlike=0.04)

    again = Population.from_constants(population.constants())

    assert again.of(44.0, is_male=True).mean_mmhg == pytest.approx(
        population.of(44.0, is_male=True).mean_mmhg
    )
    assert again.reading_sd_mmhg == population.reading_sd_mmhg
    assert again.unlike == population.unlike
