"""A wearer as a whole: the same bytes however asked for, little memory, and a body that hangs together."""

from __future__ import annotations

import hashlib
import tracemalloc

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from device_sim.events import Apnea, Event, Exercise, Fibrillation, Routine, Sitting, Sleep
from device_sim.wearers.profile import Medicine, Profile
from device_sim.wearers.wearer import Body, Wearer

HOUR_S = 3600.0
STORY: tuple[Event, ...] = (
    Fibrillation(at_s=700.0, for_s=250.0),
    Sleep(at_s=1000.0, for_s=600.0),
    Apnea(at_s=1000.0, for_s=600.0),
    Sitting(at_s=290.0, readings=3, apart_s=10.0),
)
ILL = Profile(age_years=70, atrial_extra_per_h=300.0, ventricular_extra_per_h=200.0)


def whole(bodies: list[Body]) -> list[list[object]]:
    """Each signal of several steps, end to end."""
    return [[item for body in bodies for item in body[place]] for place in range(len(Body._fields))]


@settings(max_examples=20)
@given(st.lists(st.floats(min_value=0.0, max_value=1800.0), max_size=12))
def test_steps_change_nothing(stops_s: list[float]) -> None:
    """However time is cut into steps, every signal of half an hour is the same."""
    stepped = Wearer("anna", ILL, STORY, seed=9)

    in_steps = whole([stepped.advance(stop_s) for stop_s in [*sorted(stops_s), 1800.0]])

    assert in_steps == whole([Wearer("anna", ILL, STORY, seed=9).advance(1800.0)])


def test_the_same_seed_gives_the_same_bytes_everywhere() -> None:
    """Half an hour of all signals has the digest it had on Python 3.11 and on 3.13."""
    body = Wearer("anna", ILL, STORY, seed=9).advance(1800.0)
    rounded = [
        [round(value, 5) if isinstance(value, float) else value for value in beat] for beat in body.beats
    ]
    digest = hashlib.sha256(msgspec.json.encode([rounded, *body[1:]])).hexdigest()

    assert digest == "3f58ca6ed38f2c8b6c3561de099869fc2f132412b31cb0ecd77b32e77f98982c"


def test_a_wearer_of_a_fleet_is_small() -> None:
    """With a routine, apnea and extra beats under way a wearer takes less than 20 kB."""
    events = (Routine(at_s=0.0, for_s=1e6, bed_h=9.5, wake_h=17.0), Apnea(at_s=0.0, for_s=1e6))
    fleet = [Wearer(f"w{number}", ILL, events, seed=1) for number in range(2)]
    for wearer in fleet:
        wearer.advance(HOUR_S)
    tracemalloc.start()
    try:
        more = [Wearer(f"m{number}", ILL, events, seed=1) for number in range(20)]
        for wearer in more:
            wearer.advance(HOUR_S + 30.0)
        held, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert held / len(more) < 20_000


def test_an_effort_shows_in_all_signals() -> None:
    """Steps, wrist counts and heart rate rise together, and the skin cools."""
    body = Wearer("anna", Profile(), (Exercise(at_s=1800.0, for_s=1200.0),), seed=3).advance(3000.0)

    def mean(values: list[float]) -> float:
        return float(np.mean(values))

    before, during = (
        (
            mean([60_000.0 / beat.rr_ms for beat in body.beats if low < beat.at_s <= high]),
            mean([minute.steps for minute in body.minutes if low < minute.end_s <= high]),
            mean([epoch.activity_counts for epoch in body.epochs if low < epoch.end_s <= high]),
            -mean([epoch.skin_celsius for epoch in body.epochs if low < epoch.end_s <= high]),
        )
        for low, high in ((1200.0, 1800.0), (2400.0, 3000.0))
    )

    assert all(late > early for early, late in zip(before, during, strict=True))


@pytest.mark.parametrize(("medicines", "expected_bpm"), [((), 150.0), ((Medicine.BETA_BLOCKER,), 132.0)])
def test_a_beta_blocker_takes_a_fifth_of_what_effort_adds(
    medicines: tuple[Medicine, ...], expected_bpm: float
) -> None:
    """From 60/min towards 150/min: 60 + 0.8 x 90 = 132 under a beta blocker."""
    profile = Profile(resting_bpm=60.0, medicines=medicines)
    body = Wearer("anna", profile, (Exercise(at_s=0.0, for_s=3600.0, rate_bpm=150.0),), seed=3).advance(
        3600.0
    )

    rr_ms = [beat.rr_ms for beat in body.beats if beat.at_s > 300.0]

    assert 60_000.0 / float(np.mean(rr_ms)) == pytest.approx(expected_bpm, rel=0.03)
