"""The states of an alarm, and what moves it from one to another (IEC 62682:2014, state transitions)."""

from __future__ import annotations

from enum import StrEnum

from edge.contract.messages import AlarmState


class AlarmEvent(StrEnum):
    """What can happen to an alarm.

    `clear_latching` is the end of the condition of an alarm that has been of high priority; `expire` the end
    of the time for which a returned alarm is kept.
    """

    RAISE = "raise"
    RETRIGGER = "retrigger"
    ESCALATE = "escalate"
    DEESCALATE = "deescalate"
    ACKNOWLEDGE = "acknowledge"
    CLEAR = "clear"
    CLEAR_LATCHING = "clear_latching"
    EXPIRE = "expire"


_UNACKNOWLEDGED, _ACKNOWLEDGED = AlarmState.UNACKNOWLEDGED, AlarmState.ACKNOWLEDGED
_RETURNED, _LATCHED = AlarmState.RETURNED, AlarmState.LATCHED

# Every change there is; None is the normal state. What does not stand here changes nothing.
TRANSITIONS: dict[tuple[AlarmState | None, AlarmEvent], AlarmState | None] = {
    (None, AlarmEvent.RAISE): _UNACKNOWLEDGED,
    (_UNACKNOWLEDGED, AlarmEvent.ACKNOWLEDGE): _ACKNOWLEDGED,
    (_UNACKNOWLEDGED, AlarmEvent.CLEAR): _RETURNED,
    (_UNACKNOWLEDGED, AlarmEvent.CLEAR_LATCHING): _LATCHED,
    (_ACKNOWLEDGED, AlarmEvent.RETRIGGER): _UNACKNOWLEDGED,
    (_ACKNOWLEDGED, AlarmEvent.ESCALATE): _UNACKNOWLEDGED,
    (_ACKNOWLEDGED, AlarmEvent.CLEAR): None,
    (_ACKNOWLEDGED, AlarmEvent.CLEAR_LATCHING): None,
    (_RETURNED, AlarmEvent.ACKNOWLEDGE): None,
    (_RETURNED, AlarmEvent.RETRIGGER): _UNACKNOWLEDGED,
    (_RETURNED, AlarmEvent.EXPIRE): None,
    (_LATCHED, AlarmEvent.ACKNOWLEDGE): None,
    (_LATCHED, AlarmEvent.RETRIGGER): _UNACKNOWLEDGED,
}


def next_state(state: AlarmState | None, event: AlarmEvent) -> AlarmState | None:
    """The state after an event; None is normal."""
    return TRANSITIONS.get((state, event), state)
