"""The corridor: batches and time in, alerts and advice out; pure in state, input and event time."""

from __future__ import annotations

from typing import NamedTuple

from edge.conditions.machine import Level, deadline_s, elapse
from edge.conditions.table import SENSOR_LOST
from edge.contract.catalogue import SIGNALS
from edge.contract.messages import Evidence, Reason
from edge.contract.samples import SampleBatch
from edge.contract.topics import SampleTopic
from edge.pipeline.compose import Spot
from edge.pipeline.decide import Said, decide, is_worn, say, voice
from edge.pipeline.freshness import Fate, sort_batch, stream_key
from edge.pipeline.intake import check_batch
from edge.pipeline.rulebook import Rulebook
from edge.pipeline.state import WearerState


class SetAside(NamedTuple):
    """Samples of a batch that took no part in decisions, and why."""

    reason: Reason
    samples: int


class Outcome(NamedTuple):
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
    said = pass_time(state, rules, arrival_s)
    signal = SIGNALS[topic.signal]
    checked = check_batch(batch, topic.signal, now_s=None)
    aside = [SetAside(Reason.OUT_OF_RANGE, checked.out_of_range)] if checked.out_of_range else []
    fate, live, late, heard = sort_batch(
        state, signal, checked.samples, device=topic.device, seq=batch.seq, arrival_s=arrival_s
    )
    if fate is Fate.DUPLICATE:
        return Outcome(said, [SetAside(Reason.DUPLICATE, len(checked.samples))])
    if fate is Fate.STANDBY:
        return Outcome(said, aside, standby=len(checked.samples))
    if late:
        aside.append(SetAside(Reason.LATE, late))
    spot = Spot(state, rules, stream_key(topic.signal, topic.device), topic.device)
    if heard and signal.stale_after_s is not None:
        said += _heard(spot)
    for sample in live:
        said += decide(spot, sample)
    return Outcome(said, aside, len(live))


def pass_time(state: WearerState, rules: Rulebook, now_s: float) -> Said:
    """Let time go on to `now_s`: silences and delays that run out by then speak, in their order.

    Each speaks with the time at which it ran out, so it does not matter how often time is passed.
    """
    said: Said = []
    while (due := _next_due(state, rules, now_s)) is not None:
        due_s, key = due
        state.now_s = max(state.now_s, due_s)
        code, _, subject = key.partition("/")
        spot = Spot(state, rules, subject, state.streams[subject].device)
        if code == SENSOR_LOST.code and not state.episode(code, subject).is_active:
            said += _lost(spot, due_s)
        else:
            condition = rules.conditions[code]
            transitions = elapse(state.episodes[key], condition, due_s)
            said += voice(spot, condition, transitions, Evidence(values={}, guideline=condition.guideline))
    state.now_s = max(state.now_s, now_s)
    return said


def _next_due(state: WearerState, rules: Rulebook, now_s: float) -> tuple[float, str] | None:
    """The earliest thing that time alone brings about by `now_s`, with its episode's key."""
    due = [
        (due_s, key)
        for key, episode in state.episodes.items()
        if (due_s := deadline_s(episode, rules.conditions[key.partition("/")[0]])) is not None
        and due_s <= now_s
    ]
    for signal in state.streams:
        stale_s = _stale_s(state, signal)
        key = f"{SENSOR_LOST.code}/{signal}"
        if stale_s is not None and stale_s <= now_s and not state.episode(SENSOR_LOST.code, signal).is_active:
            due.append((stale_s, key))
    return min(due, default=None)


def _stale_s(state: WearerState, stream_name: str) -> float | None:
    """When the sensor of a stream counts as lost if nothing more is heard of it; None if silence is fine."""
    signal = SIGNALS.get(stream_name)
    if signal is None or signal.stale_after_s is None:
        return None
    stream = state.streams[stream_name]
    if not is_worn(state, stream.device):
        # Off the body it has nothing to say, and that it is off is already said.
        return None
    contact = state.streams.get(stream_key("contact", stream.device))
    worn_since_s = contact.since_s if contact is not None else 0.0
    return max(stream.heard_s, worn_since_s) + signal.stale_after_s


def _lost(spot: Spot, at_s: float) -> Said:
    last_s = spot.state.streams[spot.subject].last_s
    evidence = Evidence(values={"last_sample_s": last_s}, limit=SIGNALS[spot.subject].stale_after_s)
    return say(spot, SENSOR_LOST, Level.PRESENT, at_s, evidence)


def _heard(spot: Spot) -> Said:
    evidence = Evidence(values={}, limit=SIGNALS[spot.subject].stale_after_s)
    return say(spot, SENSOR_LOST, Level.ABSENT, spot.state.now_s, evidence)
