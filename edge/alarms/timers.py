"""What time alone brings about on a board: shelves and pauses that end, alarms that escalate or expire.

Everything happens at its own event time, so it does not matter how often time is passed.
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum
from typing import Final

from edge.alarms.compose import EDGE, record_of
from edge.alarms.signalling import escalate, reconsider, remove, resume_audio
from edge.conditions.condition import Condition
from edge.contract.durations import DAY_S, HOUR_S
from edge.contract.messages import AlarmState, Priority
from edge.ends import Record, Said
from edge.rulebook import Rulebook
from edge.wearer.state import WearerState

# How long an alarm that is gone and was not acknowledged stays to be seen; one that latched stays for good.
KEPT_S: Final = {Priority.LOW: HOUR_S, Priority.MEDIUM: DAY_S, Priority.HIGH: DAY_S}


class Timer(StrEnum):
    """What runs out. At the same instant they go in this order, by name."""

    ESCALATE = "escalate"
    EXPIRE = "expire"
    RESUME_AUDIO = "resume_audio"
    UNSHELVE = "unshelve"


def timers(state: WearerState, rules: Rulebook) -> Iterator[tuple[float, Timer, str]]:
    """Everything that runs, with its time and the alarm or shelf it is about."""
    board = state.board
    for key, alarm in board.alarms.items():
        if alarm.state is AlarmState.RETURNED:
            yield alarm.since_s + KEPT_S[alarm.alert.priority], Timer.EXPIRE, key
        elif alarm.state is AlarmState.UNACKNOWLEDGED and alarm.withheld is None and not alarm.is_escalated:
            after_s = _escalates_after_s(rules.conditions[alarm.alert.condition], alarm.alert.priority)
            if after_s is not None:
                yield alarm.asked_s + after_s, Timer.ESCALATE, key
    for condition, shelf in board.shelves.items():
        yield shelf.until_s, Timer.UNSHELVE, condition
    if board.audio_pause is not None:
        yield board.audio_pause.until_s, Timer.RESUME_AUDIO, ""


def run_out(state: WearerState, rules: Rulebook, timer: Timer, about: str, at_s: float) -> Said:
    """Do what a timer stands for at its time."""
    match timer:
        case Timer.ESCALATE:
            return escalate(state, about, at_s)
        case Timer.EXPIRE:
            record = record_of(state, state.board.alarms[about], at_s, "expire")
            return [record, *remove(state, about)]
        case Timer.UNSHELVE:
            return unshelve(state, rules, about, at_s, who=EDGE)
        case Timer.RESUME_AUDIO:
            return resume_audio(state, at_s, detail="its time is over")


def unshelve(state: WearerState, rules: Rulebook, condition: str, at_s: float, *, who: str) -> Said:
    """End a shelf: what is present and not seen is announced now, not at the next sample."""
    del state.board.shelves[condition]
    record = Record(
        at_s=at_s, wearer=state.wearer, mode=state.mode, who=who, what="unshelve", condition=condition
    )
    return [record, *reconsider(state, rules, at_s)]


def _escalates_after_s(condition: Condition, priority: Priority) -> float | None:
    return None if priority is Priority.HIGH else condition.escalate_after_s
