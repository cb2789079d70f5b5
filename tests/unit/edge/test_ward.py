"""All wearers together: the same journal gives the same letters, whatever happens around it."""

from __future__ import annotations

import json
import random
from dataclasses import replace

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.contract.codec import encode
from edge.contract.commands import (
    Acknowledge,
    Command,
    ExportBaseline,
    PauseAudio,
    ResetBaseline,
    ResumeAudio,
    SetLimit,
    Shelve,
    Unshelve,
)
from edge.contract.durations import DAY_S
from edge.contract.errors import MessageError
from edge.contract.profile import Profile
from edge.contract.reports import LastNights, NightReport
from edge.contract.samples import ClockTick, Mode, SampleBatch
from edge.contract.topics import CommandTopic, Encoding, SampleTopic, Topics
from edge.ends import SWITCHED_TOPIC, UNREADABLE_TOPIC, Entry, Incoming, Lane, Letter
from edge.pipeline.bundle_change import REFUSED_TOPIC, Switched
from edge.pipeline.clock_step import CLOCK_STEP_TOPIC, ClockStep
from edge.pipeline.day import DAY_TOPIC
from edge.pipeline.door import admit
from edge.pipeline.queue_length import QUEUE_TOPIC
from edge.pipeline.ward import Ward
from edge.storage.snapshots import Wearers
from edge.wearer.state import WearerState
from edge.wearer.summary import Day
from tests.support.corridor import NOON_S, beats, make_rules

TOPICS = Topics()


def make_ward(wearers: Wearers | None = None, *, on_stream_time: bool = False) -> Ward:
    return Ward(make_rules(), TOPICS, wearers or {}, on_stream_time=on_stream_time)


def entry(received_s: float, wearer: str, signal: str, batch: SampleBatch, device: str = "d1") -> Entry:
    topic = TOPICS.samples(SampleTopic(wearer, device, signal))
    return Entry(received_s, topic, Encoding.JSON, encode(batch))


def some_command(rng: random.Random, request: str, episodes: list[str]) -> Command:
    """What somebody at a dashboard may ask for next; to acknowledge, more often than not."""
    condition = rng.choice(["tachycardia_at_rest", "blood_pressure_severe", "sensor_lost", "off_body"])
    if episodes and rng.random() < 0.6:
        return Acknowledge(request=request, episode=rng.choice(episodes))
    others: list[Command] = [
        Shelve(request=request, condition=condition, for_s=rng.uniform(1.0, 900.0), reason="x"),
        Unshelve(request=request, condition=condition),
        PauseAudio(request=request, for_s=rng.uniform(1.0, 600.0), reason="x"),
        ResumeAudio(request=request),
        ExportBaseline(request=request),
        ResetBaseline(request=request, reason="x"),
        SetLimit(request=request, condition=condition, limit=rng.uniform(80.0, 130.0), reason="x"),
    ]
    return rng.choice(others)


def eventful_hour(wearer: str, seed: int) -> list[Entry]:
    """Batches of all signals, with irregular stretches, gaps, repeats and commands about what came of it."""
    rng = random.Random(seed)
    scratch, decided = make_ward(), 0
    entries, at_s, seq = [], NOON_S + rng.random(), 0
    while at_s < NOON_S + 3600.0:
        spread = rng.choice([0.02, 0.3])
        for _ in range(rng.randrange(5, 30)):
            times_s, values = beats(at_s, [800.0 * rng.uniform(1 - spread, 1 + spread) for _ in range(16)])
            seq += 1
            batch = SampleBatch(seq=seq, times_s=times_s, values={"rr": values})
            received_s = times_s[-1] + rng.uniform(0, 3)
            entries += [entry(received_s, wearer, "rr", batch)] * rng.choice([1, 1, 1, 2])
            at_s = times_s[-1]
            hr = SampleBatch(seq=seq, times_s=[at_s], values={"hr": [rng.choice([75.0, 125.0])]})
            steps = SampleBatch(seq=seq, times_s=[at_s], values={"cadence": [0.0]})
            entries.append(entry(received_s, wearer, "hr", hr))
            entries.append(entry(received_s, wearer, "activity", steps))
        if rng.random() < 0.5:
            pressure: dict[str, list[float | None]] = {
                "systolic": [rng.uniform(110, 200)],
                "diastolic": [80.0],
            }
            entries.append(
                entry(at_s + 3, wearer, "bp", SampleBatch(seq=seq, times_s=[at_s], values=pressure))
            )
        if rng.random() < 0.5:
            contact = SampleBatch(seq=seq, times_s=[at_s + 1], values={"contact": [rng.choice([0.0, 1.0])]})
            entries.append(entry(at_s + 3, wearer, "contact", contact))
        for _ in range(rng.randrange(4)):
            play(scratch, entries[decided:])
            decided = len(entries)
            alarms = scratch.wearers[wearer, Mode.REAL].board.alarms.values()
            command = some_command(rng, f"r{len(entries)}", [alarm.alert.id for alarm in alarms])
            topic = TOPICS.commands(CommandTopic("nurse", Mode.REAL, wearer))
            entries.append(Entry(at_s + 4, topic, Encoding.JSON, encode(command), None, b"c"))
        at_s += rng.choice([2.0, 100.0])
    return entries


def test_of_the_alarms_that_ended_each_topic_is_emptied_once_and_of_an_open_one_not() -> None:
    """After three alarms of one condition its topic is emptied once, and not while it is open again."""
    ward = make_ward()
    for turn in range(6):
        at_s, percent = NOON_S + 60.0 * turn, 5.0 if turn % 2 == 0 else 90.0
        batch = SampleBatch(seq=turn, times_s=[at_s], values={"battery": [percent]})
        ward.take(entry(at_s, "w1", "battery", batch))
        for alarm in list(ward.wearers["w1", Mode.REAL].board.alarms.values()):
            order = Acknowledge(request=f"r{turn}", episode=alarm.alert.id)
            topic = TOPICS.commands(CommandTopic("nurse", Mode.REAL, "w1"))
            ward.take(Entry(at_s, topic, Encoding.JSON, encode(order)))
        empties = [letter for letter in ward.ended_alarms() if "/battery_low/" in letter.topic]
        assert len(empties) == turn % 2
        assert all(letter.is_retained and not letter.payload for letter in empties)


def play(ward: Ward, entries: list[Entry]) -> list[Letter]:
    return [letter for item in entries for letter in ward.take(item)]


def test_the_same_journal_gives_the_same_letters_byte_for_byte() -> None:
    """Two edges that read one journal write the same alerts, alarms, replies, advice and records."""
    journal = eventful_hour("w1", seed=1)
    first, second = make_ward(), make_ward()

    letters = play(first, journal)

    kinds = {letter.topic.split("/")[2] for letter in letters}
    assert kinds >= {"alerts", "alarms", "replies"}
    assert {record.what for record in first.records} >= {"raise", "acknowledge", "clear"}
    assert play(second, journal) == letters
    assert second.records == first.records


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000), st.lists(st.floats(0, 4000), max_size=60))
def test_ticks_between_the_entries_change_nothing(seed: int, ticks: list[float]) -> None:
    """An edge that ticked live and one that replays the journal later say the same, in the same order."""
    journal = sorted(eventful_hour("w1", seed), key=lambda item: item.received_s)
    end_s = NOON_S + 5000.0
    live, steps = make_ward(), [(item.received_s, item) for item in journal]
    steps += [(NOON_S + tick, None) for tick in ticks]  # type: ignore[misc]
    said: list[Letter] = []
    for at_s, item in sorted(steps, key=lambda step: step[0]):
        said += live.pass_time(at_s) if item is None else live.take(item)

    replayed = make_ward()

    assert said + live.pass_time(end_s) == play(replayed, journal) + replayed.pass_time(end_s)


def noted(received_s: float, topic: str, what: Day | Switched | ClockStep) -> Entry:
    return Entry(received_s, topic, Encoding.JSON, encode(what))


def irregular_nights(until_s: float) -> Day:
    """A day after which the wearer has slept at other times day by day."""
    report = NightReport(
        id="x",
        wearer="w1",
        mode=Mode.REAL,
        from_s=until_s - DAY_S,
        until_s=until_s,
        text="",
        last_nights=LastNights(regularity_index=20.0, regularity_pairs=6),
    )
    return Day(wearer="w1", mode=Mode.REAL, from_s=until_s - DAY_S, until_s=until_s, night=report)


def test_a_day_is_taken_after_all_that_was_due_before_it_was_judged() -> None:
    """A shelf that ended before the day came keeps its alert silent neither live nor in a replay."""
    battery = SampleBatch(seq=0, times_s=[NOON_S], values={"battery": [90.0]})
    shelve = Shelve(request="r1", condition="irregular_sleep", for_s=600.0, reason="x")
    journal = [
        entry(NOON_S, "w1", "battery", battery),
        Entry(NOON_S, TOPICS.commands(CommandTopic("nurse", Mode.REAL, "w1")), Encoding.JSON, encode(shelve)),
        noted(NOON_S + 900.0, DAY_TOPIC, irregular_nights(NOON_S + 60.0)),
    ]
    live, replayed = make_ward(), make_ward()
    play(live, journal[:2])
    assert live.pass_time(NOON_S + 800.0) == []

    letters = live.take(journal[2])

    assert [letter for letter in letters if "/alerts/" in letter.topic]
    assert play(replayed, journal)[-len(letters) :] == letters
    assert replayed.wearers == live.wearers


def test_what_was_due_before_a_bundle_is_put_in_force_is_told_by_the_one_before() -> None:
    """A sensor that was lost before the switch is told with it, as by the ticks before it."""
    ward = make_ward()
    ward.take(entry(NOON_S, "w1", "hr", SampleBatch(seq=1, times_s=[NOON_S], values={"hr": [70.0]})))
    switched = Switched(task="rhythm", name="rhythm-2", configured="rhythm-1", sha256="0" * 64)

    letters = ward.take(noted(NOON_S + 3600.0, SWITCHED_TOPIC, switched))

    assert any(b"sensor_lost" in letter.payload for letter in letters)


def test_the_next_look_at_habits_does_not_hang_on_what_came_first_after_a_step_of_the_clock() -> None:
    """On the morning after the step there is advice, live as in a replay that has no tick before it."""
    hr = SampleBatch(seq=1, times_s=[NOON_S], values={"hr": [70.0]})
    step = noted(NOON_S - 10 * DAY_S, CLOCK_STEP_TOPIC, ClockStep(from_s=NOON_S, to_s=NOON_S - 10 * DAY_S))
    rules = replace(make_rules(), profiles={"w1": Profile(smoking_0_to_2=2)})
    live, replayed = (Ward(rules, TOPICS, {}, on_stream_time=False) for _ in range(2))
    for ward in (live, replayed):
        play(ward, [entry(NOON_S, "w1", "hr", hr), step])
    live.pass_time(NOON_S - 10 * DAY_S + 1.0)

    letters = live.pass_time(NOON_S - 9 * DAY_S)

    assert [letter.lane for letter in letters if letter.lane is Lane.ADVICE]
    assert replayed.pass_time(NOON_S - 9 * DAY_S) == letters


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000), st.integers(0, 300))
def test_a_snapshot_and_the_rest_of_the_journal_are_as_good_as_the_whole(seed: int, cut: int) -> None:
    """Killed after any entry, an edge that loads its state goes on as if nothing had happened."""
    journal = eventful_hour("w1", seed)
    first = make_ward()
    head = play(first, journal[:cut])
    frozen = {key: msgspec.msgpack.encode(state) for key, state in first.wearers.items()}

    thawed = {key: msgspec.msgpack.decode(state, type=WearerState) for key, state in frozen.items()}
    tail = play(make_ward(thawed), journal[cut:])

    assert head + tail == play(make_ward(), journal)


def test_wearers_do_not_touch_each_other() -> None:
    """A wearer's alerts are the same whether other wearers are there or not."""
    one, two = eventful_hour("w1", seed=1), eventful_hour("w2", seed=2)
    mixed = sorted([*one, *two], key=lambda item: item.received_s)

    together = play(make_ward(), mixed)

    alone = play(make_ward(), sorted(one, key=lambda item: item.received_s))
    of_one = [letter for letter in together if b"w2" not in letter.payload and "/w2/" not in letter.topic]
    assert of_one == alone


def test_test_data_never_enter_the_state_of_the_living() -> None:
    """A severe reading in mode test raises only under mode test, beside the untouched real wearer."""
    ward = make_ward()
    values: dict[str, list[float | None]] = {"systolic": [200.0], "diastolic": [130.0]}
    batch = SampleBatch(seq=0, times_s=[NOON_S], values=values, mode=Mode.TEST)

    letters = ward.take(entry(NOON_S, "w1", "bp", batch))

    assert [letter.topic for letter in letters] == [
        "vitalward/v1/alerts/test/w1/blood_pressure_severe",
        "vitalward/v1/alarms/test/w1/blood_pressure_severe/bp",
    ]
    assert {json.loads(letter.payload)["mode"] for letter in letters} == {"test"}
    assert set(ward.wearers) == {("w1", Mode.TEST)}


def test_a_clock_message_lets_the_time_of_a_simulation_pass() -> None:
    """On stream time, silence is noticed when a clock message says so."""
    ward = make_ward(on_stream_time=True)
    batch = SampleBatch(seq=0, times_s=[NOON_S], values={"rr": [800.0]})
    assert ward.take(entry(0.0, "w1", "rr", batch)) == []

    def tick(now_s: float) -> list[Letter]:
        return ward.take(Entry(0.0, TOPICS.clock, Encoding.JSON, encode(ClockTick(now_s=now_s))))

    assert tick(NOON_S + 59.0) == []
    assert [letter.topic for letter in tick(NOON_S + 61.0)] == [
        "vitalward/v1/alerts/real/w1/sensor_lost",
        "vitalward/v1/alarms/real/w1/sensor_lost/rr",
    ]


def test_values_out_of_range_are_counted_and_noticed_without_being_repeated() -> None:
    """The notice names range and count but never the value itself."""
    ward = make_ward()
    batch = SampleBatch(seq=0, times_s=[NOON_S, NOON_S + 1], values={"hr": [31337.0, 70.0]})

    (letter,) = ward.take(entry(NOON_S + 1, "w1", "hr", batch))

    notice = json.loads(letter.payload)
    assert (notice["reason"], notice["samples"]) == ("out_of_range", 1)
    assert notice["allowed"] == "hr 20 to 260 /min"
    assert b"31337" not in letter.payload
    assert ward.counters["samples_out_of_range"] == 1
    assert ward.counters["samples_live"] == 2


NAMED = {
    "rr": ["rr"],
    "hr": ["hr"],
    "bp": ["systolic", "diastolic"],
    "activity": ["cadence"],
    "contact": ["contact"],
}


@settings(max_examples=150, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(sorted(NAMED)),
            st.sampled_from(["d1", "d2"]),
            st.integers(-1, 2**70),
            st.lists(st.floats(-100, 4000, allow_nan=False), min_size=1, max_size=5),
            st.none() | st.floats(allow_nan=False, allow_infinity=False),
            st.floats(0, 5000),
        ),
        max_size=30,
    )
)
def test_whatever_the_door_lets_in_can_be_decided_on_and_kept(
    story: list[tuple[str, str, int, list[float], float | None, float]],
) -> None:
    """No admitted message, in any order and however odd, breaks a decision or the snapshot after it."""
    ward = make_ward()
    for signal, device, seq, offsets_s, value, late_s in story:
        times_s = sorted(NOON_S + offset_s for offset_s in offsets_s)
        columns = {name: [value] * len(times_s) for name in NAMED[signal]}
        payload = json.dumps({"seq": seq, "times_s": times_s, "values": columns}).encode()
        topic = TOPICS.samples(SampleTopic("w1", device, signal))
        message = Incoming(NOON_S + late_s, topic, payload)
        verdict = admit(TOPICS, message, on_stream_time=False)
        if isinstance(verdict, Entry):
            ward.take(verdict)

    for state in ward.wearers.values():
        assert msgspec.msgpack.decode(msgspec.msgpack.encode(state), type=WearerState) == state


@pytest.mark.parametrize(
    "topic",
    [
        *(CLOCK_STEP_TOPIC, DAY_TOPIC, QUEUE_TOPIC, SWITCHED_TOPIC, REFUSED_TOPIC, UNREADABLE_TOPIC),
        *(TOPICS.clock, TOPICS.samples(SampleTopic("w1", "d1", "hr")), f"{TOPICS.root}/commands/a/real/w1"),
        "neither/this",
    ],
)
def test_an_entry_that_cannot_be_taken_is_told_as_such_and_nothing_is_lost_with_it(topic: str) -> None:
    """Cut payloads of every kind raise the project's own error; what time has brought about is told later."""
    ward, untouched = make_ward(), make_ward()
    first = entry(NOON_S, "w1", "hr", SampleBatch(seq=1, times_s=[NOON_S], values={"hr": [70.0]}))
    for each in (ward, untouched):
        each.take(first)

    with pytest.raises(MessageError):
        ward.take(Entry(NOON_S + 3600.0, topic, Encoding.JSON, b'{"se'))

    letters = ward.pass_time(NOON_S + 3600.0)
    assert any(b"sensor_lost" in letter.payload for letter in letters)
    assert letters == untouched.pass_time(NOON_S + 3600.0)


def test_a_batch_of_another_version_takes_no_alert_of_a_silence_with_it() -> None:
    """Read well, but not to be taken: the sensor that was lost before it came is told all the same."""
    ward = make_ward()
    ward.take(entry(NOON_S, "w1", "hr", SampleBatch(seq=1, times_s=[NOON_S], values={"hr": [70.0]})))
    unknown = SampleBatch(seq=2, times_s=[NOON_S + 3600.0], values={"pulse": [70.0]})

    with pytest.raises(MessageError):
        ward.take(entry(NOON_S + 3600.0, "w1", "hr", unknown))

    assert any(b"sensor_lost" in letter.payload for letter in ward.pass_time(NOON_S + 3600.0))
