"""Alarms as they stand, retained; and what the edge says so that its own silence is noticed."""

from __future__ import annotations

from enum import StrEnum

import msgspec

from edge.contract.messages import AlarmState, Kind, Priority
from edge.contract.samples import Mode


class Withheld(StrEnum):
    """Why an alarm is not announced now."""

    SHELVED = "shelved"
    INHIBITED = "inhibited"
    FLOOD = "flood"


class AlarmStatus(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An alarm as it stands since `since_s`; retained while it is not over. Holds no vital sign.

    `id` is the episode it is about. `acknowledged_by` and `acknowledged_s` say who has seen it, and when.
    `is_escalated`: its priority is one above its condition's, since nobody had acknowledged it. While it is
    `withheld` no alert is published about it, but the end of one whose start was: `withheld_by` is the
    condition that inhibits it, or who shelved it, and `withheld_until_s` when the shelf ends.
    """

    id: str
    condition: str
    kind: Kind
    priority: Priority
    wearer: str
    mode: Mode
    signal: str
    device: str
    state: AlarmState
    onset_s: float
    since_s: float
    text: str
    is_escalated: bool = False
    acknowledged_by: str | None = None
    acknowledged_s: float | None = None
    withheld: Withheld | None = None
    withheld_by: str | None = None
    withheld_until_s: float | None = None
    audio_paused_until_s: float | None = None


class Heartbeat(msgspec.Struct, frozen=True, kw_only=True):
    """The edge's main loop is alive; if the next one is not there after `next_within_s`, it is not.

    `at_s` is read from the edge's clock. `decided_s` is the time of the last message it has decided on, None
    before the first.
    """

    edge: str
    n: int
    at_s: float
    next_within_s: float
    decided_s: float | None
