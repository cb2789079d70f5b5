"""Which conditions the samples of each signal, and the windows of models, are held against.

Of one signal, a condition that others depend on comes before them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from edge.conditions import (
    battery_low,
    blood_pressure_high,
    blood_pressure_low,
    blood_pressure_rising,
    blood_pressure_severe,
    bradycardia_at_rest,
    early_warning,
    heart_rate_unexplained,
    irregular_rhythm,
    night_heart_rate_high,
    non_dipping,
    off_body,
    self_test,
    sensor_frozen,
    tachycardia_at_rest,
)
from edge.conditions.condition import Condition, Sight
from edge.conditions.votes import Vote, VoteRule
from edge.contract.messages import Evidence
from edge.pipeline.intake import Sample
from edge.pipeline.rulebook import Judgement, Scorer
from edge.pipeline.spot import Spot


class Watch(NamedTuple):
    """A condition by its code, what a sample says of it, and the evidence when that has to be told.

    One that rests on several signals has one episode for all of them, on the `subject` named.
    """

    code: str
    look: Callable[[Spot, Sample, Condition], Sight | None]
    explain: Callable[[Spot, Sample, Condition], Evidence]
    subject: str | None = None


_FROZEN = Watch("sensor_frozen", sensor_frozen.look, sensor_frozen.explain)

_EARLY = Watch("early_warning", early_warning.look, early_warning.explain, "vitals")

WATCHES: dict[str, tuple[Watch, ...]] = {
    "rr": (_FROZEN,),
    "hr": (
        _FROZEN,
        Watch("tachycardia_at_rest", tachycardia_at_rest.look, tachycardia_at_rest.explain),
        Watch("bradycardia_at_rest", bradycardia_at_rest.look, bradycardia_at_rest.explain),
        Watch("heart_rate_unexplained", heart_rate_unexplained.look, heart_rate_unexplained.explain),
        Watch("night_heart_rate_high", night_heart_rate_high.look, night_heart_rate_high.explain),
    ),
    "bp": (
        Watch("blood_pressure_severe", blood_pressure_severe.look, blood_pressure_severe.explain),
        Watch("blood_pressure_high", blood_pressure_high.look, blood_pressure_high.explain),
        Watch("blood_pressure_low", blood_pressure_low.look, blood_pressure_low.explain),
        Watch("blood_pressure_rising", blood_pressure_rising.look, blood_pressure_rising.explain),
        Watch("non_dipping", non_dipping.look, non_dipping.explain),
        _EARLY,
    ),
    "resp": (_EARLY,),
    "spo2": (_EARLY,),
    "oxygen": (_EARLY,),
    "consciousness": (_EARLY,),
    "temp": (_EARLY,),
    "contact": (Watch("off_body", off_body.look, off_body.explain),),
    "battery": (Watch("battery_low", battery_low.look, battery_low.explain),),
    "self_test": (Watch("self_test", self_test.look, self_test.explain),),
}


class Fed(NamedTuple):
    """A condition that a model feeds: what the votes of its windows say, and the evidence."""

    look: Callable[[list[Vote], VoteRule], Sight]
    explain: Callable[[list[Vote] | None, Judgement, Scorer, Condition], Evidence]


# Each has its rule in `VOTES` of the table.
FED: dict[str, Fed] = {"irregular_rhythm": Fed(irregular_rhythm.look, irregular_rhythm.explain)}
