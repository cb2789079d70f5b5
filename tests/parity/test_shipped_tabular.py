"""The shipped pressure and risk bundles: what they are, and answers that surprise no doctor."""

from __future__ import annotations

import json

import numpy as np
import pytest

from edge.adapters.litert import Network, load_network
from edge.bundles import SHIPPED
from edge.contract.bundle import Bundle, read_bundle
from edge.signals.calibration import calibrated
from edge.signals.home_pressure import Population, usual_after
from edge.signals.pressure import (
    PRESSURE_INPUTS,
    Gaussian,
    category_probabilities,
    linear_estimate,
    network_inputs,
    outputs_of,
    quantiles_mmhg,
)
from edge.signals.risk import RISK_OUTCOMES, RISK_TERMS, risk_inputs, risk_logits
from training.pressure_cases import read_schemes

SCHEMES = read_schemes()


@pytest.fixture(scope="module")
def pressure() -> Bundle:
    return read_bundle(SHIPPED["pressure"])


@pytest.fixture(scope="module")
def risk() -> Bundle:
    return read_bundle(SHIPPED["risk"])


def chances(network: Network, **person: float) -> dict[str, float]:
    """The calibrated probabilities of the risk bundle."""
    logits = risk_logits(network.run(risk_inputs(person)))[0]
    constants = network.manifest.constants
    return {
        name: float(calibrated(logits[place], *constants[name][:2]))
        for place, name in enumerate(RISK_OUTCOMES)
    }


def others(
    bundle: Bundle, network: Network, *given: float
) -> tuple[np.ndarray[tuple[int, ...], np.dtype[np.float64]], dict[str, list[float]]]:
    """Quantiles (2, 5) and category probabilities after the given values, in the order of PRESSURE_INPUTS."""
    values = np.full((1, len(PRESSURE_INPUTS)), np.nan)
    values[0, : len(given)] = given
    estimate = linear_estimate(Gaussian.from_constants(bundle.manifest.constants), values)
    outputs = network.run(network_inputs(values, estimate, SCHEMES))
    categories = category_probabilities(estimate, outputs, SCHEMES)
    told = {name: probabilities[0].tolist() for name, probabilities in categories.items()}
    return quantiles_mmhg(estimate, outputs)[0], told


def test_they_are_small_and_say_what_they_learned_from(pressure: Bundle, risk: Bundle) -> None:
    """Within the issue's limits, and nothing later than 2012 and 2016."""
    assert pressure.manifest.parameters <= 6_000
    assert risk.manifest.parameters <= 8_000
    assert SHIPPED["pressure"].stat().st_size + SHIPPED["risk"].stat().st_size < 55_000
    assert json.loads(pressure.card_data)["learned_from"] == {"nhanes": ["2009-2010", "2011-2012"]}
    learned = json.loads(risk.card_data)["learned_from"]
    assert learned["nhanes"] == ["2009-2010", "2011-2012"]
    assert max(learned["cardiostats"]) == "2015-2016"


def test_an_int8_step_of_pressure_is_under_a_third_of_a_millimetre(pressure: Bundle) -> None:
    """The output's step in SDs of the linear estimate, times the largest SD there is without readings."""
    nothing = np.full((1, len(PRESSURE_INPUTS)), np.nan)
    nothing[0, :2] = 124.0, 71.0
    estimate = linear_estimate(Gaussian.from_constants(pressure.manifest.constants), nothing)

    assert pressure.manifest.golden.outputs.scales[0] * estimate.sd_mmhg.max() < 0.3
    assert pressure.manifest.outputs[0].shape == (1, outputs_of(SCHEMES))


def test_the_median_of_the_others_follows_the_reading(pressure: Bundle) -> None:
    """A high first reading is followed by lower ones, an ordinary one by its like; two readings tell more."""
    network = load_network(pressure)

    high, categories = others(pressure, network, 171.0, 97.0)
    usual, _ = others(pressure, network, 121.0, 71.0)
    twice, _ = others(pressure, network, 121.0, 71.0, 121.0, 71.0)

    assert 158.0 < high[0, 2] < 169.0
    assert usual[0, 2] == pytest.approx(120.0, abs=2.0)
    assert np.ptp(twice[0]) < np.ptp(usual[0])
    assert categories["acc-aha-2017"][3] > 0.9
    assert categories["esc-2024"][2] > 0.9


def test_older_heavier_and_less_well_is_riskier(risk: Bundle) -> None:
    """Each change raises the chance it should, and a missing answer lies between."""
    network = load_network(risk)
    young = chances(network, age_years=27.0, is_male=0.0, bmi_kg_m2=22.4)
    old = chances(network, age_years=68.0, is_male=0.0, bmi_kg_m2=22.4)
    heavy = chances(network, age_years=68.0, is_male=0.0, bmi_kg_m2=36.3)

    assert all(young[name] < old[name] for name in RISK_OUTCOMES)
    assert old["diabetes"] < heavy["diabetes"]
    nothing = chances(network)
    assert all(young[name] < nothing[name] < heavy[name] for name in RISK_OUTCOMES)
    treated = chances(network, age_years=68.0, takes_pressure_medicine=1.0)
    untreated = chances(network, age_years=68.0, takes_pressure_medicine=0.0)
    assert treated["cardiovascular_disease"] > untreated["cardiovascular_disease"]


def test_shares_tell_how_a_person_differs(risk: Bundle) -> None:
    """One share for each term and outcome; at 79 the largest is of a term with age in it."""
    shares = load_network(risk).run(risk_inputs({"age_years": 79.0, "sleep_h": 7.0}))[0]

    assert shares.shape == (len(RISK_TERMS), len(RISK_OUTCOMES))
    with_age = [place for place, term in enumerate(RISK_TERMS) if "age_years" in term]
    place = RISK_OUTCOMES.index("cardiovascular_disease")
    assert int(np.argmax(shares[:, place])) in with_age


def test_one_high_reading_at_home_does_not_make_a_young_woman_hypertensive(pressure: Bundle) -> None:
    """One 146/88 of a woman of 24 is drawn to her like by 10 mmHg and more; fourteen days are believed."""
    population = Population.from_constants(pressure.manifest.constants)
    before, reading = population.of(24.0, is_male=False), np.array([[146.0, 88.0]])

    once, often = (usual_after(before, [reading] * days, population) for days in (1, 14))

    assert once.mean_mmhg[0] < 136.0
    assert often.mean_mmhg[0] > 140.0
