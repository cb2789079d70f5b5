"""All that the corridor remembers of a wearer; a snapshot and the journal after it restore it."""

from __future__ import annotations

import msgspec

from edge.conditions.blood_pressure import Reading
from edge.conditions.machine import Episode
from edge.conditions.votes import Vote
from edge.contract.samples import Mode


class Stream(msgspec.Struct):
    """One signal of the wearer, from the device it is now taken from.

    `last_s` is the time of the last live sample and `heard_s` of its arrival; the value, last seen at
    `value_s`, has not changed since `since_s`. `seen` holds (device, seq, first time) of recent batches, by
    which a repeated one is known.
    """

    device: str
    last_s: float
    heard_s: float
    since_s: float
    value: float | None = None
    value_s: float = 0.0
    seen: list[tuple[str, int, float]] = []


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
    """Minutes seen, and minutes of at least moderate activity, since `start_s`."""

    start_s: float
    minutes: int = 0
    active_minutes: int = 0


class WearerState(msgspec.Struct):
    """One wearer in one mode: real, test and demo never mix."""

    wearer: str
    mode: Mode
    now_s: float = 0.0
    streams: dict[str, Stream] = {}
    windows: dict[str, Window] = {}
    episodes: dict[str, Episode] = {}
    cadences: list[tuple[float, float]] = []
    activity_day: ActivityDay | None = None
    readings: list[Reading] = []
    pressure_category: str | None = None
    advised: dict[str, float] = {}

    def episode(self, condition: str, signal: str) -> Episode:
        """The episode of a condition on a signal, made at first use."""
        return self.episodes.setdefault(f"{condition}/{signal}", Episode())
