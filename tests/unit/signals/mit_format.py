"""A plain encoder of the MIT annotation format, written from annot(5), one annotation after the other."""

from __future__ import annotations

import struct
from dataclasses import dataclass


@dataclass(frozen=True)
class Event:
    """One annotation as a person would note it down."""

    sample: int
    code: int
    subtype: int = 0
    channel: int = 0
    number: int = 0
    note: str | None = None


def word(kind: int, value: int) -> bytes:
    return struct.pack("<H", kind << 10 | value & 0x3FF)


def encode(events: list[Event]) -> bytes:
    """The bytes of a whole file; channel and number are written when they change, for they stay in force."""
    out, at, channel, number = b"", 0, 0, 0
    for event in events:
        delta = event.sample - at
        if not 0 <= delta < 1024 or (event.code == 0 and delta == 0):
            high, low = (delta - 1) >> 16 & 0xFFFF, (delta - 1) & 0xFFFF
            out += word(59, 0) + struct.pack("<HH", high, low)
            delta = 1
        out += word(event.code, delta)
        at = event.sample
        if event.subtype:
            out += word(61, event.subtype & 0xFF)
        if event.channel != channel:
            out += word(62, event.channel)
            channel = event.channel
        if event.number != number:
            out += word(60, event.number & 0xFF)
            number = event.number
        if event.note is not None:
            note = event.note.encode("latin-1")
            out += word(63, len(note)) + note + b"\0" * (len(note) % 2)
    return out + b"\0\0"
