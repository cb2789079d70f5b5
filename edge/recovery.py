"""A stored state of another version is made anew: from what can be read of it, and the journal since then."""

from __future__ import annotations

import logging
from collections.abc import Container, Iterable
from typing import Final, TypeVar

from edge.contract.errors import VitalwardError
from edge.contract.topics import Topics
from edge.ends import Lane, Letter, Record
from edge.pipeline.ward import Ward
from edge.storage.journal import Journal
from edge.storage.older_states import Shown
from edge.wearer.state import WearerState

log = logging.getLogger(__name__)

AT_ONCE: Final = 512

Value = TypeVar("Value")


def forget_unknown(states: Iterable[WearerState], conditions: Container[str]) -> None:
    """Drop what a state says of conditions that this version does not have."""
    for state in states:
        board = state.board
        state.episodes = _of(state.episodes, conditions)
        state.limits = _of(state.limits, conditions)
        board.alarms, board.shelves = _of(board.alarms, conditions), _of(board.shelves, conditions)


def make_state_anew(ward: Ward, journal: Journal, start: int, cursor: int) -> None:
    """Have a ward of the state at `start` take the journal up to `cursor`; nothing is said again."""
    log.warning("the stored state is of another version: it is made anew from the journal")
    journal_id, taken, left_out = start, 0, 0
    while journal_id < cursor and (entries := journal.after(journal_id, AT_ONCE)):
        for journal_id, entry in entries:
            if journal_id > cursor:
                break
            try:
                ward.take(entry)
                taken += 1
            except VitalwardError:
                # That version let in what this one does not know.
                left_out += 1
    ward.counters.clear()
    ward.records.clear()
    ward.changed.update(ward.wearers)
    log.info("%d wearers from %d messages, %d left out", len(ward.wearers), taken, left_out)


def take_down(shown: Iterable[Shown], ward: Ward, topics: Topics, at_s: float) -> list[Letter]:
    """The removal of alarms that the broker still shows and that the state made anew does not know."""
    letters = []
    for shown_of in shown:
        wearer, mode = shown_of.key
        state = ward.wearers.get(shown_of.key)
        for alarm in shown_of.alarms:
            if state is not None and alarm in state.board.alarms:
                continue
            condition, _, subject = alarm.partition("/")
            log.warning(
                "an alarm of %s is taken down: an older version knew of it, this one cannot", condition
            )
            topic = topics.alarms(wearer, condition, subject, mode)
            letters.append(Letter(Lane.ALERT, topic, b"", is_retained=True))
            ward.records.append(
                Record(
                    at_s=at_s,
                    wearer=wearer,
                    mode=mode,
                    who="edge",
                    what="take_down",
                    condition=condition,
                    detail="not known after an update",
                )
            )
    return letters


def _of(named: dict[str, Value], conditions: Container[str]) -> dict[str, Value]:
    """What is named after a condition there is, CONDITION or CONDITION/SUBJECT."""
    return {key: value for key, value in named.items() if key.partition("/")[0] in conditions}
