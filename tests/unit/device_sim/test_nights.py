"""Nights and days: stages in cycles, what they drive, apnea, and routines by the clock."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from numpy.typing import NDArray

from device_sim.events import Apnea, Routine, Sleep
from device_sim.scenario import packaged_scenario
from device_sim.wearers.hypnogram import Stage, hypnogram
from device_sim.wearers.life import MORNING_S, Life
from device_sim.wearers.profile import Profile
from device_sim.wearers.randomness import Streams
from device_sim.wearers.wearer import Body, Wearer

HOUR_S = 3600.0
NIGHT = Sleep(at_s=0.0, for_s=8 * HOUR_S)


def many(age_years: float, nights: int = 60) -> NDArray[np.int8]:
    """So many nights of eight hours: (nights, 960)."""
    return np.array([hypnogram(960, age_years, np.random.default_rng(seed)) for seed in range(nights)])


def asleep(*events: Apnea | Sleep, until_s: float = 8 * HOUR_S, profile: Profile | None = None) -> Body:
    return Wearer("anna", profile or Profile(age_years=30), (NIGHT, *events), seed=4).advance(until_s)


def rate_bpm(body: Body, stage: Stage) -> float:
    """The mean heart rate in epochs of a stage that follow another of the same."""
    epochs = body.epochs
    inside = {
        int(epoch.end_s // 30.0) - 1
        for before, epoch in pairwise(epochs)
        if before.stage is stage and epoch.stage is stage
    }
    rr_ms = [beat.rr_ms for beat in body.beats if int(beat.at_s // 30.0) in inside]
    return 60_000.0 / float(np.mean(rr_ms))


def test_deep_sleep_comes_first_and_rem_last() -> None:
    """Most of N3 lies in the first half of the night, most of REM in the second."""
    nights = many(30.0)
    deep, rem = ((nights == stage).mean(axis=0) for stage in (Stage.N3, Stage.REM))

    assert deep[:480].sum() > 4.0 * deep[480:].sum()
    assert rem[480:].sum() > 1.3 * rem[:480].sum()


def test_stages_keep_their_published_shares() -> None:
    """Adults near 30 spend about a fifth of the night in REM and half of it in N2."""
    nights = many(30.0)
    shares = {stage: float((nights == stage).mean()) for stage in Stage}

    assert shares[Stage.REM] == pytest.approx(0.22, abs=0.04)
    assert shares[Stage.N2] == pytest.approx(0.49, abs=0.06)
    assert shares[Stage.N3] == pytest.approx(0.14, abs=0.05)


def test_sleep_ages() -> None:
    """Efficiency falls from above 87 % at 30 to about 80 % beyond 60, N3 by a third or more (Ohayon 2004)."""
    young, old = many(28.0), many(70.0)

    assert (young > 0).mean() > 0.87
    assert 0.74 < (old > 0).mean() < 0.87
    assert (old == Stage.N3).mean() < 0.67 * (young == Stage.N3).mean()


def test_stages_drive_heart_rate_and_movement() -> None:
    """The heart is slowest and the wrist stillest in N3; REM is faster; waking moves."""
    body = asleep()
    rates = {stage: rate_bpm(body, stage) for stage in (Stage.N3, Stage.N2, Stage.REM)}
    counts = {
        stage: np.mean([epoch.activity_counts for epoch in body.epochs if epoch.stage is stage])
        for stage in Stage
    }

    assert rates[Stage.N3] < rates[Stage.REM]
    assert rates[Stage.N2] < rates[Stage.REM]
    assert rates[Stage.REM] < 65.0
    assert counts[Stage.N3] < counts[Stage.N1] < counts[Stage.WAKE]


def test_the_skin_warms_in_sleep() -> None:
    """The wrist is more than a degree warmer in the middle of the night than at lights-out."""
    celsius = [epoch.skin_celsius for epoch in asleep().epochs]

    assert np.mean(celsius[300:600]) - np.mean(celsius[:10]) > 1.0


def test_apnea_swings_heart_rate_at_its_own_period_and_lowers_oxygen() -> None:
    """Forty pauses an hour: the tachogram's power lies at 1/90 Hz, and oxygen dips as often."""
    apnea = Apnea(at_s=0.0, for_s=8 * HOUR_S, per_hour=40.0, desaturation_percent=8.0)
    with_apnea, without = asleep(apnea), asleep()
    power = {}
    for name, body in (("with", with_apnea), ("without", without)):
        grid_s = np.arange(2 * HOUR_S, 7 * HOUR_S, 1.0)
        rr_ms = np.interp(grid_s, [b.at_s for b in body.beats], [b.rr_ms for b in body.beats])
        windows = rr_ms.reshape(-1, 900)
        spectrum = np.abs(np.fft.rfft(windows - windows.mean(axis=1, keepdims=True), axis=1)) ** 2
        frequency_hz = np.fft.rfftfreq(900, 1.0)
        band = (frequency_hz > 1 / 110.0) & (frequency_hz < 1 / 75.0)
        power[name] = float(np.median(spectrum[:, band].sum(axis=1)))
    percent = np.array([sample.percent for sample in with_apnea.oxygen])
    dips = np.count_nonzero(np.diff((percent < 93.0).astype(int)) == 1)
    slept_h = np.mean([epoch.stage not in {None, Stage.WAKE} for epoch in with_apnea.epochs]) * 8.0

    assert power["with"] > 5.0 * power["without"]
    assert 20.0 < dips / slept_h <= 45.0
    assert min(sample.percent for sample in without.oxygen) > 93.0


def test_who_lies_awake_has_no_apnea() -> None:
    """Without a sleep in the timeline an apnea changes nothing."""
    apnea = Apnea(at_s=0.0, for_s=HOUR_S)

    with_apnea = Wearer("anna", Profile(), (apnea,), seed=4).advance(HOUR_S)

    assert with_apnea == Wearer("anna", Profile(), (), seed=4).advance(HOUR_S)


@pytest.mark.parametrize(("bed_h", "wake_h"), [(23.0, 7.0), (8.0, 15.5)])
def test_a_routine_sleeps_by_the_clock(bed_h: float, wake_h: float) -> None:
    """Day worker or night worker: in bed within an hour of the routine's times, up otherwise."""
    routine = Routine(at_s=0.0, for_s=48 * HOUR_S, bed_h=bed_h, wake_h=wake_h, spread_min=20.0)
    body = Wearer("anna", Profile(), (routine,), seed=2, clock_s=MORNING_S).advance(48 * HOUR_S)
    hour = np.array([(MORNING_S + epoch.end_s - 15.0) / HOUR_S % 24.0 for epoch in body.epochs])
    in_bed = np.array([epoch.stage is not None for epoch in body.epochs])
    since_bed_h = (hour - bed_h) % 24.0
    length_h = (wake_h - bed_h) % 24.0

    assert in_bed[(since_bed_h > 1.0) & (since_bed_h < length_h - 1.0)].all()
    assert not in_bed[(since_bed_h > length_h + 1.0) & (since_bed_h < 23.0)].any()


def test_a_routine_walks_as_far_as_it_says() -> None:
    """Over ten persons a day has the steps asked for, and none of them asleep."""
    routine = Routine(at_s=0.0, for_s=24 * HOUR_S, steps_per_day=9000.0, exercise_per_week=0.0)
    steps = []
    for seed in range(10):
        body = Wearer("anna", Profile(), (routine,), seed).advance(24 * HOUR_S)
        steps.append(sum(minute.steps for minute in body.minutes))

    assert float(np.mean(steps)) == pytest.approx(9000.0, rel=0.2)


def test_a_routine_measures_pressure_around_its_hours() -> None:
    """Two readings within a quarter of an hour of each hour of `cuff_h`, every day."""
    routine = Routine(at_s=0.0, for_s=48 * HOUR_S, cuff_h=(7.5, 20.0))
    readings = Wearer("anna", Profile(), (routine,), seed=2, clock_s=0.0).advance(48 * HOUR_S).readings
    hours = np.array([reading.at_s / HOUR_S % 24.0 for reading in readings])

    assert len(readings) == 8
    assert np.all(np.minimum(np.abs(hours - 7.5), np.abs(hours - 20.0)) < 0.3)


@pytest.mark.parametrize(
    ("story", "least", "most"), [("irregular-sleep", 28.0, 40.0), ("short-sleep", 80.0, 97.0)]
)
def test_stories_of_sleep_are_as_regular_as_they_say(story: str, least: float, most: float) -> None:
    """Of the hypnogram itself, by the definition: how often awake or asleep is as 24 hours before.

    Where nights begin at nine and at one, eight of 24 hours differ: 100 (2 x 2/3 - 1) is 33. Where they begin
    at one hour, give or take twenty minutes (SD), about 90 is left.
    """
    scenario = packaged_scenario(story)
    ((name, plan),) = scenario.wearers.items()
    life = Life(plan, plan.events, Streams(scenario.seed, name), scenario.clock_s)
    times_s = np.arange(150.0, scenario.length_s, 300.0).tolist()
    is_asleep = np.array([life.pieces(at_s, at_s + 1.0)[0].is_asleep for at_s in times_s])
    matches = is_asleep[288:] == is_asleep[:-288]

    assert least < 200.0 * float(matches.mean()) - 100.0 < most
