"""What the explanation of an alert holds, for each kind of condition."""

from __future__ import annotations

import msgspec
import numpy as np
import pytest

from edge.adapters.litert import load_model, probability
from edge.bundles import SHIPPED
from edge.conditions.table import CONDITIONS
from edge.conditions.votes import Vote, VoteRule, otherwise, vote_level
from edge.contract.bundle import read_bundle
from edge.contract.codec import encode
from edge.contract.commands import Shelve, Unshelve
from edge.contract.explanation import MOST_VALUES, Explanation
from edge.contract.messages import Alert
from edge.watches.irregular_rhythm import contributions
from edge.watches.table import FED, WATCHES
from tests.support.corridor import NOON_S, FakeModel, Judged, Patient, beats, make_rules

PARTS = {"inputs", "thresholds", "model", "probability", "contributions", "counterfactual"}


def why_of(alert: Alert) -> Explanation:
    assert alert.why is not None
    return alert.why


def fibrillating(patient: Patient, count: int = 176) -> None:
    """Beats that the model cannot but call irregular."""
    rng, at_s = np.random.default_rng(7), NOON_S
    for _ in range(0, count, 16):
        times_s, values = beats(at_s, rng.uniform(450.0, 1150.0, 16).round().tolist())
        patient.send("rr", times_s, rr=values)
        at_s = times_s[-1]


@pytest.fixture(scope="module")
def rhythm() -> Alert:
    """The alert that the shipped model gives of fibrillation."""
    patient = Patient(make_rules(load_model(read_bundle(SHIPPED["rhythm"]))))  # type: ignore[arg-type]
    fibrillating(patient)
    return patient.alerts("irregular_rhythm")[0]


def test_every_alert_tells_each_part_or_why_not(rhythm: Alert) -> None:
    """Of a model, of a plain limit and of silence: what is absent stands in `not_told` with a reason."""
    patient = Patient()
    patient.send("battery", [NOON_S], battery=[9.0])
    patient.send("battery", [NOON_S + 60.0], battery=[50.0])
    patient.send("rr", [NOON_S + 60.0], rr=[800.0])
    patient.wait_until(NOON_S + 500.0)
    alerts = [rhythm, *patient.alerts("battery_low"), *patient.alerts("sensor_lost")]

    assert [alert.phase.value for alert in alerts] == ["start", "start", "end", "start"]
    for alert in alerts:
        why = why_of(alert)
        missing = {part for part in PARTS if not getattr(why, part)}
        assert missing == set(why.not_told), alert.condition
        assert all(why.not_told.values())


def test_an_alert_told_after_a_restart_has_the_bytes_it_would_have_had() -> None:
    """Owed over a snapshot, an irregular rhythm's counts of windows stay whole numbers."""
    patient = Patient(make_rules(FakeModel(lambda _: Judged(0.99))))
    patient.order(Shelve(request="s", condition="irregular_rhythm", for_s=3600.0, reason="x"), NOON_S)
    fibrillating(patient)
    told = []
    for corridor in (patient.restarted(), patient):
        corridor.order(Unshelve(request="u", condition="irregular_rhythm"))
        told.append([encode(alert) for alert in corridor.alerts("irregular_rhythm")])

    after, before = told
    assert after == before
    assert b'"limit":7,' in after[0]


def test_the_values_of_the_on_delay_are_all_told_and_those_before_are_not() -> None:
    """Five minutes above 100: the six values since the crossing, with times, bounds and the steps of rest."""
    patient = Patient()
    for minute in range(8):
        at_s = NOON_S + 60.0 * minute
        patient.send("activity", [at_s], cadence=[float(minute % 2)])
        patient.send("hr", [at_s], hr=[80.0 + minute if minute < 2 else 110.0 + minute])
    rates, steps = why_of(patient.alerts("tachycardia_at_rest")[0]).inputs

    assert rates.values == (112.0, 113.0, 114.0, 115.0, 116.0, 117.0)
    assert rates.times_s == tuple(NOON_S + 60.0 * minute for minute in range(2, 8))
    assert (rates.count, rates.least, rates.greatest) == (6, 112.0, 117.0)
    assert steps.values == (0.0, 1.0, 0.0, 1.0, 0.0, 1.0)
    assert patient.state.episodes["tachycardia_at_rest/hr"].trail is None


def test_a_wait_that_is_broken_off_begins_its_values_anew() -> None:
    """One value below the limit ends the wait; the alert then holds only what came after it."""
    patient = Patient()
    for minute in range(12):
        at_s = NOON_S + 60.0 * minute
        patient.send("activity", [at_s], cadence=[0.0])
        patient.send("hr", [at_s], hr=[99.0 if minute == 3 else 130.0 + minute])

    (alert,) = patient.alerts("tachycardia_at_rest")
    assert why_of(alert).inputs[0].values == tuple(130.0 + minute for minute in range(4, 10))


def test_what_time_brought_about_is_told_by_what_was_known_then_and_not_by_what_came_after_it() -> None:
    """A strap tells in one batch that it came off and, 45 s later, is worn: the start tells of the first."""
    patient = Patient()
    patient.send("contact", [NOON_S, NOON_S + 45.0], contact=[0.0, 1.0])
    (start,) = patient.alerts("off_body")
    (threshold,) = why_of(start).thresholds

    assert start.at_s == NOON_S + 30.0
    assert (threshold.value, threshold.relation, threshold.limit) == (0.0, "up_to", 0.0)
    assert why_of(start).counterfactual is not None


def test_an_end_for_lack_of_data_tells_no_value_that_came_after_it() -> None:
    """A heart rate of a device half a minute ahead, 15 min after the last one, belongs to no silence."""
    patient = Patient()
    for minute in range(8):
        patient.send("activity", [NOON_S + 60.0 * minute], cadence=[0.0])
        patient.send("hr", [NOON_S + 60.0 * minute], hr=[110.0 + minute])
    lapse_s = NOON_S + 420.0 + 900.0
    patient.send("activity", [lapse_s - 10.0], cadence=[0.0])
    patient.send("hr", [lapse_s + 5.0], hr=[111.0], arrival_s=lapse_s - 10.0)
    end = patient.alerts("tachycardia_at_rest")[-1]

    assert (end.phase, end.at_s, end.end_reason) == ("end", lapse_s, "unknown")
    assert end.evidence.values == {}
    assert (why_of(end).inputs, why_of(end).thresholds) == ((), ())


@pytest.mark.parametrize("covered_s", [59.890985727, 59.9166667, 60.123456789, 61.0, 179.0000005])
def test_a_silence_longer_than_a_senders_own_batches_meets_its_limit(covered_s: float) -> None:
    """Batches of no round length: the silence told reaches the limit told, and a shorter one is named."""
    patient = Patient()
    for batch in range(6):
        start_s = NOON_S + covered_s * batch
        patient.send("rr", [start_s + 1.0, start_s + covered_s], rr=[800.0, 810.0 + batch])
    patient.wait_until(NOON_S + 9.0 * covered_s + 1.0)
    (start,) = patient.alerts("sensor_lost")
    (threshold,) = why_of(start).thresholds

    assert threshold.limit == pytest.approx(3.0 * covered_s)
    assert threshold.value >= threshold.limit
    assert why_of(start).counterfactual is not None


def test_of_many_values_the_last_are_told_and_all_are_counted() -> None:
    """A rate each second: 301 values in five minutes, of which the first was the greatest."""
    patient = Patient()
    for second in range(310):
        if second % 60 == 0:
            patient.send("activity", [NOON_S + second], cadence=[0.0])
        patient.send("hr", [NOON_S + second], hr=[200.0 - 0.1 * second])
    (alert,) = patient.alerts("tachycardia_at_rest")
    rates = why_of(alert).inputs[0]

    assert (rates.count, rates.first_s, rates.last_s) == (301, NOON_S, NOON_S + 300.0)
    assert (rates.least, rates.greatest) == (170.0, 200.0)
    assert rates.values == tuple(200.0 - 0.1 * second for second in range(237, 301))
    assert len(rates.values) == len(rates.times_s) == MOST_VALUES
    assert len(msgspec.json.encode(alert)) < 6000


def test_the_probability_of_a_rhythm_alert_follows_from_the_intervals_in_it(rhythm: Alert) -> None:
    """The 64 values of the alert, after JSON, give the same probability to the last bit."""
    bundle = read_bundle(SHIPPED["rhythm"])
    model = load_model(bundle)
    again = msgspec.json.decode(msgspec.json.encode(rhythm), type=Alert)
    why = why_of(again)
    window = np.array(why.inputs[0].values, dtype=np.float32)

    assert why.model is not None
    assert (why.model.bundle, why.model.sha256) == (bundle.name, bundle.sha256)
    assert why.probability is not None
    assert why.probability.value == probability(model.logit(window), model.stream.calibration)
    assert why.probability.low <= why.probability.value <= why.probability.high
    assert len(msgspec.json.encode(again)) < 4000


def test_the_votes_are_told_with_their_probabilities(rhythm: Alert) -> None:
    """Seven of seven: each positive, the last that of the window, the interval their spread."""
    why = why_of(rhythm)
    seen = [vote.probability for vote in why.votes]

    assert [vote.is_positive for vote in why.votes] == [True] * 7
    assert why.probability is not None
    assert (why.probability.value, why.probability.low, why.probability.high) == (
        seen[-1],
        min(seen),
        max(seen),
    )
    assert why.counterfactual is not None
    assert why.counterfactual.windows == 1


def test_contributions_add_up_to_the_difference_of_the_logits(rhythm: Alert) -> None:
    """Of fibrillation it is the irregularity that moves the model; sums are exact to what is told."""
    told = why_of(rhythm).contributions

    assert told is not None
    assert sum(told.groups.values()) == pytest.approx(told.logit - told.baseline_logit, abs=1e-5)
    assert max(told.groups, key=lambda name: told.groups[name]) == "beat_to_beat_irregularity"
    assert told.groups["beat_to_beat_irregularity"] > 0.8 * (told.logit - told.baseline_logit)


@pytest.mark.parametrize("seed", range(6))
def test_contributions_add_up_for_any_window(seed: int) -> None:
    """Regular, fibrillating, with missed beats and missing values: for the shipped model."""
    model = load_model(read_bundle(SHIPPED["rhythm"]))
    rng = np.random.default_rng(seed)
    window = rng.normal(700.0, [5.0, 30.0, 150.0][seed % 3], 64)
    window[rng.integers(0, 64, seed)] = [np.nan, 1500.0][seed % 2]
    told = contributions(window.astype(np.float32), model)

    assert told is not None
    assert told.logit == model.logit(window.astype(np.float32))
    assert told.baseline_logit == model.logit(np.full(64, 800.0, dtype=np.float32))
    assert sum(told.groups.values()) == pytest.approx(told.logit - told.baseline_logit, abs=1e-5)


def test_contributions_are_asked_once_an_episode() -> None:
    """Updates and the end have none and say so: they cost as much as eight windows."""
    patient = Patient()
    rng, at_s = np.random.default_rng(1), NOON_S
    for number in range(240):
        spread = 0.3 if number < 200 else 0.01
        times_s, values = beats(at_s, (800.0 * rng.uniform(1 - spread, 1 + spread, 16)).tolist())
        patient.send("rr", times_s, rr=values)
        at_s = times_s[-1]
    alerts = patient.alerts("irregular_rhythm")

    assert [alert.phase.value for alert in alerts] == ["start", "update", "end"]
    assert [why_of(alert).contributions is not None for alert in alerts] == [True, False, False]
    assert [why_of(alert).not_told.get("contributions") for alert in alerts[1:]] == [
        "told when the episode started",
        "the condition is over",
    ]


@pytest.mark.parametrize(
    ("pattern", "rule", "windows"),
    [
        ("+++++++", VoteRule(of=7, present=7, absent=2), 1),
        ("+++++++", VoteRule(of=7, present=5, absent=2), 3),
        ("++-++-+", VoteRule(of=7, present=5, absent=2), 1),
    ],
)
def test_so_many_windows_would_have_had_to_be_otherwise(pattern: str, rule: VoteRule, windows: int) -> None:
    """Turning that many positive votes ends the agreement, turning one fewer does not."""
    votes = [Vote(float(place), letter == "+") for place, letter in enumerate(pattern)]

    assert otherwise(votes, rule) == windows
    for count in (windows, windows - 1):
        turned, left = list(votes), count
        for place, vote in enumerate(votes):
            if vote.is_positive and left > 0:
                turned[place], left = Vote(vote.at_s, is_positive=False), left - 1
        assert (vote_level(turned, rule).value == "present") is (count < windows)


def test_a_model_that_abstains_is_explained_by_the_quality_it_lacked() -> None:
    """The last window, its quality against the bundle's limit, and that one window judged would have done."""
    patient = Patient(make_rules(FakeModel(lambda _: Judged(None, 0.2, "poor_quality"))))
    at_s = NOON_S
    while at_s < NOON_S + 2000.0:
        times_s, values = beats(at_s, [780.0, 820.0] * 8)
        patient.send("rr", times_s, rr=values)
        at_s = times_s[-1]
    why = why_of(patient.alerts("model_abstaining")[0])

    (threshold,) = why.thresholds
    assert (threshold.quantity, threshold.value, threshold.limit) == ("quality", 0.2, 0.5)
    assert why.counterfactual is not None
    assert why.counterfactual.windows == 1
    assert why.not_told["probability"] == "the model abstained"


def test_a_flood_and_a_broken_sensor_tell_their_counts() -> None:
    """9 of 10 samples absurd: at most 5 would have been let pass."""
    patient = Patient()
    for second in range(0, 120, 10):
        times_s = [NOON_S + second + number for number in range(10)]
        patient.send("hr", times_s, hr=[*[999.0] * 9, 70.0 + second % 3])
    why = why_of(patient.alerts("values_out_of_range")[0])

    assert why.counterfactual is not None
    (change,) = why.counterfactual.changes
    assert (change.value, change.relation, change.bound) == (9, "up_to", 5.0)
    assert why.counterfactual.text == "Would not have been raised now with implausible samples at most 5."


def test_a_usual_pressure_is_told_with_the_spread_if_a_reading_were_missing() -> None:
    """Around 128/70 three times, once 160: the probability without any one of them is in the interval."""
    patient = Patient()
    for number, systolic in enumerate((127.0, 129.0, 160.0, 128.0)):
        patient.send("bp", [NOON_S + 90_000.0 * number], systolic=[systolic], diastolic=[70.0])
    alert = patient.alerts("blood_pressure_high")[-1]
    found = why_of(alert).probability

    assert found is not None
    assert 0.0 < found.low < found.value < found.high < 1.0
    percent = alert.evidence.values["usual_is_high_percent"]
    assert isinstance(percent, int)
    assert found.value == pytest.approx(percent / 100, abs=0.005)


def test_a_low_usual_pressure_is_told_with_its_model_and_what_would_have_had_to_be_otherwise() -> None:
    """From 86 to 82 on five days: model and probability are there, the counterfactual is below 91."""
    patient = Patient()
    for day in range(5):
        patient.send("bp", [NOON_S + 86_400.0 * day], systolic=[86.0 - day], diastolic=[55.0])
    alert = patient.alerts("blood_pressure_low")[0]
    why = why_of(alert)

    assert why.model is not None
    assert (why.model.bundle, len(why.model.sha256)) == ("pressure-1.0.0", 64)
    assert why.probability is not None
    assert why.probability.low <= why.probability.value <= why.probability.high
    percent = alert.evidence.values["usual_is_low_percent"]
    assert isinstance(percent, int)
    assert why.probability.value == pytest.approx(percent / 100, abs=0.005)
    assert why.not_told["contributions"] == "the average decides, where the model is sure enough of it"
    assert why.counterfactual is not None
    (change,) = why.counterfactual.changes
    # The model stops being sure of it before the average reaches the limit.
    assert alert.evidence.values["systolic_mmhg"] < change.bound < 91.0  # type: ignore[operator]


def test_a_confirmed_severe_reading_tells_both_readings() -> None:
    """The repeat that makes it urgent stands beside the first; the change is about the last."""
    patient = Patient()
    patient.send("bp", [NOON_S], systolic=[190.0], diastolic=[80.0])
    patient.send("bp", [NOON_S + 60.0], systolic=[195.0], diastolic=[125.0])
    first, second = patient.alerts("blood_pressure_severe")

    assert [item.values for item in why_of(second).inputs] == [(190.0, 195.0), (80.0, 125.0)]
    assert [item.values for item in why_of(first).inputs] == [(190.0,), (80.0,)]
    told = why_of(second).counterfactual
    assert told is not None
    assert told.text == (
        "Would not have been raised now with systolic pressure at most 180 mmHg "
        "and diastolic pressure at most 120 mmHg."
    )


def test_every_condition_that_samples_or_windows_feed_has_a_case() -> None:
    """Whoever adds a condition explains it too."""
    watches = [watch for found in WATCHES.values() for watch in found]

    assert [watch.code for watch in watches if watch.case is None] == []
    assert {watch.code for watch in watches} | set(FED) <= set(CONDITIONS)
