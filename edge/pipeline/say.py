"""From an observation of a condition to all that follows: its episode, its alarm, advice at its start."""

from __future__ import annotations

from collections.abc import Callable

from edge.advice.giving import on_start
from edge.alarms.signalling import signal
from edge.conditions import alarm_flood
from edge.conditions.condition import PLAIN, Condition, Level, Sight
from edge.conditions.machine import Episode, Stage, Transition, Turn, elapse, observe
from edge.contract.messages import Evidence
from edge.pipeline.ends import Said
from edge.pipeline.rulebook import Rulebook
from edge.pipeline.spot import Spot, spot_of
from edge.pipeline.state import WearerState


def say(spot: Spot, row: Condition, sight: Sight, at_s: float, explain: Callable[[], Evidence]) -> Said:
    """Hand what was seen to the condition's episode; `explain` is asked only if something has to be told."""
    key = f"{row.code}/{spot.subject}"
    episode = spot.state.episodes.get(key)
    if episode is None:
        if sight.level is not Level.PRESENT:
            return []
        episode = spot.state.episodes[key] = Episode()
    spot.state.quiet_until_s = 0.0
    transitions = observe(
        episode,
        row,
        sight.level,
        at_s,
        priority=sight.priority,
        news=sight.news,
        again=sight.again,
        since_s=sight.since_s,
    )
    return _tell(spot, row, transitions, explain)


def let_elapse(spot: Spot, row: Condition, at_s: float) -> Said:
    """Let time run out on an episode."""
    key = f"{row.code}/{spot.subject}"
    episode = spot.state.episodes[key]
    spot.state.quiet_until_s = 0.0
    transitions = elapse(episode, row, at_s)
    return _tell(spot, row, transitions, lambda: Evidence(values={}, guideline=row.guideline))


def end_flood(state: WearerState, rules: Rulebook, at_s: float) -> Said:
    """The flood of alarms is over."""
    return _flood(state, rules, Level.ABSENT, at_s)


def _tell(spot: Spot, row: Condition, transitions: list[Transition], explain: Callable[[], Evidence]) -> Said:
    key = f"{row.code}/{spot.subject}"
    if spot.state.episodes[key].stage is Stage.IDLE:
        del spot.state.episodes[key]
    if not transitions:
        return []
    evidence, said = explain(), Said()
    for transition in transitions:
        said += signal(spot, row, transition, evidence)
        if transition.turn is not Turn.START:
            continue
        # What is not announced calls for no advice either.
        if spot.state.board.alarms[key].withheld is not None:
            continue
        said += on_start(spot.state, spot.rules, row.code, evidence.values, transition.at_s)
        if row.code != alarm_flood.CODE and alarm_flood.note(spot.state, transition.at_s):
            said += _flood(spot.state, spot.rules, Level.PRESENT, transition.at_s)
    return said


def _flood(state: WearerState, rules: Rulebook, level: Level, at_s: float) -> Said:
    spot, row = spot_of(state, rules, alarm_flood.SUBJECT), rules.conditions[alarm_flood.CODE]
    return say(spot, row, PLAIN[level], at_s, lambda: alarm_flood.explain(state, rules))
