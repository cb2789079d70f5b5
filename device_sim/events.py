"""What can happen to a simulated wearer: the entries of a scenario's timeline."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, TypeVar

import msgspec

Start = Annotated[float, msgspec.Meta(ge=0)]
Length = Annotated[float, msgspec.Meta(gt=0)]
Rate = Annotated[float, msgspec.Meta(ge=30, le=220)]
HourOfDay = Annotated[float, msgspec.Meta(ge=0, lt=24)]


class Origin(StrEnum):
    """Where an extra beat arises."""

    ATRIAL = "atrial"
    VENTRICULAR = "ventricular"


class Span(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="kind"):
    """Something that lasts from `at_s` for `for_s` seconds of the scenario."""

    at_s: Start
    for_s: Length

    @property
    def end_s(self) -> float:
        """When it is over."""
        return self.at_s + self.for_s

    def holds_at(self, at_s: float) -> bool:
        """Whether it is going on."""
        return self.at_s <= at_s < self.end_s


class Fibrillation(Span, frozen=True, kw_only=True, tag="af"):
    """Atrial fibrillation at a mean ventricular rate."""

    rate_bpm: Rate = 95.0


class Exercise(Span, frozen=True, kw_only=True, tag="exercise"):
    """A bout of exercise that drives the heart towards a rate."""

    rate_bpm: Rate = 135.0
    cadence_per_min: Annotated[float, msgspec.Meta(ge=0, le=250)] = 110.0


class Tachycardia(Span, frozen=True, kw_only=True, tag="tachycardia"):
    """A fast sinus rate without effort: from 91/min on, where it begins to count (RCP 2017, NEWS2)."""

    rate_bpm: Annotated[float, msgspec.Meta(ge=91, le=220)] = 118.0


class Bradycardia(Span, frozen=True, kw_only=True, tag="bradycardia"):
    """A slow sinus rate, below 60/min."""

    rate_bpm: Annotated[float, msgspec.Meta(ge=30, lt=60)] = 43.0


class Flutter(Span, frozen=True, kw_only=True, tag="flutter"):
    """Atrial flutter: every second, third, fourth ... wave of the atria is conducted.

    With more than one of `conducted` the ratio changes at a beat with probability `change`.
    """

    waves_per_min: Annotated[float, msgspec.Meta(ge=200, le=350)] = 290.0
    conducted: Annotated[tuple[Annotated[int, msgspec.Meta(ge=1, le=8)], ...], msgspec.Meta(min_length=1)] = (
        2,
        4,
    )
    change: Annotated[float, msgspec.Meta(ge=0, le=1)] = 0.1


class Ectopy(Span, frozen=True, kw_only=True, tag="ectopy"):
    """Extra beats: after each sinus beat one comes early with probability `share`."""

    share: Annotated[float, msgspec.Meta(gt=0, le=0.5)] = 0.05
    origin: Origin = Origin.VENTRICULAR


class Bigeminy(Span, frozen=True, kw_only=True, tag="bigeminy"):
    """An extra beat after every sinus beat, or after every second (trigeminy), third, ..."""

    sinus_beats: Annotated[int, msgspec.Meta(ge=1, le=5)] = 1
    origin: Origin = Origin.VENTRICULAR


class Sleep(Span, frozen=True, kw_only=True, tag="sleep"):
    """In bed, lights out: a hypnogram with its cycles."""


class Apnea(Span, frozen=True, kw_only=True, tag="apnea"):
    """Sleep apnea, in whatever of the span is slept: so many pauses of breath an hour of sleep."""

    per_hour: Annotated[float, msgspec.Meta(gt=0, le=90)] = 40.0
    desaturation_percent: Annotated[float, msgspec.Meta(ge=0, le=30)] = 6.0


class Routine(Span, frozen=True, kw_only=True, tag="routine"):
    """Ordinary days by the local clock: nights, walks, exercise, sittings with the cuff.

    Bed and wake times spread by `spread_min` (SD) from day to day. `cuff_h` are hours of the day.
    """

    wake_h: HourOfDay = 7.0
    bed_h: HourOfDay = 23.0
    spread_min: Annotated[float, msgspec.Meta(ge=0, le=60)] = 20.0
    steps_per_day: Annotated[float, msgspec.Meta(ge=0, le=40_000)] = 8000.0
    exercise_per_week: Annotated[float, msgspec.Meta(ge=0, le=7)] = 2.0
    exercise_h: HourOfDay = 17.5
    cuff_h: tuple[HourOfDay, ...] = ()


class Treatment(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="kind", tag="treatment"
):
    """A change of medicine from `at_s` on: the usual pressure changes by so much, settling over days."""

    at_s: Start
    systolic_mmhg: Annotated[float, msgspec.Meta(ge=-60, le=60)] = -10.0
    diastolic_mmhg: Annotated[float, msgspec.Meta(ge=-40, le=40)] = -6.0
    settles_days: Annotated[float, msgspec.Meta(ge=0, le=60)] = 14.0

    @property
    def end_s(self) -> float:
        """It is an instant; what it does stays."""
        return self.at_s


class Sitting(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="kind", tag="cuff"
):
    """Cuff readings in one sitting, around the wearer's usual pressure or around the one given.

    `by_hand` reads a dial by ear: even numbers only, and too many that end in 0.
    """

    at_s: Start
    readings: Annotated[int, msgspec.Meta(ge=1, le=12)] = 2
    apart_s: Length = 60.0
    systolic_mmhg: Annotated[float, msgspec.Meta(ge=70, le=260)] | None = None
    diastolic_mmhg: Annotated[float, msgspec.Meta(ge=40, le=150)] | None = None
    by_hand: bool = False

    @property
    def end_s(self) -> float:
        """The time of the last reading."""
        return self.at_s + (self.readings - 1) * self.apart_s


Event = (
    Fibrillation
    | Exercise
    | Tachycardia
    | Bradycardia
    | Ectopy
    | Bigeminy
    | Flutter
    | Sleep
    | Apnea
    | Routine
    | Sitting
    | Treatment
)

S = TypeVar("S", bound=Span)


def going_on(events: tuple[Event, ...], kind: type[S], at_s: float) -> S | None:
    """The event of this kind that holds at a time; the later in the list when several do."""
    return next(
        (event for event in reversed(events) if isinstance(event, kind) and event.holds_at(at_s)), None
    )
