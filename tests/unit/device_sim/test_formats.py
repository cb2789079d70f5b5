"""Device types of other makes: topics and JSON shapes as data."""

from __future__ import annotations

import json
from typing import Any

import pytest

from device_sim.devices.batches import Sender
from device_sim.devices.formats import Format, Packet, SignalFormat, check_format, foreign_packets
from edge.contract.errors import ConfigError
from edge.contract.samples import Mode

TIMES_S = [1_772_442_000.0, 1_772_442_005.5]


def packets(how: SignalFormat, values: list[float | None], signal: str = "hr") -> list[Packet]:
    sent = Sender("anna", "band", Mode.TEST).batch(signal, TIMES_S, {"hr": values})
    return foreign_packets(Format(signals={"hr": how}), sent)


def trees(found: list[Packet]) -> list[tuple[str, Any]]:
    return [(packet.topic, json.loads(packet.payload)) for packet in found]


def test_each_sample_is_a_message_with_words_filled_in() -> None:
    """Times in ms and as ISO, names in the topic, constants as they are, values nested at will."""
    how = SignalFormat(
        topic="acme/{wearer}/{device}",
        payload={"v": 2, "data": [{"bpm": "$hr", "t": "$time_ms"}], "iso": "$time_iso", "kind": "$mode"},
    )

    assert trees(packets(how, [60.0, 61.0])) == [
        (
            "acme/anna/band",
            {
                "v": 2,
                "data": [{"bpm": 60.0, "t": 1_772_442_000_000}],
                "iso": "2026-03-02T09:00:00.000+00:00",
                "kind": "test",
            },
        ),
        (
            "acme/anna/band",
            {
                "v": 2,
                "data": [{"bpm": 61.0, "t": 1_772_442_005_500}],
                "iso": "2026-03-02T09:00:05.500+00:00",
                "kind": "test",
            },
        ),
    ]


def test_a_batch_is_one_message_with_lists() -> None:
    """All times and values at once, a missing one as null."""
    how = SignalFormat(
        topic="acme/{mode}/{signal}", per="batch", payload={"t": "$times_s", "bpm": "$hr", "n": "$seq"}
    )

    assert trees(packets(how, [60.0, None])) == [
        ("acme/test/hr", {"t": TIMES_S, "bpm": [60.0, None], "n": 0})
    ]


def test_what_has_no_value_or_no_format_is_not_sent() -> None:
    """One by one, a sample without a value says nothing; a signal that is not listed stays at home."""
    how = SignalFormat(topic="a/{mode}", payload={"bpm": "$hr"})

    assert len(packets(how, [None, 61.0])) == 1
    assert packets(how, [60.0, 61.0], signal="activity") == []


@pytest.mark.parametrize(
    ("topic", "payload", "message"),
    [
        ("a/{patient}", {"m": "$mode"}, "not a topic"),
        ("a/+", {"m": "$mode"}, "not a topic"),
        ("a/{wearer}", {"bpm": "$pulse", "m": "$mode"}, "unknown $pulse"),
        ("a/{wearer}", {"bpm": "$hr"}, "says nowhere that it is simulated"),
    ],
)
def test_a_format_that_cannot_be_is_refused(topic: str, payload: dict[str, Any], message: str) -> None:
    """Unknown words, filters for topics, and messages that could be taken for a person's."""
    form = Format(signals={"hr": SignalFormat(topic=topic, payload=payload)})

    with pytest.raises(ConfigError) as caught:
        check_format(form, where="story.toml: formats.acme")

    assert message in caught.value.what
    assert "formats.acme.signals.hr" in caught.value.where
