"""The episode of one condition: on-delay, off-delay, dead-band; start, update, end with a stable id.

A pure state machine on event time. Evidence comes as levels (`observe`); silence comes as time (`elapse`).
"""

from __future__ import annotations

from enum import StrEnum

import msgspec

from edge.contract.messages import EndReason, Kind, Phase, Priority

PRIORITY_ORDER = (Priority.LOW, Priority.MEDIUM, Priority.HIGH)


class Level(StrEnum):
    """What one observation says of a condition."""

    PRESENT = "present"
    DEAD_BAND = "dead_band"
    ABSENT = "absent"
    UNKNOWN = "unknown"


class Stage(StrEnum):
    """Where an episode stands."""

    IDLE = "idle"
    PENDING = "pending"
    ACTIVE = "active"
    CLEARING = "clearing"


class Condition(msgspec.Struct, frozen=True, kw_only=True):
    """One row of the table of conditions.

    The condition must be present for `on_delay_s` to start an episode and absent for `off_delay_s` to end it;
    in the dead-band an episode neither starts nor ends. Where `held`, an observation stands until the next
    (a contact switch); otherwise only observations let the delays run. After `lapse_s` without knowledge an
    episode ends as unknown. While active an update follows every `update_every_s`, and at once when the
    priority rises or there is news.
    """

    code: str
    title: str
    kind: Kind
    priority: Priority
    on_delay_s: float
    off_delay_s: float
    text: str
    guideline: str | None = None
    limit: float | None = None
    dead_band: float = 0.0
    held: bool = False
    lapse_s: float | None = None
    update_every_s: float | None = None


class Episode(msgspec.Struct):
    """The state of one condition of one wearer; small and serialisable, so that it survives a restart."""

    stage: Stage = Stage.IDLE
    since_s: float = 0.0
    onset_s: float = 0.0
    known_s: float = 0.0
    updated_s: float = 0.0
    n: int = 0
    priority: Priority = Priority.LOW

    @property
    def is_active(self) -> bool:
        """Whether an episode has started and not ended."""
        return self.stage in {Stage.ACTIVE, Stage.CLEARING}


class Transition(msgspec.Struct, frozen=True, kw_only=True):
    """One alert message in the making."""

    phase: Phase
    n: int
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
    since_s: float | None = None,
) -> list[Transition]:
    """Take one observation at event time `at_s`; `priority` overrides that of the table.

    `news` asks for an update at once if the episode is active. A condition that is present now may have been
    so `since_s`, which then is the onset; the on-delay still counts from `at_s`. Changes `episode`; returns
    what has to be said. Times handed in never decrease for one episode.
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
        due = _update(episode, condition, at_s, rank, news)
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
    match episode.stage:
        case Stage.PENDING if condition.held:
            return episode.since_s + condition.on_delay_s
        case Stage.CLEARING if condition.held:
            return episode.since_s + condition.off_delay_s
        case Stage.PENDING | Stage.ACTIVE | Stage.CLEARING if not condition.held:
            return None if condition.lapse_s is None else episode.known_s + condition.lapse_s
        case _:
            return None


def _due(episode: Episode, condition: Condition, at_s: float) -> list[Transition]:
    """Start or end the episode if its delay has run out."""
    if episode.stage is Stage.PENDING and at_s - episode.since_s >= condition.on_delay_s:
        episode.stage, episode.n = Stage.ACTIVE, 0
        return [_say(episode, Phase.START, at_s)]
    if episode.stage is Stage.CLEARING and at_s - episode.since_s >= condition.off_delay_s:
        return [_end(episode, at_s, EndReason.CLEARED)]
    return []


def _update(
    episode: Episode, condition: Condition, at_s: float, rank: Priority, news: bool
) -> list[Transition]:
    rises = PRIORITY_ORDER.index(rank) > PRIORITY_ORDER.index(episode.priority)
    every_s = condition.update_every_s
    is_time = every_s is not None and at_s - episode.updated_s >= every_s
    if rises:
        episode.priority = rank
    return [_say(episode, Phase.UPDATE, at_s)] if rises or news or is_time else []


def _say(episode: Episode, phase: Phase, at_s: float) -> Transition:
    episode.n += 1
    episode.updated_s = at_s
    return Transition(phase=phase, n=episode.n, onset_s=episode.onset_s, at_s=at_s, priority=episode.priority)


def _end(episode: Episode, at_s: float, reason: EndReason) -> Transition:
    """End at `at_s`; a cleared episode ended when it began to clear."""
    end_s = episode.since_s if reason is EndReason.CLEARED else episode.known_s
    episode.stage = Stage.IDLE
    episode.n += 1
    return Transition(
        phase=Phase.END,
        n=episode.n,
        onset_s=episode.onset_s,
        at_s=at_s,
        priority=episode.priority,
        end_s=end_s,
        end_reason=reason,
    )
