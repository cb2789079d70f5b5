"""The usual pressure over days, against Bayes' rule worked by hand."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import multivariate_normal

from edge.bundles import SHIPPED
from edge.conditions.blood_pressure import Reading, find_scheme
from edge.conditions.usual_pressure import UsualPressure, is_high, is_low
from edge.contract.bundle import read_bundle
from edge.contract.errors import BundleError
from edge.signals.home_pressure import DAY_SD_MMHG, Population
from tests.support.corridor import NOON_S, Patient

DAY_S = 86_400.0
SCHEME = find_scheme("acc-aha-2017")
# Everybody alike: 120/75 with an SD of 12/8 whatever age and sex, both values on their own.
ALIKE = UsualPressure(
    "pressure-0.0.0",
    Population(
        np.array([20.0, 80.0]),
        np.tile([120.0, 75.0], (2, 2, 1)),
        np.tile([12.0, 8.0], (2, 2, 1)),
        0.0,
        (4.0, 3.0),
    ),
    "0" * 64,
)
SHIPPED_MODEL = UsualPressure.of_bundle(read_bundle(SHIPPED["pressure"]))
LOW_MMHG = 91.0
# Days with the systolic readings of each.
mornings = st.lists(st.lists(st.floats(75.0, 105.0), min_size=1, max_size=3), min_size=1, max_size=5)


def readings_of(days: list[list[float]], diastolic_mmhg: float = 60.0) -> list[Reading]:
    return [
        Reading(DAY_S * day + 60.0 * minute, systolic_mmhg, diastolic_mmhg)
        for day, morning in enumerate(days)
        for minute, systolic_mmhg in enumerate(morning)
    ]


def test_readings_of_a_day_are_drawn_towards_people_in_general() -> None:
    """Two readings of 150/75: the prior weighs 1/144, their mean 1/(8.6^2 + 4^2/2), each at its own value."""
    readings = [Reading(0.0, 150.0, 75.0), Reading(60.0, 150.0, 75.0)]
    prior, day = 1 / 144, 1 / (DAY_SD_MMHG[0] ** 2 + 16 / 2)
    middle, half = (120 * prior + 150 * day) / (prior + day), 1.28155 / np.sqrt(prior + day)

    found = ALIKE.evidence(readings, is_high(SCHEME))

    assert found["usual_systolic_low_mmhg"] == round(middle - half)
    assert found["usual_systolic_high_mmhg"] == round(middle + half)
    assert found["usual_diastolic_low_mmhg"] + found["usual_diastolic_high_mmhg"] == 150


def test_another_day_tells_more_than_another_reading() -> None:
    """Four readings over four days leave less doubt than four of one sitting, and are believed more."""
    one_day = [Reading(60.0 * n, 150.0, 75.0) for n in range(4)]
    four_days = [Reading(DAY_S * n, 150.0, 75.0) for n in range(4)]

    together, apart = (ALIKE.evidence(readings, is_high(SCHEME)) for readings in (one_day, four_days))

    def doubt(found: dict[str, float]) -> float:
        return found["usual_systolic_high_mmhg"] - found["usual_systolic_low_mmhg"]

    assert doubt(apart) < doubt(together)
    assert apart["usual_is_high_percent"] > together["usual_is_high_percent"] > 50


def test_morning_and_evening_are_two_sittings() -> None:
    """At 8 and at 21 o'clock, twice 150, tells more than twice at 8."""
    evening, at_once = (
        ALIKE.evidence([Reading(0.0, 150.0, 75.0), Reading(apart_s, 150.0, 75.0)], is_high(SCHEME))
        for apart_s in (13 * 3600.0, 60.0)
    )

    assert evening["usual_systolic_low_mmhg"] > at_once["usual_systolic_low_mmhg"]


@pytest.mark.parametrize("days", [[[88.0, 84.0]], [[95.0, 82.0, 90.0], [86.0], [79.0, 92.0]]])
def test_how_likely_it_is_low_is_the_sum_of_the_posterior_over_a_grid(days: list[list[float]]) -> None:
    """Prior times the likelihood of each sitting's readings, by half a mmHg: the share below 91."""
    population = SHIPPED_MODEL.population
    systolic, diastolic = np.meshgrid(np.arange(40.25, 180.0, 0.5), np.arange(20.25, 120.0, 0.5))
    grid = np.column_stack([systolic.ravel(), diastolic.ravel()])
    prior = population.of(None, None)
    log_density = multivariate_normal(prior.mean_mmhg, prior.covariance).logpdf(grid)
    for morning in days:
        # What a sitting's readings have in common, and what each has of its own.
        count = len(morning)
        covariance = np.kron(np.ones((count, count)), population.day_covariance())
        covariance += np.kron(np.eye(count), np.diag(np.square(population.reading_sd_mmhg)))
        seen = np.ravel([(value, 60.0) for value in morning])
        scatter = multivariate_normal(np.zeros(2 * count), covariance)
        log_density += scatter.logpdf(seen - np.tile(grid, count))
    density = np.exp(log_density - log_density.max())
    below = density[grid[:, 0] < LOW_MMHG].sum() / density.sum()

    assert SHIPPED_MODEL.likely(readings_of(days), is_low(LOW_MMHG)) == pytest.approx(below, abs=1e-4)


def test_how_likely_it_is_low_by_hand() -> None:
    """Two days of 88: 1/144 and 2/(8.6^2 + 4^2) weigh 120 and 88 to 95.62, SD 5.85: below 91 with 21.5 %."""
    found = ALIKE.likely(readings_of([[88.0], [88.0]], 75.0), is_low(LOW_MMHG))

    assert found == pytest.approx(0.215, abs=0.001)


@given(mornings, st.data())
def test_a_lower_reading_never_makes_low_less_likely(days: list[list[float]], data: st.DataObject) -> None:
    """Whichever systolic value of whichever day comes down, low becomes no less likely."""
    readings = readings_of(days)
    place = data.draw(st.integers(0, len(readings) - 1))
    by_mmhg = data.draw(st.floats(0.0, 20.0))
    one = readings[place]
    lowered = [*readings]
    lowered[place] = Reading(one.at_s, one.systolic_mmhg - by_mmhg, one.diastolic_mmhg)

    assert SHIPPED_MODEL.likely(lowered, is_low(LOW_MMHG)) >= (
        SHIPPED_MODEL.likely(readings, is_low(LOW_MMHG)) - 1e-9
    )


def test_another_bundle_knows_no_population() -> None:
    """The rhythm bundle is refused by name."""
    with pytest.raises(BundleError, match="knows no population") as caught:
        UsualPressure.of_bundle(read_bundle(SHIPPED["rhythm"]))

    assert caught.value.where.startswith("rhythm-")


def test_the_alert_and_its_advice_say_how_sure_the_average_is() -> None:
    """Two high readings: the alert names interval and probability, the advice the probability in words."""
    patient = Patient()
    for minute in (0, 1):
        patient.send("bp", [NOON_S + 60.0 * minute], systolic=[152.0], diastolic=[96.0])

    (alert,) = patient.alerts("blood_pressure_high")
    values = alert.evidence.values
    assert alert.evidence.bundle == "pressure-1.0.0"
    low, high = values["usual_systolic_low_mmhg"], values["usual_systolic_high_mmhg"]
    assert isinstance(low, int)
    assert isinstance(high, int)
    assert 120 < low < high < 165
    (advice,) = (item for item in patient.said if not hasattr(item, "evidence"))
    assert f"a probability of {values['usual_is_high_percent']} %" in advice.text
