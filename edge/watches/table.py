"""Which conditions the samples of each signal, windows of models and reports of nights are held against.

Of one signal, a condition that others depend on comes before them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from edge.conditions.case import Case
from edge.conditions.condition import Condition, Sight
from edge.conditions.votes import Vote, VoteRule
from edge.contract.messages import Evidence
from edge.contract.reports import NightReport
from edge.rulebook import Judgement, Scorer
from edge.watches import (
    apnea_index,
    battery_low,
    blood_pressure_high,
    blood_pressure_low,
    blood_pressure_rising,
    blood_pressure_severe,
    bradycardia_at_rest,
    early_warning,
    heart_rate_unexplained,
    irregular_rhythm,
    irregular_sleep,
    night_heart_rate_high,
    non_dipping,
    off_body,
    self_test,
    sensor_frozen,
    short_sleep,
    tachycardia_at_rest,
)
from edge.wearer.sample import Sample
from edge.wearer.spot import Spot
from edge.wearer.state import Window


def _first_value(_spot: Spot, sample: Sample) -> float | None:
    return sample.values[0]


def _own_time_s(_spot: Spot, sample: Sample) -> float:
    return sample.at_s


def _nothing(_spot: Spot, _sample: Sample) -> None:
    """The parts of a score come at times of their own: no one of them is what was looked at."""


class Watch(NamedTuple):
    """A condition by its code, what a sample says of it, and evidence and case when that has to be told.

    One that rests on several signals has one episode for all of them, on the `subject` named. What it looks
    at while it waits for its start is kept for the case, as `follow` tells it. A look is at `time_s`, which
    for such a one does not go back where one signal is handed over later than another.
    """

    code: str
    look: Callable[[Spot, Sample, Condition], Sight | None]
    explain: Callable[[Spot, Sample, Condition], Evidence]
    case: Callable[[Spot, Sample, Condition], Case] | None = None
    subject: str | None = None
    follow: Callable[[Spot, Sample], float | None] = _first_value
    time_s: Callable[[Spot, Sample], float] = _own_time_s


_FROZEN = Watch("sensor_frozen", sensor_frozen.look, sensor_frozen.explain, sensor_frozen.case)

_EARLY = Watch(
    "early_warning",
    early_warning.look,
    early_warning.explain,
    early_warning.case,
    "vitals",
    _nothing,
    early_warning.time_s,
)

WATCHES: dict[str, tuple[Watch, ...]] = {
    "rr": (_FROZEN,),
    "hr": (
        _FROZEN,
        Watch(
            "tachycardia_at_rest",
            tachycardia_at_rest.look,
            tachycardia_at_rest.explain,
            tachycardia_at_rest.case,
        ),
        Watch(
            "bradycardia_at_rest",
            bradycardia_at_rest.look,
            bradycardia_at_rest.explain,
            bradycardia_at_rest.case,
        ),
        Watch(
            "heart_rate_unexplained",
            heart_rate_unexplained.look,
            heart_rate_unexplained.explain,
            heart_rate_unexplained.case,
            follow=heart_rate_unexplained.follow,
        ),
        Watch(
            "night_heart_rate_high",
            night_heart_rate_high.look,
            night_heart_rate_high.explain,
            night_heart_rate_high.case,
        ),
    ),
    "bp": (
        Watch(
            "blood_pressure_severe",
            blood_pressure_severe.look,
            blood_pressure_severe.explain,
            blood_pressure_severe.case,
        ),
        Watch(
            "blood_pressure_high",
            blood_pressure_high.look,
            blood_pressure_high.explain,
            blood_pressure_high.case,
        ),
        Watch(
            "blood_pressure_low", blood_pressure_low.look, blood_pressure_low.explain, blood_pressure_low.case
        ),
        Watch(
            "blood_pressure_rising",
            blood_pressure_rising.look,
            blood_pressure_rising.explain,
            blood_pressure_rising.case,
        ),
        Watch("non_dipping", non_dipping.look, non_dipping.explain, non_dipping.case),
        _EARLY,
    ),
    "resp": (_EARLY,),
    "spo2": (_EARLY,),
    "oxygen": (_EARLY,),
    "consciousness": (_EARLY,),
    "temp": (_EARLY,),
    "contact": (Watch("off_body", off_body.look, off_body.explain, off_body.case),),
    "battery": (Watch("battery_low", battery_low.look, battery_low.explain, battery_low.case),),
    "self_test": (Watch("self_test", self_test.look, self_test.explain, self_test.case),),
}


class Fed(NamedTuple):
    """A condition that a model feeds: what the votes of its windows say, the evidence and the case."""

    look: Callable[[list[Vote], VoteRule], Sight]
    explain: Callable[[list[Vote] | None, Judgement, Scorer, Condition], Evidence]
    case: Callable[[list[Vote] | None, Judgement, Scorer, VoteRule, Window], Case]


# Each has its rule in `VOTES` of the table.
FED: dict[str, Fed] = {
    "irregular_rhythm": Fed(irregular_rhythm.look, irregular_rhythm.explain, irregular_rhythm.case)
}


def find_watch(code: str) -> Watch | None:
    """The watch of a condition; None for one that samples are not held against."""
    found = [watch for watches in WATCHES.values() for watch in watches if watch.code == code]
    return found[0] if found else None


class NightWatch(NamedTuple):
    """A condition by its code, what the report of a night says of it, the evidence and the case."""

    code: str
    look: Callable[[Spot, NightReport, Condition], Sight]
    explain: Callable[[Spot, NightReport, Condition], Evidence]
    case: Callable[[Spot, NightReport, Condition], Case]


NIGHTLY: tuple[NightWatch, ...] = (
    NightWatch("apnea_index", apnea_index.look, apnea_index.explain, apnea_index.case),
    NightWatch("short_sleep", short_sleep.look, short_sleep.explain, short_sleep.case),
    NightWatch("irregular_sleep", irregular_sleep.look, irregular_sleep.explain, irregular_sleep.case),
)
