"""Devices: what the body did arrives whole, on the device's grid, unless the timeline says otherwise."""

from __future__ import annotations

from collections import defaultdict
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from device_sim.devices.batches import Sent
from device_sim.devices.cuff import Cuff
from device_sim.devices.strap import Strap
from device_sim.devices.wristband import Wristband
from device_sim.events import DeviceKind, Event, Exercise, Frozen, OffBody, Silence, Sitting
from device_sim.wearers.profile import Profile
from device_sim.wearers.wearer import Wearer
from edge.contract.samples import Mode

START_S = 1_772_442_000.0
Samples = dict[str, list[tuple[float, float | None]]]


def play(events: tuple[Event, ...], stops_s: list[float]) -> list[Sent]:
    wearer = Wearer("anna", Profile(), events, seed=5)
    devices = [device("anna", events, START_S, Mode.TEST) for device in (Strap, Wristband, Cuff)]
    sent = []
    for stop_s in stops_s:
        body = wearer.advance(stop_s)
        for device in devices:
            sent += device.observe(body, stop_s)
    return sent


def every(step_s: float, until_s: float) -> list[float]:
    return [step_s * n for n in range(1, round(until_s / step_s) + 1)]


def samples(sent: list[Sent]) -> Samples:
    """First component of each signal, times from the start of the scenario."""
    found: Samples = defaultdict(list)
    for topic, batch in sent:
        column = next(iter(batch.values.values()))
        found[topic.signal] += [
            (at_s - START_S, value) for at_s, value in zip(batch.times_s, column, strict=True)
        ]
    return found


@settings(max_examples=20)
@given(st.lists(st.floats(min_value=0.1, max_value=299.9), max_size=30, unique=True))
def test_batching_loses_and_invents_no_sample(stops_s: list[float]) -> None:
    """Whenever a device sends, the samples of five minutes are the same and in order."""
    in_steps = samples(play((), [*sorted(stops_s), 300.0]))
    at_once = samples(play((), [300.0]))

    assert {signal: in_steps[signal] for signal in ("rr", "hr", "activity")} == {
        signal: at_once[signal] for signal in ("rr", "hr", "activity")
    }
    assert in_steps["rr"] == sorted(in_steps["rr"])


def test_batches_are_numbered_by_signal_and_marked_with_their_mode() -> None:
    """Each signal counts from 0 without a gap; every batch says it is a test."""
    numbers = defaultdict(list)
    for topic, batch in play((), every(5.0, 300.0)):
        numbers[topic.signal].append(batch.seq)
        assert batch.mode is Mode.TEST

    assert all(seqs == list(range(len(seqs))) for seqs in numbers.values())


def test_rr_intervals_lie_on_the_grid_of_a_strap() -> None:
    """Intervals are whole ticks of 1/1024 s, add up to the times, and are within a tick of the heart's."""
    rr = samples(play((), every(5.0, 300.0)))["rr"]
    beats = Wearer("anna", Profile(), (), seed=5).advance(300.0).beats

    assert all(value is not None and (value * 1024.0 / 1000.0).is_integer() for _, value in rr)
    assert [value for _, value in rr] == pytest.approx([beat.rr_ms for beat in beats], abs=1000.0 / 1024.0)
    for (before_s, _), (at_s, value) in pairwise(rr):
        assert value == pytest.approx(1000.0 * (at_s - before_s), abs=1e-3)


def test_a_strap_taken_off_says_so_and_sends_no_beats() -> None:
    """Contact changes at the moments of the timeline; no interval reaches into the time off."""
    found = samples(play((OffBody(at_s=100.0, for_s=60.0),), every(5.0, 300.0)))
    changes = [
        sample
        for before, sample in zip([(0.0, None), *found["contact"]], found["contact"], strict=False)
        if before[1] != sample[1]
    ]

    assert changes == [(0.0, 1.0), (100.0, 0.0), (160.0, 1.0)]
    assert not [
        at_s for at_s, value in found["rr"] if value and at_s > 100.0 and at_s - value / 1000.0 < 160.0
    ]
    assert [at_s for at_s, _ in found["hr"]] == every(5.0, 300.0)


def test_contact_is_told_again_within_a_minute() -> None:
    """A receiver that came late learns of it within a little more than a minute."""
    times_s = [at_s for at_s, _ in samples(play((), every(5.0, 600.0)))["contact"]]

    assert max(later - earlier for earlier, later in pairwise(times_s)) <= 65.0


def test_a_silent_device_sends_nothing_and_the_others_do() -> None:
    """Silence concerns the device named."""
    found = samples(play((Silence(at_s=100.0, for_s=60.0, device=DeviceKind.WRISTBAND),), every(5.0, 300.0)))

    assert not [at_s for at_s, _ in found["hr"] + found["activity"] if 100.0 <= at_s < 160.0]
    assert len([at_s for at_s, _ in found["rr"] if 100.0 <= at_s < 160.0]) > 40


@pytest.mark.parametrize(("device", "signal"), [(DeviceKind.STRAP, "rr"), (DeviceKind.WRISTBAND, "hr")])
def test_a_frozen_device_repeats_one_value_with_fresh_times(device: DeviceKind, signal: str) -> None:
    """Times go on, the value does not change until the device thaws."""
    found = samples(play((Frozen(at_s=100.0, for_s=60.0, device=device),), every(5.0, 300.0)))[signal]
    frozen = [value for at_s, value in found if 100.0 <= at_s < 160.0]

    assert len(frozen) >= 12
    assert len(set(frozen)) == 1
    assert len({value for at_s, value in found if at_s >= 160.0}) > 3


def test_steps_follow_exercise() -> None:
    """Minutes of a bout show its cadence, half a minute half of it, and rest next to nothing."""
    bout = Exercise(at_s=90.0, for_s=150.0, cadence_per_min=120.0)
    steps = dict(samples(play((bout,), every(5.0, 600.0)))["activity"])

    assert steps[120.0] == pytest.approx(60.0, abs=8.0)
    assert steps[180.0] == pytest.approx(120.0, abs=16.0)
    assert steps[240.0] == pytest.approx(120.0, abs=16.0)
    assert all((steps[60.0 * n] or 0.0) <= 6.0 for n in range(5, 11))


def test_a_cuff_sends_each_reading_with_the_pulse_of_that_time() -> None:
    """One batch a reading, at its own time, with a pulse like the heart's."""
    sent = play((Sitting(at_s=120.0, readings=2, apart_s=60.0),), every(5.0, 300.0))
    batches = [batch for topic, batch in sent if topic.signal == "bp"]

    assert [batch.times_s for batch in batches] == [[START_S + 120.0], [START_S + 180.0]]
    assert all(batch.values["pulse"][0] == pytest.approx(65.0, abs=8.0) for batch in batches)
