"""All that the corridor remembers of a wearer; a snapshot and the journal after it restore it."""

from __future__ import annotations

from typing import Final

import msgspec

from edge.advice.diary import Diary
from edge.conditions.blood_pressure import Reading
from edge.conditions.machine import Episode
from edge.conditions.pressure_history import PressureHistory
from edge.conditions.votes import Vote
from edge.contract.samples import Mode
from edge.signals.nights import Nights
from edge.wearer.board import Board
from edge.wearer.usual import HeartRateBaseline

# To be raised with every change of what a stored state looks like or means: older ones are then made anew
# from the journal, beginning with those fields of a checkpoint that still read. So a field that comes to mean
# something else gets another name.
STATE_FORMAT: Final = 7


class Stream(msgspec.Struct):
    """One signal of the wearer, from the device it is now taken from.

    `last_s` is the time of the last live sample and `heard_s` of its arrival; the value, last seen at
    `value_s`, has not changed since `since_s`. `seen` are (device, seq, first time) of recent batches, oldest
    first, by which a repeated one is known; `covered_s` how much time each of the last batches accounts for.
    """

    device: str
    last_s: float
    heard_s: float
    since_s: float
    value: float | None = None
    value_s: float = 0.0
    seen: dict[tuple[str, int, float], None] = {}
    covered_s: list[float] = []


class Window(msgspec.Struct):
    """The last values for one model (None: not usable), and how many came since it last judged."""

    values: list[float | None] = []
    last_s: float = 0.0
    fresh: int = 0
    votes: dict[str, list[Vote]] = {}
    judged: int = 0
    abstained: int = 0
    probability: float | None = None
    reason: str | None = None
    at_s: float | None = None


class ActivityDay(msgspec.Struct):
    """Minutes seen, and minutes of at least moderate activity, since `start_s`; which was the last."""

    start_s: float
    minutes: int = 0
    active_minutes: int = 0
    last_minute: int = -1


class WearerState(msgspec.Struct):
    """One wearer in one mode: real, test and demo never mix.

    `episodes` holds only what is not idle, by CONDITION/SUBJECT. `limits` are those set for this wearer. Time
    alone brings nothing about until `quiet_until_s`, which is 0 whenever that has to be looked at anew. Since
    `still_s` the wearer has hardly taken a step, as far as is known without a gap; at `effort_s` there was
    effort last, or a gap in which there may have been. The days up to `day_until_s` have been judged.
    """

    wearer: str
    mode: Mode
    now_s: float = 0.0
    quiet_until_s: float = 0.0
    day_until_s: float = 0.0
    streams: dict[str, Stream] = {}
    windows: dict[str, Window] = {}
    episodes: dict[str, Episode] = {}
    board: Board = msgspec.field(default_factory=Board)
    limits: dict[str, float] = {}
    cadences: list[tuple[float, float]] = []
    still_s: float | None = None
    effort_s: float | None = None
    baseline: HeartRateBaseline = msgspec.field(default_factory=HeartRateBaseline)
    nights: Nights = msgspec.field(default_factory=Nights)
    activity_day: ActivityDay | None = None
    readings: list[Reading] = []
    history: PressureHistory = msgspec.field(default_factory=PressureHistory)
    pressure_category: str | None = None
    category_changed: bool = False
    advice: Diary = msgspec.field(default_factory=Diary)

    def is_active(self, condition: str, subject: str) -> bool:
        """Whether an episode of a condition on a subject has started and not ended."""
        episode = self.episodes.get(f"{condition}/{subject}")
        return episode is not None and episode.is_active
