"""More alarms of one wearer at once than anybody can look at."""

from __future__ import annotations

from typing import Final

from edge.contract.messages import Evidence
from edge.pipeline.rulebook import Rulebook
from edge.pipeline.state import WearerState

CODE: Final = "alarm_flood"
# What it is told of: the alarms of the wearer, not one of the signals.
SUBJECT: Final = "alarms"
# ANSI/ISA-18.2-2016 and EEMUA 191: a flood begins with more than 10 alarms in 10 minutes and ends with fewer
# than 5.
WITHIN_S: Final = 600.0
BEGINS_WITH: Final = 11
GOES_ON_WITH: Final = 5


def note(state: WearerState, at_s: float) -> bool:
    """Count an alarm raised at `at_s`; whether there is a flood now."""
    recent = [raised_s for raised_s in state.board.raised_s if raised_s > at_s - WITHIN_S]
    # No more are needed than make a flood.
    state.board.raised_s = [*recent, at_s][-BEGINS_WITH:]
    return len(state.board.raised_s) >= BEGINS_WITH


def is_on(state: WearerState) -> bool:
    """Whether there is a flood now."""
    return state.is_active(CODE, SUBJECT)


def ends_s(state: WearerState) -> float | None:
    """When too few alarms for a flood will be left, if none is added; None while there is none."""
    return state.board.raised_s[-GOES_ON_WITH] + WITHIN_S if is_on(state) else None


def explain(state: WearerState, rules: Rulebook) -> Evidence:
    """How many alarms there were."""
    return Evidence(values={"alarms": len(state.board.raised_s)}, guideline=rules.conditions[CODE].guideline)
