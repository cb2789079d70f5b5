"""Beats: the same for the same seed, and of the statistics that real hearts show."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from device_sim.events import (
    Bigeminy,
    Bradycardia,
    Ectopy,
    Event,
    Exercise,
    Fibrillation,
    Flutter,
    Origin,
    Tachycardia,
)
from device_sim.wearers.heart import Beat
from device_sim.wearers.profile import Profile
from device_sim.wearers.wearer import Wearer

HOUR_S = 3600.0
ALWAYS_S = 100_000.0


def beats(*events: Event, until_s: float, profile: Profile | None = None, seed: int = 1) -> list[Beat]:
    return Wearer("anna", profile or Profile(), events, seed).advance(until_s).beats


def rr_ms(
    *events: Event, until_s: float = HOUR_S, profile: Profile | None = None, seed: int = 1
) -> NDArray[np.float64]:
    return np.array([beat.rr_ms for beat in beats(*events, until_s=until_s, profile=profile, seed=seed)])


def runs(values_ms: NDArray[np.float64], length: int = 128) -> NDArray[np.float64]:
    return values_ms[: len(values_ms) // length * length].reshape(-1, length)


def mean_bpm(found: list[Beat], from_s: float, to_s: float) -> float:
    chosen = [beat.rr_ms for beat in found if from_s < beat.at_s <= to_s]
    return 60_000.0 * len(chosen) / sum(chosen)


@settings(max_examples=25)
@given(st.lists(st.floats(min_value=0.0, max_value=600.0), max_size=20), st.integers(0, 2**32 - 1))
def test_the_cut_of_time_into_steps_changes_no_beat(stops_s: list[float], seed: int) -> None:
    """However often a heart is asked, the beats of ten minutes are the same."""
    events = (
        Ectopy(at_s=0.0, for_s=200.0, share=0.2),
        Fibrillation(at_s=200.0, for_s=200.0),
        Exercise(at_s=400.0, for_s=200.0),
    )
    stepped = Wearer("anna", Profile(), events, seed)

    in_steps = [beat for stop_s in [*sorted(stops_s), 600.0] for beat in stepped.advance(stop_s).beats]

    assert in_steps == beats(*events, until_s=600.0, seed=seed)


def test_another_seed_or_name_gives_other_beats() -> None:
    """Two wearers of one scenario, and two runs with different seeds, share nothing."""
    series = {
        tuple(Wearer(name, Profile(), (), seed).advance(60.0).beats)
        for seed in (1, 2)
        for name in ("anna", "bert")
    }

    assert len(series) == 4


def test_each_interval_lies_between_two_beats() -> None:
    """A beat's interval is the time since the beat before it, off no lattice."""
    found = beats(Ectopy(at_s=0.0, for_s=300.0, share=0.3), until_s=300.0)
    times_s = np.array([beat.at_s for beat in found])

    assert np.diff(times_s) * 1000.0 == pytest.approx([beat.rr_ms for beat in found[1:]], abs=1e-6)


def test_an_event_changes_only_its_own_time() -> None:
    """Before an event begins, the beats are those of the same wearer without it."""
    before = [beat for beat in beats(until_s=HOUR_S) if beat.at_s <= 1000.0]

    assert beats(Fibrillation(at_s=1000.0, for_s=60.0), until_s=HOUR_S)[: len(before)] == before


def test_fibrillation_has_the_statistics_of_ltafdb() -> None:
    """Runs of 128 intervals of 40 persons: their means, and the spread between and within persons."""
    by_person = []
    for seed in range(40):
        found_ms = rr_ms(Fibrillation(at_s=0.0, for_s=ALWAYS_S, rate_bpm=93.0), until_s=HOUR_S, seed=seed)
        windows_ms = runs(found_ms)
        mean_ms = windows_ms.mean(axis=1)
        about_mean_ms = windows_ms - mean_ms[:, np.newaxis]
        variation = windows_ms.std(axis=1) / mean_ms
        neighbours = (about_mean_ms[:, 1:] * about_mean_ms[:, :-1]).mean(axis=1) / windows_ms.var(axis=1)
        rmssd = np.sqrt((np.diff(windows_ms, axis=1) ** 2).mean(axis=1)) / mean_ms
        by_person.append(
            (variation.mean(), variation.std(), neighbours.mean(), rmssd.mean(), 60_000.0 / found_ms.mean())
        )
    means = np.mean(by_person, axis=0)
    spread = np.std(by_person, axis=0)

    # LTAFDB: 68 persons, see device_sim/wearers/fibrillation.py.
    assert means[0] == pytest.approx(0.216, abs=0.02)
    assert spread[0] == pytest.approx(0.042, abs=0.015)
    assert means[1] == pytest.approx(0.025, abs=0.007)
    assert means[2] == pytest.approx(0.045, abs=0.05)
    assert spread[2] == pytest.approx(0.088, abs=0.03)
    assert means[3] == pytest.approx(0.297, abs=0.03)
    assert means[4] == pytest.approx(93.0, rel=0.03)


@pytest.mark.parametrize(("age_years", "low_ms", "high_ms"), [(25, 30.0, 55.0), (70, 12.0, 27.0)])
def test_sinus_rhythm_varies_as_at_its_age(age_years: int, low_ms: float, high_ms: float) -> None:
    """RMSSD at rest falls with age, within the 19-75 ms that Nunan 2010 collected for the young."""
    windows_ms = runs(rr_ms(profile=Profile(age_years=age_years)), 300)

    rmssd_ms = np.sqrt((np.diff(windows_ms, axis=1) ** 2).mean(axis=1))

    assert low_ms < float(np.median(rmssd_ms)) < high_ms


def test_sinus_rhythm_has_a_slow_and_a_respiratory_wave() -> None:
    """The spectrum of the tachogram peaks at 0.1 Hz and at the breath's frequency."""
    found = beats(until_s=HOUR_S, profile=Profile(breaths_per_min=15.0, resting_bpm=62.0))
    grid_s = np.arange(10.0, HOUR_S - 10.0, 0.25)
    tachogram_ms = np.interp(grid_s, [beat.at_s for beat in found], [beat.rr_ms for beat in found])
    segments = runs(tachogram_ms, 1200)
    power = np.abs(np.fft.rfft(segments - segments.mean(axis=1, keepdims=True), axis=1)).mean(axis=0) ** 2
    frequency_hz = np.fft.rfftfreq(1200, 0.25)

    slow = (frequency_hz > 0.06) & (frequency_hz < 0.15)
    fast = (frequency_hz > 0.17) & (frequency_hz < 0.4)

    assert frequency_hz[slow][power[slow].argmax()] == pytest.approx(0.1, abs=0.01)
    assert frequency_hz[fast][power[fast].argmax()] == pytest.approx(0.25, abs=0.02)


def test_a_ventricular_extra_beat_is_followed_by_a_full_compensatory_pause() -> None:
    """The early interval and the pause together last two sinus intervals, the pause more than one."""
    found = beats(Ectopy(at_s=0.0, for_s=ALWAYS_S, share=0.05, origin=Origin.VENTRICULAR), until_s=HOUR_S)
    intervals_ms = np.array([beat.rr_ms for beat in found])
    extra = np.flatnonzero([beat.origin is Origin.VENTRICULAR for beat in found[:-1]])
    # The sinus intervals just before, since the rate wanders.
    usual_ms = np.array([np.median(intervals_ms[max(at - 8, 0) : at]) for at in extra.tolist()])

    assert len(extra) / len(found) == pytest.approx(0.05, abs=0.02)
    assert np.mean((intervals_ms[extra] + intervals_ms[extra + 1]) / usual_ms) == pytest.approx(2.0, rel=0.02)
    assert np.all(intervals_ms[extra + 1] > 1.05 * usual_ms)
    assert np.all(intervals_ms[extra] < 0.95 * usual_ms)


def test_an_atrial_extra_beat_resets_the_sinus_node() -> None:
    """The pause after it is only a little longer than a sinus interval."""
    windows_ms = rr_ms(Ectopy(at_s=0.0, for_s=ALWAYS_S, share=0.05, origin=Origin.ATRIAL))
    usual_ms = float(np.median(windows_ms))

    early = np.flatnonzero(windows_ms[:-1] < 0.8 * usual_ms)

    assert float(np.mean(windows_ms[early + 1])) == pytest.approx(1.1 * usual_ms, rel=0.03)


def test_heart_rate_rises_with_exercise_and_recovers() -> None:
    """Near the rate of the bout within two minutes, down by 20 to 50/min in the first minute after it."""
    found = beats(
        Exercise(at_s=300.0, for_s=600.0, rate_bpm=140.0), until_s=1800.0, profile=Profile(resting_bpm=60.0)
    )

    assert mean_bpm(found, 0.0, 300.0) == pytest.approx(60.0, abs=4.0)
    assert mean_bpm(found, 420.0, 900.0) == pytest.approx(140.0, abs=5.0)
    assert 20.0 < 140.0 - mean_bpm(found, 955.0, 965.0) < 50.0
    assert mean_bpm(found, 1500.0, 1800.0) == pytest.approx(60.0, abs=4.0)


def test_no_effort_drives_a_heart_beyond_its_highest_rate() -> None:
    """At 60 years 166/min (Tanaka 2001), in sinus rhythm and in fibrillation, whatever is asked for."""
    profile = Profile(age_years=60, resting_bpm=60.0)
    effort = Exercise(at_s=0.0, for_s=ALWAYS_S, rate_bpm=220.0)
    fibrillation = Fibrillation(at_s=0.0, for_s=ALWAYS_S, rate_bpm=110.0)

    for events in ((effort,), (effort, fibrillation)):
        found = beats(*events, until_s=HOUR_S, profile=profile)
        rates_bpm = [mean_bpm(found, at_s, at_s + 60.0) for at_s in range(300, 3540, 60)]
        assert 140.0 < np.mean(rates_bpm) < 170.0
        assert max(rates_bpm) < 190.0


@pytest.mark.parametrize(
    ("event", "expected_bpm"),
    [
        (Tachycardia(at_s=0.0, for_s=ALWAYS_S, rate_bpm=118.0), 118.0),
        (Bradycardia(at_s=0.0, for_s=ALWAYS_S, rate_bpm=43.0), 43.0),
    ],
)
def test_illness_sets_the_rate(event: Event, expected_bpm: float) -> None:
    """A tachycardia or bradycardia holds its rate, within the drift of a resting heart."""
    found = beats(event, until_s=HOUR_S)

    assert mean_bpm(found, 600.0, HOUR_S) == pytest.approx(expected_bpm, abs=2.5)


@pytest.mark.parametrize("sinus_beats", [1, 2])
def test_bigeminy_and_trigeminy_keep_their_pattern(sinus_beats: int) -> None:
    """Nine in ten stretches between extra beats hold just the sinus beats that the pattern asks for."""
    found = beats(Bigeminy(at_s=0.0, for_s=ALWAYS_S, sinus_beats=sinus_beats), until_s=HOUR_S)
    extra = np.flatnonzero([beat.origin is Origin.VENTRICULAR for beat in found])

    assert np.mean(np.diff(extra) == sinus_beats + 1) > 0.9


def test_flutter_conducts_whole_waves() -> None:
    """At 300 waves a minute intervals are near 400 or 800 ms, and of both there are many."""
    found_ms = rr_ms(Flutter(at_s=0.0, for_s=ALWAYS_S, waves_per_min=300.0, conducted=(2, 4)))[5:]
    waves = found_ms / 200.0

    assert np.abs(waves - np.round(waves)).max() < 0.25
    assert set(np.round(waves).astype(int).tolist()) == {2, 4}
    assert min(np.mean(np.round(waves) == 2), np.mean(np.round(waves) == 4)) > 0.2


def test_a_fixed_block_gives_a_regular_flutter() -> None:
    """Conducted four to one at 280 waves: 70 beats a minute, with next to no variation."""
    found_ms = rr_ms(Flutter(at_s=0.0, for_s=ALWAYS_S, waves_per_min=280.0, conducted=(4,)))[5:]

    assert 60_000.0 / found_ms.mean() == pytest.approx(70.0, rel=0.01)
    assert found_ms.std() / found_ms.mean() < 0.03


def test_a_wearer_has_the_extra_beats_of_the_profile() -> None:
    """Over six hours of ten persons as many of either origin as the profile says."""
    profile = Profile(atrial_extra_per_h=60.0, ventricular_extra_per_h=20.0)
    origins = [
        beat.origin for seed in range(10) for beat in beats(until_s=6 * HOUR_S, profile=profile, seed=seed)
    ]

    assert origins.count(Origin.ATRIAL) / 60.0 == pytest.approx(60.0, rel=0.2)
    assert origins.count(Origin.VENTRICULAR) / 60.0 == pytest.approx(20.0, rel=0.25)


@pytest.mark.parametrize("conducted", [(1, 8), (2, 5), (1, 3), (2, 4, 6)])
def test_flutter_that_stays_at_its_fastest_has_beats_to_the_end(conducted: tuple[int, ...]) -> None:
    """Where the ratio hardly ever changes, whole stretches go by at the least one, and no beat is wanting."""
    flutter = Flutter(at_s=0.0, for_s=ALWAYS_S, waves_per_min=300.0, conducted=conducted, change=0.01)

    for seed in range(10):
        found = beats(flutter, until_s=HOUR_S, seed=seed)
        longest_s = max(conducted) * 60.0 / 300.0
        assert HOUR_S - found[-1].at_s < 1.3 * longest_s
        assert max(beat.rr_ms for beat in found[5:]) < 1300.0 * longest_s
