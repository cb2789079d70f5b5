"""Why an alarm is not announced now: shelved, inhibited by another condition, or one of a flood.

An alarm that is withheld is still retained as it stands, so whoever looks sees it; only nobody is called.
"""

from __future__ import annotations

from typing import Final

from edge.alarms.board import Alarm
from edge.conditions.condition import Condition
from edge.contract.alarms import Withheld
from edge.contract.messages import Priority
from edge.pipeline.rulebook import Rulebook
from edge.pipeline.state import WearerState

# ANSI/ISA-18.2-2016 and EEMUA 191: a flood begins with more than 10 alarms in 10 minutes and ends with fewer
# than 5.
FLOOD_WITHIN_S: Final = 600.0
FLOOD_FROM: Final = 11
FLOOD_UNTIL: Final = 5
FLOOD: Final = "alarm_flood"
# What the flood is told of: the alarms of the wearer, not one of the signals.
FLOOD_SUBJECT: Final = "alarms"


def find_reason(
    state: WearerState, rules: Rulebook, key: str, alarm: Alarm
) -> tuple[Withheld | None, str | None]:
    """Why the alarm is withheld, and by what or whom; (None, None) if it is not.

    What is gone asserts nothing that could be withheld. High priority can be neither shelved nor lost in a
    flood.
    """
    code, _, subject = key.partition("/")
    if not alarm.is_present:
        return None, None
    is_high = alarm.alert.priority is Priority.HIGH
    shelf = state.board.shelves.get(code)
    if shelf is not None and not is_high:
        return Withheld.SHELVED, shelf.who
    for inhibitor in rules.conditions[code].inhibited_by:
        if is_about(state, inhibitor, subject, alarm.alert.device):
            return Withheld.INHIBITED, inhibitor
    is_new_and_low = alarm.n == 0 and alarm.alert.priority is Priority.LOW
    if is_new_and_low and state.is_active(FLOOD, FLOOD_SUBJECT):
        return Withheld.FLOOD, FLOOD
    return None, None


def is_about(state: WearerState, condition: str, subject: str, device: str) -> bool:
    """Whether a condition is active on the same subject, or on the skin contact of the same device."""
    return state.is_active(condition, subject) or state.is_active(condition, f"contact@{device}")


def may_withhold(rules: Rulebook, condition: Condition) -> bool:
    """Whether other alarms depend on this condition."""
    return condition.code == FLOOD or any(
        condition.code in other.inhibited_by for other in rules.conditions.values()
    )


def note_raised(state: WearerState, at_s: float) -> bool:
    """Count an alarm raised at `at_s`; whether there is a flood now."""
    recent = [raised_s for raised_s in state.board.raised_s if raised_s > at_s - FLOOD_WITHIN_S]
    # No more are needed than make a flood.
    state.board.raised_s = [*recent, at_s][-FLOOD_FROM:]
    return len(state.board.raised_s) >= FLOOD_FROM


def flood_ends_s(state: WearerState) -> float:
    """When fewer alarms than make a flood go on will lie within its time, if none is added."""
    return state.board.raised_s[-FLOOD_UNTIL] + FLOOD_WITHIN_S
