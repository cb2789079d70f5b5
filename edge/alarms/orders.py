"""Commands of people, applied to a wearer's board: each is answered, and each change stands in the log."""

from __future__ import annotations

import hashlib
from typing import NamedTuple

from msgspec.structs import replace

from edge.alarms.compose import compose_alarm
from edge.alarms.signalling import reconsider, remove, resume_audio
from edge.alarms.states import AlarmEvent, next_state
from edge.alarms.timers import unshelve
from edge.baselines.report import report, reset
from edge.contract.baselines import Baseline
from edge.contract.codec import encode
from edge.contract.commands import (
    COMMAND_LATE_AFTER_S,
    Acknowledge,
    Command,
    ExportBaseline,
    PauseAudio,
    Reply,
    ResetBaseline,
    ResumeAudio,
    SetAdvice,
    SetLimit,
    Shelve,
    Unshelve,
)
from edge.contract.messages import AlarmState, Priority
from edge.ends import Record, Said
from edge.rulebook import Rulebook
from edge.watches import short_sleep
from edge.wearer.board import Answered, AudioPause, Shelf
from edge.wearer.spot import spot_of
from edge.wearer.state import WearerState

# As many commands as may come again after a lost link, with room.
REMEMBERED_COMMANDS = 64
# Enough to tell two commands of one sender apart; nobody gains by making two alike.
DIGEST_LENGTH = 16


class Answer(NamedTuple):
    """What became of a command: the words of the reply, what else has to be said, of which condition."""

    what: str
    said: Said = []  # noqa: RUF012 - never changed
    is_accepted: bool = True
    allowed: str | None = None
    state: AlarmState | None = None
    baseline: Baseline | None = None
    condition: str | None = None


def obey(state: WearerState, rules: Rulebook, who: str, command: Command, at_s: float) -> tuple[Said, Reply]:
    """Carry out a command at event time `at_s`; what follows with its record, and the reply."""
    mark = Answered(who, command.request, _digest(command))
    earlier = _answered_before(state, mark)
    if earlier is not None and earlier.digest in {mark.digest, None}:
        answer = Answer("this command came before; nothing was changed again")
    elif earlier is not None:
        answer = _refuse("this request id was used for another command", "a request id of its own for each")
    elif command.sent_s is not None and at_s - command.sent_s > COMMAND_LATE_AFTER_S:
        answer = _refuse("it came too late", f"at most {COMMAND_LATE_AFTER_S:.0f} s after sent_s")
    else:
        answer = _answer(state, rules, who, command, at_s)
        if answer.is_accepted:
            state.board.answered = [*state.board.answered, mark][-REMEMBERED_COMMANDS:]
    reply = Reply(
        request=command.request,
        who=who,
        wearer=state.wearer,
        mode=state.mode,
        is_accepted=answer.is_accepted,
        at_s=at_s,
        what=answer.what,
        allowed=answer.allowed,
        state=answer.state,
        baseline=answer.baseline,
    )
    return [*answer.said, record_of_order(command, reply, answer.condition)], reply


def _answered_before(state: WearerState, mark: Answered) -> Answered | None:
    """What was accepted of the same sender under the same request id."""
    same = (one for one in state.board.answered if (one.who, one.request) == (mark.who, mark.request))
    return next(same, None)


def _digest(command: Command) -> str:
    # Sent again it is the same command, whenever that was.
    unsent = replace(command, sent_s=None)
    return hashlib.sha256(encode(unsent)).hexdigest()[:DIGEST_LENGTH]


def _answer(state: WearerState, rules: Rulebook, who: str, command: Command, at_s: float) -> Answer:
    match command:
        case Acknowledge():
            return _acknowledge(state, who, command, at_s)
        case PauseAudio():
            state.board.audio_pause = AudioPause(at_s + command.for_s, who, command.reason)
            alarms = state.board.alarms.items()
            said: Said = [compose_alarm(state, key, alarm) for key, alarm in alarms]
            return Answer(f"no sound for {command.for_s:g} s", said)
        case ResumeAudio():
            if state.board.audio_pause is None:
                return Answer("the sound was on already")
            # The record of the command itself says who; the one of the change is not needed twice.
            return Answer("the sound is on", resume_audio(state, at_s, who=who)[1:])
        case Shelve():
            return _shelve(state, rules, who, command, at_s)
        case Unshelve():
            if command.condition not in state.board.shelves:
                return _refuse("it is not shelved", ", ".join(state.board.shelves) or "nothing is shelved")
            return Answer("announced again", unshelve(state, rules, command.condition, at_s, who=who)[1:])
        case SetLimit():
            return _set_limit(state, rules, command)
        case SetAdvice():
            state.advice.choices[command.topic] = command.is_wanted
            return Answer(f"{'advice' if command.is_wanted else 'no advice'} on {command.topic}")
        case ExportBaseline():
            usual = report(state, rules.profile_of(state.wearer), at_s)
            return Answer("what is usual for this wearer comes with this reply", baseline=usual)
        case ResetBaseline():
            reset(state)
            return Answer("what was usual for this wearer is deleted and learned anew")


def _acknowledge(state: WearerState, who: str, command: Acknowledge, at_s: float) -> Answer:
    board = state.board
    found = [(key, alarm) for key, alarm in board.alarms.items() if alarm.alert.id == command.episode]
    if not found:
        ids = ", ".join(alarm.alert.id for alarm in board.alarms.values())
        return _refuse("no alarm of that episode is open", ids or "no alarm is open")
    ((key, alarm),) = found
    code = alarm.alert.condition
    if alarm.state is AlarmState.ACKNOWLEDGED:
        words = f"{alarm.acknowledged_by} had acknowledged it"
        return Answer(words, state=alarm.state, condition=code)
    after = next_state(alarm.state, AlarmEvent.ACKNOWLEDGE)
    if after is None:
        return Answer("acknowledged, and it is over", remove(state, key), condition=code)
    alarm.state, alarm.since_s, alarm.is_owed = after, at_s, False
    alarm.acknowledged_by, alarm.acknowledged_s = who, at_s
    return Answer("acknowledged", [compose_alarm(state, key, alarm)], state=after, condition=code)


def _shelve(state: WearerState, rules: Rulebook, who: str, command: Shelve, at_s: float) -> Answer:
    code = command.condition
    if code not in rules.conditions:
        return _refuse(f"unknown condition {code!r}", ", ".join(rules.conditions))
    alerts = [alarm.alert for alarm in state.board.alarms.values()]
    if any(alert.condition == code and alert.priority is Priority.HIGH for alert in alerts):
        return _refuse("its alarm is of high priority", "to acknowledge it, or to pause the sound")
    state.board.shelves[code] = Shelf(at_s + command.for_s, who, command.reason)
    said = reconsider(state, rules, at_s)
    # One that was withheld before as well is withheld until another time now.
    said += [
        compose_alarm(state, key, alarm)
        for key, alarm in state.board.alarms.items()
        if alarm.alert.condition == code
    ]
    return Answer(f"shelved for {command.for_s:g} s", said)


def _set_limit(state: WearerState, rules: Rulebook, command: SetLimit) -> Answer:
    ranges = {code: row.limit_range for code, row in rules.conditions.items() if row.limit_range is not None}
    code = command.condition
    if code not in ranges:
        return _refuse(f"{code!r} has no limit to set", ", ".join(ranges))
    low, high = ranges[code]
    if command.limit is None:
        state.limits.pop(code, None)
        limit = _limit_in_force(state, rules, code)
        return Answer("nothing is judged by it at this age" if limit is None else f"the limit is {limit:g}")
    if not low <= command.limit <= high:
        return _refuse(f"limit {command.limit:g}", f"{low:g} to {high:g}, or null for that of the table")
    state.limits[code] = command.limit
    return Answer(f"the limit is {command.limit:g}")


def _limit_in_force(state: WearerState, rules: Rulebook, code: str) -> float | None:
    """The limit where none is set for the wearer: by what is usual, by age, or that of the table."""
    row = rules.conditions[code]
    if code == short_sleep.CODE:
        return short_sleep.limit_h(spot_of(state, rules, short_sleep.CODE), row, state.now_s)
    return state.baseline.limits.get(code, row.limit)


def _refuse(what: str, allowed: str) -> Answer:
    return Answer(what, is_accepted=False, allowed=allowed)


def record_of_order(command: Command, reply: Reply, condition: str | None = None) -> Record:
    """The line of the audit log: a command and what became of it; `condition` where it names none."""
    verb = str(command.__struct_config__.tag)
    return Record(
        at_s=reply.at_s,
        wearer=reply.wearer,
        mode=reply.mode,
        who=reply.who,
        what=verb if reply.is_accepted else f"{verb} refused",
        condition=condition or getattr(command, "condition", None),
        episode=getattr(command, "episode", None),
        reason=getattr(command, "reason", None),
        detail=reply.what,
    )
