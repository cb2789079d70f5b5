"""Devices: what the body did arrives whole, on the device's grid, unless the timeline says otherwise."""

from __future__ import annotations

from collections import defaultdict
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from device_sim.devices.bed_sensor import BedSensor
from device_sim.devices.cuff import Cuff
from device_sim.devices.formats import Packet
from device_sim.devices.kinds import DeviceKind, DevicePlan
from device_sim.devices.line import Line
from device_sim.devices.samples import Device
from device_sim.devices.strap import Strap
from device_sim.devices.wristband import Wristband
from device_sim.events import Event, Exercise, Sitting, Sleep
from device_sim.faults.draws import drawn_faults
from device_sim.faults.kinds import AnyFault, ClockJump, Freeze, Gap, OffBody, OutOfRange
from device_sim.wearers.profile import Profile
from device_sim.wearers.randomness import stream
from device_sim.wearers.wearer import Wearer
from edge.contract.codec import decode_batch
from edge.contract.samples import Mode, SampleBatch, Validity
from edge.contract.topics import Encoding, SampleTopic, Topics

START_S = 1_772_442_000.0
TOPICS = Topics("t")
Samples = dict[str, list[tuple[float, float | None]]]
Sent = list[tuple[SampleTopic, SampleBatch]]
ALL = tuple(DevicePlan(kind=kind) for kind in (DeviceKind.STRAP, DeviceKind.WRISTBAND, DeviceKind.CUFF))


def made(plan: DevicePlan) -> Device:
    match plan.kind:
        case DeviceKind.STRAP:
            return Strap()
        case DeviceKind.CUFF:
            return Cuff()
        case DeviceKind.BED_SENSOR:
            return BedSensor(plan.every_s)
        case DeviceKind.WRISTBAND:
            rng = stream(5, "anna", "wristband")
            return Wristband(plan.every_s, rng, rr_from_pulse=plan.rr_from_pulse)


def play(
    events: tuple[Event, ...],
    stops_s: list[float],
    *,
    faults: tuple[AnyFault, ...] = (),
    plans: tuple[DevicePlan, ...] = ALL,
) -> Sent:
    """What arrives, in order, as the edge reads it."""
    wearer = Wearer("anna", Profile(), events, seed=5)
    drawn = drawn_faults(faults, 5, "anna")
    lines = [
        (made(plan), Line("anna", plan, drawn, start_s=START_S, mode=Mode.TEST, topics=TOPICS))
        for plan in plans
    ]
    packets: list[Packet] = []
    for stop_s in stops_s:
        body = wearer.advance(stop_s)
        for device, line in lines:
            packets += line.send(device.observe(body, stop_s), stop_s, is_last=stop_s == stops_s[-1])
    return [
        (TOPICS.parse_samples(packet.topic), decode_batch(packet.payload, Encoding.JSON))
        for packet in packets
    ]


def every(step_s: float, until_s: float) -> list[float]:
    return [step_s * n for n in range(1, round(until_s / step_s) + 1)]


def samples(sent: Sent) -> Samples:
    """First component of each signal, times from the start of the scenario; of two contacts the strap's."""
    found: Samples = defaultdict(list)
    for topic, batch in sent:
        if (topic.device, topic.signal) == ("wristband", "contact"):
            continue
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
    """Each signal of a device counts from 0 without a gap; every batch says it is a test."""
    numbers = defaultdict(list)
    for topic, batch in play((), every(5.0, 300.0)):
        numbers[topic.device, topic.signal].append(batch.seq)
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
    found = samples(play((), every(5.0, 300.0), faults=(OffBody(at_s=100.0, for_s=60.0),)))
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
    gap = Gap(at_s=100.0, for_s=60.0, device="wristband")
    found = samples(play((), every(5.0, 300.0), faults=(gap,)))

    assert not [at_s for at_s, _ in found["hr"] + found["activity"] if 100.0 <= at_s < 160.0]
    assert len([at_s for at_s, _ in found["rr"] if 100.0 <= at_s < 160.0]) > 40


@pytest.mark.parametrize(("device", "signal"), [("strap", "rr"), ("wristband", "hr")])
def test_a_frozen_device_repeats_one_value_with_fresh_times(device: str, signal: str) -> None:
    """Times go on, the value does not change until the device thaws."""
    freeze = Freeze(at_s=100.0, for_s=60.0, device=device)
    found = samples(play((), every(5.0, 300.0), faults=(freeze,)))[signal]
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


def test_a_drifting_clock_gains_what_it_is_said_to_gain() -> None:
    """A wristband that starts 2 s ahead and gains 500 ppm is 2.3 s ahead after ten minutes."""
    plan = DevicePlan(kind=DeviceKind.WRISTBAND, drift_ppm=500.0, offset_s=2.0)

    times_s = [at_s for at_s, _ in samples(play((), every(5.0, 600.0), plans=(plan,)))["hr"]]

    assert times_s[0] == pytest.approx(5.0 + 2.0 + 0.0025, abs=1e-3)
    assert times_s[-1] == pytest.approx(600.0 + 2.0 + 0.3, abs=1e-3)


def test_batches_are_handed_over_as_rarely_as_the_device_is_set_up_to() -> None:
    """With a batch a minute there are ten messages of heart rate in ten minutes, and no sample is lost."""
    plan = DevicePlan(kind=DeviceKind.WRISTBAND, batch_s=60.0)
    sent = play((), every(5.0, 600.0), plans=(plan,))

    assert [len(batch.times_s) for topic, batch in sent if topic.signal == "hr"] == [12] * 10
    assert samples(sent)["hr"] == samples(play((), every(5.0, 600.0)))["hr"]


def test_a_device_out_of_range_hands_over_later_what_it_could_keep() -> None:
    """Away for two minutes with room for one: the first minute is lost, the rest comes on return."""
    plan = DevicePlan(kind=DeviceKind.STRAP, buffer_s=60.0)
    away = OutOfRange(at_s=100.0, for_s=120.0)
    whole = samples(play((), every(5.0, 300.0)))["rr"]

    found = samples(play((), every(5.0, 300.0), faults=(away,), plans=(plan,)))["rr"]

    lost = sorted(set(whole) - set(found))
    assert set(found) < set(whole)
    assert found == sorted(found)
    assert lost[0][0] == pytest.approx(97.0, abs=5.0)
    assert lost[-1][0] == pytest.approx(155.0, abs=5.0)


@pytest.mark.parametrize("offset_s", [-900.0, 900.0])
@pytest.mark.parametrize("is_jump", [False, True])
def test_what_a_device_keeps_while_away_does_not_depend_on_its_clock(offset_s: float, is_jump: bool) -> None:
    """With a clock that is off, from the start or by a jump, the same samples come, under its times."""
    away = OutOfRange(at_s=100.0, for_s=120.0)
    right = DevicePlan(kind=DeviceKind.STRAP, buffer_s=60.0)
    plan = right if is_jump else replace(right, offset_s=offset_s)
    faults = (away, ClockJump(at_s=0.0, for_s=1000.0, shift_s=offset_s)) if is_jump else (away,)

    kept = samples(play((), every(5.0, 300.0), faults=(away,), plans=(right,)))
    found = samples(play((), every(5.0, 300.0), faults=faults, plans=(plan,)))

    assert len(kept["rr"]) > 200
    assert [value for _, value in found["rr"]] == [value for _, value in kept["rr"]]
    assert [at_s - offset_s for at_s, _ in found["rr"]] == pytest.approx(
        [at_s for at_s, _ in kept["rr"]], abs=1e-3
    )


def test_heart_rate_comes_as_often_as_asked() -> None:
    """From one a second to one in five minutes."""
    for every_s, count in ((1.0, 600), (60.0, 10), (300.0, 2)):
        plan = DevicePlan(kind=DeviceKind.WRISTBAND, every_s=every_s)
        found = samples(play((), every(5.0, 600.0), plans=(plan,)))["hr"]
        assert len(found) == pytest.approx(count, abs=1)


def test_intervals_from_the_pulse_err_more_while_walking() -> None:
    """At rest they lie within some milliseconds of the heart's, walking they are doubted."""
    plan = DevicePlan(kind=DeviceKind.WRISTBAND, rr_from_pulse=True)
    walk = Exercise(at_s=600.0, for_s=600.0, cadence_per_min=110.0)
    heart = [beat.rr_ms for beat in Wearer("anna", Profile(), (walk,), seed=5).advance(500.0).beats]
    batches = [b for topic, b in play((walk,), every(5.0, 1200.0), plans=(plan,)) if topic.signal == "rr"]
    rest = [
        (value, doubt)
        for batch in batches
        for at_s, value, doubt in zip(
            batch.times_s,
            batch.values["rr"],
            batch.validity or [Validity.VALID] * len(batch.times_s),
            strict=True,
        )
        if at_s < START_S + 500.0
    ]
    moving = [
        doubt for batch in batches if batch.times_s[0] > START_S + 720.0 for doubt in batch.validity or ()
    ]

    measured = [value for value, doubt in rest if doubt == "valid" and value is not None]
    assert sum(measured) / len(measured) == pytest.approx(sum(heart) / len(heart), rel=0.01)
    assert len(measured) > 0.97 * len(heart)
    assert {str(doubt) for doubt in moving} == {"questionable"}


def test_a_bed_sensor_tells_of_heart_and_contact_only_of_who_lies_on_it() -> None:
    """Asleep from minute 10 to 40: contact at both ends, heart rate between them and nowhere else."""
    night = Sleep(at_s=600.0, for_s=1800.0)
    found = samples(play((night,), every(30.0, 3000.0), plans=(DevicePlan(kind=DeviceKind.BED_SENSOR),)))
    changes = [
        sample
        for before, sample in zip([(0.0, None), *found["contact"]], found["contact"], strict=False)
        if before[1] != sample[1]
    ]

    assert [value for _, value in changes] == [0.0, 1.0, 0.0]
    assert [at_s for at_s, _ in changes] == pytest.approx([0.0, 630.0, 2430.0], abs=30.0)
    assert all(600.0 <= at_s <= 2430.0 for at_s, _ in found["hr"])
    assert len(found["hr"]) == pytest.approx(60, abs=2)
