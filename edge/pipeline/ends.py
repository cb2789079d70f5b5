"""What stands at the two ends of the corridor: messages in, journal entries, letters out."""

from __future__ import annotations

from enum import IntEnum
from typing import NamedTuple

from edge.contract.topics import Encoding


class Incoming(NamedTuple):
    """A message from the broker, when it came, and the content type if the sender gave one."""

    received_s: float
    topic: str
    payload: bytes
    content_type: str | None = None


class Entry(NamedTuple):
    """A message in the journal: as it came, and when."""

    received_s: float
    topic: str
    encoding: Encoding
    payload: bytes


class Lane(IntEnum):
    """Which letters go first; within a lane they keep their order."""

    ALERT = 0
    ADVICE = 1
    QUARANTINE = 2


class Letter(NamedTuple):
    """One message to publish."""

    lane: Lane
    topic: str
    payload: bytes
