"""A fleet's packets, its log and its members, without a broker."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from device_sim.fleet.log import match
from device_sim.fleet.member import Member, plans_of
from device_sim.fleet.packets import DISCONNECT, PUBACK, Will, connect, publish, received
from edge.contract.samples import SampleBatch
from edge.contract.topics import Topics

NOW_S = 1_780_315_200.0


def test_packets_are_those_of_the_standard() -> None:
    """Byte by byte as MQTT 3.1.1 lays them out, worked by hand: lengths, flags, a will at QoS 1."""
    assert connect("a", keepalive_s=60, will=None) == bytes.fromhex("100d 0004 4d515454 04 02 003c 0001 61")
    assert connect("ab", keepalive_s=0x0102, will=Will("t", b"!")) == bytes.fromhex(
        "1014 0004 4d515454 04 0e 0102 0002 6162 0001 74 0001 21"
    )
    assert publish("a/b", b"xy", 10) == bytes.fromhex("3209 0003 612f62 000a 7879")
    assert bytes.fromhex("e000") == DISCONNECT


@pytest.mark.parametrize(
    ("size", "length"), [(123, "7f"), (124, "8001"), (16_379, "ff7f"), (16_380, "808001")]
)
def test_the_remaining_length_takes_seven_bits_a_byte(size: int, length: str) -> None:
    """At the borders that the standard's table 2.4 names: 127, 128, 16 383 and 16 384 bytes remain."""
    packet = publish("", bytes(size), 1)

    assert packet[1 : 1 + len(length) // 2].hex() == length
    assert len(packet) == 1 + len(length) // 2 + 2 + 2 + size


@given(cuts=st.lists(st.integers(0, 14), max_size=6))
def test_answers_are_read_however_they_are_cut(cuts: list[int]) -> None:
    """Acknowledgements of a connection and of three messages, in any pieces, are each read once."""
    stream = bytes.fromhex("20020000 40020001 40020002 d000 4002ffff")[:18]
    places = sorted({0, *cuts, len(stream)})
    rest, kinds = b"", []
    for begin, end in pairwise(places):
        packets, rest = received(rest + stream[begin:end])
        kinds += [(packet.kind, packet.body.hex()) for packet in packets]

    assert kinds == [(2, "0000"), (PUBACK, "0001"), (PUBACK, "0002"), (13, ""), (PUBACK, "ffff")]
    assert rest == b""


def records(*rows: tuple[int, float]) -> NDArray[Any]:
    return np.array(list(rows), dtype=[("key", "<u8"), ("at_s", "<f8")])


def test_what_arrived_is_held_against_what_was_sent() -> None:
    """Message 1 takes 0.5 s, 2 is lost, 3 was sent again and came twice, and 9 is somebody else's."""
    sent = records((1, 10.0), (2, 11.0), (3, 12.0), (3, 15.0))
    heard = records((9, 9.0), (1, 10.5), (3, 15.25), (3, 15.75))

    matched = match(sent, heard)

    assert (matched.sent_s.tolist(), matched.delay_s.tolist()) == ([10.0, 12.0], [0.5, 3.25])
    assert (matched.lost, matched.twice) == (1, 1)


def test_nothing_sent_is_nothing_lost() -> None:
    """Empty logs match."""
    matched = match(records(), records())

    assert (len(matched.delay_s), matched.lost, matched.twice) == (0, 0, 0)


def test_a_member_hands_over_each_beat_once_and_only_what_was_since_it_came() -> None:
    """A minute asked for every five seconds, late by up to two: beats follow each other without a gap."""
    topics = Topics("x")
    member = Member(3, 10, plans_of(5.0), 1, topics, now_s=NOW_S, first_s=NOW_S + 4.0)
    beats_s: list[float] = []
    messages = 0
    for turn in range(12):
        packets = member.packets(NOW_S + 4.0 + 5.0 * turn + turn % 3)
        for packet in packets:
            batch = msgspec.json.decode(packet.payload, type=SampleBatch)
            assert batch.mode == "test"
            if packet.topic.endswith("/rr"):
                messages += 1
                intervals_s = [value / 1000.0 for value in batch.values["rr"] if value is not None]
                if beats_s:
                    assert batch.times_s[0] - intervals_s[0] == pytest.approx(beats_s[-1], abs=1e-3)
                beats_s += batch.times_s

    assert messages == 12
    assert NOW_S - 1.0 < beats_s[0] < NOW_S + 2.0
    assert NOW_S + 57.0 < beats_s[-1] <= NOW_S + 61.0


def test_each_visit_has_a_will_of_its_own() -> None:
    """What the broker says of a second departure is not taken for the first."""
    topics = Topics("x")
    member = Member(0, 1, plans_of(5.0), 1, topics, now_s=NOW_S, first_s=NOW_S)
    member.visit()
    first = member.will(topics)
    member.visit()

    assert first.topic == member.will(topics).topic == "x/v1/simulator/gone/fleet-00000"
    assert first.payload == b'{"wearer":"fleet-00000","mode":"test","visit":1}'
    assert member.will(topics).payload != first.payload
