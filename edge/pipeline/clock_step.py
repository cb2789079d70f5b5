"""A wall clock that was set: what a wearer's state has to forget of the old time.

A gateway without a clock of its own starts in the past and is put right once it has a network. That must not
look like hours of silence, nor, when set back, like samples that come too late.
"""

from __future__ import annotations

from functools import partial
from typing import Final

import msgspec
from msgspec.structs import replace

from edge.advice.diary import set_back
from edge.baselines.learn import forget_running
from edge.conditions.condition import PLAIN, Level
from edge.conditions.machine import Stage
from edge.contract.durations import DAY_S
from edge.ends import Said
from edge.pipeline.say import say
from edge.rulebook import Rulebook
from edge.signals.nights import Nights
from edge.watches import clock_jump
from edge.wearer.board import Board
from edge.wearer.spot import spot_of
from edge.wearer.state import WearerState

# Not a topic anyone can publish to: '$' is the broker's own.
CLOCK_STEP_TOPIC: Final = "$clock-step"
# Small steps are how clocks are kept right; they change nothing.
LEAST_STEP_S: Final = 10.0


class ClockStep(msgspec.Struct, frozen=True, kw_only=True):
    """The clock said `from_s` and was set to `to_s`."""

    from_s: float
    to_s: float


def decode_step(payload: bytes) -> ClockStep:
    """Read a step from the journal, where only the edge itself has written it."""
    return msgspec.json.decode(payload, type=ClockStep)


def step_clock(state: WearerState, step: ClockStep) -> None:
    """Carry the state over to the new time: silences keep their length, nothing lies in the future."""
    now_s = step.to_s
    # A state that was ahead of the clock already goes on by less: its times would lie in the future for good.
    shift_s = min(now_s - step.from_s, now_s - state.now_s)

    def carried(at_s: float) -> float:
        """A time from which something counts: no delay is cut short, by the clock of gateway or device."""
        return min(at_s + max(shift_s, 0.0), now_s)

    state.now_s += shift_s
    state.quiet_until_s = 0.0
    # A day that lies in the future was never lived.
    state.day_until_s = min(state.day_until_s, now_s)
    for stream in state.streams.values():
        stream.heard_s += shift_s
        # A device with a clock of its own goes on by the old time.
        stream.last_s = min(stream.last_s, now_s)
        stream.since_s = carried(stream.since_s)
    for episode in state.episodes.values():
        episode.known_s = carried(episode.known_s)
        episode.since_s = carried(episode.since_s)
        episode.updated_s = carried(episode.updated_s)
        # That of an episode which was told is part of its id.
        if episode.stage is Stage.PENDING:
            episode.onset_s = carried(episode.onset_s)
        if episode.trail is not None:
            episode.trail.first_s = carried(episode.trail.first_s)
            episode.trail.times_s = [carried(at_s) for at_s in episode.trail.times_s]
    _shift_board(state.board, shift_s, now_s)
    set_back(state.advice, shift_s, now_s)
    _set_back(state, shift_s, now_s)
    for window in state.windows.values():
        window.last_s = min(window.last_s, now_s)
        window.at_s = None if window.at_s is None else min(window.at_s, now_s)
        window.votes = {
            code: [replace(vote, at_s=carried(vote.at_s)) for vote in votes]
            for code, votes in window.votes.items()
        }
    state.cadences = [(at_s, steps) for at_s, steps in state.cadences if at_s <= now_s]
    state.still_s = None
    state.effort_s = None if state.effort_s is None else carried(state.effort_s)
    forget_running(state.baseline)


def tell_step(state: WearerState, rules: Rulebook, step: ClockStep) -> Said:
    """Raise the condition of a clock that was set, which clears by itself some time later."""
    row, step_s = rules.conditions["clock_jump"], step.to_s - step.from_s
    spot = spot_of(state, rules, clock_jump.SUBJECT)
    sight = clock_jump.look(step_s, row)
    explain, case = partial(clock_jump.explain, step_s, row), partial(clock_jump.case, step_s, row, step.to_s)
    said = say(spot, row, sight, step.to_s, explain, case=case)
    return said + say(spot, row, PLAIN[Level.ABSENT], step.to_s, explain, case=case)


def _set_back(state: WearerState, shift_s: float, now_s: float) -> None:
    """Set what was measured back as far as the clock was, so that it is as old as it was before.

    How much of it was measured while the clock was ahead nobody knows. What seems older than it is counts for
    less; what seems newer might alarm by the past. So nothing is set forward either: that a clock was slow
    cannot be told from time that the gateway was off.
    """
    back_s = min(shift_s, 0.0)
    for stream in state.streams.values():
        stream.value_s = min(stream.value_s + back_s, now_s)
    state.readings = [replace(item, at_s=min(item.at_s + back_s, now_s)) for item in state.readings]
    history = state.history
    history.recent = [replace(item, at_s=min(item.at_s + back_s, now_s)) for item in history.recent]
    # The mean of a day cannot be set apart into two.
    history.days = [item for item in history.days if item.day <= now_s // DAY_S]
    # The night that was counted may lie far off now; those before it stay.
    before = [replace(night, until_s=min(night.until_s + back_s, now_s)) for night in state.nights.before]
    state.nights = Nights(before=before)
    if state.activity_day is not None:
        state.activity_day.start_s = min(state.activity_day.start_s + back_s, now_s)
        state.activity_day.last_minute = -1


def _shift_board(board: Board, shift_s: float, now_s: float) -> None:
    """What runs goes on for as long as it would have."""
    for alarm in board.alarms.values():
        alarm.since_s = min(alarm.since_s + shift_s, now_s)
        alarm.asked_s = min(alarm.asked_s + shift_s, now_s)
        if alarm.acknowledged_s is not None:
            alarm.acknowledged_s = min(alarm.acknowledged_s + shift_s, now_s)
    board.shelves = {
        condition: replace(shelf, until_s=shelf.until_s + shift_s)
        for condition, shelf in board.shelves.items()
    }
    pause = board.audio_pause
    if pause is not None:
        board.audio_pause = replace(pause, until_s=pause.until_s + shift_s)
    board.raised_s = [raised_s + shift_s for raised_s in board.raised_s]
