"""Transitions of conditions and the state of alarms, put into messages."""

from __future__ import annotations

from edge.conditions.condition import Condition
from edge.conditions.machine import Transition, Turn
from edge.contract.alarms import AlarmStatus, Withheld
from edge.contract.explanation import Explanation
from edge.contract.messages import Alert, EndReason, Evidence, Phase, episode_id
from edge.ends import AlarmNow, Record
from edge.wearer.board import Alarm
from edge.wearer.spot import Spot
from edge.wearer.state import WearerState

# Who is named for what nobody asked for.
EDGE = "edge"


def compose_alert(
    spot: Spot, condition: Condition, transition: Transition, evidence: Evidence, why: Explanation
) -> Alert:
    """The alert that tells of a transition, before it is numbered."""
    state = spot.state
    return Alert(
        id=episode_id(state.wearer, state.mode, condition.code, spot.subject, transition.onset_s),
        n=0,
        phase=Phase.END if transition.turn is Turn.END else Phase.UPDATE,
        condition=condition.code,
        kind=condition.kind,
        priority=transition.priority,
        wearer=state.wearer,
        mode=state.mode,
        onset_s=transition.onset_s,
        at_s=transition.at_s,
        text=_text(condition, transition),
        evidence=evidence,
        signal=spot.subject.partition("@")[0],
        device=spot.device,
        end_s=transition.end_s,
        end_reason=transition.end_reason,
        why=why,
    )


def compose_alarm(state: WearerState, key: str, alarm: Alarm) -> AlarmNow:
    """The alarm as it stands, for the topic that retains it."""
    alert, subject = alarm.alert, key.partition("/")[2]
    shelf = state.board.shelves.get(alert.condition) if alarm.withheld is Withheld.SHELVED else None
    status = AlarmStatus(
        id=alert.id,
        condition=alert.condition,
        kind=alert.kind,
        priority=alert.priority,
        wearer=state.wearer,
        mode=state.mode,
        signal=alert.signal,
        device=alert.device,
        state=alarm.state,
        onset_s=alert.onset_s,
        since_s=alarm.since_s,
        text=alert.text,
        is_escalated=alarm.is_escalated,
        acknowledged_by=alarm.acknowledged_by,
        acknowledged_s=alarm.acknowledged_s,
        withheld=alarm.withheld,
        withheld_by=alarm.withheld_by,
        withheld_until_s=None if shelf is None else shelf.until_s,
        audio_paused_until_s=state.board.audio_paused_until_s,
    )
    return AlarmNow(subject, status)


def record_of(
    state: WearerState,
    alarm: Alarm,
    at_s: float,
    what: str,
    *,
    who: str = EDGE,
    detail: str | None = None,
) -> Record:
    """The line of the audit log for a change of an alarm."""
    return Record(
        at_s=at_s,
        wearer=state.wearer,
        mode=state.mode,
        who=who,
        what=what,
        condition=alarm.alert.condition,
        episode=alarm.alert.id,
        detail=detail,
    )


def _text(condition: Condition, transition: Transition) -> str:
    if transition.turn is not Turn.END:
        return condition.text.format(limit=condition.limit)
    if transition.end_reason is EndReason.UNKNOWN:
        return f"{condition.title}: no longer known, the data stopped."
    return f"{condition.title}: over."
