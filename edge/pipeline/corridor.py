"""The corridor: batches, commands and time in, alerts and advice out; pure in state, input and event time."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import NamedTuple

import msgspec

from edge.alarms.orders import obey
from edge.alarms.signalling import reconsider
from edge.alarms.timers import Timer, run_out, timers
from edge.conditions.condition import PLAIN, Level
from edge.conditions.machine import deadline_s
from edge.contract.catalogue import SIGNALS
from edge.contract.commands import Command, Reply
from edge.contract.messages import Reason
from edge.contract.samples import SampleBatch
from edge.contract.topics import SampleTopic
from edge.ends import Said
from edge.pipeline.advise import dues, next_due_s, on_time
from edge.pipeline.decide import decide
from edge.pipeline.intake import Checked, check_batch
from edge.pipeline.say import end_flood, let_elapse, say
from edge.rulebook import Rulebook
from edge.watches import alarm_flood, values_out_of_range
from edge.watches.sensor_lost import case, explain, lost_at_s
from edge.wearer.freshness import sort_batch, stream_key
from edge.wearer.spot import Spot, spot_of
from edge.wearer.state import WearerState


class SetAside(NamedTuple):
    """Samples of a batch that took no part in decisions, and why."""

    reason: Reason
    samples: int


class Outcome(msgspec.Struct, frozen=True):
    """What a batch led to; samples on `standby` are of a device that another one is preferred to."""

    said: Said
    set_aside: list[SetAside]
    live: int = 0
    standby: int = 0


def take_batch(
    state: WearerState, rules: Rulebook, topic: SampleTopic, batch: SampleBatch, arrival_s: float
) -> Outcome:
    """Take a batch that arrived at `arrival_s`; changes `state`.

    The batch has passed `check_batch` once already, at the door; MessageError otherwise.
    """
    # Checked first: what time alone brings about must not be lost with a batch that cannot be taken.
    checked = check_batch(batch, topic.signal, now_s=None)
    said = pass_time(state, rules, arrival_s)
    signal = SIGNALS[topic.signal]
    taken = sort_batch(
        state, signal, checked.samples, device=topic.device, seq=batch.seq, arrival_s=arrival_s
    )
    if taken.is_duplicate:
        return Outcome(said, [SetAside(Reason.DUPLICATE, len(checked.samples))])
    aside = []
    if checked.out_of_range:
        aside.append(SetAside(Reason.OUT_OF_RANGE, checked.out_of_range))
    if taken.late:
        aside.append(SetAside(Reason.LATE, taken.late))
    if taken.is_standby:
        return Outcome(said, aside, standby=len(checked.samples))
    if taken.live:
        spot = Spot(state, rules, stream_key(topic.signal, topic.device), topic.device)
        # What is absent where nothing is the case need not be said.
        if checked.out_of_range or state.episodes:
            said += _plausible(spot, checked)
        if taken.heard and state.episodes and signal.stale_after_s is not None:
            said += _sensor(spot, Level.ABSENT, state.now_s)
        said += decide(spot, topic.signal, taken.live)
    if taken.is_takeover:
        # What was withheld because of the device before is no longer, and the other way round.
        said += reconsider(state, rules, state.now_s)
    return Outcome(said, aside, len(taken.live))


def take_command(
    state: WearerState, rules: Rulebook, who: str, command: Command, arrival_s: float
) -> tuple[Said, Reply]:
    """Take a command that arrived at `arrival_s`; changes `state`."""
    said = pass_time(state, rules, arrival_s)
    state.quiet_until_s = 0.0
    followed, reply = obey(state, rules, who, command, state.now_s)
    return said + followed, reply


def pass_time(state: WearerState, rules: Rulebook, now_s: float) -> Said:
    """Let time go on to `now_s`: silences and delays that run out by then speak, in their order.

    Each speaks with the time at which it ran out, so it does not matter how often time is passed.
    """
    said: Said = []
    if state.advice.due_s is None:
        state.advice.due_s, state.quiet_until_s = next_due_s(rules, now_s), 0.0
    while now_s >= state.quiet_until_s:
        due_s, kind, about = min(_dues(state, rules), default=(math.inf, "", ""))
        if due_s > now_s:
            state.quiet_until_s = due_s
            break
        state.now_s = max(state.now_s, due_s)
        match kind:
            case "condition":
                code, _, subject = about.partition("/")
                said += let_elapse(spot_of(state, rules, subject), rules.conditions[code], due_s)
            case "flood":
                said += end_flood(state, rules, due_s)
            case "advice":
                said += on_time(state, rules, due_s)
            case "lost":
                said += _sensor(spot_of(state, rules, about), Level.PRESENT, due_s)
            case timer:
                said += run_out(state, rules, Timer(timer), about, due_s)
    state.now_s = max(state.now_s, now_s)
    return said


def _dues(state: WearerState, rules: Rulebook) -> Iterator[tuple[float, str, str]]:
    """Everything that time alone will bring about, if nothing else happens: when, what, and about what."""
    for key, episode in state.episodes.items():
        due_s = deadline_s(episode, rules.conditions[key.partition("/")[0]])
        if due_s is not None:
            yield due_s, "condition", key
    for subject in state.streams:
        lost_s = lost_at_s(state, subject)
        if lost_s is not None and f"sensor_lost/{subject}" not in state.episodes:
            yield lost_s, "lost", subject
    flood_s = alarm_flood.ends_s(state)
    if flood_s is not None:
        yield flood_s, "flood", ""
    for due_s in dues(state):
        yield due_s, "advice", ""
    yield from timers(state, rules)


def _plausible(spot: Spot, checked: Checked) -> Said:
    """Whether the values of a batch are such as a working sensor reports."""
    row, seen = spot.rules.conditions["values_out_of_range"], (checked.out_of_range, len(checked.samples))
    sight = values_out_of_range.look(*seen, row)
    at_s = spot.state.now_s
    return say(
        spot,
        row,
        sight,
        at_s,
        lambda: values_out_of_range.explain(*seen, row),
        case=lambda: values_out_of_range.case(*seen, row, at_s),
    )


def _sensor(spot: Spot, level: Level, at_s: float) -> Said:
    """The sensor of a stream is lost, or is heard of again."""
    row = spot.rules.conditions["sensor_lost"]
    return say(
        spot,
        row,
        PLAIN[level],
        at_s,
        lambda: explain(spot, is_lost=level is Level.PRESENT),
        case=lambda: case(spot, row, at_s),
    )
