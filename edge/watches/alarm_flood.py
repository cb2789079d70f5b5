"""More alarms of one wearer at once than anybody can look at."""

from __future__ import annotations

from typing import Final

from edge.conditions.case import Case, case_of_quantity
from edge.conditions.condition import PLAIN, Level
from edge.contract.explanation import LimitSource, Relation
from edge.contract.messages import Evidence
from edge.rulebook import Rulebook
from edge.wearer.state import WearerState

CODE: Final = "alarm_flood"
# What it is told of: the alarms of the wearer, not one of the signals.
SUBJECT: Final = "alarms"
# ANSI/ISA-18.2-2016 and EEMUA 191: a flood begins with more than 10 alarms in 10 minutes and ends with fewer
# than 5.
WITHIN_S: Final = 600.0
BEGINS_WITH: Final = 11
GOES_ON_WITH: Final = 5


def note(state: WearerState) -> bool:
    """Count an alarm raised now; whether there is a flood now.

    By the wearer's time and not by that of the samples: a device may be ahead, and by its time others would
    be forgotten that still count.
    """
    recent = [raised_s for raised_s in state.board.raised_s if raised_s > state.now_s - WITHIN_S]
    # No more are needed than make a flood.
    state.board.raised_s = [*recent, state.now_s][-BEGINS_WITH:]
    return is_flood(len(state.board.raised_s))


def is_flood(alarms: float) -> bool:
    """Whether so many alarms within the time make a flood."""
    return alarms >= BEGINS_WITH


def is_on(state: WearerState) -> bool:
    """Whether there is a flood now."""
    return state.is_active(CODE, SUBJECT)


def ends_s(state: WearerState) -> float | None:
    """When too few alarms for a flood will be left, if none is added; None while there is none."""
    if not is_on(state):
        return None
    raised_s = state.board.raised_s
    # States of earlier versions may hold too few for the flood they are in: it is over.
    return state.now_s if len(raised_s) < GOES_ON_WITH else raised_s[-GOES_ON_WITH] + WITHIN_S


def explain(state: WearerState, rules: Rulebook) -> Evidence:
    """How many alarms there were."""
    return Evidence(values={"alarms": len(state.board.raised_s)}, guideline=rules.conditions[CODE].guideline)


def case(state: WearerState, rules: Rulebook, at_s: float) -> Case:
    """How many alarms there were, and how many make a flood."""
    return case_of_quantity(
        "alarms",
        len(state.board.raised_s),
        rules.conditions[CODE],
        lambda alarms: PLAIN[Level.PRESENT if is_flood(alarms) else Level.ABSENT],
        relation=Relation.FROM,
        limit=BEGINS_WITH,
        source=LimitSource.TABLE,
        calm=0.0,
        at_s=at_s,
    )
