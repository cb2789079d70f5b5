"""Days of a wearer for the tests of advice: mornings, steps and cuff readings, through the real corridor."""

from __future__ import annotations

from dataclasses import replace

from edge.advice.diary import ActiveDay, remember_day
from edge.contract.messages import Advice
from edge.contract.profile import Profile
from edge.rulebook import Rulebook
from tests.support.corridor import NOON_S, Patient, make_rules

DAY_S = 86_400.0
# Habits are looked at four hours after the night's end at 07:00.
ELEVEN_S = NOON_S - 3600.0


def rules_for(scheme: str = "acc-aha-2017", **answers: object) -> Rulebook:
    """The shipped rules, with a profile of the wearer of `Patient`."""
    return replace(make_rules(scheme=scheme), profiles={"w1": Profile(**answers)})  # type: ignore[arg-type]


def advice(patient: Patient) -> list[Advice]:
    """All advice so far."""
    return [item for item in patient.said if isinstance(item, Advice)]


def told(patient: Patient) -> list[str]:
    """Its rules."""
    return [item.rule for item in advice(patient)]


def live(patient: Patient, days: int, active_min: int | None = None, first: int = 0) -> None:
    """Let days from noon to noon pass, each with a sign of life and, if given, its minutes of activity."""
    for day in range(first, first + days):
        noon_s = NOON_S + day * DAY_S
        patient.send("activity", [noon_s], cadence=[0.0])
        if active_min is not None:
            remember_day(patient.state.advice, ActiveDay(noon_s, active_min))
        patient.wait_until(noon_s + DAY_S - 60.0)


def measure(patient: Patient, at_s: float, systolic: float, diastolic: float) -> None:
    """One cuff reading."""
    patient.send("bp", [at_s], systolic=[systolic], diastolic=[diastolic], pulse=[64.0])
