"""The packets of MQTT 3.1.1 that a client needs who publishes and never subscribes.

OASIS standard of 29 October 2014; numbers in brackets are its sections.
"""

from __future__ import annotations

from typing import Final, NamedTuple

DISCONNECT: Final = b"\xe0\x00"
CONNACK: Final = 2
PUBACK: Final = 4
HIGHEST_ID: Final = 65_535

_CLEAN_SESSION: Final = 0x02
_WILL_AT_QOS_1: Final = 0x0C


class Will(NamedTuple):
    """What the broker publishes for a client that is gone without a word, at QoS 1."""

    topic: str
    payload: bytes


class Received(NamedTuple):
    """A packet of the broker: its type, and all that comes after the fixed header."""

    kind: int
    body: bytes


def connect(client_id: str, *, keepalive_s: int, will: Will | None) -> bytes:
    """CONNECT with a clean session (3.1)."""
    flags = _CLEAN_SESSION | (0 if will is None else _WILL_AT_QOS_1)
    fields = b"" if will is None else _string(will.topic.encode()) + _string(will.payload)
    head = _string(b"MQTT") + bytes([4, flags]) + keepalive_s.to_bytes(2, "big")
    return _packet(0x10, head + _string(client_id.encode()) + fields)


def publish(topic: str, payload: bytes, packet_id: int) -> bytes:
    """PUBLISH at QoS 1 (3.3)."""
    return _packet(0x32, _string(topic.encode()) + packet_id.to_bytes(2, "big") + payload)


def received(data: bytes) -> tuple[list[Received], bytes]:
    """The whole packets in what has come from a broker, and what is left.

    To a client without subscriptions a broker sends CONNACK, PUBACK and PINGRESP, all of them short (2.2.3).
    """
    packets, at = [], 0
    while len(data) - at >= 2 and len(data) >= (end := at + 2 + data[at + 1]):
        packets.append(Received(data[at] >> 4, data[at + 2 : end]))
        at = end
    return packets, data[at:]


def _packet(head: int, body: bytes) -> bytes:
    return bytes([head]) + _length(len(body)) + body


def _length(count: int) -> bytes:
    """The remaining length, seven bits a byte (2.2.3)."""
    digits = bytearray()
    while True:
        count, digit = divmod(count, 128)
        digits.append(digit | (0x80 if count else 0))
        if not count:
            return bytes(digits)


def _string(text: bytes) -> bytes:
    """Length and bytes (1.5.3)."""
    return len(text).to_bytes(2, "big") + text
