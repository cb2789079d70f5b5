"""What stands at the two ends of the corridor: messages in, journal entries, letters and records out."""

from __future__ import annotations

from enum import IntEnum
from typing import Final, NamedTuple

import msgspec

from edge.contract.alarms import AlarmStatus
from edge.contract.messages import Advice, Alert
from edge.contract.reports import NightReport, WeekReport
from edge.contract.samples import Mode
from edge.contract.topics import Encoding
from edge.wearer.summary import Day

# What stands in for a row of the journal or the outbox that cannot be read; its payload says why. Not a topic
# anyone can publish to: '$' is the broker's own.
UNREADABLE_TOPIC: Final = "$unreadable"
# An entry that another bundle was put in force. Not a topic anyone can publish to either.
SWITCHED_TOPIC: Final = "$bundle-switched"


class Incoming(NamedTuple):
    """A message from the broker, when it came, and what its sender said beside topic and payload."""

    received_s: float
    topic: str
    payload: bytes
    content_type: str | None = None
    is_retained: bool = False
    reply_topic: str | None = None
    correlation: bytes | None = None


class Entry(NamedTuple):
    """A message in the journal: as it came, and when; of a command, where its reply goes."""

    received_s: float
    topic: str
    encoding: Encoding
    payload: bytes
    reply_topic: str | None = None
    correlation: bytes | None = None


class Lane(IntEnum):
    """Which letters go first; within a lane they keep their order. Alarms and replies go with the alerts."""

    ALERT = 0
    ADVICE = 1
    QUARANTINE = 2


class Letter(NamedTuple):
    """One message to publish."""

    lane: Lane
    topic: str
    payload: bytes
    is_retained: bool = False
    correlation: bytes | None = None


class AlarmOver(NamedTuple):
    """An alarm is normal again: what was retained of it is to be removed."""

    condition: str
    subject: str


class AlarmNow(NamedTuple):
    """An alarm as it stands, on the subject it stands for."""

    subject: str
    status: AlarmStatus


class Record(msgspec.Struct, frozen=True, kw_only=True):
    """A line of the audit log: what changed at event time `at_s`, by whom, and why.

    `what` is the verb; `episode` and `condition` what it was done to; `detail` the rest in words.
    """

    at_s: float
    wearer: str
    mode: Mode
    who: str
    what: str
    condition: str | None = None
    episode: str | None = None
    reason: str | None = None
    detail: str | None = None


# A `Day` is kept, not published.
Said = list[Alert | Advice | AlarmNow | AlarmOver | Record | NightReport | WeekReport | Day]
