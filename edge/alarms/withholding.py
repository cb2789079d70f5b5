"""Why an alarm is not announced now: shelved, inhibited by another condition, or one of a flood.

An alarm that is withheld is still retained as it stands, so whoever looks sees it; only nobody is called.
"""

from __future__ import annotations

from edge.conditions.condition import Condition
from edge.contract.alarms import Withheld
from edge.contract.messages import Priority
from edge.rulebook import Rulebook
from edge.watches import alarm_flood
from edge.wearer.board import Alarm
from edge.wearer.state import WearerState


def find_reason(
    state: WearerState, rules: Rulebook, key: str, alarm: Alarm
) -> tuple[Withheld | None, str | None]:
    """Why the alarm is withheld, and by what or whom; (None, None) if it is not.

    What is gone asserts nothing that could be withheld. High priority can be neither shelved nor lost in a
    flood.
    """
    code, _, subject = key.partition("/")
    stream = state.streams.get(subject)
    if not alarm.is_present:
        return None, None
    is_high = alarm.alert.priority is Priority.HIGH
    shelf = state.board.shelves.get(code)
    if shelf is not None and not is_high:
        return Withheld.SHELVED, shelf.who
    # That the signal is taken from now; the alert names the one of its last message.
    device = alarm.alert.device if stream is None else stream.device
    for inhibitor in rules.conditions[code].inhibited_by:
        if is_about(state, inhibitor, subject, device):
            return Withheld.INHIBITED, inhibitor
    is_new_and_low = alarm.n == 0 and alarm.alert.priority is Priority.LOW
    if is_new_and_low and alarm_flood.is_on(state):
        return Withheld.FLOOD, alarm_flood.CODE
    return None, None


def is_about(state: WearerState, condition: str, subject: str, device: str) -> bool:
    """Whether a condition is active on the same subject, or on the skin contact of the same device."""
    return state.is_active(condition, subject) or state.is_active(condition, f"contact@{device}")


def may_withhold(rules: Rulebook, condition: Condition) -> bool:
    """Whether other alarms depend on this condition."""
    return condition.code == alarm_flood.CODE or any(
        condition.code in other.inhibited_by for other in rules.conditions.values()
    )
