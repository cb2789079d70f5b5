"""The door: which batches become samples, and why others do not."""

from __future__ import annotations

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.contract.catalogue import SIGNALS
from edge.contract.codec import encode
from edge.contract.errors import SHOWN_WHAT, MessageError
from edge.contract.messages import Quarantine, Reason
from edge.contract.samples import Mode, SampleBatch, Validity
from edge.contract.topics import Encoding, Topics
from edge.ends import Entry, Incoming
from edge.pipeline.door import admit, refuse_command
from edge.pipeline.intake import check_batch
from tests.support.corridor import NOON_S


def rr(times_s: list[float], values: list[float | None], **more: object) -> SampleBatch:
    return SampleBatch(seq=0, times_s=times_s, values={"rr": values}, **more)  # type: ignore[arg-type]


def test_good_values_pass_and_bad_ones_become_none() -> None:
    """Absurd, not-a-number and infinite values are dropped and counted; their times stay, as holes."""
    times_s = [NOON_S + step for step in range(5)]

    checked = check_batch(rr(times_s, [812.5, -3.0, math.nan, math.inf, None]), "rr", NOON_S + 5)

    assert [sample.values for sample in checked.samples] == [(812.5,), (None,), (None,), (None,), (None,)]
    assert checked.out_of_range == 3


def test_what_the_device_calls_invalid_is_not_used() -> None:
    """An invalid sample loses its value without counting as out of range; a questionable one keeps it."""
    batch = rr([NOON_S, NOON_S + 1], [800.0, 801.0], validity=[Validity.INVALID, Validity.QUESTIONABLE])

    checked = check_batch(batch, "rr", NOON_S + 1)

    assert [sample.values for sample in checked.samples] == [(None,), (801.0,)]
    assert checked.out_of_range == 0


def test_a_cuff_reading_upside_down_is_no_reading() -> None:
    """A diastolic value not below the systolic one makes the whole reading unusable, and counts once."""
    batch = SampleBatch(
        seq=0, times_s=[NOON_S], values={"systolic": [80.0], "diastolic": [120.0], "pulse": [60.0]}
    )

    checked = check_batch(batch, "bp", NOON_S)

    assert checked.samples[0].values == (None, None, None)
    assert checked.out_of_range == 1


def test_half_a_reading_is_no_reading() -> None:
    """Without a usable systolic value the diastolic one goes too; without a pulse the reading stands."""
    half = SampleBatch(seq=0, times_s=[NOON_S], values={"systolic": [999.0], "diastolic": [80.0]})
    no_pulse = SampleBatch(seq=0, times_s=[NOON_S], values={"systolic": [120.0], "diastolic": [80.0]})

    assert check_batch(half, "bp", NOON_S).samples[0].values == (None, None, None)
    assert check_batch(half, "bp", NOON_S).out_of_range == 1
    assert check_batch(no_pulse, "bp", NOON_S).samples[0].values == (120.0, 80.0, None)


@pytest.mark.parametrize(
    ("batch", "where"),
    [
        (rr([5.0], [800.0]), "times_s"),
        (rr([4_102_444_800.0], [800.0]), "times_s"),
        (rr([math.nan], [800.0]), "times_s"),
        (rr([NOON_S + 120], [800.0]), "times_s"),
        (rr([NOON_S, NOON_S - 1], [800.0, 800.0]), "times_s"),
        (rr([NOON_S], [800.0, 801.0]), "values.rr"),
        (SampleBatch(seq=0, times_s=[NOON_S], values={}), "values"),
        (SampleBatch(seq=0, times_s=[NOON_S], values={"rr": [800.0], "spo2": [97.0]}), "values"),
        (rr([NOON_S], [800.0], validity=[]), "validity"),
    ],
)
def test_a_batch_that_cannot_be_used_says_where(batch: SampleBatch, where: str) -> None:
    """1970, 2100, NaN, the future, time running back, and ragged or unknown columns are refused by place."""
    with pytest.raises(MessageError) as caught:
        check_batch(batch, "rr", NOON_S)

    assert caught.value.where == where


def test_stream_time_knows_no_future() -> None:
    """Without a wall clock a recording of any day is as good as another."""
    assert check_batch(rr([NOON_S + 1e6], [800.0]), "rr", None).samples


@given(st.sampled_from(sorted(SIGNALS)), st.lists(st.floats(allow_nan=True), min_size=1, max_size=20))
def test_nothing_implausible_gets_through(signal: str, values: list[float]) -> None:
    """Whatever is sent, what passes lies in the plausible range of the catalogue."""
    components = SIGNALS[signal].components
    batch = SampleBatch(
        seq=0,
        times_s=[NOON_S + step for step in range(len(values))],
        values={component.code: list(values) for component in components},
    )

    for sample in check_batch(batch, signal, None).samples:
        for component, value in zip(components, sample.values, strict=True):
            assert value is None or component.low <= value <= component.high


def encoding_of(verdict: Entry | Quarantine) -> Encoding | None:
    return verdict.encoding if isinstance(verdict, Entry) else None


def test_the_door_says_how_a_message_is_written() -> None:
    """JSON unless the topic or the content type says msgpack; an unknown content type is refused."""
    topics, batch = Topics(), rr([NOON_S], [800.0])
    plain = topics.all_samples.replace("#", "w1/d1/rr")

    def verdict(topic: str, encoding: Encoding, content_type: str | None) -> Entry | Quarantine:
        message = Incoming(NOON_S, topic, encode(batch, encoding), content_type)
        return admit(topics, message, on_stream_time=False)

    assert encoding_of(verdict(plain, Encoding.JSON, None)) is Encoding.JSON
    assert encoding_of(verdict(plain + "/msgpack", Encoding.MSGPACK, None)) is Encoding.MSGPACK
    assert encoding_of(verdict(plain, Encoding.MSGPACK, "application/msgpack")) is Encoding.MSGPACK
    refused = verdict(plain, Encoding.JSON, "text/xml")
    assert isinstance(refused, Quarantine)
    assert (refused.reason, refused.where) == (Reason.REFUSED, "content type")


@pytest.mark.parametrize(
    ("wearer", "mode", "where"),
    [
        ("self-test", Mode.TEST, None),
        ("self-test", Mode.REAL, "mode"),
        ("self-test", Mode.DEMO, "mode"),
        ("ada", Mode.TEST, "topic"),
        ("ada", Mode.REAL, "topic"),
    ],
)
def test_the_signal_of_the_self_test_is_about_nobody(wearer: str, mode: Mode, where: str | None) -> None:
    """Only the made-up wearer in mode test may have it, so that no test is told as an alert about people."""
    batch = SampleBatch(seq=0, times_s=[NOON_S], values={"self_test": [1.0]}, mode=mode)
    topic = f"vitalward/v1/samples/{wearer}/edge/self_test"

    verdict = admit(Topics(), Incoming(NOON_S, topic, encode(batch), None), on_stream_time=False)

    assert (verdict.where if isinstance(verdict, Quarantine) else None) == where


KNOWN_TOPICS = ["vitalward/v1/samples/w/d/rr", "vitalward/v1/clock", "vitalward/v1/commands/nurse/real/w"]


@given(
    st.text(max_size=60) | st.sampled_from(KNOWN_TOPICS),
    st.binary(max_size=200),
    st.none() | st.text(max_size=30) | st.just("application/msgpack"),
)
def test_no_message_gets_past_the_door_as_an_error(
    topic: str, payload: bytes, content_type: str | None
) -> None:
    """Any topic, payload and content type is either admitted or answered with a full notice."""
    verdict = admit(Topics(), Incoming(NOON_S, topic, payload, content_type), on_stream_time=False)

    if isinstance(verdict, Quarantine):
        assert verdict.what
        assert verdict.where
        assert verdict.allowed
        assert verdict.size_bytes == len(payload)


LONG = "x" * 250_000


@pytest.mark.parametrize(
    ("topic", "payload"),
    [
        (KNOWN_TOPICS[0], {"seq": 0, "times_s": [NOON_S], "values": {"rr": [800]}, LONG: 1}),
        (KNOWN_TOPICS[0], {"seq": 0, "times_s": [NOON_S], "values": {LONG: [800]}}),
        (KNOWN_TOPICS[0], {"seq": 0, "times_s": [NOON_S], "values": {"rr": [800]}, "mode": LONG}),
        (KNOWN_TOPICS[2], {"command": LONG, "request": "r1"}),
        (KNOWN_TOPICS[2], {"command": "resume_audio", "request": "r1", LONG: 1}),
        (f"vitalward/v1/samples/w/d/{LONG[:60_000]}", {}),
    ],
)
def test_a_notice_repeats_little_of_what_was_sent(topic: str, payload: dict[str, object]) -> None:
    """A name, mode or command as long as a message can be is cut in the notice and in the reply."""
    message = Incoming(NOON_S, topic, json.dumps(payload).encode())
    notice = admit(Topics(), message, on_stream_time=False)

    assert isinstance(notice, Quarantine)
    assert len(notice.what) <= SHOWN_WHAT
    assert len(encode(notice)) < 1000
    reply = refuse_command(Topics(), message, notice)
    assert reply is None or len(reply.payload) < 1000


def test_a_command_without_any_name_is_told_where_commands_go() -> None:
    """The filter `commands/#` brings `commands` itself: what is wrong is no topic of samples."""
    message = Incoming(NOON_S, "vitalward/v1/commands", b"{}")
    notice = admit(Topics(), message, on_stream_time=False)

    assert isinstance(notice, Quarantine)
    assert notice.allowed == "vitalward/v1/commands/WHO/MODE/WEARER"


def test_on_wall_time_nobody_tells_the_edge_the_time() -> None:
    """A clock message is taken on stream time only, and then only if its time is possible."""
    topics = Topics()

    def verdict(payload: bytes, *, on_stream_time: bool) -> Entry | Quarantine:
        message = Incoming(NOON_S, topics.clock, payload)
        return admit(topics, message, on_stream_time=on_stream_time)

    assert encoding_of(verdict(b'{"now_s": 1.8e9}', on_stream_time=True)) is Encoding.JSON
    assert isinstance(verdict(b'{"now_s": 1.8e9}', on_stream_time=False), Quarantine)
    assert isinstance(verdict(b'{"now_s": 1e300}', on_stream_time=True), Quarantine)


def test_a_content_type_may_name_a_character_set() -> None:
    """Parameters behind the content type do not change what it is."""
    payload = encode(rr([NOON_S], [800.0]))
    message = Incoming(NOON_S, "vitalward/v1/samples/w/d/rr", payload, "application/json; charset=utf-8")

    assert encoding_of(admit(Topics(), message, on_stream_time=False)) is Encoding.JSON


def test_a_clock_a_minute_ahead_is_borne_and_no_more() -> None:
    """Clocks differ a little: exactly a minute in the future is taken, half a second more is not."""
    assert check_batch(rr([NOON_S + 60.0], [813.0]), "rr", NOON_S).samples
    with pytest.raises(MessageError):
        check_batch(rr([NOON_S + 60.5], [813.0]), "rr", NOON_S)


def test_the_year_2100_is_absurd_also_without_a_clock() -> None:
    """On stream time the last instant of 2099 is the latest."""
    assert check_batch(rr([4_102_444_799.0], [813.0]), "rr", None).samples
    with pytest.raises(MessageError, match="absurd time"):
        check_batch(rr([4_102_444_800.0], [813.0]), "rr", None)


def test_a_cuff_reading_without_a_pulse_pressure_is_no_reading() -> None:
    """Systolic and diastolic alike are of no heart that beats."""
    batch = SampleBatch(seq=0, times_s=[NOON_S], values={"systolic": [97.0], "diastolic": [97.0]})

    assert check_batch(batch, "bp", NOON_S).samples[0].values == (None, None, None)


@pytest.mark.parametrize(
    ("wanted", "given"),
    [
        ("vitalward/v1/replies/nurse", "vitalward/v1/replies/nurse"),
        ("vitalward/v1/replies/nurse/tab-3", "vitalward/v1/replies/nurse/tab-3"),
        # Another's place, whose name begins alike; a filter; and any other topic.
        ("vitalward/v1/replies/nurse2", None),
        ("vitalward/v1/replies/nurse/+", None),
        ("vitalward/v1/replies/nurse/#", None),
        ("vitalward/v1/alerts/real/w/off_body", None),
        # So deep or so long that a broker may end the connection on which it is published.
        ("vitalward/v1/replies/nurse" + 16 * "/a", "vitalward/v1/replies/nurse" + 16 * "/a"),
        ("vitalward/v1/replies/nurse" + 17 * "/a", None),
        ("vitalward/v1/replies/nurse/" + 199 * "a", "vitalward/v1/replies/nurse/" + 199 * "a"),
        ("vitalward/v1/replies/nurse/" + 200 * "a", None),
        ("vitalward/v1/replies/nurse/a\x01b", None),
        (None, None),
    ],
)
def test_a_reply_goes_to_the_senders_own_place_only(wanted: str | None, given: str | None) -> None:
    """In the edge's name nothing is said where the sender may not speak, or nobody can."""
    payload = b'{"command": "resume_audio", "request": "r1"}'
    message = Incoming(NOON_S, KNOWN_TOPICS[2], payload, reply_topic=wanted)
    verdict = admit(Topics(), message, on_stream_time=False)

    assert isinstance(verdict, Entry)
    assert verdict.reply_topic == given


def test_a_retained_command_is_refused() -> None:
    """The broker would give it again after each new connection, long after it was meant."""
    payload = b'{"command": "resume_audio", "request": "r1"}'
    message = Incoming(NOON_S, KNOWN_TOPICS[2], payload, is_retained=True)
    verdict = admit(Topics(), message, on_stream_time=False)

    assert isinstance(verdict, Quarantine)
    assert verdict.where == "retain flag"
