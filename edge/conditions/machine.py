"""The episode of one condition: on-delay, off-delay, dead-band, lapse; when it starts, changes and ends.

A pure state machine on event time. Evidence comes as levels (`observe`); silence comes as time (`elapse`).
Whether anybody has seen it is the business of the alarm (`edge.alarms`), not of the condition.
"""

from __future__ import annotations

from enum import StrEnum

import msgspec

from edge.conditions.condition import PRIORITY_ORDER, Condition, Level
from edge.conditions.trail import Trail
from edge.contract.messages import EndReason, Priority


class Stage(StrEnum):
    """Where an episode stands."""

    IDLE = "idle"
    PENDING = "pending"
    ACTIVE = "active"
    CLEARING = "clearing"


class Turn(StrEnum):
    """What happened to an episode."""

    START = "start"
    UPDATE = "update"
    RISE = "rise"
    FALL = "fall"
    AGAIN = "again"
    END = "end"


class Episode(msgspec.Struct):
    """The state of one condition of one wearer; small and serialisable, so that it survives a restart.

    `trail` are the values that came while it waited for its start.
    """

    stage: Stage = Stage.IDLE
    since_s: float = 0.0
    onset_s: float = 0.0
    known_s: float = 0.0
    updated_s: float = 0.0
    priority: Priority = Priority.LOW
    trail: Trail | None = None

    @property
    def is_active(self) -> bool:
        """Whether an episode has started and not ended."""
        return self.stage is Stage.ACTIVE or self.stage is Stage.CLEARING


class Transition(msgspec.Struct, frozen=True, kw_only=True):
    """One change of an episode, at event time `at_s`; `priority` is that of the condition from then on."""

    turn: Turn
    onset_s: float
    at_s: float
    priority: Priority
    end_s: float | None = None
    end_reason: EndReason | None = None


def observe(
    episode: Episode,
    condition: Condition,
    level: Level,
    at_s: float,
    *,
    priority: Priority | None = None,
    news: bool = False,
    again: bool = False,
    since_s: float | None = None,
) -> list[Transition]:
    """Take one observation at event time `at_s`; `priority` overrides that of the table.

    While the episode is active, `news` asks for an update at once, and `again` says that the condition has
    shown itself anew. A condition that is present now may have been so `since_s`, which then is the onset;
    the on-delay still counts from `at_s`. Changes `episode`; returns what happened. Times handed in never
    decrease for one episode.
    """
    said = elapse(episode, condition, at_s)
    if level is Level.UNKNOWN:
        # Not knowing ends a wait for a start; an episode that has started lapses by time.
        if episode.stage is Stage.PENDING:
            episode.stage = Stage.IDLE
        return said
    episode.known_s = at_s
    rank = priority or condition.priority
    match episode.stage, level:
        case Stage.IDLE, Level.PRESENT:
            episode.stage, episode.since_s, episode.priority = Stage.PENDING, at_s, rank
            episode.onset_s = at_s if since_s is None else since_s
        case Stage.PENDING, Level.PRESENT:
            episode.priority = rank
        case Stage.PENDING, _:
            episode.stage = Stage.IDLE
        case Stage.CLEARING, Level.PRESENT | Level.DEAD_BAND:
            episode.stage = Stage.ACTIVE
        case Stage.ACTIVE, Level.ABSENT:
            episode.stage, episode.since_s = Stage.CLEARING, at_s
        case _:
            pass
    due = _due(episode, condition, at_s)
    if not due and episode.stage is Stage.ACTIVE and level is Level.PRESENT:
        due = _changed(episode, condition, at_s, rank, news=news, again=again)
    return said + due


def elapse(episode: Episode, condition: Condition, now_s: float) -> list[Transition]:
    """Let time pass without an observation: held delays run out, episodes nothing is known of lapse."""
    due_s = deadline_s(episode, condition)
    if due_s is None or now_s < due_s:
        return []
    if condition.held:
        return _due(episode, condition, due_s)
    if episode.is_active:
        return [_end(episode, due_s, EndReason.UNKNOWN)]
    episode.stage = Stage.IDLE
    return []


def deadline_s(episode: Episode, condition: Condition) -> float | None:
    """When time alone would change the episode; None when it never would."""
    if episode.stage is Stage.IDLE:
        return None
    if not condition.held:
        return None if condition.lapse_s is None else episode.known_s + condition.lapse_s
    if episode.stage is Stage.PENDING:
        return episode.since_s + condition.on_delay_s
    return episode.since_s + condition.off_delay_s if episode.stage is Stage.CLEARING else None


def _due(episode: Episode, condition: Condition, at_s: float) -> list[Transition]:
    """Start or end the episode if its delay has run out."""
    if episode.stage is Stage.PENDING and at_s - episode.since_s >= condition.on_delay_s:
        episode.stage = Stage.ACTIVE
        return [_say(episode, Turn.START, at_s)]
    if episode.stage is Stage.CLEARING and at_s - episode.since_s >= condition.off_delay_s:
        return [_end(episode, at_s, EndReason.CLEARED)]
    return []


def _changed(
    episode: Episode, condition: Condition, at_s: float, rank: Priority, *, news: bool, again: bool
) -> list[Transition]:
    every_s = condition.update_every_s
    if rank is not episode.priority:
        rises = PRIORITY_ORDER.index(rank) > PRIORITY_ORDER.index(episode.priority)
        episode.priority = rank
        return [_say(episode, Turn.RISE if rises else Turn.FALL, at_s)]
    if again:
        return [_say(episode, Turn.AGAIN, at_s)]
    if news or (every_s is not None and at_s - episode.updated_s >= every_s):
        return [_say(episode, Turn.UPDATE, at_s)]
    return []


def _say(episode: Episode, turn: Turn, at_s: float) -> Transition:
    episode.updated_s = at_s
    return Transition(turn=turn, onset_s=episode.onset_s, at_s=at_s, priority=episode.priority)


def _end(episode: Episode, at_s: float, reason: EndReason) -> Transition:
    """End at `at_s`; a cleared episode ended when it began to clear."""
    end_s = episode.since_s if reason is EndReason.CLEARED else episode.known_s
    episode.stage = Stage.IDLE
    return Transition(
        turn=Turn.END,
        onset_s=episode.onset_s,
        at_s=at_s,
        priority=episode.priority,
        end_s=end_s,
        end_reason=reason,
    )
