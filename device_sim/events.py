"""What can happen to a simulated wearer: the entries of a scenario's timeline."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, TypeVar

import msgspec

Start = Annotated[float, msgspec.Meta(ge=0)]
Length = Annotated[float, msgspec.Meta(gt=0)]
Rate = Annotated[float, msgspec.Meta(ge=30, le=220)]


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
    """A fast sinus rate without effort."""

    rate_bpm: Rate = 118.0


class Bradycardia(Span, frozen=True, kw_only=True, tag="bradycardia"):
    """A slow sinus rate."""

    rate_bpm: Rate = 43.0


class Ectopy(Span, frozen=True, kw_only=True, tag="ectopy"):
    """Extra beats: after each sinus beat one comes early with probability `share`."""

    share: Annotated[float, msgspec.Meta(gt=0, le=0.5)] = 0.05
    origin: Origin = Origin.VENTRICULAR


class Sitting(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="kind", tag="cuff"
):
    """Cuff readings in one sitting, around the wearer's usual pressure or around the one given."""

    at_s: Start
    readings: Annotated[int, msgspec.Meta(ge=1, le=12)] = 2
    apart_s: Length = 60.0
    systolic_mmhg: Annotated[float, msgspec.Meta(ge=70, le=260)] | None = None
    diastolic_mmhg: Annotated[float, msgspec.Meta(ge=40, le=150)] | None = None

    @property
    def end_s(self) -> float:
        """The time of the last reading."""
        return self.at_s + (self.readings - 1) * self.apart_s


Event = Fibrillation | Exercise | Tachycardia | Bradycardia | Ectopy | Sitting

S = TypeVar("S", bound=Span)


def going_on(events: tuple[Event, ...], kind: type[S], at_s: float) -> S | None:
    """The event of this kind that holds at a time; the later in the list when several do."""
    return next(
        (event for event in reversed(events) if isinstance(event, kind) and event.holds_at(at_s)), None
    )
