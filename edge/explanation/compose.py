"""From what a condition decided by to the explanation an alert carries."""

from __future__ import annotations

from typing import Final

from edge.conditions.case import Case
from edge.conditions.condition import PRIORITY_ORDER, Condition, Level, Sight
from edge.conditions.machine import Transition, Turn
from edge.contract.explanation import FORMAT, Counterfactual, Explanation
from edge.contract.messages import EndReason
from edge.explanation.counterfactual import find_changes
from edge.explanation.words import say_changes, say_windows

NO_MODEL: Final = "no model decides this condition"
OVER: Final = "the condition is over"
NO_CASE: Final = "only the evidence tells of it"
SILENT: Final = "the data stopped"
ONLY_AT_START: Final = "told when the episode started"
_WHY_NO_CONTRIBUTIONS: Final = {Turn.END: OVER, Turn.START: "the model failed when it was asked for them"}
NOT_BY_VALUES: Final = "no single value or few would have changed the decision"


def compose_explanation(case: Case | None, row: Condition, transition: Transition) -> Explanation:
    """Why a transition came about; what the case has not is told with the reason."""
    case = case or Case()
    turn = transition.turn
    is_silent = transition.end_reason is EndReason.UNKNOWN
    not_told: dict[str, str] = {}
    if not case.inputs:
        not_told["inputs"] = SILENT if is_silent else NO_CASE
    if not case.thresholds:
        not_told["thresholds"] = SILENT if is_silent else case.not_told.get("probability", NO_CASE)
    if case.model is None:
        not_told |= dict.fromkeys(("model", "probability", "contributions"), NO_MODEL)
    contributions = case.contributions() if case.contributions and turn is Turn.START else None
    if case.model is not None and contributions is None:
        not_told["contributions"] = _WHY_NO_CONTRIBUTIONS.get(turn, ONLY_AT_START)
    not_told |= case.not_told
    if case.model is not None and case.probability is None:
        not_told.setdefault("probability", SILENT)
    counterfactual = None
    if turn is Turn.END:
        not_told["counterfactual"] = OVER
    else:
        counterfactual = _counterfactual(case, transition)
        if counterfactual is None:
            not_told["counterfactual"] = NOT_BY_VALUES
    return Explanation(
        format=FORMAT,
        inputs=case.inputs,
        thresholds=case.thresholds,
        needs=case.needs,
        delay_s=row.on_delay_s or None,
        model=case.model,
        probability=case.probability,
        votes=case.votes,
        contributions=contributions,
        counterfactual=counterfactual,
        not_told=not_told,
    )


def _counterfactual(case: Case, transition: Transition) -> Counterfactual | None:
    if case.windows is not None:
        return Counterfactual(text=say_windows(case.windows), windows=case.windows)
    if case.look is None:
        return None
    look = case.look
    changes = find_changes(case.levers, lambda values: _is_same(look(values), transition))
    return Counterfactual(text=say_changes(changes), changes=changes) if changes else None


def _is_same(sight: Sight | None, transition: Transition) -> bool:
    """Whether what was seen would have led to the same: present and, after a rise, of that priority."""
    if sight is None or sight.level is not Level.PRESENT:
        return False
    if transition.turn is not Turn.RISE or sight.priority is None:
        return True
    return PRIORITY_ORDER.index(sight.priority) >= PRIORITY_ORDER.index(transition.priority)
