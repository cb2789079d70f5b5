"""From an observation of a condition to all that follows: its episode, its alarm, advice at its start."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from edge.alarms.signalling import signal
from edge.conditions.case import Case
from edge.conditions.condition import PLAIN, Condition, Level, Sight
from edge.conditions.machine import Episode, Stage, Transition, Turn, deadline_s, elapse, observe
from edge.conditions.trail import begin_trail
from edge.contract.alarms import Withheld
from edge.contract.messages import Evidence
from edge.ends import Said
from edge.explanation.compose import compose_explanation
from edge.pipeline.advise import on_start
from edge.rulebook import Rulebook
from edge.watches import alarm_flood
from edge.watches.table import find_watch
from edge.wearer.sample import Sample
from edge.wearer.spot import Spot, spot_of
from edge.wearer.state import WearerState

MakeCase = Callable[[], Case | None]


def say(
    spot: Spot,
    row: Condition,
    sight: Sight,
    at_s: float,
    explain: Callable[[], Evidence],
    *,
    case: MakeCase = lambda: None,
    value: float | None = None,
) -> Said:
    """Hand what was seen to the condition's episode.

    `explain` and `case` are asked only if something has to be told. `value` is what was held against the
    limit; those of the on-delay are kept for the case.
    """
    key = f"{row.code}/{spot.subject}"
    said = _run_out(spot, row, at_s)
    episode = spot.state.episodes.get(key)
    if episode is None:
        if sight.level is not Level.PRESENT:
            return said
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
    if value is not None and sight.level is Level.PRESENT:
        _follow(episode, row, at_s, value, has_changed=bool(transitions))
    return said + _tell(spot, row, transitions, explain, case)


def let_elapse(spot: Spot, row: Condition, at_s: float) -> Said:
    """Let time run out on an episode."""
    key = f"{row.code}/{spot.subject}"
    episode = spot.state.episodes[key]
    spot.state.quiet_until_s = 0.0
    transitions = elapse(episode, row, at_s)
    is_start = any(transition.turn is Turn.START for transition in transitions)
    case = partial(_case_of_trail, spot, row, episode) if is_start else lambda: None
    return _tell(spot, row, transitions, lambda: Evidence(values={}, guideline=row.guideline), case)


def end_flood(state: WearerState, rules: Rulebook, at_s: float) -> Said:
    """The flood of alarms is over."""
    return _flood(state, rules, Level.ABSENT, at_s)


def _run_out(spot: Spot, row: Condition, at_s: float) -> Said:
    """What time has brought about before something was seen at `at_s`: it is not told by what was seen."""
    episode = spot.state.episodes.get(f"{row.code}/{spot.subject}")
    due_s = None if episode is None else deadline_s(episode, row)
    return [] if due_s is None or at_s < due_s else let_elapse(spot, row, due_s)


def _follow(episode: Episode, row: Condition, at_s: float, value: float, *, has_changed: bool) -> None:
    """Keep a value that came during the on-delay, the one that ends it among them."""
    if not row.on_delay_s or not (episode.stage is Stage.PENDING or has_changed):
        return
    if episode.trail is None or episode.since_s == at_s:
        episode.trail = begin_trail(at_s, value)
    else:
        episode.trail.add(at_s, value)


def _case_of_trail(spot: Spot, row: Condition, episode: Episode) -> Case | None:
    """The case of a condition that time made one: that of the last value before."""
    watch = find_watch(row.code)
    if watch is None or watch.case is None or episode.trail is None:
        return None
    last = Sample(episode.trail.times_s[-1], (episode.trail.values[-1],))
    return watch.case(spot, last, row)


def _tell(
    spot: Spot,
    row: Condition,
    transitions: list[Transition],
    explain: Callable[[], Evidence],
    make_case: MakeCase,
) -> Said:
    key = f"{row.code}/{spot.subject}"
    if spot.state.episodes[key].stage is Stage.IDLE:
        del spot.state.episodes[key]
    if not transitions:
        return []
    evidence, case, said = explain(), make_case(), Said()
    for transition in transitions:
        said += signal(spot, row, transition, evidence, compose_explanation(case, row, transition))
        if transition.turn is not Turn.START:
            continue
        spot.state.episodes[key].trail = None
        withheld = spot.state.board.alarms[key].withheld
        # What is not announced calls for no advice either.
        if withheld is None:
            said += on_start(spot.state, spot.rules, row.code, evidence.values, transition.at_s)
        # What only the flood keeps silent is a part of it.
        is_counted = withheld in {None, Withheld.FLOOD} and row.code != alarm_flood.CODE
        if is_counted and alarm_flood.note(spot.state):
            said += _flood(spot.state, spot.rules, Level.PRESENT, spot.state.now_s)
    return said


def _flood(state: WearerState, rules: Rulebook, level: Level, at_s: float) -> Said:
    spot, row = spot_of(state, rules, alarm_flood.SUBJECT), rules.conditions[alarm_flood.CODE]
    return say(
        spot,
        row,
        PLAIN[level],
        at_s,
        lambda: alarm_flood.explain(state, rules),
        case=lambda: alarm_flood.case(state, rules, at_s),
    )
