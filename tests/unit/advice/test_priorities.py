"""What counts most in the shipped risk model's view, against the model asked one change at a time."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.adapters.litert import load_network
from edge.advice.priorities import AIMS, RiskModel
from edge.advice.ranking import of_risk
from edge.bundles import SHIPPED
from edge.contract.advice import Topic
from edge.contract.bundle import read_bundle
from edge.contract.profile import Profile
from edge.signals.risk import RISK_OUTCOMES, RISK_TERMS, risk_inputs, risk_logits

BUNDLE = read_bundle(SHIPPED["risk"])
NETWORK = load_network(BUNDLE)
MODEL = RiskModel.of_bundle(BUNDLE, NETWORK)
SMOKER = {
    "age_years": 52.0,
    "is_male": 1.0,
    "bmi_kg_m2": 26.0,
    "smoking_0_to_2": 2.0,
    "is_physically_active": 0.0,
    "drinks_per_day": 4.0,
    "alcohol_days_per_year": 200.0,
    "sleep_h": 5.5,
}


def log_odds(person: dict[str, float]) -> list[float]:
    """The calibrated log-odds of each outcome, by the model's own way to an answer."""
    logits = risk_logits(NETWORK.run(risk_inputs(person)))[0]
    calibration = [BUNDLE.manifest.constants[name][:2] for name in RISK_OUTCOMES]
    return [float(logit - b) / t for logit, (t, b) in zip(logits, calibration, strict=True)]


def test_no_term_holds_two_things_that_can_be_changed() -> None:
    """What makes two answers of the network enough for any number of topics."""
    changed = {aim.name for aims in AIMS.values() for aim in aims}

    assert all(len(changed & set(term)) <= 1 for term in RISK_TERMS)


@settings(max_examples=25, deadline=None)
@given(
    st.fixed_dictionaries(
        {"age_years": st.floats(20, 80), "is_male": st.sampled_from([0.0, 1.0])},
        optional={
            "bmi_kg_m2": st.floats(18, 45),
            "smoking_0_to_2": st.sampled_from([0.0, 1.0, 2.0]),
            "active_days_per_week": st.floats(0, 7),
            "drinks_per_day": st.floats(0, 9),
            "systolic_mmhg": st.floats(100, 180),
            "diastolic_mmhg": st.floats(50, 105),
            "sleep_h": st.floats(4, 9),
            "takes_pressure_medicine": st.sampled_from([0.0, 1.0]),
        },
    )
)
def test_each_fall_is_that_of_the_model_asked_about_this_change_alone(person: dict[str, float]) -> None:
    """One change at a time, by the model's whole answer."""
    falls = MODEL.falls(person)

    for topic, aims in AIMS.items():
        reached = {
            aim.name: aim.value
            for aim in aims
            if aim.name in person
            and (person[aim.name] > aim.value if aim.is_most else person[aim.name] < aim.value)
        }
        assert (topic in falls) is bool(reached)
        if reached:
            both = zip(log_odds(person), log_odds(person | reached), strict=True)
            alone = [max(before - after, 0.0) for before, after in both]
            assert falls[topic].logit == pytest.approx(sum(alone), abs=1e-4)
            assert alone[RISK_OUTCOMES.index(falls[topic].outcome)] == pytest.approx(max(alone), abs=1e-4)
    logits = [fall.logit for fall in falls.values()]
    assert logits == sorted(logits, reverse=True)


def test_smoking_counts_most_for_a_smoker_who_is_hardly_overweight() -> None:
    """Smoking is what those with heart disease differ in; all else that is known is compared with it."""
    falls = MODEL.falls(SMOKER)

    assert next(iter(falls)) is Topic.SMOKING
    assert falls[Topic.SMOKING].outcome == "cardiovascular_disease"
    assert set(falls) == {Topic.SMOKING, Topic.WEIGHT, Topic.ACTIVITY, Topic.ALCOHOL, Topic.SLEEP}


def test_weight_counts_most_for_who_is_very_heavy_and_smokes_no_more() -> None:
    """40 kg/m2 at 45 years."""
    falls = MODEL.falls(SMOKER | {"bmi_kg_m2": 40.0, "smoking_0_to_2": 1.0, "age_years": 45.0})

    assert next(iter(falls)) is Topic.WEIGHT
    assert falls[Topic.WEIGHT].outcome == "diabetes"


def test_who_has_reached_all_aims_or_told_nothing_is_compared_with_nothing() -> None:
    """No network is run for nothing."""

    class Silent:
        def run(self, *values: np.typing.NDArray[np.float32]) -> np.typing.NDArray[np.float32]:
            raise AssertionError

    model = RiskModel("risk", Silent(), np.ones(3))

    assert model.falls({}) == {}
    assert model.falls({"age_years": 50.0, "bmi_kg_m2": 22.0, "smoking_0_to_2": 0.0}) == {}


@pytest.mark.parametrize(
    ("age_years", "smoking", "bmi", "is_ranked"),
    [
        (20.0, 2, 38.0, True),
        # The model has seen nobody younger.
        (19.0, 2, 38.0, False),
        # One topic alone is not compared with anything.
        (52.0, 2, 24.0, False),
        (52.0, 0, 38.0, False),
    ],
)
def test_an_order_is_told_of_two_topics_and_of_ages_that_the_model_knows(
    age_years: float, smoking: int, bmi: float, *, is_ranked: bool
) -> None:
    """Of somebody of 20 who smokes and is heavy; not of 19, and not where only one of both is off its aim."""
    profile = Profile(smoking_0_to_2=smoking)
    ((_, told),) = of_risk(MODEL, profile, {"age_years": age_years, "bmi_kg_m2": bmi})

    assert told["compared_topics"] == (2 if is_ranked else None)
    assert (told["counts_most"] is not None) is is_ranked
