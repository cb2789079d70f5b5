"""Transitions of conditions become alerts."""

from __future__ import annotations

from typing import NamedTuple

from edge.conditions.machine import Condition, Transition
from edge.contract.messages import Alert, EndReason, Evidence, Phase, episode_id
from edge.pipeline.rulebook import Rulebook
from edge.pipeline.state import WearerState


class Spot(NamedTuple):
    """Where something was seen: which wearer, by which rules, on which stream (`subject`) of which device."""

    state: WearerState
    rules: Rulebook
    subject: str
    device: str


def compose_alert(spot: Spot, condition: Condition, transition: Transition, evidence: Evidence) -> Alert:
    """The alert that tells of a transition."""
    state = spot.state
    return Alert(
        id=episode_id(state.wearer, state.mode, condition.code, spot.subject, transition.onset_s),
        n=transition.n,
        phase=transition.phase,
        condition=condition.code,
        kind=condition.kind,
        priority=transition.priority,
        wearer=state.wearer,
        mode=state.mode,
        onset_s=transition.onset_s,
        at_s=transition.at_s,
        text=_text(condition, transition),
        evidence=evidence,
        signal=spot.subject.partition("@")[0],
        device=spot.device,
        end_s=transition.end_s,
        end_reason=transition.end_reason,
    )


def _text(condition: Condition, transition: Transition) -> str:
    if transition.phase is not Phase.END:
        return condition.text
    if transition.end_reason is EndReason.UNKNOWN:
        return f"{condition.title}: no longer known, the data stopped."
    return f"{condition.title}: over."
