"""The usual pressure over days, against Bayes' rule worked by hand."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import msgspec
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
from edge.contract.profile import Profile, Sex
from edge.signals.home_pressure import DAY_SD_MMHG, Population
from tests.support.corridor import NOON_S, Patient, make_rules

DAY_S = 86_400.0
SCHEME = find_scheme("acc-aha-2017")
# Everybody alike: 120/75 with an SD of 12/8 whatever age and sex, both values on their own.
PEOPLE = Population(
    np.array([20.0, 80.0]),
    np.tile([120.0, 75.0], (2, 2, 1)),
    np.tile([12.0, 8.0], (2, 2, 1)),
    0.0,
    (4.0, 3.0),
    unlike=0.0,
)
ALIKE = UsualPressure("pressure-0.0.0", PEOPLE, "0" * 64, PEOPLE.of(None, None))
SHIPPED_MODEL = UsualPressure.of_bundle(read_bundle(SHIPPED["pressure"]))
LOW_MMHG = 91.0
YEAR = datetime.fromtimestamp(NOON_S, UTC).year
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


@pytest.mark.parametrize("told", [Profile(), Profile(birth_year=1990, sex=Sex.FEMALE)])
@pytest.mark.parametrize("days", [[[88.0, 84.0]], [[95.0, 82.0, 90.0], [86.0], [79.0, 92.0]]])
def test_how_likely_it_is_low_is_the_sum_of_the_posterior_over_a_grid(
    days: list[list[float]], told: Profile
) -> None:
    """Prior times the likelihood of each sitting's readings, by half a mmHg: the share below 91."""
    population = SHIPPED_MODEL.population
    systolic, diastolic = np.meshgrid(np.arange(40.25, 180.0, 0.5), np.arange(20.25, 120.0, 0.5))
    grid = np.column_stack([systolic.ravel(), diastolic.ravel()])
    prior = SHIPPED_MODEL.of_wearer(told, NOON_S).before
    density = np.zeros(len(grid))
    for share, mean, covariance in zip(prior.share, prior.means_mmhg, prior.covariances, strict=True):
        density += share * multivariate_normal(mean, covariance).pdf(grid)
    for morning in days:
        # What a sitting's readings have in common, and what each has of its own.
        count = len(morning)
        covariance = np.kron(np.ones((count, count)), population.day_covariance())
        covariance += np.kron(np.eye(count), np.diag(np.square(population.reading_sd_mmhg)))
        seen = np.ravel([(value, 60.0) for value in morning])
        scatter = multivariate_normal(np.zeros(2 * count), covariance)
        density *= scatter.pdf(seen - np.tile(grid, count))
    below = density[grid[:, 0] < LOW_MMHG].sum() / density.sum()

    model = SHIPPED_MODEL.of_wearer(told, NOON_S)
    assert model.likely(readings_of(days), is_low(LOW_MMHG)) == pytest.approx(below, abs=2e-4)


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


@given(
    st.lists(st.lists(st.floats(110.0, 180.0), min_size=1, max_size=3), min_size=1, max_size=5),
    st.sampled_from(
        [Profile(), *(Profile(birth_year=YEAR - age, sex=sex) for age in (20, 75) for sex in Sex)]
    ),
    st.data(),
)
def test_a_higher_reading_never_makes_high_less_likely(
    days: list[list[float]], told: Profile, data: st.DataObject
) -> None:
    """Whichever reading of whichever day is higher by as much in both its values, whoever is asked about."""
    model, readings = SHIPPED_MODEL.of_wearer(told, NOON_S), readings_of(days, 78.0)
    place, by_mmhg = data.draw(st.integers(0, len(readings) - 1)), data.draw(st.floats(0.0, 60.0))
    one = readings[place]
    raised = [*readings]
    raised[place] = Reading(one.at_s, one.systolic_mmhg + by_mmhg, one.diastolic_mmhg + by_mmhg)

    assert model.likely(raised, is_high(SCHEME)) >= model.likely(readings, is_high(SCHEME)) - 1e-9


def test_a_wearer_is_set_against_people_of_the_age_reached_that_year_and_the_sex() -> None:
    """Born in 1990, in May 2023 a woman of 33; who tells neither is set against everybody."""
    may_2023_s, population = 1_683_000_000.0, SHIPPED_MODEL.population

    told = SHIPPED_MODEL.of_wearer(Profile(birth_year=1990, sex=Sex.FEMALE), may_2023_s).before
    man = SHIPPED_MODEL.of_wearer(Profile(sex=Sex.MALE), may_2023_s).before
    untold = SHIPPED_MODEL.of_wearer(Profile(), may_2023_s).before

    assert told.mean_mmhg.tolist() == population.of(33.0, is_male=False).mean_mmhg.tolist()
    assert man.mean_mmhg.tolist() == population.of(None, is_male=True).mean_mmhg.tolist()
    assert untold.mean_mmhg.tolist() == population.of(None, None).mean_mmhg.tolist()


def test_the_same_high_morning_is_believed_of_an_old_man_and_doubted_of_a_young_woman() -> None:
    """Two readings of 142/82: told to the man of 70, not to the woman of 25, who is told after a week."""
    man, woman = (
        Patient(replace(make_rules(), profiles={"w1": profile}))
        for profile in (
            Profile(birth_year=YEAR - 70, sex=Sex.MALE),
            Profile(birth_year=YEAR - 25, sex=Sex.FEMALE),
        )
    )
    for patient in (man, woman):
        for minute in (0, 1):
            patient.send("bp", [NOON_S + 60.0 * minute], systolic=[142.0], diastolic=[82.0])

    (alert,) = man.alerts("blood_pressure_high")
    assert woman.alerts("blood_pressure_high") == []
    assert alert.why is not None
    assert alert.why.probability is not None
    assert alert.evidence.values["usual_is_high_percent"] == round(100.0 * alert.why.probability.value)

    for day in range(1, 7):
        woman.send("bp", [NOON_S + DAY_S * day], systolic=[142.0], diastolic=[82.0])

    assert len(woman.alerts("blood_pressure_high")) == 1


def test_another_bundle_knows_no_population() -> None:
    """The rhythm bundle is refused by name."""
    with pytest.raises(BundleError, match="knows no population") as caught:
        UsualPressure.of_bundle(read_bundle(SHIPPED["rhythm"]))

    assert caught.value.where.startswith("rhythm-")


@pytest.mark.parametrize(
    "constants",
    [{"population_sd": (0.0,) * 28}, {"population_correlation": (2.0,)}, {"population_unlike": (3.0,)}],
    ids=["all the same", "no covariance", "shares below nothing"],
)
def test_a_population_that_no_reading_can_be_set_against_is_refused(
    constants: dict[str, tuple[float, ...]],
) -> None:
    """Signed or not: in force, it would cost each reading, or say of none that it is high."""
    bundle = read_bundle(SHIPPED["pressure"])
    manifest = msgspec.structs.replace(bundle.manifest, constants={**bundle.manifest.constants, **constants})

    with pytest.raises(BundleError, match="knows no population"):
        UsualPressure.of_bundle(msgspec.structs.replace(bundle, manifest=manifest))


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


def test_a_sitting_is_of_half_a_day_from_its_first_reading() -> None:
    """At 0, 8 and 16 hours, each near to the one before, are two sittings: the third is a new one."""
    hour_s = 3600.0

    def found(*hours: float) -> dict[str, float]:
        return ALIKE.evidence([Reading(hour * hour_s, 150.0, 75.0) for hour in hours], is_high(SCHEME))

    assert found(0.0, 8.0, 16.0) == found(0.0, 1.0, 24.0) != found(0.0, 8.0, 12.0)


def test_nothing_is_ever_certain() -> None:
    """A week of 220 is high, and not low, with 99 %: the model may be wrong."""
    readings = readings_of([[220.0, 220.0]] * 6, 130.0)

    assert ALIKE.likely(readings, is_high(SCHEME)) == 0.99
    assert ALIKE.likely(readings, is_low(LOW_MMHG)) == 0.01
