"""What the body is, whatever its events are called: alerts of it are not false."""

from __future__ import annotations

import pytest

from device_sim.events import Event, Exercise, Fibrillation, Flutter, Routine, Sitting, Sleep, Treatment
from device_sim.present import LIMITS, Present, present
from device_sim.scenario import packaged_names, packaged_scenario, parse_scenario, truth_of
from device_sim.wearers.profile import Dipping, Profile
from edge.conditions.blood_pressure import load_schemes
from edge.contract.messages import Reason

LENGTH_S = 3600.0
HIGH, SEVERE, LOW = "blood_pressure_high", "blood_pressure_severe", "blood_pressure_low"
FAST, SLOW, UNUSUAL = "tachycardia_at_rest", "bradycardia_at_rest", "heart_rate_unexplained"


def spans(*events: Event, profile: Profile | None = None, scheme: str = "acc-aha-2017") -> list[Present]:
    return list(present(profile or Profile(), events, scheme, LENGTH_S))


def conditions(*events: Event, profile: Profile | None = None, scheme: str = "acc-aha-2017") -> set[str]:
    return {item.condition for item in spans(*events, profile=profile, scheme=scheme)}


@pytest.mark.parametrize(
    ("event", "expected"),
    [
        (Fibrillation(at_s=60.0, for_s=600.0, rate_bpm=130.0), {FAST, UNUSUAL}),
        (Fibrillation(at_s=60.0, for_s=600.0, rate_bpm=95.0), {FAST, UNUSUAL}),
        (Fibrillation(at_s=60.0, for_s=600.0, rate_bpm=72.0), set()),
        (Fibrillation(at_s=60.0, for_s=600.0, rate_bpm=40.0), {SLOW}),
        (Flutter(at_s=60.0, for_s=600.0, conducted=(2,)), {FAST, UNUSUAL, "sensor_frozen"}),
        (Flutter(at_s=60.0, for_s=600.0, conducted=(4,)), {"sensor_frozen"}),
        (Flutter(at_s=60.0, for_s=600.0, conducted=(4, 6)), {SLOW}),
        (
            Flutter(at_s=60.0, for_s=600.0, conducted=(1, 2)),
            {FAST, UNUSUAL, "sensor_lost", "values_out_of_range", "model_abstaining"},
        ),
        (Exercise(at_s=60.0, for_s=600.0, rate_bpm=160.0), set()),
    ],
)
def test_a_rhythm_is_as_fast_as_it_is(event: Event, expected: set[str]) -> None:
    """The rate of the ventricles may be told while the rhythm lasts; that of effort may not."""
    found = spans(event)

    assert {item.condition for item in found} == expected
    assert {item[1:] for item in found} <= {(60.0, 660.0)}


@pytest.mark.parametrize(
    ("resting_bpm", "awake", "asleep"),
    [(110.0, {FAST}, {FAST}), (45.0, {SLOW}, {SLOW}), (60.0, set(), {SLOW}), (70.0, set(), set())],
)
def test_a_resting_rate_is_what_it_is(resting_bpm: float, awake: set[str], asleep: set[str]) -> None:
    """110/min at rest is fast and 45/min slow without any event; sleep slows the heart further."""
    profile = Profile(resting_bpm=resting_bpm)

    assert conditions(profile=profile) == awake
    assert conditions(Sleep(at_s=0.0, for_s=600.0), profile=profile) == asleep


@pytest.mark.parametrize(
    ("systolic_mmhg", "diastolic_mmhg", "expected"),
    [
        (190.0, 120.0, {HIGH, SEVERE}),
        (135.0, 84.0, {HIGH}),
        (118.0, 74.0, set()),
        (88.0, 55.0, {LOW}),
    ],
)
def test_a_usual_pressure_is_what_it_is(
    systolic_mmhg: float, diastolic_mmhg: float, expected: set[str]
) -> None:
    """Where readings are taken around it, at sittings or by a routine, and only there."""
    profile = Profile(systolic_mmhg=systolic_mmhg, diastolic_mmhg=diastolic_mmhg)

    assert conditions(Sitting(at_s=60.0), profile=profile) == expected
    assert conditions(Routine(at_s=0.0, for_s=LENGTH_S, cuff_h=(8.0,)), profile=profile) == expected
    assert conditions(profile=profile) == set()


def test_a_pressure_given_counts_for_its_sitting_and_for_the_average_after_it() -> None:
    """A severe reading is one while it is taken; the average it raises stays."""
    sitting = Sitting(at_s=600.0, systolic_mmhg=215.0, diastolic_mmhg=125.0)

    assert spans(sitting) == [Present(HIGH, 600.0, LENGTH_S), Present(SEVERE, 600.0, 660.0)]
    assert conditions(Sitting(at_s=600.0, systolic_mmhg=80.0, diastolic_mmhg=50.0)) == {LOW}


def test_what_moves_the_usual_pressure_moves_its_truth() -> None:
    """A treatment that raises it, a drift over the weeks, and nights without a fall."""
    sitting = Sitting(at_s=60.0)

    assert conditions(sitting, Treatment(at_s=0.0, systolic_mmhg=20.0, diastolic_mmhg=0.0)) == {HIGH}
    assert conditions(sitting, Treatment(at_s=0.0, systolic_mmhg=-30.0)) == {LOW}
    assert conditions(sitting, profile=Profile(dipping=Dipping.REVERSE)) == {"non_dipping"}


def test_the_limits_are_those_of_the_schemes() -> None:
    """Each scheme of the edge has its own here, with the same numbers."""
    schemes = load_schemes()

    assert set(LIMITS) == set(schemes)
    for name, limits in LIMITS.items():
        scheme = schemes[name]
        (high,) = [category for category in scheme.category if category.code == scheme.high_from]
        assert limits.high == (high.systolic_from, high.diastolic_from)
        assert limits.severe == (scheme.severe.systolic, scheme.severe.diastolic)


def test_the_truth_of_a_story_holds_it_and_requires_none_of_it() -> None:
    """A fast fibrillation may be told as a fast pulse in Unix seconds; what must be found is unchanged."""
    story = parse_scenario(
        'name = "x"\ntext = "y"\nstart = 2026-01-01T00:00:00Z\nlength_s = 600\n'
        '[wearers.a]\nevents = [{ kind = "af", at_s = 100, for_s = 200, rate_bpm = 130 }]\n',
        where="story.toml",
    )

    found = {
        (it.condition, it.onset_s, it.end_s, it.must_be_found) for it in truth_of(story, 0, "p--").episodes
    }

    assert (FAST, story.start_s + 100.0, story.start_s + 300.0, False) in found
    assert not any(must for *_, must in found)


def test_a_heart_beyond_belief_may_be_set_aside() -> None:
    """Flutter conducted one to one beats every 200 ms: no gateway has to believe that of a sensor."""
    text = (
        'name = "x"\ntext = "y"\nstart = 2026-01-01T00:00:00Z\nlength_s = 600\n'
        '[wearers.a]\nevents = [{ kind = "flutter", at_s = 100, for_s = 200, conducted = [RATIO] }]\n'
    )

    (fast,) = truth_of(parse_scenario(text.replace("RATIO", "1"), where="x"), 0).wearers
    (slow,) = truth_of(parse_scenario(text.replace("RATIO", "2"), where="x"), 0).wearers

    assert (fast.excused, slow.excused) == ((Reason.OUT_OF_RANGE,), ())


@pytest.mark.parametrize("name", packaged_names())
def test_what_a_story_requires_of_rate_and_pressure_the_body_is(name: str) -> None:
    """No story expects a pulse or a single pressure that its own truth would not call so."""
    story = packaged_scenario(name)
    told = truth_of(story, story.seed).episodes

    for must in (
        episode for episode in told if episode.must_be_found and episode.condition in {FAST, SLOW, SEVERE}
    ):
        assert any(
            it.condition == must.condition and it.wearer == must.wearer and it.onset_s <= must.end_s
            for it in told
            if not it.must_be_found
        )
