"""Faults on streams small enough to be worked by hand."""

from __future__ import annotations

from pathlib import Path
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from device_sim.devices.kinds import DeviceKind, DevicePlan
from device_sim.devices.line import Line
from device_sim.devices.samples import Samples
from device_sim.faults.draws import drawn_faults, happening
from device_sim.faults.file import load_faults
from device_sim.faults.kinds import (
    WHOLE,
    AnyFault,
    ClockJump,
    CuffFit,
    Delay,
    Drop,
    Duplicate,
    Freeze,
    Gap,
    LowBattery,
    Malformed,
    MotionNoise,
    OffBody,
    Outliers,
    ReconnectStorm,
    Reorder,
    UnitMixUp,
    WrongIdentity,
)
from device_sim.faults.samples import SampleFaults
from device_sim.faults.truth import CONDITIONS_OF, reasons_for
from device_sim.truth import CONDITIONS, present_episodes
from edge.contract.codec import decode_batch
from edge.contract.errors import ConfigError, MessageError
from edge.contract.messages import Reason
from edge.contract.samples import Mode, SampleBatch, Validity
from edge.contract.topics import Encoding, SampleTopic, Topics

START_S = 1_772_442_000.0
TOPICS = Topics("t")
Arrived = list[tuple[float, SampleTopic, SampleBatch]]


def packets(*faults: AnyFault, device: str = "strap", seed: int = 1) -> list[tuple[float, str, bytes]]:
    """A minute of a beat a second, handed over every 5 s, under these faults: when what arrived where."""
    plan = DevicePlan(kind=DeviceKind.STRAP, name=device)
    drawn = drawn_faults(faults, seed, "anna")
    line = Line("anna", plan, drawn, start_s=START_S, mode=Mode.TEST, topics=TOPICS)
    arrived = []
    for step in range(1, 13):
        times_s = [5.0 * (step - 1) + n for n in (1.0, 2.0, 3.0, 4.0, 5.0)]
        values: list[float | None] = [800.0 + at_s for at_s in times_s]
        sent = line.send([Samples("rr", times_s, {"rr": values})], 5.0 * step, is_last=step == 12)
        arrived += [(5.0 * step, packet.topic, packet.payload) for packet in sent]
    return arrived


def play(*faults: AnyFault, seed: int = 1) -> Arrived:
    return [
        (at_s, TOPICS.parse_samples(topic), decode_batch(payload, Encoding.JSON))
        for at_s, topic, payload in packets(*faults, seed=seed)
    ]


def rr(arrived: Arrived) -> dict[float, float | None]:
    """Value by time from the start."""
    return {
        at_s - START_S: value
        for _, topic, batch in arrived
        if topic.signal == "rr"
        for at_s, value in zip(batch.times_s, batch.values["rr"], strict=True)
    }


def seqs(arrived: Arrived) -> list[int]:
    return [batch.seq for _, _, batch in arrived]


WHOLE_MINUTE = rr(play())


def test_without_faults_all_arrives_as_measured() -> None:
    """Sixty beats in twelve messages, in order."""
    assert {at_s: 800.0 + at_s for at_s in range(1, 61)} == WHOLE_MINUTE
    assert seqs(play()) == list(range(12))


def test_a_gap_takes_out_its_own_time_and_nothing_else() -> None:
    """From 20 up to, not including, 30 s."""
    kept = rr(play(Gap(at_s=20.0, for_s=10.0)))

    assert kept == {at_s: value for at_s, value in WHOLE_MINUTE.items() if not 20.0 <= at_s < 30.0}


def test_off_the_body_both_ends_are_told_and_no_interval_reaches_in() -> None:
    """The interval that ends just after the device is put on began before it was."""
    arrived = play(OffBody(at_s=20.0, for_s=9.5))
    contact = [(b.times_s[0] - START_S, b.values["contact"]) for _, t, b in arrived if t.signal == "contact"]

    assert contact == [(20.0, [0.0]), (29.5, [1.0])]
    # At 30 s an interval of 830 ms ends, which began at 29.17 s.
    assert sorted(set(WHOLE_MINUTE) - set(rr(arrived))) == [20.0 + n for n in range(11)]


def test_a_frozen_device_holds_the_last_value_before() -> None:
    """From 20 s on it shows what it showed at 19 s, with times that go on."""
    found = rr(play(Freeze(at_s=20.0, for_s=10.0)))

    assert {found[at_s] for at_s in (19.0, 20.0, 29.0)} == {819.0}
    assert found[30.0] == 830.0


def test_a_unit_mix_up_gives_seconds_for_milliseconds() -> None:
    """820 ms becomes 0.82, sent as valid."""
    found = rr(play(UnitMixUp(at_s=20.0, for_s=10.0)))

    assert found[20.0] == pytest.approx(0.82)
    assert found[30.0] == 830.0


def test_outliers_hit_the_share_they_are_said_to() -> None:
    """With certainty all values in their time, with 0.2 about a fifth, and never a value outside."""
    sure = rr(play(Outliers(at_s=20.0, for_s=10.0, factor=10.0)))
    some = [
        sum(value != WHOLE_MINUTE[at_s] for at_s, value in rr(play(fault, seed=seed)).items())
        for seed in range(40)
        for fault in [Outliers(at_s=0.0, for_s=61.0, probability=0.2)]
    ]

    assert {at_s for at_s, value in sure.items() if value != WHOLE_MINUTE[at_s]} == {
        20.0 + n for n in range(10)
    }
    assert sure[25.0] == 8250.0
    assert sum(some) / (40 * 60) == pytest.approx(0.2, abs=0.03)


def test_motion_noise_is_doubted_or_called_invalid() -> None:
    """A fifth of it is admitted as questionable; outside its time all is valid."""
    fault = MotionNoise(at_s=0.0, for_s=30.0, admitted=0.2)
    doubts = [
        validity
        for seed in range(40)
        for _, _, batch in play(fault, seed=seed)
        for validity in batch.validity or [Validity.VALID] * len(batch.times_s)
    ]

    assert doubts.count(Validity.VALID) == 40 * 31
    share = doubts.count(Validity.QUESTIONABLE) / (40 * 29)
    assert share == pytest.approx(0.2, abs=0.04)


def test_a_clock_that_jumps_back_never_sends_times_that_run_back() -> None:
    """Messages are cut where the clock jumps, so each keeps the contract."""
    arrived = play(ClockJump(at_s=23.0, for_s=20.0, shift_s=-3600.0))

    assert len(rr(arrived)) == 60
    assert 23.0 - 3600.0 in rr(arrived)
    for _, _, batch in arrived:
        assert batch.times_s == sorted(batch.times_s)


def test_a_battery_falls_to_nothing_before_the_device_dies() -> None:
    """An hour of warning at a reading every quarter: 75, 50, 25 %, then silence."""
    fault = LowBattery(at_s=3600.0, for_s=1800.0, device="wristband")
    samples = Samples("battery", [900.0 * n for n in range(8)], {"battery": [90.0] * 8})

    (left,) = SampleFaults(drawn_faults((fault,), 1, "anna")).apply([samples], 6300.0)

    assert left.times_s == [0.0, 900.0, 1800.0, 2700.0, 5400.0, 6300.0]
    assert left.values == {"battery": [90.0, 75.0, 50.0, 25.0, 90.0, 90.0]}


@pytest.mark.parametrize(("told", "validity"), [(True, Validity.INVALID), (False, Validity.VALID)])
def test_a_loose_cuff_reads_high_and_says_so_if_it_can(told: bool, validity: Validity) -> None:
    """The bias is added to both pressures; the status makes the reading invalid."""
    fault = CuffFit(at_s=0.0, for_s=60.0, bias_mmhg=70.0, told=told)
    plan = DevicePlan(kind=DeviceKind.CUFF)
    line = Line(
        "anna", plan, drawn_faults((fault,), 1, "anna"), start_s=START_S, mode=Mode.TEST, topics=TOPICS
    )
    values: dict[str, list[float | None]] = {
        "systolic": [120.0], "diastolic": [75.0], "pulse": [66.0], "status": [0.0]
    }  # fmt: skip
    (packet,) = line.send([Samples("bp", [10.0], values)], 10.0)
    batch = decode_batch(packet.payload, Encoding.JSON)

    assert (batch.values["systolic"], batch.values["diastolic"]) == ([190.0], [145.0])
    assert (batch.validity or [Validity.VALID]) == [validity]


def test_noise_leaves_the_status_of_a_reading_alone() -> None:
    """A shaken cuff errs in its numbers, and sets no bit that a later fault would take for its own."""
    noise = MotionNoise(at_s=0.0, for_s=60.0, device="cuff")
    values: dict[str, list[float | None]] = {"systolic": [120.0], "diastolic": [75.0], "status": [0.0]}

    (left,) = SampleFaults(drawn_faults((noise,), 1, "anna")).apply([Samples("bp", [10.0], values)], 10.0)

    assert left.values["systolic"] != [120.0]
    assert left.values["status"] == [0.0]


def test_dropped_and_doubled_messages_are_the_share_they_are_said_to_be() -> None:
    """Of 480 messages a quarter is gone, or there twice."""
    dropped = [len(play(Drop(at_s=0.0, for_s=61.0, probability=0.25), seed=seed)) for seed in range(40)]
    doubled = [len(play(Duplicate(at_s=0.0, for_s=61.0, probability=0.25), seed=seed)) for seed in range(40)]

    assert sum(dropped) / 480 == pytest.approx(0.75, abs=0.05)
    assert sum(doubled) / 480 == pytest.approx(1.25, abs=0.05)


def test_a_delayed_message_comes_that_much_later() -> None:
    """What was due at 20 and 25 s comes at 40 and 45 s; nothing is lost."""
    arrived = play(Delay(at_s=20.0, for_s=10.0, delay_s=20.0))

    assert {batch.seq: at_s for at_s, _, batch in arrived if batch.seq in {3, 4}} == {3: 40.0, 4: 45.0}
    assert rr(arrived) == WHOLE_MINUTE


def test_a_message_is_overtaken_by_the_next_one() -> None:
    """Number 3 comes after number 4, and all others in their places."""
    assert seqs(play(Reorder(at_s=20.0, for_s=5.0))) == [0, 1, 2, 4, 3, 5, 6, 7, 8, 9, 10, 11]


def test_messages_that_are_all_to_be_overtaken_come_in_pairs() -> None:
    """With certainty every second message waits for the one after it, and none for longer."""
    arrived = play(Reorder(at_s=0.0, for_s=61.0))

    assert seqs(arrived) == [1, 0, 3, 2, 5, 4, 7, 6, 9, 8, 11, 10]
    assert [at_s for at_s, _, _ in arrived] == [
        5.0 * (1 + seq) for seq in (1, 1, 3, 3, 5, 5, 7, 7, 9, 9, 11, 11)
    ]


def test_a_storm_brings_the_last_messages_again() -> None:
    """Links break at 20 and 40 s, with two messages each time."""
    storm = ReconnectStorm(at_s=20.0, for_s=30.0, every_s=20.0, resent=2)

    assert seqs(play(storm)) == [0, 1, 2, 3, 2, 3, 4, 5, 6, 7, 6, 7, 8, 9, 10, 11]


def test_a_garbled_payload_cannot_be_read() -> None:
    """Every one of them is refused by the contract, whether cut off or overwritten."""
    arrived = packets(Malformed(at_s=0.0, for_s=61.0))

    assert len(arrived) == 12
    for _, _, payload in arrived:
        with pytest.raises(MessageError):
            decode_batch(payload, Encoding.JSON)


def test_a_wrong_name_changes_the_topic_alone() -> None:
    """The same batches, under another wearer, from the same device."""
    arrived = play(WrongIdentity(at_s=20.0, for_s=10.0, as_wearer="bert"))

    assert [batch.seq for _, topic, batch in arrived if topic.wearer == "bert"] == [3, 4]
    assert {topic.device for _, topic, _ in arrived} == {"strap"}
    assert rr(arrived) == WHOLE_MINUTE


def test_a_fault_concerns_the_device_it_names() -> None:
    """A gap of the wristband leaves the strap alone."""
    assert rr(play(Gap(at_s=0.0, for_s=61.0, device="wristband"))) == WHOLE_MINUTE


FAULTS: list[AnyFault] = [
    OffBody(at_s=7.0, for_s=20.0),
    Gap(at_s=31.0, for_s=8.0),
    Freeze(at_s=12.0, for_s=30.0),
    MotionNoise(at_s=0.0, for_s=50.0, probability=0.4),
    Outliers(at_s=0.0, for_s=50.0, probability=0.1),
    Drop(at_s=0.0, for_s=50.0, probability=0.2),
    Duplicate(at_s=0.0, for_s=50.0, probability=0.2),
    Reorder(at_s=0.0, for_s=50.0, probability=0.3),
    Delay(at_s=0.0, for_s=50.0, probability=0.3, delay_s=12.0),
    ReconnectStorm(at_s=0.0, for_s=50.0, every_s=10.0),
]


@given(st.lists(st.sampled_from(FAULTS), max_size=5, unique_by=id), st.integers(0, 5))
def test_the_same_seed_has_the_same_faults_and_every_message_says_it_is_a_test(
    faults: list[AnyFault], seed: int
) -> None:
    """Whatever faults come together: two runs are equal, no batch is invented or of mode real."""
    arrived = play(*faults, seed=seed)

    assert packets(*faults, seed=seed) == packets(*faults, seed=seed)
    assert all(batch.mode is Mode.TEST for _, _, batch in arrived)
    assert set(rr(arrived)) <= set(WHOLE_MINUTE)


def test_a_whole_fault_happens_with_its_probability_and_truth_knows() -> None:
    """Of 400 wearers with a chance of 0.3 some 120 have the gap, and those are the ones who miss samples."""
    fault = Gap(at_s=0.0, for_s=61.0, probability=0.3)
    befallen = [bool(happening((fault,), 1, f"w{n}")) for n in range(400)]
    silent = [rr(play(fault, seed=seed)) == {} for seed in range(60)]

    assert sum(befallen) == pytest.approx(120, abs=25)
    assert silent == [bool(happening((fault,), seed, "anna")) for seed in range(60)]


def test_every_fault_has_its_truth() -> None:
    """Each kind says what it may be told as; those conditions exist."""
    assert set(CONDITIONS_OF) == set(get_args(AnyFault))
    assert {code for codes in CONDITIONS_OF.values() for code in codes} <= set(CONDITIONS)
    assert reasons_for([Duplicate(at_s=0.0, for_s=1.0), Reorder(at_s=0.0, for_s=1.0)]) == {
        Reason.DUPLICATE,
        Reason.LATE,
    }
    assert set(get_args(WHOLE)) < set(get_args(AnyFault))


def test_a_sensor_whose_values_are_all_impossible_may_be_told_as_lost() -> None:
    """At probability 1 nothing usable comes for as long as the outliers last."""
    truth = present_episodes("anna", (), [Outliers(at_s=20.0, for_s=300.0)], START_S)

    assert {(it.condition, it.onset_s - START_S, it.end_s - START_S) for it in truth} == {
        ("sensor_lost", 20.0, 320.0),
        ("values_out_of_range", 20.0, 320.0),
        ("model_abstaining", 20.0, 320.0),
    }


def test_a_file_of_faults_is_read_or_refused_with_the_place(tmp_path: Path) -> None:
    """Keys and kinds are checked as in scenarios."""
    path = tmp_path / "faults.toml"
    path.write_text("[[faults]]\nkind = 'gap'\nat_s = 5\nfor_s = 10\n")
    assert load_faults(path) == (Gap(at_s=5.0, for_s=10.0),)

    path.write_text("[[faults]]\nkind = 'gap'\nat = 5\nfor_s = 10\n")
    with pytest.raises(ConfigError, match=r"faults\[0\]\.at: unknown key"):
        load_faults(path)


def test_signals_and_columns_without_a_word_in_the_contract_stay_at_home() -> None:
    """Glucose is not sent, a cuff's status neither; the rest of the reading is."""
    plan = DevicePlan(kind=DeviceKind.CUFF)
    line = Line("anna", plan, [], start_s=START_S, mode=Mode.TEST, topics=TOPICS)
    values: dict[str, list[float | None]] = {"systolic": [120.0], "diastolic": [75.0], "status": [4.0]}
    sent = line.send([Samples("bp", [1.0], values), Samples("glucose", [1.0], {"glucose": [9.0]})], 5.0)

    assert [set(decode_batch(packet.payload, Encoding.JSON).values) for packet in sent] == [
        {"systolic", "diastolic"}
    ]
