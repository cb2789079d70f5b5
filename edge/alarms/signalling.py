"""From what happens to a condition to what is announced of its alarm."""

from __future__ import annotations

from msgspec.structs import replace

from edge.alarms.compose import compose_alarm, compose_alert, record_of
from edge.alarms.states import AlarmEvent, next_state
from edge.alarms.withholding import find_reason, may_withhold
from edge.conditions.condition import PRIORITY_ORDER, Condition
from edge.conditions.machine import Transition, Turn
from edge.contract.alarms import Withheld
from edge.contract.explanation import Explanation
from edge.contract.messages import AlarmState, Alert, Evidence, Phase, Priority
from edge.ends import AlarmOver, Record, Said
from edge.rulebook import Rulebook
from edge.wearer.board import Alarm
from edge.wearer.spot import Spot
from edge.wearer.state import WearerState


def signal(
    spot: Spot, condition: Condition, transition: Transition, evidence: Evidence, why: Explanation
) -> Said:
    """Take one transition of a condition; changes the wearer's board, returns all that has to be said."""
    state, rules = spot.state, spot.rules
    key = f"{condition.code}/{spot.subject}"
    alert = compose_alert(spot, condition, transition, evidence, why)
    before = state.board.alarms.get(key)
    match transition.turn:
        case Turn.START:
            alarm = state.board.alarms[key] = Alarm(
                alert,
                AlarmState.UNACKNOWLEDGED,
                since_s=transition.at_s,
                asked_s=_asked_s(state, transition.at_s),
            )
            # One that latched and was not seen goes on latching.
            alarm.is_latching = before is not None and before.is_latching
            alarm.is_unseen = before is not None and (before.n > 0 or before.is_unseen)
            event = AlarmEvent.RAISE if before is None else AlarmEvent.RETRIGGER
            said = _move(state, alarm, event, alert.at_s)
        case _ if before is None:
            raise AssertionError(f"{key} went on without an alarm")
        case Turn.END:
            return [*_end(state, key, before, alert), *_reconsider(state, rules, condition, alert.at_s)]
        case turn:
            alarm = before
            shown = _shown_priority(alarm, transition)
            alarm.alert = replace(alert, priority=shown)
            said = _move(state, alarm, _EVENTS[turn], alert.at_s) if turn in _EVENTS else []
    alarm.is_latching = alarm.is_latching or alarm.alert.priority is Priority.HIGH
    said += _end_pause(state, alarm, transition)
    alarm.withheld, alarm.withheld_by = find_reason(state, rules, key, alarm)
    # A priority that falls is shown and calls nobody.
    if transition.turn is not Turn.FALL:
        said += announce(state, alarm, transition.at_s)
    return [*said, compose_alarm(state, key, alarm), *_reconsider(state, rules, condition, alert.at_s)]


def announce(state: WearerState, alarm: Alarm, at_s: float) -> Said:
    """The alert of an alarm, numbered, as of `at_s`; while it is withheld it is owed instead."""
    if alarm.withheld is not None:
        alarm.is_owed = True
        return []
    alarm.n += 1
    alarm.is_owed = False
    alarm.alert = replace(
        alarm.alert,
        n=alarm.n,
        phase=Phase.START if alarm.n == 1 else Phase.UPDATE,
        at_s=at_s,
        state=alarm.state,
        audio_paused_until_s=state.board.audio_paused_until_s,
    )
    return [alarm.alert]


def reconsider(state: WearerState, rules: Rulebook, at_s: float) -> Said:
    """Look anew at why alarms are withheld: announce what no longer is, and tell how each stands."""
    said: Said = []
    for key, alarm in state.board.alarms.items():
        before = (alarm.withheld, alarm.withheld_by)
        now = find_reason(state, rules, key, alarm)
        if now == before:
            continue
        alarm.withheld, alarm.withheld_by = now
        is_unseen = alarm.state is AlarmState.UNACKNOWLEDGED
        if now[0] is not None:
            # What a shelf has kept silent is announced after it, also when something else does so meanwhile.
            alarm.is_owed = alarm.is_owed or (is_unseen and before[0] is Withheld.SHELVED)
            said.append(record_of(state, alarm, at_s, "withheld", detail=f"{now[0]} by {now[1]}"))
        else:
            said.append(record_of(state, alarm, at_s, "released", detail=f"was {before[0]} by {before[1]}"))
            # After a shelf, and whatever came up meanwhile: present and not seen is told again.
            if is_unseen and (alarm.is_owed or before[0] is Withheld.SHELVED):
                alarm.asked_s = _asked_s(state, at_s)
                said += announce(state, alarm, at_s)
        said.append(compose_alarm(state, key, alarm))
    return said


def _asked_s(state: WearerState, at_s: float) -> float:
    """Since when somebody can have heard of it: what was handed over late was told no earlier than now."""
    return max(at_s, state.now_s)


def escalate(state: WearerState, key: str, at_s: float) -> Said:
    """Nobody has acknowledged in time: the alarm rises by one priority and is announced again."""
    alarm = state.board.alarms[key]
    alarm.is_escalated = True
    alarm.alert = replace(alarm.alert, priority=_one_above(alarm.alert.priority))
    alarm.is_latching = alarm.is_latching or alarm.alert.priority is Priority.HIGH
    said: Said = [record_of(state, alarm, at_s, "escalate", detail="not acknowledged in time")]
    if alarm.alert.priority is Priority.HIGH:
        said += _without_pause(state, at_s)
    return [*said, *announce(state, alarm, at_s), compose_alarm(state, key, alarm)]


def remove(state: WearerState, key: str) -> Said:
    """The alarm is normal again."""
    del state.board.alarms[key]
    code, _, subject = key.partition("/")
    return [AlarmOver(code, subject)]


_EVENTS = {
    Turn.RISE: AlarmEvent.ESCALATE,
    Turn.FALL: AlarmEvent.DEESCALATE,
    Turn.AGAIN: AlarmEvent.RETRIGGER,
}


def _move(state: WearerState, alarm: Alarm, event: AlarmEvent, at_s: float) -> Said:
    """Move an alarm that stays present to its next state, and note that in the log."""
    after = next_state(alarm.state, event)
    assert after is not None
    if after is not alarm.state:
        alarm.state, alarm.since_s, alarm.asked_s = after, at_s, _asked_s(state, at_s)
        alarm.acknowledged_by = alarm.acknowledged_s = None
    return [record_of(state, alarm, at_s, event.value, detail=f"{alarm.alert.priority} priority")]


def _end(state: WearerState, key: str, alarm: Alarm, end: Alert) -> Said:
    """The condition is over: the alarm is normal, or returned or latched until somebody has seen it.

    Whoever was told of its start is told of its end, whatever withholds the alarm by then; nobody else is.
    """
    at_s = end.at_s
    event = AlarmEvent.CLEAR_LATCHING if alarm.is_latching else AlarmEvent.CLEAR
    after = next_state(alarm.state, event)
    said: Said = [record_of(state, alarm, at_s, "clear", detail=f"{end.end_reason}")]
    is_told = alarm.n > 0
    is_kept = after is AlarmState.LATCHED or (after is AlarmState.RETURNED and alarm.is_unseen)
    if not is_told and not is_kept:
        # Nobody was ever told: there is nothing left to be seen.
        return [*said, *remove(state, key)]
    alarm.n += is_told
    if after is not None:
        alarm.state, alarm.since_s = after, at_s
    alarm.withheld = alarm.withheld_by = None
    alarm.is_owed = False
    alarm.alert = replace(
        end,
        n=alarm.n,
        device=alarm.alert.device,
        priority=alarm.alert.priority,
        state=alarm.state,
        audio_paused_until_s=state.board.audio_paused_until_s,
    )
    if is_told:
        said.append(alarm.alert)
    if after is None:
        return [*said, *remove(state, key)]
    return [*said, compose_alarm(state, key, alarm)]


def _shown_priority(alarm: Alarm, transition: Transition) -> Priority:
    """That of the condition, one above where nobody acknowledged in time; a rise never shows as a fall."""
    if transition.turn is Turn.RISE:
        alarm.is_escalated = False
        return max(transition.priority, alarm.alert.priority, key=PRIORITY_ORDER.index)
    return _one_above(transition.priority) if alarm.is_escalated else transition.priority


def _one_above(priority: Priority) -> Priority:
    return PRIORITY_ORDER[min(PRIORITY_ORDER.index(priority) + 1, len(PRIORITY_ORDER) - 1)]


def _reconsider(state: WearerState, rules: Rulebook, condition: Condition, at_s: float) -> Said:
    """Only what others depend on makes them worth another look."""
    return reconsider(state, rules, at_s) if may_withhold(rules, condition) else []


def _end_pause(state: WearerState, alarm: Alarm, transition: Transition) -> Said:
    """A pause was for what rang then: a new alarm of high priority ends it."""
    is_new = transition.turn in {Turn.START, Turn.RISE, Turn.AGAIN}
    is_high = alarm.alert.priority is Priority.HIGH
    return _without_pause(state, transition.at_s) if is_new and is_high else []


def _without_pause(state: WearerState, at_s: float) -> Said:
    if state.board.audio_pause is None:
        return []
    return resume_audio(state, at_s, detail="a new alarm of high priority")


def resume_audio(state: WearerState, at_s: float, *, who: str = "edge", detail: str | None = None) -> Said:
    """End the pause of the sound, and tell how each alarm stands then."""
    state.board.audio_pause = None
    record = Record(
        at_s=at_s, wearer=state.wearer, mode=state.mode, who=who, what="resume_audio", detail=detail
    )
    return [record, *(compose_alarm(state, key, alarm) for key, alarm in state.board.alarms.items())]
