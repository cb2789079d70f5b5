"""Topics, payloads and ids: the words on the wire."""

from __future__ import annotations

import hashlib
import json
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.contract.catalogue import SIGNALS
from edge.contract.codec import MAX_PAYLOAD_BYTES, decode_batch, decode_clock, encode
from edge.contract.errors import MessageError
from edge.contract.messages import episode_id
from edge.contract.samples import Mode, SampleBatch, Validity
from edge.contract.topics import Encoding, SampleTopic, Topics

NAMES = st.from_regex(r"\A[A-Za-z0-9_-]{1,64}\Z")
TIMES = st.lists(st.floats(1.5e9, 4e9), min_size=1, max_size=40)


@st.composite
def batches(draw: st.DrawFn) -> SampleBatch:
    times_s = draw(TIMES)
    column = st.lists(st.none() | st.floats(-1e6, 1e6), min_size=len(times_s), max_size=len(times_s))
    return SampleBatch(
        seq=draw(st.integers(0, 2**53 - 1)),
        times_s=times_s,
        values={name: draw(column) for name in draw(st.sets(st.sampled_from(["rr", "hr", "systolic"])))},
        validity=draw(st.none() | st.just([Validity.QUESTIONABLE] * len(times_s))),
        mode=draw(st.sampled_from(Mode)),
    )


@given(batches(), st.sampled_from(Encoding))
def test_a_batch_survives_the_wire(batch: SampleBatch, encoding: Encoding) -> None:
    """What is encoded decodes to the same batch, in JSON and msgpack."""
    assert decode_batch(encode(batch, encoding), encoding) == batch


def test_json_is_read_by_any_json_library() -> None:
    """The standard library reads what we write, and we read what it writes."""
    batch = SampleBatch(seq=3, times_s=[1.8e9, 1.8e9 + 0.813], values={"rr": [812.5, None]})

    tree = json.loads(encode(batch))

    assert tree == {
        "seq": 3,
        "times_s": [1.8e9, 1.8e9 + 0.813],
        "values": {"rr": [812.5, None]},
        "validity": None,
        "mode": "real",
    }
    assert decode_batch(json.dumps(tree).encode(), Encoding.JSON) == batch


@given(st.binary(max_size=300), st.sampled_from(Encoding))
def test_no_bytes_do_more_than_be_refused(payload: bytes, encoding: Encoding) -> None:
    """Whatever bytes come, the decoder answers with a batch or a MessageError, never another error."""
    with suppress(MessageError):
        assert decode_batch(payload, encoding).times_s


@pytest.mark.parametrize(
    "payload",
    [
        b'{"seq":0,"times_s":[1.8e9],"values":{"rr":[8',
        b'{"seq":0,"times_s":[1.8e9],"values":{"rr":[NaN]}}',
        b'{"seq":"0","times_s":[1.8e9],"values":{"rr":[800]}}',
        b'{"seq":-1,"times_s":[1.8e9],"values":{"rr":[800]}}',
        b'{"seq":0,"times_s":[],"values":{"rr":[]}}',
        b'{"seq":0,"times_s":[1.8e9],"values":{"rr":[800]},"valdity":null}',
        b'{"seq":0,"times_s":[1.8e9],"values":{"rr":[800]},"mode":"production"}',
        b"[" * 100_000,
        b'{"seq":0,"times_s":[1.8e9],"values":{"rr":["\xff"]}}',
        b" " * (MAX_PAYLOAD_BYTES + 1),
    ],
)
def test_each_broken_payload_is_refused(payload: bytes) -> None:
    """Truncated, mistyped, NaN, misspelt, deep, badly encoded and oversized payloads are all refused."""
    with pytest.raises(MessageError):
        decode_batch(payload, Encoding.JSON)


def test_a_payload_as_large_as_is_allowed_is_read() -> None:
    """At most so many bytes: that many are read, one more is refused."""
    payload = b'{"seq":0,"times_s":[1.8e9],"values":{"rr":[813]}}'
    largest = payload.ljust(MAX_PAYLOAD_BYTES)

    assert decode_batch(largest, Encoding.JSON) == decode_batch(payload, Encoding.JSON)
    with pytest.raises(MessageError):
        decode_batch(largest + b" ", Encoding.JSON)


def test_a_clock_message_has_one_number() -> None:
    """The clock message is read, and anything else in its place refused."""
    assert decode_clock(b'{"now_s": 1.8e9}').now_s == 1.8e9
    for payload in (b"{}", b"1.8e9", b'{"now_s": null}', b'{"now_s": 1, "x": 2}', b"\xff"):
        with pytest.raises(MessageError):
            decode_clock(payload)


@given(NAMES, NAMES, st.sampled_from(sorted(SIGNALS)), st.none() | st.sampled_from(Encoding))
def test_a_topic_reads_back_as_it_was_built(
    wearer: str, device: str, signal: str, encoding: Encoding | None
) -> None:
    """Building and parsing sample topics are inverse to each other."""
    topics = Topics("home/ward")
    topic = SampleTopic(wearer, device, signal, encoding)

    assert topics.parse_samples(topics.samples(topic)) == topic


@pytest.mark.parametrize(
    ("topic", "what"),
    [
        ("vitalward/v1/samples/w/d/glucose", "unknown signal"),
        ("vitalward/v1/samples/w/d/rr/xml", "unknown encoding"),
        ("vitalward/v1/samples/w/d", "not a sample topic"),
        ("vitalward/v1/samples/w/d/rr/json/x", "not a sample topic"),
        ("vitalward/v1/samples//d/rr", "wearer is not a name"),
        ("vitalward/v1/samples/w/d e/rr", "device is not a name"),
        ("other/v1/samples/w/d/rr", "not a sample topic"),
    ],
)
def test_a_wrong_topic_is_named(topic: str, what: str) -> None:
    """Each way a sample topic can be wrong is told apart."""
    with pytest.raises(MessageError) as caught:
        Topics().parse_samples(topic)

    assert caught.value.what == what


def test_an_episode_id_can_be_worked_out_by_anyone() -> None:
    """The id is the start of a SHA-256 over a documented text, so a third party gets the same."""
    text = b"w1|real|irregular_rhythm|rr|1800000000500"

    assert (
        episode_id("w1", Mode.REAL, "irregular_rhythm", "rr", 1_800_000_000.5)
        == hashlib.sha256(text).hexdigest()[:20]
    )


def test_every_signal_has_what_the_contract_promises() -> None:
    """Ranges are not empty, components are told apart, and the first component is required."""
    for code, signal in SIGNALS.items():
        assert signal.code == code
        assert signal.components[0].required
        assert all(component.low < component.high and component.unit for component in signal.components)
        assert len({component.code for component in signal.components}) == len(signal.components)


def test_messages_are_immutable() -> None:
    """A message handed on cannot be changed behind the sender's back."""
    batch = SampleBatch(seq=0, times_s=[1.8e9], values={"rr": [800.0]})

    with pytest.raises(AttributeError):
        batch.seq = 1  # type: ignore[misc]
